//! Types shared by every pallet of the development chain, and the traits by which pallets meet.
//!
//! Always holds: names, field order and variant order are those of the published interBTC
//! interface, so the SCALE bytes are the same; in the metadata they stand under the published paths
//! (`replace_segment`), by which clients name types. Hashes of Bitcoin are in wire order (the output of
//! double SHA-256), never reversed. Must never do: touch storage or know a pallet.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod bitcoin;
pub mod currency;
pub mod requests;
pub mod traits;
pub mod vault;

pub use bitcoin::*;
pub use currency::*;
pub use requests::*;
pub use traits::*;
pub use vault::*;

pub use frame::deps::sp_core::{H160, H256, U256};
use frame::deps::sp_runtime::{AccountId32, FixedU128};

/// An account, the same on every chain that signs with sr25519, ed25519 or ecdsa.
pub type AccountId = AccountId32;
/// An amount of any currency in its smallest unit (satoshi for wrapped bitcoin, planck for DOT).
pub type Balance = u128;
/// A height of this chain, or a count of its active blocks.
pub type BlockNumber = u32;
/// Nonce of an account.
pub type Nonce = u32;
/// Rates, prices and thresholds: 18 decimals.
pub type UnsignedFixedPoint = FixedU128;
/// Milliseconds since 1970.
pub type Moment = u64;

/// Milliseconds between two Bitcoin blocks, as the protocol counts periods.
pub const BITCOIN_BLOCK_MS: u32 = 600_000;
/// Milliseconds between two blocks of this chain, as the protocol counts periods.
pub const PARACHAIN_BLOCK_MS: u32 = 12_000;
/// Blocks of this chain per Bitcoin block; turns a period into Bitcoin blocks (rounded up).
pub const PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK: u32 = BITCOIN_BLOCK_MS / PARACHAIN_BLOCK_MS;
