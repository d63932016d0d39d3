//! Completing a replace with a verified payment, in time or not, cancelled or not.
//!
//! Always holds: after a cancel both promises are made anew, so the new vault must have the capacity
//! again. Must never do: give the griefing collateral back twice.

use crate::{Config, Error, Event, Pallet, ReplaceRequests};
use frame::prelude::*;
use gantry_primitives::{
    BtcRelayAccess, FullTransactionProof, ReplaceRequestStatus, VaultRegistryAccess, H256,
};

/// Grows with what must be hashed.
pub(crate) fn weight(proof: &FullTransactionProof) -> Weight {
    Weight::from_parts(300_000_000, 25_000).saturating_add(Weight::from_parts(20_000, 0).saturating_mul(proof.work()))
}

impl<T: Config> Pallet<T> {
    pub(crate) fn execute(replace_id: H256, proof: FullTransactionProof) -> DispatchResult {
        let mut replace = ReplaceRequests::<T>::get(replace_id).ok_or(Error::<T>::ReplaceIdNotFound)?;
        ensure!(replace.status != ReplaceRequestStatus::Completed, Error::<T>::ReplaceCompleted);
        T::Relay::verify_op_return_payment(proof, replace.btc_address, replace.amount, replace_id)?;

        let (old, new) = (replace.old_vault.clone(), replace.new_vault.clone());
        let collateral = if replace.status == ReplaceRequestStatus::Cancelled {
            Self::promise(&old, &new, replace.amount)?;
            0 // given back by the cancel
        } else {
            T::Vaults::pay_replace_collateral(&old, &old.account_id, replace.griefing_collateral)?;
            replace.collateral
        };
        T::Vaults::replace_tokens(&old, &new, replace.amount, collateral)?;
        Self::deposit_event(Event::ExecuteReplace { replace_id, old_vault_id: old, new_vault_id: new });

        replace.status = ReplaceRequestStatus::Completed;
        ReplaceRequests::<T>::insert(replace_id, replace);
        Ok(())
    }
}
