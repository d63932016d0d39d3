//! The vaults there are: made, changed and looked at by tests.

use crate::{Purse, World};
use frame::deps::sp_runtime::DispatchError;
use gantry_primitives::*;

impl World {
    /// Registers a vault that takes issues; its collateral is locked already.
    pub fn add_vault(id: &VaultId, collateral: Balance) {
        Self::with(|w| {
            w.purse(id.collateral_currency(), &id.account_id).locked += collateral;
            w.collateral.insert(id.clone(), collateral);
            w.vaults.insert(id.clone(), Vault {
                id: id.clone(),
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
            });
        });
    }

    /// Changes a vault that exists.
    pub fn with_vault(id: &VaultId, change: impl FnOnce(&mut Vault)) {
        Self::with(|w| {
            if let Some(vault) = w.vaults.get_mut(id) {
                change(vault);
            }
        });
    }

    /// Liquidates: the collateral of open redeems is kept, the rest goes.
    pub fn liquidate(id: &VaultId, kept: Balance) {
        Self::with_vault(id, |v| {
            v.status = VaultStatus::Liquidated;
            v.liquidated_collateral = kept;
        });
        Self::with(|w| w.collateral.insert(id.clone(), 0));
    }

    pub fn vault_of(id: &VaultId) -> Vault {
        match Self::read().vaults.get(id) {
            Some(vault) => vault.clone(),
            None => panic!("no such vault"),
        }
    }

    pub(crate) fn vault_mut(&mut self, id: &VaultId) -> Result<&mut Vault, DispatchError> {
        self.vaults.get_mut(id).ok_or(DispatchError::Other("VaultNotFound"))
    }

    pub(crate) fn is_below(&self, id: &VaultId, tokens: Balance, percent: Balance) -> Result<bool, DispatchError> {
        let collateral = self.collateral.get(id).copied().unwrap_or_default();
        Ok(collateral * 100 < self.worth(tokens)? * percent)
    }

    pub(crate) fn griefing_purse(&mut self, id: &VaultId) -> &mut Purse {
        self.purse(INTR, &id.account_id)
    }
}
