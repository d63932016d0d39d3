//! The rates of the bridge and the account its fees go to.
//!
//! Always holds: no rate is above `MaxExpectedValue`; amounts are rounded to the nearest unit, ties
//! up, premiums down. Must never do: distribute; fees stay in the pot.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[cfg(test)]
mod tests;

use frame::deps::sp_runtime::{
    traits::AccountIdConversion, ArithmeticError, DispatchError, FixedPointNumber,
};
use frame::traits::Get;
use gantry_primitives::{AccountId, Balance, FeeAccess, UnsignedFixedPoint};
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, per_things::Rounding};

/// What `set_punishment_fee` takes.
#[cfg(not(feature = "upgrade"))]
pub type Punishment = UnsignedFixedPoint;

/// What `set_punishment_fee` takes in the later version: the rate, and a note that nobody reads.
#[cfg(feature = "upgrade")]
pub type Punishment = (UnsignedFixedPoint, u32);

#[cfg(not(feature = "upgrade"))]
fn rate_of(punishment: Punishment) -> UnsignedFixedPoint {
    punishment
}

#[cfg(feature = "upgrade")]
fn rate_of(punishment: Punishment) -> UnsignedFixedPoint {
    punishment.0
}

#[frame::pallet]
pub mod pallet {
    use super::{rate_of, Punishment};
    use frame::prelude::*;
    use gantry_primitives::{AccountId, UnsignedFixedPoint, VaultId};

    /// Rough, the same for all: this chain is never full.
    const SETTER: Weight = Weight::from_parts(25_000_000, 1_000);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        /// Name of the account that holds fees.
        #[pallet::constant]
        type FeePalletId: Get<PalletId>;
        /// Above this no rate may be set.
        #[pallet::constant]
        type MaxExpectedValue: Get<UnsignedFixedPoint>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Share of an issue that goes to the pot.
    #[pallet::storage]
    pub type IssueFee<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// Collateral a requester locks, as a share of the amount.
    #[pallet::storage]
    pub type IssueGriefingCollateral<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// Share of a redeem that goes to the pot.
    #[pallet::storage]
    pub type RedeemFee<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// Reward for redeeming from a vault below the premium threshold.
    #[pallet::storage]
    pub type PremiumRedeemFee<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// What a vault loses on top when it does not pay.
    #[pallet::storage]
    pub type PunishmentFee<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// Collateral an old vault locks to be replaced, as a share of the amount.
    #[pallet::storage]
    pub type ReplaceGriefingCollateral<T: Config> = StorageValue<_, UnsignedFixedPoint, ValueQuery>;
    /// A vault's share of its nominators' rewards; never set here, kept for readers.
    #[pallet::storage]
    pub type Commission<T: Config> = StorageMap<_, Blake2_128Concat, VaultId, UnsignedFixedPoint>;

    #[pallet::error]
    pub enum Error<T> {
        /// Unreachable (amounts are u128 throughout), kept for index order.
        TryIntoIntError,
        AboveMaxExpectedValue,
    }

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub issue_fee: UnsignedFixedPoint,
        pub issue_griefing_collateral: UnsignedFixedPoint,
        pub redeem_fee: UnsignedFixedPoint,
        pub premium_redeem_fee: UnsignedFixedPoint,
        pub punishment_fee: UnsignedFixedPoint,
        pub replace_griefing_collateral: UnsignedFixedPoint,
        #[serde(skip)]
        pub _marker: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            IssueFee::<T>::put(self.issue_fee);
            IssueGriefingCollateral::<T>::put(self.issue_griefing_collateral);
            RedeemFee::<T>::put(self.redeem_fee);
            PremiumRedeemFee::<T>::put(self.premium_redeem_fee);
            PunishmentFee::<T>::put(self.punishment_fee);
            ReplaceGriefingCollateral::<T>::put(self.replace_griefing_collateral);
        }
    }

    /// The setters: root only, `AboveMaxExpectedValue`.
    #[pallet::call]
    impl<T: Config> Pallet<T> {
        #[pallet::call_index(1)]
        #[pallet::weight(SETTER)]
        pub fn set_issue_fee(origin: OriginFor<T>, fee: UnsignedFixedPoint) -> DispatchResult {
            IssueFee::<T>::put(Self::allowed(origin, fee)?);
            Ok(())
        }

        #[pallet::call_index(2)]
        #[pallet::weight(SETTER)]
        pub fn set_issue_griefing_collateral(
            origin: OriginFor<T>,
            griefing_collateral: UnsignedFixedPoint,
        ) -> DispatchResult {
            IssueGriefingCollateral::<T>::put(Self::allowed(origin, griefing_collateral)?);
            Ok(())
        }

        #[pallet::call_index(3)]
        #[pallet::weight(SETTER)]
        pub fn set_redeem_fee(origin: OriginFor<T>, fee: UnsignedFixedPoint) -> DispatchResult {
            RedeemFee::<T>::put(Self::allowed(origin, fee)?);
            Ok(())
        }

        #[pallet::call_index(4)]
        #[pallet::weight(SETTER)]
        pub fn set_premium_redeem_fee(origin: OriginFor<T>, fee: UnsignedFixedPoint) -> DispatchResult {
            PremiumRedeemFee::<T>::put(Self::allowed(origin, fee)?);
            Ok(())
        }

        #[pallet::call_index(5)]
        #[pallet::weight(SETTER)]
        pub fn set_punishment_fee(origin: OriginFor<T>, fee: Punishment) -> DispatchResult {
            PunishmentFee::<T>::put(Self::allowed(origin, rate_of(fee))?);
            Ok(())
        }

        #[pallet::call_index(6)]
        #[pallet::weight(SETTER)]
        pub fn set_replace_griefing_collateral(
            origin: OriginFor<T>,
            griefing_collateral: UnsignedFixedPoint,
        ) -> DispatchResult {
            ReplaceGriefingCollateral::<T>::put(Self::allowed(origin, griefing_collateral)?);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        fn allowed(
            origin: OriginFor<T>,
            value: UnsignedFixedPoint,
        ) -> Result<UnsignedFixedPoint, DispatchError> {
            ensure_root(origin)?;
            ensure!(value <= T::MaxExpectedValue::get(), Error::<T>::AboveMaxExpectedValue);
            Ok(value)
        }
    }
}

fn share(amount: Balance, rate: UnsignedFixedPoint, rounding: Rounding) -> Result<Balance, DispatchError> {
    multiply_by_rational_with_rounding(amount, rate.into_inner(), UnsignedFixedPoint::DIV, rounding)
        .ok_or(ArithmeticError::Overflow.into())
}

impl<T: Config> FeeAccess for Pallet<T> {
    fn pot() -> AccountId {
        T::FeePalletId::get().into_account_truncating()
    }

    fn issue_fee(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, IssueFee::<T>::get(), Rounding::NearestPrefUp)
    }

    fn issue_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, IssueGriefingCollateral::<T>::get(), Rounding::NearestPrefUp)
    }

    fn redeem_fee(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, RedeemFee::<T>::get(), Rounding::NearestPrefUp)
    }

    fn premium_redeem_fee(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, PremiumRedeemFee::<T>::get(), Rounding::Down)
    }

    fn punishment_fee(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, PunishmentFee::<T>::get(), Rounding::NearestPrefUp)
    }

    fn replace_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError> {
        share(amount, ReplaceGriefingCollateral::<T>::get(), Rounding::NearestPrefUp)
    }
}
