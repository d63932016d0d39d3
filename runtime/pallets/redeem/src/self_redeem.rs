//! A vault gives up its own wrapped tokens for the bitcoin it already holds.
//!
//! Always holds: tokens burned equal tokens no longer issued by the vault. Must never do: take a fee
//! for the very last tokens (the vault could not close otherwise).

use crate::{Config, Error, Event, Pallet};
use frame::prelude::*;
use gantry_primitives::{Balance, FeeAccess, TokensAccess, VaultId, VaultRegistryAccess};

impl<T: Config> Pallet<T> {
    pub(crate) fn redeem_own(vault: VaultId, amount_wrapped: Balance) -> DispatchResult {
        let redeemable = T::Vaults::active_vault(&vault)?.redeemable_tokens();
        T::Vaults::ensure_not_banned(&vault)?;
        ensure!(amount_wrapped > 0, Error::<T>::AmountBelowDustAmount);

        let fee = if amount_wrapped == redeemable { 0 } else { T::Fee::redeem_fee(amount_wrapped)? };
        let amount = amount_wrapped.checked_sub(fee).ok_or(ArithmeticError::Underflow)?;

        let (wrapped, owner) = (vault.wrapped_currency(), &vault.account_id);
        T::Tokens::lock(wrapped, owner, amount).map_err(|_| Error::<T>::AmountExceedsUserBalance)?;
        T::Tokens::burn_locked(wrapped, owner, amount)?;
        T::Tokens::transfer(wrapped, owner, &T::Fee::pot(), fee).map_err(|_| Error::<T>::AmountExceedsUserBalance)?;

        T::Vaults::try_increase_to_be_redeemed(&vault, amount)?;
        T::Vaults::redeem_tokens(&vault, amount, 0, owner)?;
        Self::release_replace_collateral(&vault, amount)?;
        Self::deposit_event(Event::SelfRedeem { vault_id: vault, amount, fee });
        Ok(())
    }
}
