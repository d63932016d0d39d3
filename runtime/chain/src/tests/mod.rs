//! The chain as a whole: its interface, its genesis, its fees. What the bridge does on it is told in
//! `tests/bridge`.

mod fees;
mod genesis;
mod metadata;
mod pause;
