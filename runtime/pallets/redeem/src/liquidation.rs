//! Wrapped tokens for the collateral of liquidated vaults, which have no bitcoin to give.
//!
//! Always holds: tokens burned equal tokens no longer owed by the liquidation vault. Must never do:
//! touch what backs open redeems.

use crate::{Config, Error, Event, Pallet};
use frame::prelude::*;
use gantry_primitives::{AccountId, Balance, TokensAccess, VaultCurrencyPair, VaultRegistryAccess};

impl<T: Config> Pallet<T> {
    pub(crate) fn redeem_from_liquidation(
        redeemer: AccountId,
        currencies: VaultCurrencyPair,
        amount: Balance,
    ) -> DispatchResult {
        let wrapped = currencies.wrapped;
        ensure!(amount <= T::Tokens::free(wrapped, &redeemer), Error::<T>::AmountExceedsUserBalance);
        T::Tokens::lock(wrapped, &redeemer, amount)?;
        T::Tokens::burn_locked(wrapped, &redeemer, amount)?;
        T::Vaults::redeem_tokens_liquidation(&currencies, &redeemer, amount)?;
        Self::deposit_event(Event::LiquidationRedeem { redeemer, amount });
        Ok(())
    }
}
