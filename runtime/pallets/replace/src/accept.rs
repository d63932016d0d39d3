//! A new vault takes (part of) an offer.
//!
//! Always holds: the new vault has the capacity for what it accepts, at the secure threshold. Must
//! never do: take more of the new vault's collateral than in proportion to what it really gets.

use crate::{Config, Error, Event, Pallet, ReplaceBtcDustValue, ReplacePeriod, ReplaceRequests};
use frame::{
    arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding},
    prelude::*,
};
use gantry_primitives::{
    Balance, BtcAddress, BtcRelayAccess, ReplaceRequest, ReplaceRequestStatus, SecurityAccess, VaultId,
    VaultRegistryAccess,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn accept(
        old: VaultId,
        new: VaultId,
        wanted: Balance,
        collateral_for_wanted: Balance,
        btc_address: BtcAddress,
    ) -> DispatchResult {
        ensure!(old != new, Error::<T>::ReplaceSelfNotAllowed);
        ensure!(old.wrapped_currency() == new.wrapped_currency(), Error::<T>::InvalidWrappedCurrency);
        T::Vaults::active_vault(&new)?;
        T::Vaults::ensure_not_banned(&new)?;

        let (amount, griefing_collateral) = T::Vaults::decrease_to_be_replaced(&old, wanted)?;
        ensure!(amount >= ReplaceBtcDustValue::<T>::get(), Error::<T>::AmountBelowDustAmount);

        // `amount <= wanted`: the offer may have shrunk since the new vault read it
        let collateral = multiply_by_rational_with_rounding(collateral_for_wanted, amount, wanted, Rounding::Down)
            .ok_or(Error::<T>::AmountBelowDustAmount)?;
        T::Vaults::try_deposit_collateral(&new, collateral)?;
        Self::promise(&old, &new, amount)?;
        T::Vaults::activate_replace_collateral(&old, griefing_collateral)?;

        let replace_id = T::Security::secure_id(&old.account_id);
        let request = ReplaceRequest {
            old_vault: old.clone(),
            new_vault: new.clone(),
            amount,
            griefing_collateral,
            collateral,
            accept_time: T::Security::active_block(),
            period: ReplacePeriod::<T>::get(),
            btc_address,
            btc_height: T::Relay::best_block_height(),
            status: ReplaceRequestStatus::Pending,
        };
        ReplaceRequests::<T>::insert(replace_id, request);
        Self::deposit_event(Event::AcceptReplace {
            replace_id,
            old_vault_id: old,
            new_vault_id: new,
            amount,
            collateral,
            btc_address,
        });
        Ok(())
    }

    /// The old vault owes the payment, the new one reserves the capacity.
    pub(crate) fn promise(old: &VaultId, new: &VaultId, amount: Balance) -> DispatchResult {
        T::Vaults::try_increase_to_be_redeemed(old, amount)?;
        T::Vaults::try_increase_to_be_issued(new, amount)
    }
}
