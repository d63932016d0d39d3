//! Vaults: what they promised, what they locked, whether they may promise more.
//!
//! Always holds: a vault's collateral is locked in its own account and counted in `VaultCollateral`
//! and `TotalUserVaultCollateral`; an active vault's promises stay within the secure threshold when
//! made; tokens of a liquidated vault are the liquidation vault's.
//! Must never do: mint or burn wrapped tokens, or let a vault's bitcoin key change.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

mod access;
mod books;
mod calls;
mod collateral;
mod errors;
mod events;
mod liquidate;
mod replace;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame::import_section;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gantry_primitives::{Balance, VaultCurrencyPair};
use scale_info::TypeInfo;

/// Who owes what liquidated vaults owed, per pair of currencies.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_pallet_vault_registry", "vault_registry"))]
pub struct SystemVault {
    pub to_be_issued_tokens: Balance,
    pub issued_tokens: Balance,
    pub to_be_redeemed_tokens: Balance,
    /// Locked in the pallet's account.
    pub collateral: Balance,
    pub currency_pair: VaultCurrencyPair,
}

#[import_section(crate::events::events)]
#[import_section(crate::errors::errors)]
#[frame::pallet]
pub mod pallet {
    use super::SystemVault;
    use frame::prelude::*;
    extern crate alloc;
    use alloc::vec::Vec;
    use gantry_primitives::{
        AccountId, Balance, BlockNumber, BtcAddress, BtcPublicKey, CurrencyId, OracleAccess, SecurityAccess,
        TokensAccess, UnsignedFixedPoint, Vault, VaultCurrencyPair, VaultId, VaultStatus, H256,
    };

    /// Rough, the same for all: this chain is never full.
    const CALL: Weight = Weight::from_parts(150_000_000, 10_000);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Names the account of the liquidation vault.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
        /// Currency of griefing collateral.
        #[pallet::constant]
        type GetGriefingCollateralCurrencyId: Get<CurrencyId>;
        type Security: SecurityAccess;
        type Tokens: TokensAccess;
        type Oracle: OracleAccess;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Least collateral of a new vault.
    #[pallet::storage]
    pub type MinimumCollateralVault<T: Config> =
        StorageMap<_, Blake2_128Concat, CurrencyId, Balance, ValueQuery>;

    /// Active blocks for which a failed vault takes no request.
    #[pallet::storage]
    pub type PunishmentDelay<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

    /// Most collateral of all vaults together.
    #[pallet::storage]
    pub type SystemCollateralCeiling<T: Config> =
        StorageMap<_, Blake2_128Concat, VaultCurrencyPair, Balance>;

    /// Below it nothing is issued.
    #[pallet::storage]
    pub type SecureCollateralThreshold<T: Config> =
        StorageMap<_, Blake2_128Concat, VaultCurrencyPair, UnsignedFixedPoint>;

    /// Below it a redeem earns a premium.
    #[pallet::storage]
    pub type PremiumRedeemThreshold<T: Config> =
        StorageMap<_, Blake2_128Concat, VaultCurrencyPair, UnsignedFixedPoint>;

    /// Below it the vault is liquidated by whoever reports it.
    #[pallet::storage]
    pub type LiquidationCollateralThreshold<T: Config> =
        StorageMap<_, Blake2_128Concat, VaultCurrencyPair, UnsignedFixedPoint>;

    #[pallet::storage]
    pub type LiquidationVault<T: Config> = StorageMap<_, Blake2_128Concat, VaultCurrencyPair, SystemVault>;

    #[pallet::storage]
    pub type Vaults<T: Config> = StorageMap<_, Blake2_128Concat, VaultId, Vault>;

    #[pallet::storage]
    pub type VaultBitcoinPublicKey<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, BtcPublicKey>;

    /// Deposit addresses given out, and whose they are.
    #[pallet::storage]
    pub type ReservedAddresses<T: Config> = StorageMap<_, Blake2_128Concat, BtcAddress, VaultId>;

    #[pallet::storage]
    pub type TotalUserVaultCollateral<T: Config> =
        StorageMap<_, Blake2_128Concat, VaultCurrencyPair, Balance, ValueQuery>;

