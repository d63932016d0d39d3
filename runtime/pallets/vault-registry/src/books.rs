//! Reading and changing a vault's record, and where its tokens are booked.
//!
//! Always holds: issued and to-be-issued tokens of a liquidated vault are booked with the
//! liquidation vault; to-be-redeemed ones with both. Must never do: let a book fall below zero.

use crate::{Config, Error, LiquidationVault, Pallet, SystemVault, Vaults};
use frame::deps::sp_runtime::{ArithmeticError, DispatchError, DispatchResult};
use gantry_primitives::{Balance, Vault, VaultCurrencyPair, VaultId};

/// Changes of the three books, in tokens.
#[derive(Default, Clone, Copy)]
pub(crate) struct Delta {
    pub to_be_issued: i128,
    pub issued: i128,
    pub to_be_redeemed: i128,
}

/// Tokens as a signed number; `Overflow` beyond 2^127.
pub(crate) fn signed(tokens: Balance) -> Result<i128, DispatchError> {
    i128::try_from(tokens).map_err(|_| ArithmeticError::Overflow.into())
}

pub(crate) fn shift(book: &mut Balance, delta: i128) -> DispatchResult {
    let wrong = if delta < 0 { ArithmeticError::Underflow } else { ArithmeticError::Overflow };
    *book = book.checked_add_signed(delta).ok_or(wrong)?;
    Ok(())
}

/// `part * numerator / denominator`, rounded down; the whole when both are zero.
pub(crate) fn proportion(
    part: Balance,
    numerator: Balance,
    denominator: Balance,
) -> Result<Balance, DispatchError> {
    if numerator == 0 && denominator == 0 {
        return Ok(part);
    }
    sp_arithmetic::helpers_128bit::multiply_by_rational_with_rounding(
        part,
        numerator,
        denominator,
        sp_arithmetic::per_things::Rounding::Down,
    )
    .ok_or(ArithmeticError::Underflow.into())
}

impl<T: Config> Pallet<T> {
    /// Changes a vault's record; `VaultNotFound`.
    pub(crate) fn change(id: &VaultId, f: impl FnOnce(&mut Vault) -> DispatchResult) -> DispatchResult {
        let mut vault = Vaults::<T>::get(id).ok_or(Error::<T>::VaultNotFound)?;
        f(&mut vault)?;
        Vaults::<T>::insert(id, vault);
        Ok(())
    }

    pub(crate) fn liquidation_vault(pair: &VaultCurrencyPair) -> SystemVault {
        LiquidationVault::<T>::get(pair).unwrap_or(SystemVault {
            to_be_issued_tokens: 0,
            issued_tokens: 0,
            to_be_redeemed_tokens: 0,
            collateral: 0,
            currency_pair: *pair,
        })
    }

    /// Books a change where it belongs.
    pub(crate) fn post(id: &VaultId, delta: Delta) -> DispatchResult {
        Self::change(id, |vault| {
            shift(&mut vault.to_be_redeemed_tokens, delta.to_be_redeemed)?;
            if vault.is_liquidated() {
                return Self::post_system(&id.currencies, delta);
            }
            shift(&mut vault.to_be_issued_tokens, delta.to_be_issued)?;
            shift(&mut vault.issued_tokens, delta.issued)
        })
    }

    pub(crate) fn post_system(pair: &VaultCurrencyPair, delta: Delta) -> DispatchResult {
        let mut system = Self::liquidation_vault(pair);
        shift(&mut system.to_be_issued_tokens, delta.to_be_issued)?;
        shift(&mut system.issued_tokens, delta.issued)?;
        shift(&mut system.to_be_redeemed_tokens, delta.to_be_redeemed)?;
        LiquidationVault::<T>::insert(pair, system);
        Ok(())
    }
}
