//! Giving up a replace that the old vault did not pay in time.
//!
//! Always holds: both promises end and the old vault's griefing collateral is the new vault's. Must
//! never do: leave the new vault below its threshold by giving its extra collateral back.

use crate::{Config, Error, Event, Pallet, ReplacePeriod, ReplaceRequests};
use frame::prelude::*;
use gantry_primitives::{Balance, BtcRelayAccess, ReplaceRequestStatus, VaultId, VaultRegistryAccess, H256};

impl<T: Config> Pallet<T> {
    pub(crate) fn cancel(replace_id: H256) -> DispatchResult {
        let mut replace = ReplaceRequests::<T>::get(replace_id).ok_or(Error::<T>::ReplaceIdNotFound)?;
        match replace.status {
            ReplaceRequestStatus::Pending => {}
            ReplaceRequestStatus::Completed => return Err(Error::<T>::ReplaceCompleted.into()),
            ReplaceRequestStatus::Cancelled => return Err(Error::<T>::ReplaceCancelled.into()),
        }
        let period = ReplacePeriod::<T>::get().max(replace.period);
        let expired = T::Relay::has_request_expired(replace.accept_time, replace.btc_height, period)?;
        ensure!(expired, Error::<T>::ReplacePeriodNotExpired);

        let (old, new) = (replace.old_vault.clone(), replace.new_vault.clone());
        let griefing_collateral = replace.griefing_collateral;
        T::Vaults::cancel_replace_tokens(&old, &new, replace.amount)?;
        T::Vaults::pay_replace_collateral(&old, &new.account_id, griefing_collateral)?;
        Self::return_collateral(&new, replace.collateral)?;

        replace.status = ReplaceRequestStatus::Cancelled;
        ReplaceRequests::<T>::insert(replace_id, replace);
        Self::deposit_event(Event::CancelReplace {
            replace_id,
            new_vault_id: new,
            old_vault_id: old,
            griefing_collateral,
        });
        Ok(())
    }

    /// Frees what the new vault added for this replace, unless it now needs it for its promises:
    /// then it stays as ordinary collateral.
    fn return_collateral(new: &VaultId, collateral: Balance) -> DispatchResult {
        if T::Vaults::vault(new)?.is_liquidated() || !T::Vaults::can_withdraw_collateral(new, collateral)? {
            return Ok(());
        }
        T::Vaults::withdraw_collateral(new, collateral)
    }
}
