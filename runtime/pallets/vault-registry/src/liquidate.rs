//! Liquidation: a vault below the liquidation threshold loses its tokens and their backing; and what
//! becomes of them then.
//!
//! Always holds: the part that backs open redeems stays locked with the vault as
//! `liquidated_collateral`, the part that backs the rest goes to the liquidation vault, any excess
//! stays the vault's. Must never do: touch redeems that are open.

use crate::{
    books::{proportion, shift, signed, Delta},
    Config, Error, Event, LiquidationVault, Pallet, VaultCollateral,
};
use frame::deps::{
    frame_support::ensure,
    sp_runtime::{ArithmeticError, DispatchResult},
};
use gantry_primitives::{
    AccountId, Balance, TokensAccess, UnsignedFixedPoint, VaultCurrencyPair, VaultId, VaultRegistryAccess, VaultStatus,
};

impl<T: Config> Pallet<T> {
    /// `VaultLiquidated` when it is already.
    pub(crate) fn liquidate(id: &VaultId, threshold: UnsignedFixedPoint) -> DispatchResult {
        let before = Self::active_vault(id)?;
        let backing_collateral = VaultCollateral::<T>::get(id);
        let used = Self::used_collateral(&before, threshold)?;
        let (_, griefing) = Self::decrease_to_be_replaced(id, before.to_be_replaced_tokens)?;
        Self::unlock_replace_collateral(id, griefing)?;

        let backed = before.backed_tokens();
        let to_system = proportion(used, backed.saturating_sub(before.to_be_redeemed_tokens), backed)?;
        let for_redeems = used.saturating_sub(to_system);
        Self::take(id, used)?;
        Self::pay_to_liquidation_vault(id, to_system)?;
        Self::post_system(
            &id.currencies,
            Delta {
                to_be_issued: signed(before.to_be_issued_tokens)?,
                issued: signed(before.issued_tokens)?,
                to_be_redeemed: signed(before.to_be_redeemed_tokens)?,
            },
        )?;
        Self::change(id, |vault| {
            vault.to_be_issued_tokens = 0;
            vault.issued_tokens = 0;
            vault.status = VaultStatus::Liquidated;
            shift(&mut vault.liquidated_collateral, signed(for_redeems)?)
        })?;
        Self::deposit_event(Event::LiquidateVault {
            vault_id: id.clone(),
            issued_tokens: before.issued_tokens,
            to_be_issued_tokens: before.to_be_issued_tokens,
            to_be_redeemed_tokens: before.to_be_redeemed_tokens,
            to_be_replaced_tokens: before.to_be_replaced_tokens,
            backing_collateral,
            status: VaultStatus::Liquidated,
            replace_collateral: before.replace_collateral,
        });
        Ok(())
    }

    /// Collateral is shared by all tokens that are owed and not being redeemed, to-be-issued ones too.
    pub(crate) fn do_redeem_liquidation(
        pair: &VaultCurrencyPair,
        redeemer: &AccountId,
        tokens: Balance,
    ) -> DispatchResult {
        let system = Self::liquidation_vault(pair);
        let redeemable =
            system.issued_tokens.checked_sub(system.to_be_redeemed_tokens).ok_or(ArithmeticError::Underflow)?;
        ensure!(tokens <= redeemable, Error::<T>::InsufficientTokensCommitted);
        let sharers = redeemable.checked_add(system.to_be_issued_tokens).ok_or(ArithmeticError::Overflow)?;
        let share = proportion(system.collateral, tokens, sharers)?;

        let collateral = system.collateral.checked_sub(share).ok_or(ArithmeticError::Underflow)?;
        let issued_tokens = system.issued_tokens.checked_sub(tokens).ok_or(ArithmeticError::Underflow)?;
        LiquidationVault::<T>::insert(pair, crate::SystemVault { collateral, issued_tokens, ..system });
        Self::count_less(pair, share)?;
        T::Tokens::transfer_locked(pair.collateral, &Self::liquidation_account(), redeemer, share)?;
        Self::deposit_event(Event::RedeemTokensLiquidation {
            redeemer_id: redeemer.clone(),
            burned_tokens: tokens,
            transferred_collateral: share,
        });
        Ok(())
    }
}