    /// Collateral that backs one vault (the part of its account's locked balance that is its own).
    #[pallet::storage]
    pub type VaultCollateral<T: Config> = StorageMap<_, Blake2_128Concat, VaultId, Balance, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub minimum_collateral_vault: Vec<(CurrencyId, Balance)>,
        pub punishment_delay: BlockNumber,
        pub system_collateral_ceiling: Vec<(VaultCurrencyPair, Balance)>,
        pub secure_collateral_threshold: Vec<(VaultCurrencyPair, UnsignedFixedPoint)>,
        pub premium_redeem_threshold: Vec<(VaultCurrencyPair, UnsignedFixedPoint)>,
        pub liquidation_collateral_threshold: Vec<(VaultCurrencyPair, UnsignedFixedPoint)>,
        #[serde(skip)]
        pub _marker: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            PunishmentDelay::<T>::put(self.punishment_delay);
            self.minimum_collateral_vault.iter().for_each(|(k, v)| MinimumCollateralVault::<T>::insert(k, v));
            self.system_collateral_ceiling.iter().for_each(|(k, v)| SystemCollateralCeiling::<T>::insert(k, v));
            self.secure_collateral_threshold.iter().for_each(|(k, v)| SecureCollateralThreshold::<T>::insert(k, v));
            self.premium_redeem_threshold.iter().for_each(|(k, v)| PremiumRedeemThreshold::<T>::insert(k, v));
            self.liquidation_collateral_threshold
                .iter()
                .for_each(|(k, v)| LiquidationCollateralThreshold::<T>::insert(k, v));
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Makes a vault of the signer for a pair of currencies and locks its collateral.
        #[pallet::call_index(0)]
        #[pallet::weight(CALL)]
        pub fn register_vault(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            #[pallet::compact] collateral: Balance,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::do_register_vault(VaultId { account_id, currencies: currency_pair }, collateral)
        }

        /// Sets the bitcoin key of the signer's vaults, once and for all.
        #[pallet::call_index(1)]
        #[pallet::weight(CALL)]
        pub fn register_public_key(origin: OriginFor<T>, public_key: BtcPublicKey) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            ensure!(
                !VaultBitcoinPublicKey::<T>::contains_key(&account_id),
                Error::<T>::PublicKeyAlreadyRegistered
            );
            VaultBitcoinPublicKey::<T>::insert(&account_id, public_key);
            Self::deposit_event(Event::UpdatePublicKey { account_id, public_key });
            Ok(())
        }

        /// Opens or closes the signer's vault for new issues.
        #[pallet::call_index(2)]
        #[pallet::weight(CALL)]
        pub fn accept_new_issues(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            accept_new_issues: bool,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::do_accept_new_issues(VaultId { account_id, currencies: currency_pair }, accept_new_issues)
        }

        /// Raises (or, with none, resets) the signer's own secure threshold.
        #[pallet::call_index(3)]
        #[pallet::weight(CALL)]
        pub fn set_custom_secure_threshold(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            custom_threshold: Option<UnsignedFixedPoint>,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::do_set_custom_threshold(VaultId { account_id, currencies: currency_pair }, custom_threshold)
        }

        /// Anyone: liquidates a vault whose collateral is below the liquidation threshold.
        #[pallet::call_index(4)]
        #[pallet::weight(CALL)]
        pub fn report_undercollateralized_vault(origin: OriginFor<T>, vault_id: VaultId) -> DispatchResult {
            ensure_signed_or_root(origin)?;
            Self::do_report(vault_id)
        }

        /// Root: least collateral of a new vault.
        #[pallet::call_index(5)]
        #[pallet::weight(CALL)]
        pub fn set_minimum_collateral(
            origin: OriginFor<T>,
            currency_id: CurrencyId,
            minimum: Balance,
        ) -> DispatchResult {
            ensure_root(origin)?;
            MinimumCollateralVault::<T>::insert(currency_id, minimum);
            Ok(())
        }

        /// Root: most collateral of all vaults of a pair.
        #[pallet::call_index(6)]
        #[pallet::weight(CALL)]
        pub fn set_system_collateral_ceiling(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            ceiling: Balance,
        ) -> DispatchResult {
            ensure_root(origin)?;
            SystemCollateralCeiling::<T>::insert(currency_pair, ceiling);
            Ok(())
        }

        /// Root.
        #[pallet::call_index(7)]
        #[pallet::weight(CALL)]
        pub fn set_secure_collateral_threshold(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            threshold: UnsignedFixedPoint,
        ) -> DispatchResult {
            ensure_root(origin)?;
            SecureCollateralThreshold::<T>::insert(currency_pair, threshold);
            Self::deposit_event(Event::SetSecureCollateralThreshold { currency_pair, threshold });
            Ok(())
        }

        /// Root.
        #[pallet::call_index(8)]
        #[pallet::weight(CALL)]
        pub fn set_premium_redeem_threshold(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            threshold: UnsignedFixedPoint,
        ) -> DispatchResult {
            ensure_root(origin)?;
            PremiumRedeemThreshold::<T>::insert(currency_pair, threshold);
            Self::deposit_event(Event::SetPremiumRedeemThreshold { currency_pair, threshold });
            Ok(())
        }

        /// Root.
        #[pallet::call_index(9)]
        #[pallet::weight(CALL)]
        pub fn set_liquidation_collateral_threshold(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            threshold: UnsignedFixedPoint,
        ) -> DispatchResult {
            ensure_root(origin)?;
            LiquidationCollateralThreshold::<T>::insert(currency_pair, threshold);
            Self::deposit_event(Event::SetLiquidationCollateralThreshold { currency_pair, threshold });
            Ok(())
        }

        /// Makes the signer's liquidated vault active again, once all its redeems are over.
        #[pallet::call_index(10)]
        #[pallet::weight(CALL)]
        pub fn recover_vault_id(origin: OriginFor<T>, currency_pair: VaultCurrencyPair) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::do_recover(VaultId { account_id, currencies: currency_pair })
        }
    }
}
