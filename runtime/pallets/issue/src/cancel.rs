//! Giving up an issue.
//!
//! Always holds: whoever cancels, the vault is free again and the griefing collateral has left the
//! request. Must never do: touch the vault's collateral.

use crate::{share, Config, Error, Event, IssuePeriod, IssueRequests, Pallet};
use frame::prelude::*;
use gantry_primitives::{
    AccountId, Balance, BtcRelayAccess, IssueRequest, IssueRequestStatus, SecurityAccess, TokensAccess,
    VaultRegistryAccess, H256,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn cancel(canceller: AccountId, issue_id: H256) -> DispatchResult {
        let mut issue = IssueRequests::<T>::get(issue_id).ok_or(Error::<T>::IssueIdNotFound)?;
        match issue.status {
            IssueRequestStatus::Pending => {}
            IssueRequestStatus::Completed => return Err(Error::<T>::IssueCompleted.into()),
            IssueRequestStatus::Cancelled => return Err(Error::<T>::IssueCancelled.into()),
        }

        let forfeited = Self::forfeit(&canceller, &issue)?;
        if T::Vaults::vault(&issue.vault)?.is_liquidated() {
            // no honest payer should lose collateral to a vault that has failed
            T::Tokens::unlock(issue.griefing_currency, &issue.requester, forfeited)?;
        } else {
            // not to the vault, which may have kept the requester from minting on purpose
            T::Tokens::transfer_locked(issue.griefing_currency, &issue.requester, &Self::treasury(), forfeited)?;
        }
        T::Vaults::decrease_to_be_issued(&issue.vault, Self::total(&issue)?)?;

        issue.status = IssueRequestStatus::Cancelled;
        IssueRequests::<T>::insert(issue_id, issue);
        Self::deposit_event(Event::CancelIssue { issue_id, requester: canceller, griefing_collateral: forfeited });
        Ok(())
    }

    /// All of it after expiry; before, for the requester alone, in proportion to the time that has
    /// passed, the rest being released here.
    fn forfeit(canceller: &AccountId, issue: &IssueRequest) -> Result<Balance, DispatchError> {
        let period = IssuePeriod::<T>::get().max(issue.period);
        if T::Relay::has_request_expired(issue.opentime, issue.btc_height, period)? {
            return Ok(issue.griefing_collateral);
        }
        ensure!(issue.requester == *canceller, Error::<T>::TimeNotExpired);
        let elapsed = T::Security::active_block().saturating_sub(issue.opentime).min(period);
        let forfeited = share(issue.griefing_collateral, elapsed.into(), period.into())?;
        let released = issue.griefing_collateral.saturating_sub(forfeited);
        T::Tokens::unlock(issue.griefing_currency, &issue.requester, released)?;
        Ok(forfeited)
    }
}
