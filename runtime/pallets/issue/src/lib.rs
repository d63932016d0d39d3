//! Pallet `Issue`: bitcoin paid to a vault becomes wrapped tokens of the payer.
//!
//! Always holds: an id names one request for ever (only its status changes, never from Completed);
//! tokens are minted only for a payment the relay verified, once per request, and never more than
//! the vault has promised. Must never do: look at the proof's transaction itself, or punish a vault.
//!
//! Errors kept for the published index order and not reachable: `CommitPeriodExpired` (there is no
//! expiry at execution).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod cancel;
mod execute;
mod request;
#[cfg(test)]
mod tests;

pub use pallet::*;

use frame::prelude::{ArithmeticError, DispatchError};
use gantry_primitives::Balance;

/// `amount * part / whole` rounded down; all of `amount` when both are zero.
fn share(amount: Balance, part: Balance, whole: Balance) -> Result<Balance, DispatchError> {
    if part == 0 && whole == 0 {
        return Ok(amount);
    }
    frame::arithmetic::helpers_128bit::multiply_by_rational_with_rounding(
        amount,
        part,
        whole,
        frame::arithmetic::Rounding::Down,
    )
    .ok_or_else(|| ArithmeticError::Overflow.into())
}

#[frame::pallet]
pub mod pallet {
    use alloc::{boxed::Box, vec::Vec};
    use frame::prelude::*;
    use gantry_primitives::{
        AccountId, Balance, BlockNumber, BtcAddress, BtcPublicKey, BtcRelayAccess, CurrencyId, FeeAccess,
        FullTransactionProof, IssueRequest, OracleAccess, SecurityAccess, TokensAccess, VaultId,
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
        /// Receives forfeited griefing collateral.
        #[pallet::constant]
        type TreasuryPalletId: Get<PalletId>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Every request ever made.
    #[pallet::storage]
    pub type IssueRequests<T> = StorageMap<_, Blake2_128Concat, H256, IssueRequest, OptionQuery>;

    /// Active blocks until a new request expires.
    #[pallet::storage]
    pub type IssuePeriod<T> = StorageValue<_, BlockNumber, ValueQuery>;

    /// The least amount of a request, in satoshi.
    #[pallet::storage]
    pub type IssueBtcDustValue<T> = StorageValue<_, Balance, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub issue_period: BlockNumber,
        pub issue_btc_dust_value: Balance,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            IssuePeriod::<T>::put(self.issue_period);
            IssueBtcDustValue::<T>::put(self.issue_btc_dust_value);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The requester shall pay `amount + fee` satoshi to `vault_address`.
        RequestIssue {
            issue_id: H256,
            requester: T::AccountId,
            amount: Balance,
            fee: Balance,
            griefing_collateral: Balance,
            griefing_currency: CurrencyId,
            vault_id: VaultId,
            vault_address: BtcAddress,
            vault_public_key: BtcPublicKey,
        },
        /// More or less was paid than asked for; the request follows the payment.
        IssueAmountChange { issue_id: H256, amount: Balance, fee: Balance, confiscated_griefing_collateral: Balance },
        /// `amount` includes the fee.
        ExecuteIssue { issue_id: H256, requester: T::AccountId, vault_id: VaultId, amount: Balance, fee: Balance },
        /// `requester` is the account that cancelled; the collateral is what was forfeited.
        CancelIssue { issue_id: H256, requester: T::AccountId, griefing_collateral: Balance },
        IssuePeriodChange { period: BlockNumber },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No request has this id.
        IssueIdNotFound,
        /// Not reachable; kept for its index.
        CommitPeriodExpired,
        /// Only the requester may cancel before expiry.
        TimeNotExpired,
        /// The request is completed.
        IssueCompleted,
        /// The request is cancelled.
        IssueCancelled,
        /// The vault takes no new issues.
        VaultNotAcceptingNewIssues,
        /// The relay does not know enough Bitcoin blocks yet.
        WaitingForRelayerInitialization,
        /// Less was paid than asked for: only the requester may execute.
        InvalidExecutor,
        /// The amount is below the dust value.
        AmountBelowDustAmount,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Promises to pay `amount` satoshi to the vault; locks griefing collateral.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(250_000_000, 20_000))]
        pub fn request_issue(
            origin: OriginFor<T>,
            #[pallet::compact] amount: Balance,
            vault_id: VaultId,
            griefing_currency: CurrencyId,
        ) -> DispatchResult {
            let requester = ensure_signed(origin)?;
            Self::request(requester, amount, vault_id, griefing_currency)
        }

        /// Mints for a verified payment. Anyone may call; a payment of too little only the requester.
        #[pallet::call_index(1)]
        #[pallet::weight(crate::execute::weight(unchecked_transaction))]
        pub fn execute_issue(
            origin: OriginFor<T>,
            issue_id: H256,
            unchecked_transaction: Box<FullTransactionProof>,
        ) -> DispatchResult {
            let executor = ensure_signed(origin)?;
            Self::execute(executor, issue_id, *unchecked_transaction)
        }

        /// Gives the vault's promise back: anyone after expiry, the requester at any time.
        #[pallet::call_index(2)]
        #[pallet::weight(Weight::from_parts(150_000_000, 15_000))]
        pub fn cancel_issue(origin: OriginFor<T>, issue_id: H256) -> DispatchResult {
            let canceller = ensure_signed(origin)?;
            Self::cancel(canceller, issue_id)
        }

        /// Root: sets the period of requests (an open request keeps the longer of both).
        #[pallet::call_index(3)]
        #[pallet::weight(Weight::from_parts(10_000_000, 1_000))]
        pub fn set_issue_period(origin: OriginFor<T>, period: BlockNumber) -> DispatchResult {
            ensure_root(origin)?;
            IssuePeriod::<T>::put(period);
            Self::deposit_event(Event::IssuePeriodChange { period });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Account of forfeited griefing collateral.
        pub fn treasury() -> AccountId {
            T::TreasuryPalletId::get().into_account_truncating()
        }

        /// Ids of the requests `account` made, for the runtime API.
        pub fn get_issue_requests(account: AccountId) -> Vec<H256> {
            IssueRequests::<T>::iter().filter(|(_, r)| r.requester == account).map(|(id, _)| id).collect()
        }

        /// Ids of the requests to any vault of `account`, for the runtime API.
        pub fn get_vault_issue_requests(account: AccountId) -> Vec<H256> {
            IssueRequests::<T>::iter().filter(|(_, r)| r.vault.account_id == account).map(|(id, _)| id).collect()
        }
    }
}
