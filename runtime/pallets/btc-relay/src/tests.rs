//! The rules of the relay, by what a caller sees: results, events, storage.

mod forks;
mod inclusion;
mod mainnet;
mod payments;
mod store;
mod tree;
