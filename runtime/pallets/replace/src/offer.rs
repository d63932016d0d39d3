//! What an old vault offers for replacement before anybody accepts it.
//!
//! Always holds: an offer has griefing collateral in proportion, locked with it. Must never do:
//! offer tokens that a redeem already claims.

use crate::{Config, Error, Event, Pallet, ReplaceBtcDustValue};
use frame::prelude::*;
use gantry_primitives::{Balance, FeeAccess, OracleAccess, VaultId, VaultRegistryAccess};

impl<T: Config> Pallet<T> {
    pub(crate) fn offer(vault: VaultId, wanted: Balance) -> DispatchResult {
        T::Vaults::active_vault(&vault)?;
        T::Vaults::ensure_not_banned(&vault)?;
        let amount = wanted.min(T::Vaults::requestable_to_be_replaced(&vault)?);
        ensure!(amount > 0, Error::<T>::ReplaceAmountZero);

        let offered = T::Vaults::try_increase_to_be_replaced(&vault, amount)?;
        ensure!(offered >= ReplaceBtcDustValue::<T>::get(), Error::<T>::AmountBelowDustAmount);

        let worth = T::Oracle::wrapped_to_collateral(amount, T::Vaults::griefing_currency())?;
        let griefing_collateral = T::Fee::replace_griefing_collateral(worth)?;
        T::Vaults::lock_replace_collateral(&vault, griefing_collateral)?;
        Self::deposit_event(Event::RequestReplace { old_vault_id: vault, amount, griefing_collateral });
        Ok(())
    }

    pub(crate) fn withdraw(vault: VaultId, wanted: Balance) -> DispatchResult {
        let (withdrawn_tokens, withdrawn_griefing_collateral) = T::Vaults::decrease_to_be_replaced(&vault, wanted)?;
        T::Vaults::unlock_replace_collateral(&vault, withdrawn_griefing_collateral)?;
        ensure!(withdrawn_tokens > 0, Error::<T>::NoPendingRequest);
        Self::deposit_event(Event::WithdrawReplace {
            old_vault_id: vault,
            withdrawn_tokens,
            withdrawn_griefing_collateral,
        });
        Ok(())
    }
}
