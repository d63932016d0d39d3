//! Pallet `Redeem`: wrapped tokens become bitcoin paid by a vault.
//!
//! Always holds: the tokens of an open request are locked, and of them the vault owes exactly
//! `amount_btc` satoshi; a request ends once: paid (burned), reimbursed from collateral, or retried.
//! Must never do: charge for a true proof (a vault would pay to serve dust), or refuse one for being
//! late.
//!
//! Errors kept for the published index order and not reachable: `TryIntoIntError` (every amount is
//! one integer type here).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod cancel;
mod execute;
mod liquidation;
mod request;
mod self_redeem;
#[cfg(test)]
mod tests;

pub use pallet::*;

#[frame::pallet]
pub mod pallet {
    use alloc::{boxed::Box, vec::Vec};
    use frame::prelude::*;
    use gantry_primitives::{
        AccountId, Balance, BlockNumber, BtcAddress, BtcRelayAccess, FeeAccess, FullTransactionProof, OracleAccess,
        RedeemRequest, RedeemRequestStatus, SecurityAccess, TokensAccess, VaultCurrencyPair, VaultId,
        VaultRegistryAccess, H256,
    };

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        type Security: SecurityAccess;
        type Tokens: TokensAccess;
        type Oracle: OracleAccess;
        type Fee: FeeAccess;
        type Relay: BtcRelayAccess;
        type Vaults: VaultRegistryAccess;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Active blocks until a new request expires.
    #[pallet::storage]
    pub type RedeemPeriod<T> = StorageValue<_, BlockNumber, ValueQuery>;

    /// Every request ever made.
    #[pallet::storage]
    pub type RedeemRequests<T> = StorageMap<_, Blake2_128Concat, H256, RedeemRequest, OptionQuery>;

    /// The least a vault has to pay out, in satoshi.
    #[pallet::storage]
    pub type RedeemBtcDustValue<T> = StorageValue<_, Balance, ValueQuery>;

