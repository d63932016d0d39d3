//! From raw values to the median, and conversion by it.
//!
//! Always holds: conversions round down and fail without an aggregate. Must never do: use a value
//! older than `MaxDelay` unless the chain says that nothing expires.

use crate::{
    Aggregate, Config, Error, Event, MaxDelay, NeverExpires, Pallet, RawValues, RawValuesUpdated,
    TimestampedValue, ValidUntil, NEVER,
};
use frame::deps::sp_runtime::{ArithmeticError, DispatchError, FixedPointNumber, FixedU128};
use frame::traits::Get;
use gantry_primitives::{AccountId, Balance, CurrencyId, Moment, OracleAccess, OracleKey, UnsignedFixedPoint};
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, per_things::Rounding};
extern crate alloc;
use alloc::vec::Vec;

fn median(mut values: Vec<UnsignedFixedPoint>) -> Option<UnsignedFixedPoint> {
    values.sort_unstable();
    let upper = values.get(values.len() / 2).copied()?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get(values.len() / 2 - 1).copied()?.into_inner();
    Some(FixedU128::from_inner(lower + (upper.into_inner() - lower) / 2))
}

impl<T: Config> Pallet<T> {
    fn now() -> Moment {
        pallet_timestamp::Pallet::<T>::get()
    }

    pub(crate) fn store(oracle: &AccountId, values: &[(OracleKey, UnsignedFixedPoint)]) {
        let timestamp = Self::now();
        for (key, value) in values {
            RawValues::<T>::insert(key, oracle, TimestampedValue { value: *value, timestamp });
            RawValuesUpdated::<T>::insert(key, true);
        }
    }

    /// Aggregates what is new or too old and says so; returns how many keys are known.
    pub(crate) fn aggregate_all() -> u32 {
        let keys: Vec<_> = RawValuesUpdated::<T>::iter().collect();
        let now = Self::now();
        let mut values = Vec::new();
        for (key, is_new) in &keys {
            let is_old = ValidUntil::<T>::get(key).is_some_and(|until| now > until);
            if *is_new || is_old {
                values.push((*key, Self::update(key)));
            }
        }
        if !values.is_empty() {
            Self::deposit_event(Event::AggregateUpdated { values });
        }
        keys.len() as u32
    }

    pub(crate) fn update(key: &OracleKey) -> Option<UnsignedFixedPoint> {
        RawValuesUpdated::<T>::insert(key, false);
        let never = NeverExpires::<T>::get();
        let delay = MaxDelay::<T>::get();
        let oldest_allowed = if never { 0 } else { Self::now().saturating_sub(delay) };
        let fresh: Vec<_> =
            RawValues::<T>::iter_prefix_values(key).filter(|raw| raw.timestamp >= oldest_allowed).collect();
        let oldest = fresh.iter().map(|raw| raw.timestamp).min();
        let value = median(fresh.iter().map(|raw| raw.value).collect());
        match (value, oldest) {
            (Some(value), Some(oldest)) => {
                Aggregate::<T>::insert(key, value);
                ValidUntil::<T>::insert(key, if never { NEVER } else { oldest.saturating_add(delay) });
            }
            _ => {
                Aggregate::<T>::remove(key);
                ValidUntil::<T>::remove(key);
            }
        }
        value
    }
}

impl<T: Config> OracleAccess for Pallet<T> {
    fn price(key: OracleKey) -> Result<UnsignedFixedPoint, DispatchError> {
        Aggregate::<T>::get(key).ok_or(Error::<T>::MissingExchangeRate.into())
    }

    fn wrapped_to_collateral(wrapped: Balance, currency: CurrencyId) -> Result<Balance, DispatchError> {
        if currency == T::WrappedCurrencyId::get() {
            return Ok(wrapped);
        }
        Self::price(OracleKey::ExchangeRate(currency))?
            .checked_mul_int(wrapped)
            .ok_or(ArithmeticError::Overflow.into())
    }

    fn collateral_to_wrapped(amount: Balance, currency: CurrencyId) -> Result<Balance, DispatchError> {
        if currency == T::WrappedCurrencyId::get() {
            return Ok(amount);
        }
        let rate = Self::price(OracleKey::ExchangeRate(currency))?.into_inner();
        multiply_by_rational_with_rounding(amount, FixedU128::DIV, rate, Rounding::Down)
            .ok_or(ArithmeticError::Overflow.into())
    }
}
