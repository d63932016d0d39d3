//! What `System.Account` holds beside the nonce.
//!
//! Always holds: all zero; balances are in `Tokens`, also the native one. The record is there
//! because clients decode it. Must never do: be written.

use frame::prelude::*;
use gantry_primitives::Balance;

/// The shape clients know; always zero.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Default, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_dev_runtime", "pallet_balances"), replace_segment("account", "types"))]
pub struct AccountData {
    pub free: Balance,
    pub reserved: Balance,
    pub frozen: Balance,
    pub flags: Balance,
}
