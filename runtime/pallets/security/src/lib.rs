//! The clock of the bridge (active blocks) and the ids of requests.
//!
//! Always holds: the count grows by one in every block unless root stopped it, and never shrinks;
//! no id is given twice. Must never do: stop blocks or calls (only the count stops).
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[cfg(test)]
mod tests;

use frame::deps::sp_io::hashing::sha2_256;
use gantry_primitives::{AccountId, BlockNumber, SecurityAccess, H256};

#[frame::pallet]
pub mod pallet {
    use frame::prelude::*;
    use gantry_primitives::{AccountId, BlockNumber, H256, U256};

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {}

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// How many ids were given.
    #[pallet::storage]
    pub type Nonce<T: Config> = StorageValue<_, U256, ValueQuery>;

    /// Blocks counted while active; every period of the bridge is measured by it.
    #[pallet::storage]
    pub type ActiveBlockCount<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

    #[pallet::storage]
    pub type IsDeactivated<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        UpdateActiveBlock { block_number: BlockNumber },
        Activated,
        Deactivated,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            if !IsDeactivated::<T>::get() {
                let block_number = ActiveBlockCount::<T>::mutate(|count| {
                    *count = count.saturating_add(1);
                    *count
                });
                Self::deposit_event(Event::UpdateActiveBlock { block_number });
            }
            Weight::from_parts(25_000_000, 1_000)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Root: starts or stops the counter.
        #[pallet::call_index(0)]
        #[pallet::weight((Weight::from_parts(25_000_000, 1_000), DispatchClass::Operational))]
        pub fn activate_counter(origin: OriginFor<T>, is_active: bool) -> DispatchResult {
            ensure_root(origin)?;
            IsDeactivated::<T>::put(!is_active);
            Self::deposit_event(if is_active { Event::Activated } else { Event::Deactivated });
            Ok(())
        }
    }
}

impl<T: Config> SecurityAccess for Pallet<T> {
    fn active_block() -> BlockNumber {
        ActiveBlockCount::<T>::get()
    }

    fn secure_id(account: &AccountId) -> H256 {
        let nonce = Nonce::<T>::mutate(|nonce| {
            *nonce = nonce.overflowing_add(1.into()).0;
            *nonce
        });
        let mut preimage = [0u8; 96];
        preimage[..32].copy_from_slice(account.as_ref());
        preimage[32..64].copy_from_slice(&nonce.to_little_endian());
        preimage[64..].copy_from_slice(frame::prelude::frame_system::Pallet::<T>::parent_hash().as_bytes());
        H256(sha2_256(&preimage))
    }
}
