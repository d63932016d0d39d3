//! Handing tokens from one vault to another.
//!
//! Always holds: tokens offered for replacement are issued and not promised to a redeem.
//! Must never do: move wrapped tokens (their owners do not change).

use crate::{
    books::{proportion, shift, signed, Delta},
    Config, Error, Event, Pallet, VaultCollateral,
};
use frame::deps::{
    frame_support::ensure,
    sp_runtime::{ArithmeticError, DispatchError, DispatchResult},
};
use gantry_primitives::{Balance, VaultId, VaultRegistryAccess};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_increase_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<Balance, DispatchError> {
        let vault = Self::active_vault(id)?;
        let offered = vault.to_be_replaced_tokens.checked_add(tokens).ok_or(ArithmeticError::Overflow)?;
        let leaving = offered.checked_add(vault.to_be_redeemed_tokens).ok_or(ArithmeticError::Overflow)?;
        ensure!(leaving <= vault.issued_tokens, Error::<T>::InsufficientTokensCommitted);
        Self::change(id, |vault| {
            vault.to_be_replaced_tokens = offered;
            Ok(())
        })?;
        Self::deposit_event(Event::IncreaseToBeReplacedTokens { vault_id: id.clone(), increase: tokens });
        Ok(offered)
    }

    pub(crate) fn do_decrease_to_be_replaced(
        id: &VaultId,
        tokens: Balance,
    ) -> Result<(Balance, Balance), DispatchError> {
        let vault = Self::vault(id)?;
        let used = tokens.min(vault.to_be_replaced_tokens);
        let griefing = proportion(vault.replace_collateral, used, vault.to_be_replaced_tokens)?;
        Self::change(id, |vault| {
            vault.to_be_replaced_tokens = vault.to_be_replaced_tokens.saturating_sub(used);
            Ok(())
        })?;
        Self::deposit_event(Event::DecreaseToBeReplacedTokens { vault_id: id.clone(), decrease: tokens });
        Ok((used, griefing))
    }

    pub(crate) fn do_replace_tokens(
        old: &VaultId,
        new: &VaultId,
        tokens: Balance,
        collateral: Balance,
    ) -> DispatchResult {
        let old_vault = Self::vault(old)?;
        if old_vault.is_liquidated() {
            let share = proportion(old_vault.liquidated_collateral, tokens, old_vault.to_be_redeemed_tokens)?;
            Self::change(old, |vault| shift(&mut vault.liquidated_collateral, -signed(share)?))?;
            VaultCollateral::<T>::mutate(old, |own| *own = own.saturating_add(share));
        }
        let tokens_signed = signed(tokens)?;
        Self::post(old, Delta { to_be_redeemed: -tokens_signed, issued: -tokens_signed, ..Delta::default() })?;
        Self::post(new, Delta { to_be_issued: -tokens_signed, issued: tokens_signed, ..Delta::default() })?;
        Self::deposit_event(Event::ReplaceTokens {
            old_vault_id: old.clone(),
            new_vault_id: new.clone(),
            amount: tokens,
            additional_collateral: collateral,
        });
        Ok(())
    }

    pub(crate) fn do_cancel_replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance) -> DispatchResult {
        if Self::vault(old)?.is_liquidated() {
            Self::slash_liquidated_collateral(old, None, tokens)?;
        }
        let tokens = signed(tokens)?;
        Self::post(old, Delta { to_be_redeemed: -tokens, ..Delta::default() })?;
        Self::post(new, Delta { to_be_issued: -tokens, ..Delta::default() })
    }
}
