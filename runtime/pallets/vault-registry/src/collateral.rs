//! Collateral: thresholds, and moving it in, out and away.
//!
//! Always holds: what is counted is locked, in the same call. Must never do: move more than a vault
//! has counted as its own, or count above the ceiling.

use crate::{
    Config, Error, Event, LiquidationVault, Pallet, SecureCollateralThreshold, SystemCollateralCeiling,
    TotalUserVaultCollateral, VaultCollateral,
};
use frame::deps::{
    frame_support::ensure,
    sp_runtime::{traits::AccountIdConversion, ArithmeticError, DispatchError, DispatchResult},
    sp_runtime::{FixedPointNumber, FixedU128},
};
use frame::traits::Get;
use gantry_primitives::{
    AccountId, Balance, OracleAccess, TokensAccess, UnsignedFixedPoint, Vault, VaultCurrencyPair, VaultId,
};
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, per_things::Rounding};

impl<T: Config> Pallet<T> {
    /// Account that holds what liquidation took.
    pub fn liquidation_account() -> AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// The higher of the global and the vault's own threshold; `ThresholdNotSet`.
    pub(crate) fn secure_threshold(vault: &Vault) -> Result<UnsignedFixedPoint, DispatchError> {
        let global = SecureCollateralThreshold::<T>::get(vault.id.currencies);
        let global = global.ok_or(Error::<T>::ThresholdNotSet)?;
        Ok(vault.secure_collateral_threshold.map_or(global, |own| own.max(global)))
    }

    /// Tokens that collateral backs at a threshold.
    pub(crate) fn backable(
        id: &VaultId,
        collateral: Balance,
        threshold: UnsignedFixedPoint,
    ) -> Result<Balance, DispatchError> {
        let wrapped = T::Oracle::collateral_to_wrapped(collateral, id.collateral_currency())?;
        multiply_by_rational_with_rounding(wrapped, FixedU128::DIV, threshold.into_inner(), Rounding::Down)
            .ok_or(ArithmeticError::Overflow.into())
    }

    pub(crate) fn is_below(
        id: &VaultId,
        tokens: Balance,
        threshold: UnsignedFixedPoint,
    ) -> Result<bool, DispatchError> {
        Ok(Self::backable(id, VaultCollateral::<T>::get(id), threshold)? < tokens)
    }

    /// Collateral that the vault's promises need at a threshold, at most all it has.
    pub(crate) fn used_collateral(
        vault: &Vault,
        threshold: UnsignedFixedPoint,
    ) -> Result<Balance, DispatchError> {
        let currency = vault.id.collateral_currency();
        let backed = T::Oracle::wrapped_to_collateral(vault.backed_tokens(), currency)?;
        let needed = threshold.checked_mul_int(backed).ok_or(ArithmeticError::Overflow)?;
        Ok(needed.min(VaultCollateral::<T>::get(&vault.id)))
    }

    pub(crate) fn count_more(currency_pair: &VaultCurrencyPair, delta: Balance) -> DispatchResult {
        let total = TotalUserVaultCollateral::<T>::get(currency_pair);
        let total = total.checked_add(delta).ok_or(ArithmeticError::Overflow)?;
        let ceiling = SystemCollateralCeiling::<T>::get(currency_pair).ok_or(Error::<T>::CeilingNotSet)?;
        ensure!(total <= ceiling, Error::<T>::CurrencyCeilingExceeded);
        TotalUserVaultCollateral::<T>::insert(currency_pair, total);
        let currency_pair = *currency_pair;
        Self::deposit_event(Event::IncreaseLockedCollateral { currency_pair, delta, total });
        Ok(())
    }

    pub(crate) fn count_less(currency_pair: &VaultCurrencyPair, delta: Balance) -> DispatchResult {
        let total = TotalUserVaultCollateral::<T>::get(currency_pair);
        let total = total.checked_sub(delta).ok_or(ArithmeticError::Underflow)?;
        TotalUserVaultCollateral::<T>::insert(currency_pair, total);
        let currency_pair = *currency_pair;
        Self::deposit_event(Event::DecreaseLockedCollateral { currency_pair, delta, total });
        Ok(())
    }

    /// Takes from what backs the vault, without moving it; `Underflow`.
    pub(crate) fn take(id: &VaultId, amount: Balance) -> DispatchResult {
        let left = VaultCollateral::<T>::get(id).checked_sub(amount).ok_or(ArithmeticError::Underflow)?;
        VaultCollateral::<T>::insert(id, left);
        Ok(())
    }

    /// Locked collateral of the vault's account to the free balance of another, no longer counted.
    pub(crate) fn pay_out(id: &VaultId, to: &AccountId, amount: Balance) -> DispatchResult {
        Self::count_less(&id.currencies, amount)?;
        T::Tokens::transfer_locked(id.collateral_currency(), &id.account_id, to, amount)
    }

    /// Locked collateral of the vault's account to the liquidation vault, still counted.
    pub(crate) fn pay_to_liquidation_vault(id: &VaultId, amount: Balance) -> DispatchResult {
        let account = Self::liquidation_account();
        Self::pay_out(id, &account, amount)?;
        Self::count_more(&id.currencies, amount)?;
        let mut system = Self::liquidation_vault(&id.currencies);
        system.collateral = system.collateral.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
        LiquidationVault::<T>::insert(id.currencies, system);
        T::Tokens::lock(id.collateral_currency(), &account, amount)
    }
}
