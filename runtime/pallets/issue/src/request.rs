//! Opening an issue.
//!
//! Always holds: what is promised to the vault is `amount + fee` of the stored request. Must never
//! do: open a request without a deposit address of its own.

use crate::{Config, Error, Event, IssueBtcDustValue, IssuePeriod, IssueRequests, Pallet};
use frame::prelude::*;
use gantry_primitives::{
    AccountId, Balance, BtcRelayAccess, CurrencyId, FeeAccess, IssueRequest, IssueRequestStatus, OracleAccess,
    SecurityAccess, TokensAccess, VaultId, VaultRegistryAccess, VaultStatus,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn request(
        requester: AccountId,
        requested: Balance,
        vault: VaultId,
        griefing_currency: CurrencyId,
    ) -> DispatchResult {
        ensure!(T::Relay::is_fully_initialized(), Error::<T>::WaitingForRelayerInitialization);
        let status = T::Vaults::active_vault(&vault)?.status;
        ensure!(status == VaultStatus::Active(true), Error::<T>::VaultNotAcceptingNewIssues);
        T::Vaults::ensure_not_banned(&vault)?;

        let worth = T::Oracle::wrapped_to_collateral(requested, griefing_currency)?;
        let griefing_collateral = T::Fee::issue_griefing_collateral(worth)?;
        T::Tokens::lock(griefing_currency, &requester, griefing_collateral)?;

        ensure!(requested >= IssueBtcDustValue::<T>::get(), Error::<T>::AmountBelowDustAmount);
        T::Vaults::try_increase_to_be_issued(&vault, requested)?;

        let fee = T::Fee::issue_fee(requested)?;
        let amount = requested.checked_sub(fee).ok_or(ArithmeticError::Underflow)?;
        let issue_id = T::Security::secure_id(&requester);
        let btc_address = T::Vaults::register_deposit_address(&vault, issue_id)?;
        let btc_public_key = T::Vaults::bitcoin_public_key(&vault.account_id)?;

        let request = IssueRequest {
            vault: vault.clone(),
            opentime: T::Security::active_block(),
            period: IssuePeriod::<T>::get(),
            griefing_collateral,
            griefing_currency,
            amount,
            fee,
            requester: requester.clone(),
            btc_address,
            btc_public_key,
            btc_height: T::Relay::best_block_height(),
            status: IssueRequestStatus::Pending,
        };
        IssueRequests::<T>::insert(issue_id, request);
        Self::deposit_event(Event::RequestIssue {
            issue_id,
            requester,
            amount,
            fee,
            griefing_collateral,
            griefing_currency,
            vault_id: vault,
            vault_address: btc_address,
            vault_public_key: btc_public_key,
        });
        Ok(())
    }
}
