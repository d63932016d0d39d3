//! The chain as a whole: its interface, its genesis, one story through all pallets.

mod genesis;
mod metadata;
mod story;
