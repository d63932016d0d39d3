//! The three kinds of request, as stored. They are never deleted; only their status changes.
//!
//! Always holds: `opentime` and `accept_time` are counts of active blocks, `btc_height` is the best
//! height of the Bitcoin relay at opening. Must never do: decide anything about a request.

use crate::{AccountId, Balance, BlockNumber, BtcAddress, BtcPublicKey, CurrencyId, VaultId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "issue"))]
pub enum IssueRequestStatus {
    Pending,
    Completed,
    Cancelled,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "issue"))]
pub struct IssueRequest {
    pub vault: VaultId,
    pub opentime: BlockNumber,
    pub period: BlockNumber,
    pub griefing_collateral: Balance,
    pub griefing_currency: CurrencyId,
    /// What the requester receives; the Bitcoin payment is `amount + fee`.
    pub amount: Balance,
    pub fee: Balance,
    pub requester: AccountId,
    pub btc_address: BtcAddress,
    pub btc_public_key: BtcPublicKey,
    pub btc_height: u32,
    pub status: IssueRequestStatus,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "redeem"))]
pub enum RedeemRequestStatus {
    Pending,
    Completed,
    /// True when the vault received the wrapped tokens, false when they were burned.
    Reimbursed(bool),
    Retried,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "redeem"))]
pub struct RedeemRequest {
    pub vault: VaultId,
    pub opentime: BlockNumber,
    pub period: BlockNumber,
    pub fee: Balance,
    pub transfer_fee_btc: Balance,
    /// What the vault must pay, exactly.
    pub amount_btc: Balance,
    pub premium: Balance,
    pub redeemer: AccountId,
    pub btc_address: BtcAddress,
    pub btc_height: u32,
    pub status: RedeemRequestStatus,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "replace"))]
pub enum ReplaceRequestStatus {
    Pending,
    Completed,
    Cancelled,
}

#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("requests", "replace"))]
pub struct ReplaceRequest {
    pub old_vault: VaultId,
    pub new_vault: VaultId,
    pub amount: Balance,
    pub griefing_collateral: Balance,
    pub collateral: Balance,
    pub accept_time: BlockNumber,
    pub period: BlockNumber,
    pub btc_address: BtcAddress,
    pub btc_height: u32,
    pub status: ReplaceRequestStatus,
}
