//! Prices: what authorised oracles feed, and the median of what is fresh.
//!
//! Always holds: an aggregate is the median of values not older than `MaxDelay`, made at the start
//! of the block after a feed; without a fresh value there is none. The genesis flag `never_expires`
//! lifts the age limit (a development chain need not be fed). Must never do: guess a price.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

mod aggregate;
#[cfg(test)]
mod tests;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gantry_primitives::{Moment, UnsignedFixedPoint};
use scale_info::TypeInfo;

/// `ValidUntil` where nothing expires: the greatest number every client can hold exactly.
pub const NEVER: Moment = (1 << 53) - 1;

/// A value and when it was fed, in milliseconds.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_pallet_oracle", "oracle"))]
pub struct TimestampedValue {
    pub value: UnsignedFixedPoint,
    pub timestamp: Moment,
}

#[frame::pallet]
pub mod pallet {
    use super::TimestampedValue;
    use frame::prelude::*;
    extern crate alloc;
    use alloc::vec::Vec;
    use gantry_primitives::{AccountId, CurrencyId, Moment, OracleKey, UnsignedFixedPoint};

    pub type NameOf<T> = BoundedVec<u8, <T as Config>::MaxNameLength>;

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId> + pallet_timestamp::Config<Moment = Moment>
    {
        /// Longest name of an oracle.
        #[pallet::constant]
        type MaxNameLength: Get<u32>;
        /// Converts to itself, 1:1.
        type WrappedCurrencyId: Get<CurrencyId>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The median in use.
    #[pallet::storage]
    pub type Aggregate<T: Config> = StorageMap<_, Blake2_128Concat, OracleKey, UnsignedFixedPoint>;

    #[pallet::storage]
    pub type RawValues<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, OracleKey, Blake2_128Concat, AccountId, TimestampedValue>;

    /// Keys that were ever fed; true until the next block aggregates them.
    #[pallet::storage]
    pub type RawValuesUpdated<T: Config> = StorageMap<_, Blake2_128Concat, OracleKey, bool>;

    /// Time until which the aggregate is valid.
    #[pallet::storage]
    pub type ValidUntil<T: Config> = StorageMap<_, Blake2_128Concat, OracleKey, Moment>;

    /// Greatest age of a value, in milliseconds.
    #[pallet::storage]
    pub type MaxDelay<T: Config> = StorageValue<_, Moment, ValueQuery>;

    #[pallet::storage]
    pub type AuthorizedOracles<T: Config> =
        StorageMap<_, Blake2_128Concat, AccountId, NameOf<T>, ValueQuery>;

    /// Development chains only: values have no greatest age.
    #[pallet::storage]
    pub type NeverExpires<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        FeedValues { oracle_id: AccountId, values: Vec<(OracleKey, UnsignedFixedPoint)> },
        AggregateUpdated { values: Vec<(OracleKey, Option<UnsignedFixedPoint>)> },
        OracleAdded { oracle_id: AccountId, name: NameOf<T> },
        OracleRemoved { oracle_id: AccountId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not an authorised oracle.
        InvalidOracleSource,
        /// Never fed, or too old.
        MissingExchangeRate,
        /// Unreachable (amounts are u128 throughout), kept for index order.
        TryIntoIntError,
    }

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub max_delay: Moment,
        pub authorized_oracles: Vec<(AccountId, NameOf<T>)>,
        /// Fed in the name of the first authorised oracle, whose next feed replaces them.
        pub values: Vec<(OracleKey, UnsignedFixedPoint)>,
        pub never_expires: bool,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            MaxDelay::<T>::put(self.max_delay);
            NeverExpires::<T>::put(self.never_expires);
            for (who, name) in &self.authorized_oracles {
                AuthorizedOracles::<T>::insert(who, name);
            }
            if let Some((oracle, _)) = self.authorized_oracles.first() {
                Pallet::<T>::store(oracle, &self.values);
                for (key, _) in &self.values {
                    Pallet::<T>::update(key);
                }
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            let keys = Self::aggregate_all();
            Weight::from_parts(50_000_000, 2_000).saturating_mul(u64::from(keys).saturating_add(1))
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// An authorised oracle's values; free when accepted, in use from the next block on.
        #[pallet::call_index(0)]
        #[pallet::weight((
            Weight::from_parts(50_000_000, 2_000).saturating_mul(values.len() as u64 + 1),
            DispatchClass::Operational
        ))]
        pub fn feed_values(
            origin: OriginFor<T>,
            values: Vec<(OracleKey, UnsignedFixedPoint)>,
        ) -> DispatchResultWithPostInfo {
            let oracle_id = ensure_signed(origin)?;
            ensure!(AuthorizedOracles::<T>::contains_key(&oracle_id), Error::<T>::InvalidOracleSource);
            Self::store(&oracle_id, &values);
            Self::deposit_event(Event::FeedValues { oracle_id, values });
            Ok(Pays::No.into())
        }

        /// Root: lets an account feed.
        #[pallet::call_index(1)]
        #[pallet::weight((Weight::from_parts(25_000_000, 1_000), DispatchClass::Operational))]
        pub fn insert_authorized_oracle(
            origin: OriginFor<T>,
            account_id: AccountId,
            name: NameOf<T>,
        ) -> DispatchResult {
            ensure_root(origin)?;
            AuthorizedOracles::<T>::insert(&account_id, &name);
            Self::deposit_event(Event::OracleAdded { oracle_id: account_id, name });
            Ok(())
        }

        /// Root: an account may feed no more; its last values stay until they are too old.
        #[pallet::call_index(2)]
        #[pallet::weight((Weight::from_parts(25_000_000, 1_000), DispatchClass::Operational))]
        pub fn remove_authorized_oracle(origin: OriginFor<T>, account_id: AccountId) -> DispatchResult {
            ensure_root(origin)?;
            AuthorizedOracles::<T>::remove(&account_id);
            Self::deposit_event(Event::OracleRemoved { oracle_id: account_id });
            Ok(())
        }
    }
}
