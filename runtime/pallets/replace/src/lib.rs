//! Pallet `Replace`: a vault hands its issued tokens, and the bitcoin behind them, to another.
//!
//! Always holds: the old vault stays liable until its payment is verified; tokens count as
//! to-be-redeemed at the old vault and as to-be-issued at the new one while a request is open. Must
//! never do: mint, burn, or refuse a true payment for being late or after a cancel.
//!
//! Errors kept for the published index order and not reachable: `VaultHasEnabledNomination` (there
//! is no nomination here), `UnauthorizedVault` (no call raises it in the published runtime either).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accept;
mod cancel;
mod execute;
mod offer;
#[cfg(test)]
mod tests;

pub use pallet::*;

#[frame::pallet]
pub mod pallet {
    use alloc::{boxed::Box, vec::Vec};
    use frame::prelude::*;
    use gantry_primitives::{
        AccountId, Balance, BlockNumber, BtcAddress, BtcRelayAccess, FeeAccess, FullTransactionProof, OracleAccess,
        ReplaceRequest, SecurityAccess, VaultCurrencyPair, VaultId, VaultRegistryAccess, H256,
    };

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        type Security: SecurityAccess;
        type Oracle: OracleAccess;
        type Fee: FeeAccess;
        type Relay: BtcRelayAccess;
        type Vaults: VaultRegistryAccess;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Every accepted request ever made.
    #[pallet::storage]
    pub type ReplaceRequests<T> = StorageMap<_, Blake2_128Concat, H256, ReplaceRequest, OptionQuery>;

    /// Active blocks until a newly accepted request expires.
    #[pallet::storage]
    pub type ReplacePeriod<T> = StorageValue<_, BlockNumber, ValueQuery>;

    /// The least that may be offered or accepted, in satoshi.
    #[pallet::storage]
    pub type ReplaceBtcDustValue<T> = StorageValue<_, Balance, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub replace_period: BlockNumber,
        pub replace_btc_dust_value: Balance,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            ReplacePeriod::<T>::put(self.replace_period);
            ReplaceBtcDustValue::<T>::put(self.replace_btc_dust_value);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        RequestReplace { old_vault_id: VaultId, amount: Balance, griefing_collateral: Balance },
        WithdrawReplace { old_vault_id: VaultId, withdrawn_tokens: Balance, withdrawn_griefing_collateral: Balance },
        /// The old vault shall pay exactly `amount` satoshi to `btc_address`.
        AcceptReplace {
            replace_id: H256,
            old_vault_id: VaultId,
            new_vault_id: VaultId,
            amount: Balance,
            collateral: Balance,
            btc_address: BtcAddress,
        },
        ExecuteReplace { replace_id: H256, old_vault_id: VaultId, new_vault_id: VaultId },
        CancelReplace { replace_id: H256, new_vault_id: VaultId, old_vault_id: VaultId, griefing_collateral: Balance },
        ReplacePeriodChange { period: BlockNumber },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nothing (more) can be offered.
        ReplaceAmountZero,
        /// The amount is below the dust value.
        AmountBelowDustAmount,
        /// Nothing is offered.
        NoPendingRequest,
        /// Not reachable; kept for its index.
        UnauthorizedVault,
        /// A vault cannot replace itself.
        ReplaceSelfNotAllowed,
        /// Not reachable; kept for its index.
        VaultHasEnabledNomination,
        /// The request can still be paid in time.
        ReplacePeriodNotExpired,
        /// The request is completed.
        ReplaceCompleted,
        /// The request is cancelled.
        ReplaceCancelled,
        /// No request has this id.
        ReplaceIdNotFound,
        /// The vaults wrap different currencies.
        InvalidWrappedCurrency,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Old vault: offers up to `amount` of its tokens; locks griefing collateral.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(150_000_000, 15_000))]
        pub fn request_replace(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            #[pallet::compact] amount: Balance,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::offer(VaultId { account_id, currencies: currency_pair }, amount)
        }

        /// Old vault: takes up to `amount` of the offer back.
        #[pallet::call_index(1)]
        #[pallet::weight(Weight::from_parts(120_000_000, 12_000))]
        pub fn withdraw_replace(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            #[pallet::compact] amount: Balance,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::withdraw(VaultId { account_id, currencies: currency_pair }, amount)
        }

        /// New vault: takes up to `amount_btc` of an offer, adding `collateral`, to be paid to
        /// `btc_address`.
        #[pallet::call_index(2)]
        #[pallet::weight(Weight::from_parts(300_000_000, 30_000))]
        pub fn accept_replace(
            origin: OriginFor<T>,
            currency_pair: VaultCurrencyPair,
            old_vault: VaultId,
            #[pallet::compact] amount_btc: Balance,
            #[pallet::compact] collateral: Balance,
            btc_address: BtcAddress,
        ) -> DispatchResult {
            let account_id = ensure_signed(origin)?;
            Self::accept(old_vault, VaultId { account_id, currencies: currency_pair }, amount_btc, collateral, btc_address)
        }

        /// Moves the tokens for a verified payment. Anyone may call.
        #[pallet::call_index(3)]
        #[pallet::weight(crate::execute::weight(unchecked_transaction))]
        pub fn execute_replace(
            origin: OriginFor<T>,
            replace_id: H256,
            unchecked_transaction: Box<FullTransactionProof>,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::execute(replace_id, *unchecked_transaction)
        }

        /// After expiry, by anyone: the new vault gets the griefing collateral.
        #[pallet::call_index(4)]
        #[pallet::weight(Weight::from_parts(200_000_000, 20_000))]
        pub fn cancel_replace(origin: OriginFor<T>, replace_id: H256) -> DispatchResult {
            ensure_signed(origin)?;
            Self::cancel(replace_id)
        }

        /// Root: sets the period of requests (an open request keeps the longer of both).
        #[pallet::call_index(5)]
        #[pallet::weight(Weight::from_parts(10_000_000, 1_000))]
        pub fn set_replace_period(origin: OriginFor<T>, period: BlockNumber) -> DispatchResult {
            ensure_root(origin)?;
            ReplacePeriod::<T>::put(period);
            Self::deposit_event(Event::ReplacePeriodChange { period });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Ids of the requests whose old vault is one of `account`'s, for the runtime API.
        pub fn get_old_vault_replace_requests(account: AccountId) -> Vec<H256> {
            ReplaceRequests::<T>::iter().filter(|(_, r)| r.old_vault.account_id == account).map(|(id, _)| id).collect()
        }

        /// Ids of the requests whose new vault is one of `account`'s, for the runtime API.
        pub fn get_new_vault_replace_requests(account: AccountId) -> Vec<H256> {
            ReplaceRequests::<T>::iter().filter(|(_, r)| r.new_vault.account_id == account).map(|(id, _)| id).collect()
        }
    }
}
