//! What other pallets do with balances.
//!
//! Always holds: each function changes balances and total issuance together, or fails and changes
//! nothing. Must never do: write an account without making it exist in `System`.

use crate::{AccountData, Accounts, Config, Error, Event, Pallet, TotalIssuance};
use frame::deps::sp_runtime::{ArithmeticError, DispatchError, DispatchResult};
use frame::prelude::frame_system;
use gantry_primitives::{AccountId, Balance, CurrencyId, TokensAccess};

fn add(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
    a.checked_add(b).ok_or(ArithmeticError::Overflow.into())
}

impl<T: Config> Pallet<T> {
    fn less(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
        a.checked_sub(b).ok_or(Error::<T>::BalanceTooLow.into())
    }

    /// Changes one record; a new one makes the account exist and is announced.
    fn change(
        currency_id: CurrencyId,
        who: &AccountId,
        f: impl FnOnce(&mut AccountData) -> DispatchResult,
    ) -> DispatchResult {
        let is_new = !Accounts::<T>::contains_key(who, currency_id);
        let mut data = Accounts::<T>::get(who, currency_id);
        f(&mut data)?;
        if is_new {
            frame_system::Pallet::<T>::inc_providers(who);
            Self::deposit_event(Event::Endowed { currency_id, who: who.clone(), amount: data.free });
        }
        Accounts::<T>::insert(who, currency_id, data);
        Ok(())
    }

    /// Sets both balances and corrects the total; for root and genesis.
    pub(crate) fn set(currency: CurrencyId, who: &AccountId, free: Balance, reserved: Balance) {
        let _ = Self::change(currency, who, |data| {
            TotalIssuance::<T>::mutate(currency, |total| {
                *total = total
                    .saturating_sub(data.free.saturating_add(data.reserved))
                    .saturating_add(free.saturating_add(reserved));
            });
            *data = AccountData { free, reserved, frozen: 0 };
            Ok(())
        });
    }

    /// Takes a fee out of existence; `BalanceTooLow`.
    pub fn withdraw(currency_id: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        Self::change(currency_id, who, |data| {
            data.free = Self::less(data.free, amount)?;
            Ok(())
        })?;
        TotalIssuance::<T>::mutate(currency_id, |total| *total = total.saturating_sub(amount));
        Self::deposit_event(Event::Withdrawn { currency_id, who: who.clone(), amount });
        Ok(())
    }
}

impl<T: Config> TokensAccess for Pallet<T> {
    fn free(currency: CurrencyId, who: &AccountId) -> Balance {
        Accounts::<T>::get(who, currency).free
    }

    fn locked(currency: CurrencyId, who: &AccountId) -> Balance {
        Accounts::<T>::get(who, currency).reserved
    }

    fn total_issuance(currency: CurrencyId) -> Balance {
        TotalIssuance::<T>::get(currency)
    }

    fn transfer(currency_id: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 || from == to {
            return Self::less(Self::free(currency_id, from), amount).map(|_| ());
        }
        let added = add(Self::free(currency_id, to), amount)?;
        Self::change(currency_id, from, |data| {
            data.free = Self::less(data.free, amount)?;
            Ok(())
        })?;
        Self::change(currency_id, to, |data| {
            data.free = added;
            Ok(())
        })?;
        let (from, to) = (from.clone(), to.clone());
        Self::deposit_event(Event::Transfer { currency_id, from, to, amount });
        Ok(())
    }

    fn lock(currency_id: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        Self::change(currency_id, who, |data| {
            data.free = Self::less(data.free, amount)?;
            data.reserved = add(data.reserved, amount)?;
            Ok(())
        })?;
        Self::deposit_event(Event::Reserved { currency_id, who: who.clone(), amount });
        Ok(())
    }

    fn unlock(currency_id: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        Self::change(currency_id, who, |data| {
            data.reserved = Self::less(data.reserved, amount)?;
            data.free = add(data.free, amount)?;
            Ok(())
        })?;
        Self::deposit_event(Event::Unreserved { currency_id, who: who.clone(), amount });
        Ok(())
    }

    fn transfer_locked(currency: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult {
        Self::unlock(currency, from, amount)?;
        <Self as TokensAccess>::transfer(currency, from, to, amount)
    }

    fn mint(currency_id: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let total = add(TotalIssuance::<T>::get(currency_id), amount)?;
        Self::change(currency_id, who, |data| {
            data.free = add(data.free, amount)?;
            Ok(())
        })?;
        TotalIssuance::<T>::insert(currency_id, total);
        Self::deposit_event(Event::Deposited { currency_id, who: who.clone(), amount });
        Ok(())
    }

    fn burn_locked(currency_id: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        Self::change(currency_id, who, |data| {
            data.reserved = Self::less(data.reserved, amount)?;
            Ok(())
        })?;
        TotalIssuance::<T>::mutate(currency_id, |total| *total = total.saturating_sub(amount));
        let who = who.clone();
        Self::deposit_event(Event::Slashed { currency_id, who, free_amount: 0, reserved_amount: amount });
        Ok(())
    }
}