    /// Virtual bytes that the vault's budget for the Bitcoin fee is reckoned with.
    #[pallet::storage]
    pub type RedeemTransactionSize<T> = StorageValue<_, u32, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub redeem_period: BlockNumber,
        pub redeem_btc_dust_value: Balance,
        pub redeem_transaction_size: u32,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            RedeemPeriod::<T>::put(self.redeem_period);
            RedeemBtcDustValue::<T>::put(self.redeem_btc_dust_value);
            RedeemTransactionSize::<T>::put(self.redeem_transaction_size);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The vault shall pay exactly `amount` satoshi to `btc_address`.
        RequestRedeem {
            redeem_id: H256,
            redeemer: T::AccountId,
            vault_id: VaultId,
            amount: Balance,
            fee: Balance,
            premium: Balance,
            btc_address: BtcAddress,
            transfer_fee: Balance,
        },
        /// `amount` tokens were burned; for how much collateral, `VaultRegistry` tells.
        LiquidationRedeem { redeemer: T::AccountId, amount: Balance },
        ExecuteRedeem {
            redeem_id: H256,
            redeemer: T::AccountId,
            vault_id: VaultId,
            amount: Balance,
            fee: Balance,
            transfer_fee: Balance,
        },
        CancelRedeem {
            redeem_id: H256,
            redeemer: T::AccountId,
            vault_id: VaultId,
            slashed_amount: Balance,
            status: RedeemRequestStatus,
        },
        MintTokensForReimbursedRedeem { redeem_id: H256, vault_id: VaultId, amount: Balance },
        RedeemPeriodChange { period: BlockNumber },
        SelfRedeem { vault_id: VaultId, amount: Balance, fee: Balance },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// More than the account has free.
        AmountExceedsUserBalance,
        /// Only the redeemer may cancel.
        UnauthorizedRedeemer,
        /// The request is another vault's.
        UnauthorizedVault,
        /// The request can still be paid in time.
        TimeNotExpired,
        /// The request is cancelled.
        RedeemCancelled,
        /// The request is completed.
        RedeemCompleted,
        /// No request has this id.
        RedeemIdNotFound,
        /// Not reachable; kept for its index.
        TryIntoIntError,
        /// Less than the dust value would be paid out.
        AmountBelowDustAmount,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Locks `amount_wrapped` and asks the vault to pay it out, less fee and Bitcoin fee.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(250_000_000, 20_000))]
        pub fn request_redeem(
            origin: OriginFor<T>,
            #[pallet::compact] amount_wrapped: Balance,
            btc_address: BtcAddress,
            vault_id: VaultId,
        ) -> DispatchResult {
            let redeemer = ensure_signed(origin)?;
            Self::request(redeemer, amount_wrapped, btc_address, vault_id)
        }

        /// Burns tokens for a share of what liquidated vaults left; no Bitcoin moves.
        #[pallet::call_index(1)]
        #[pallet::weight(Weight::from_parts(150_000_000, 15_000))]
        pub fn liquidation_redeem(
            origin: OriginFor<T>,
            currencies: VaultCurrencyPair,
            #[pallet::compact] amount_wrapped: Balance,
        ) -> DispatchResult {
            let redeemer = ensure_signed(origin)?;
            Self::redeem_from_liquidation(redeemer, currencies, amount_wrapped)
        }

        /// Burns for a verified payment. Anyone may call; free when it succeeds.
        #[pallet::call_index(2)]
        #[pallet::weight(crate::execute::weight(unchecked_transaction))]
        pub fn execute_redeem(
            origin: OriginFor<T>,
            redeem_id: H256,
            unchecked_transaction: Box<FullTransactionProof>,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::execute(redeem_id, *unchecked_transaction)?;
            Ok(Pays::No.into())
        }

        /// After expiry, by the redeemer: for collateral and a premium (`reimburse`), or for the
        /// tokens back and a smaller premium.
        #[pallet::call_index(3)]
        #[pallet::weight(Weight::from_parts(300_000_000, 30_000))]
        pub fn cancel_redeem(origin: OriginFor<T>, redeem_id: H256, reimburse: bool) -> DispatchResult {
            let redeemer = ensure_signed(origin)?;
            Self::cancel(redeemer, redeem_id, reimburse)
        }

        /// Root: sets the period of requests (an open request keeps the longer of both).
        #[pallet::call_index(4)]
        #[pallet::weight(Weight::from_parts(10_000_000, 1_000))]
        pub fn set_redeem_period(origin: OriginFor<T>, period: BlockNumber) -> DispatchResult {
            ensure_root(origin)?;
            RedeemPeriod::<T>::put(period);
            Self::deposit_event(Event::RedeemPeriodChange { period });
            Ok(())
        }

        /// By a vault that had too little collateral to take over the tokens of a reimbursed
        /// request, once it has enough.
        #[pallet::call_index(5)]
        #[pallet::weight(Weight::from_parts(150_000_000, 15_000))]
        pub fn mint_tokens_for_reimbursed_redeem(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            redeem_id: H256,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::mint_for_reimbursed(VaultId { account_id, currencies: currency_pair }, redeem_id)
        }

        /// By a vault: burns its own wrapped tokens against what it has issued; no Bitcoin moves.
        #[pallet::call_index(6)]
        #[pallet::weight(Weight::from_parts(200_000_000, 20_000))]
        pub fn self_redeem(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            amount_wrapped: Balance,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::redeem_own(VaultId { account_id, currencies: currency_pair }, amount_wrapped)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Ids of the requests `account` made, for the runtime API.
        pub fn get_redeem_requests(account: AccountId) -> Vec<H256> {
            RedeemRequests::<T>::iter().filter(|(_, r)| r.redeemer == account).map(|(id, _)| id).collect()
        }

        /// Ids of the requests to any vault of `account`, for the runtime API.
        pub fn get_vault_redeem_requests(account: AccountId) -> Vec<H256> {
            RedeemRequests::<T>::iter().filter(|(_, r)| r.vault.account_id == account).map(|(id, _)| id).collect()
        }
    }
}
