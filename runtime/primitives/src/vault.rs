//! A vault and its name.
//!
//! Always holds: field order is the published one. Must never do: change a balance (the vault
//! registry does).

use crate::{AccountId, Balance, BlockNumber, CurrencyId, VaultCurrencyPair};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::UnsignedFixedPoint;

/// One account may run several vaults, one per pair of currencies.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("vault", "types"))]
pub struct VaultId {
    pub account_id: AccountId,
    pub currencies: VaultCurrencyPair,
}

impl VaultId {
    pub fn new(account_id: AccountId, collateral: CurrencyId, wrapped: CurrencyId) -> Self {
        Self { account_id, currencies: VaultCurrencyPair { collateral, wrapped } }
    }

    pub fn collateral_currency(&self) -> CurrencyId {
        self.currencies.collateral
    }

    pub fn wrapped_currency(&self) -> CurrencyId {
        self.currencies.wrapped
    }
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "vault_registry"), replace_segment("vault", "types"))]
pub enum VaultStatus {
    /// True when the vault takes new issues.
    Active(bool),
    Liquidated,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "vault_registry"), replace_segment("vault", "types"))]
pub struct Vault {
    pub id: VaultId,
    pub status: VaultStatus,
    /// Active block count up to and including which the vault takes no new request.
    pub banned_until: Option<BlockNumber>,
    pub secure_collateral_threshold: Option<UnsignedFixedPoint>,
    pub to_be_issued_tokens: Balance,
    pub issued_tokens: Balance,
    pub to_be_redeemed_tokens: Balance,
    pub to_be_replaced_tokens: Balance,
    /// Griefing collateral of replace requests nobody accepted yet.
    pub replace_collateral: Balance,
    /// Griefing collateral of accepted replace requests.
    pub active_replace_collateral: Balance,
    /// Collateral kept for open redeems after liquidation.
    pub liquidated_collateral: Balance,
}

impl Vault {
    pub fn is_liquidated(&self) -> bool {
        self.status == VaultStatus::Liquidated
    }

    /// Issued tokens that are not promised to a redeem or replace.
    pub fn redeemable_tokens(&self) -> Balance {
        self.issued_tokens.saturating_sub(self.to_be_redeemed_tokens)
    }

    /// Everything that needs backing: issued and about to be issued.
    pub fn backed_tokens(&self) -> Balance {
        self.issued_tokens.saturating_add(self.to_be_issued_tokens)
    }
}
