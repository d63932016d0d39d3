//! Stories of issue, redeem and replace on the whole runtime: mined blocks, true and false proofs,
//! the real registry of vaults, the `development` genesis.
//!
//! Always holds: after every story each wrapped token is issued by some vault, and every locked
//! balance is accounted for. Must never do: reach into a pallet that a call or event can show.

mod issue;
mod redeem;
mod replace;
mod world;
