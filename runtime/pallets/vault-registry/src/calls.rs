//! What the calls of a vault do.
//!
//! Always holds: checks come in the published order, so the first error is the published one.
//! Must never do: check the origin (the calls did).

use crate::{
    Config, Error, Event, LiquidationCollateralThreshold, MinimumCollateralVault, Pallet,
    PremiumRedeemThreshold, SecureCollateralThreshold, SystemCollateralCeiling, Vaults,
};
use frame::deps::{frame_support::ensure, sp_runtime::DispatchResult};
use gantry_primitives::{Balance, UnsignedFixedPoint, Vault, VaultId, VaultRegistryAccess, VaultStatus};

fn fresh(id: VaultId) -> Vault {
    Vault {
        id,
        status: VaultStatus::Active(true),
        banned_until: None,
        secure_collateral_threshold: None,
        to_be_issued_tokens: 0,
        issued_tokens: 0,
        to_be_redeemed_tokens: 0,
        to_be_replaced_tokens: 0,
        replace_collateral: 0,
        active_replace_collateral: 0,
        liquidated_collateral: 0,
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_vault(id: VaultId, collateral: Balance) -> DispatchResult {
        let pair = &id.currencies;
        let thresholds_set = SecureCollateralThreshold::<T>::contains_key(pair)
            && PremiumRedeemThreshold::<T>::contains_key(pair)
            && LiquidationCollateralThreshold::<T>::contains_key(pair);
        ensure!(thresholds_set, Error::<T>::ThresholdNotSet);
        let minimum_set = MinimumCollateralVault::<T>::contains_key(pair.collateral);
        ensure!(minimum_set, Error::<T>::MinimumCollateralNotSet);
        ensure!(SystemCollateralCeiling::<T>::contains_key(pair), Error::<T>::CeilingNotSet);
        Self::bitcoin_public_key(&id.account_id)?;
        let minimum = MinimumCollateralVault::<T>::get(pair.collateral);
        ensure!(collateral >= minimum, Error::<T>::InsufficientVaultCollateralAmount);
        ensure!(!Vaults::<T>::contains_key(&id), Error::<T>::VaultAlreadyRegistered);
        Vaults::<T>::insert(&id, fresh(id.clone()));
        Self::try_deposit_collateral(&id, collateral)?;
        Self::deposit_event(Event::RegisterVault { vault_id: id, collateral });
        Ok(())
    }

    pub(crate) fn do_accept_new_issues(vault_id: VaultId, accept_new_issues: bool) -> DispatchResult {
        Self::active_vault(&vault_id)?;
        Self::change(&vault_id, |vault| {
            vault.status = VaultStatus::Active(accept_new_issues);
            Ok(())
        })?;
        Self::deposit_event(Event::SetAcceptNewIssues { vault_id, accept_new_issues });
        Ok(())
    }

    pub(crate) fn do_set_custom_threshold(
        vault_id: VaultId,
        custom_threshold: Option<UnsignedFixedPoint>,
    ) -> DispatchResult {
        if let Some(custom) = custom_threshold {
            let global = SecureCollateralThreshold::<T>::get(vault_id.currencies);
            let global = global.ok_or(Error::<T>::ThresholdNotSet)?;
            ensure!(custom > global, Error::<T>::ThresholdNotAboveGlobalThreshold);
        }
        Self::change(&vault_id, |vault| {
            vault.secure_collateral_threshold = custom_threshold;
            Ok(())
        })?;
        Self::deposit_event(Event::SetCustomSecureThreshold { vault_id, custom_threshold });
        Ok(())
    }

    pub(crate) fn do_report(vault_id: VaultId) -> DispatchResult {
        let vault = Self::vault(&vault_id)?;
        let threshold = LiquidationCollateralThreshold::<T>::get(vault_id.currencies);
        let threshold = threshold.ok_or(Error::<T>::ThresholdNotSet)?;
        let below = Self::is_below(&vault_id, vault.issued_tokens, threshold)?;
        ensure!(below, Error::<T>::VaultNotBelowLiquidationThreshold);
        Self::liquidate(&vault_id, threshold)
    }

    pub(crate) fn do_recover(vault_id: VaultId) -> DispatchResult {
        let vault = Self::vault(&vault_id)?;
        let over = vault.is_liquidated() && vault.to_be_redeemed_tokens == 0;
        ensure!(over, Error::<T>::VaultNotRecoverable);
        Self::change(&vault_id, |vault| {
            vault.status = VaultStatus::Active(true);
            Ok(())
        })
    }
}
