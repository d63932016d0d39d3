//! Balances by currency, with the storage and events clients know from orml-tokens.
//!
//! Always holds: the total issuance of a currency is the sum of all free and reserved balances; an
//! account that ever held a balance keeps its record (and with it its nonce). Must never do: remove
//! dust, or freeze (`frozen` is always 0).
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

mod access;
#[cfg(test)]
mod tests;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gantry_primitives::Balance;
use scale_info::TypeInfo;

/// One account's holding of one currency.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Default, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_pallet_tokens", "orml_tokens"))]
pub struct AccountData {
    pub free: Balance,
    pub reserved: Balance,
    pub frozen: Balance,
}

#[frame::pallet]
pub mod pallet {
    use super::AccountData;
    use frame::prelude::*;
    extern crate alloc;
    use alloc::vec::Vec;
    use gantry_primitives::{AccountId, Balance, CurrencyId};

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {}

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::storage]
    pub type TotalIssuance<T: Config> = StorageMap<_, Twox64Concat, CurrencyId, Balance, ValueQuery>;

    #[pallet::storage]
    pub type Accounts<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Twox64Concat, CurrencyId, AccountData, ValueQuery>;

    /// Explicit indices: those of orml-tokens, whose other events never happen here.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        #[codec(index = 0)]
        Endowed { currency_id: CurrencyId, who: AccountId, amount: Balance },
        #[codec(index = 2)]
        Transfer { currency_id: CurrencyId, from: AccountId, to: AccountId, amount: Balance },
        #[codec(index = 3)]
        Reserved { currency_id: CurrencyId, who: AccountId, amount: Balance },
        #[codec(index = 4)]
        Unreserved { currency_id: CurrencyId, who: AccountId, amount: Balance },
        #[codec(index = 6)]
        BalanceSet { currency_id: CurrencyId, who: AccountId, free: Balance, reserved: Balance },
        #[codec(index = 8)]
        Withdrawn { currency_id: CurrencyId, who: AccountId, amount: Balance },
        #[codec(index = 9)]
        Slashed { currency_id: CurrencyId, who: AccountId, free_amount: Balance, reserved_amount: Balance },
        #[codec(index = 10)]
        Deposited { currency_id: CurrencyId, who: AccountId, amount: Balance },
    }

    #[pallet::error]
    pub enum Error<T> {
        BalanceTooLow,
    }

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub balances: Vec<(AccountId, CurrencyId, Balance)>,
        #[serde(skip)]
        pub _marker: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (who, currency, amount) in &self.balances {
                Pallet::<T>::set(*currency, who, *amount, 0);
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sends free balance to another account.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(100_000_000, 4_000))]
        pub fn transfer(
            origin: OriginFor<T>,
            dest: <T::Lookup as StaticLookup>::Source,
            currency_id: CurrencyId,
            #[pallet::compact] amount: Balance,
        ) -> DispatchResult {
            let from = ensure_signed(origin)?;
            let to = T::Lookup::lookup(dest)?;
            <Self as gantry_primitives::TokensAccess>::transfer(currency_id, &from, &to, amount)
        }

        /// Root: sets both balances of an account.
        #[pallet::call_index(4)]
        #[pallet::weight(Weight::from_parts(100_000_000, 4_000))]
        pub fn set_balance(
            origin: OriginFor<T>,
            who: <T::Lookup as StaticLookup>::Source,
            currency_id: CurrencyId,
            #[pallet::compact] new_free: Balance,
            #[pallet::compact] new_reserved: Balance,
        ) -> DispatchResult {
            ensure_root(origin)?;
            let who = T::Lookup::lookup(who)?;
            Self::set(currency_id, &who, new_free, new_reserved);
            Self::deposit_event(Event::BalanceSet { currency_id, who, free: new_free, reserved: new_reserved });
            Ok(())
        }
    }
}
