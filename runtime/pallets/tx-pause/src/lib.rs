//! Calls that root stopped: one call of a pallet, or all of them.
//!
//! Always holds: what is paused here is refused by whoever asks `contains` before a call, until root
//! unpauses it; a paused pallet stays paused whatever becomes of its single calls. Must never do:
//! pause itself, or a call of root (calls of root are not asked about).
//!
//! Errors kept for the published index order and not reachable: `NotFound` (names are not looked up, as
//! published: a name that no call has pauses nothing).
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[cfg(test)]
mod tests;

use frame::prelude::*;

#[frame::pallet]
pub mod pallet {
    use super::*;

    /// A name as the metadata writes it.
    pub type Name<T> = BoundedVec<u8, <T as Config>::MaxNameLen>;
    /// A pallet, and one of its calls or all of them.
    pub type FullNameOf<T> = (Name<T>, Option<Name<T>>);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeCall: GetCallMetadata> {
        /// Longest name in bytes.
        #[pallet::constant]
        type MaxNameLen: Get<u32>;
        /// Whether a call with a longer name counts as paused.
        #[pallet::constant]
        type PauseTooLongNames: Get<bool>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// What root paused.
    #[pallet::storage]
    pub type PausedCalls<T: Config> = StorageMap<_, Blake2_128Concat, FullNameOf<T>, (), OptionQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        SomethingPaused { full_name: FullNameOf<T> },
        SomethingUnpaused { full_name: FullNameOf<T> },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// It, or its whole pallet, is paused already.
        IsPaused,
        /// It is not paused.
        IsUnpaused,
        /// This pallet cannot be paused: nobody could undo it.
        IsUnpausable,
        /// Not reachable; kept for its index.
        NotFound,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Root: pauses a call, or with none named all calls of the pallet.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(20_000_000, 1_000))]
        pub fn pause(origin: OriginFor<T>, full_name: FullNameOf<T>) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(full_name.0.as_slice() != Self::name().as_bytes(), Error::<T>::IsUnpausable);
            ensure!(!Self::is_paused(&full_name), Error::<T>::IsPaused);
            PausedCalls::<T>::insert(&full_name, ());
            Self::deposit_event(Event::SomethingPaused { full_name });
            Ok(())
        }

        /// Root: takes one pause back, by the name it was made with.
        #[pallet::call_index(1)]
        #[pallet::weight(Weight::from_parts(20_000_000, 1_000))]
        pub fn unpause(origin: OriginFor<T>, full_name: FullNameOf<T>) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(Self::is_paused(&full_name), Error::<T>::IsUnpaused);
            PausedCalls::<T>::remove(&full_name);
            Self::deposit_event(Event::SomethingUnpaused { full_name });
            Ok(())
        }
    }
}

impl<T: Config> Pallet<T> {
    fn is_paused(full_name: &FullNameOf<T>) -> bool {
        PausedCalls::<T>::contains_key((&full_name.0, None::<Name<T>>)) || PausedCalls::<T>::contains_key(full_name)
    }
}

impl<T: Config> Contains<T::RuntimeCall> for Pallet<T> {
    /// Whether the call may run.
    fn contains(call: &T::RuntimeCall) -> bool {
        let CallMetadata { pallet_name, function_name } = call.get_call_metadata();
        let bounded = |name: &str| Name::<T>::try_from(name.as_bytes().to_vec());
        match (bounded(pallet_name), bounded(function_name)) {
            (Ok(pallet), Ok(function)) => !Self::is_paused(&(pallet, Some(function))),
            _ => !T::PauseTooLongNames::get(),
        }
    }
}
