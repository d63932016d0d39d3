//! Says which currency plays which part; clients read the three constants from the metadata.
//!
//! Always holds: constants only, no storage. Must never do: move a balance (that is `Tokens`).
//! Both errors are unreachable here (amounts are typed); they are kept for the order of indices.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[frame::pallet]
pub mod pallet {
    use frame::prelude::*;
    use gantry_primitives::CurrencyId;

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// Pays fees and griefing collateral, e.g. INTR.
        #[pallet::constant]
        type GetNativeCurrencyId: Get<CurrencyId>;
        /// The relay chain's currency, e.g. DOT.
        #[pallet::constant]
        type GetRelayChainCurrencyId: Get<CurrencyId>;
        /// Bitcoin on this chain, e.g. IBTC.
        #[pallet::constant]
        type GetWrappedCurrencyId: Get<CurrencyId>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::error]
    pub enum Error<T> {
        /// Unreachable, kept for index order.
        TryIntoIntError,
        /// Unreachable, kept for index order.
        InvalidCurrency,
    }
}
