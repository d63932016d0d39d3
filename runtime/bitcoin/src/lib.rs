//! Bitcoin as the relay needs it: headers, transactions, Merkle proofs, scripts, deposit keys.
//! Always: pure, without std, without state; every refusal is an `Error` named like the relay's own errors.
//! Hashes are in wire order (the order SHA-256 gives), never in display order.
//! Never: trusts a hash, a length or a position that it can compute itself.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod compact;
pub mod deposit;
pub mod error;
pub mod hash;
pub mod header;
pub mod merkle;
pub mod parse;
pub mod payment;
pub mod proof;
pub mod script;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transaction;
pub mod work;

pub use error::Error;
