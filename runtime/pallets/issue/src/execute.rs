//! Completing an issue with a verified payment, in time or not.
//!
//! Always holds: the request follows the payment. Too little: only the requester may settle for it,
//! and forfeits griefing collateral in proportion. Too much: as far as the vault's capacity goes.
//! After a cancel: only if the vault takes new issues and has the capacity again. Must never do:
//! ask whether the request has expired.

use crate::{share, Config, Error, Event, IssueRequests, Pallet};
use frame::prelude::*;
use gantry_primitives::{
    AccountId, Balance, BtcRelayAccess, FeeAccess, FullTransactionProof, IssueRequest, IssueRequestStatus,
    TokensAccess, VaultRegistryAccess, VaultStatus, H256,
};

/// Grows with what must be hashed.
pub(crate) fn weight(proof: &FullTransactionProof) -> Weight {
    Weight::from_parts(300_000_000, 25_000).saturating_add(Weight::from_parts(20_000, 0).saturating_mul(proof.work()))
}

impl<T: Config> Pallet<T> {
    pub(crate) fn execute(executor: AccountId, issue_id: H256, proof: FullTransactionProof) -> DispatchResult {
        let mut issue = IssueRequests::<T>::get(issue_id).ok_or(Error::<T>::IssueIdNotFound)?;
        ensure!(issue.status != IssueRequestStatus::Completed, Error::<T>::IssueCompleted);

        let paid = T::Relay::verify_issue_payment(proof, issue.btc_address)?;
        if issue.status == IssueRequestStatus::Cancelled {
            Self::reopen(&executor, issue_id, &mut issue, paid)?;
        } else {
            Self::settle(&executor, issue_id, &mut issue, paid)?;
        }

        let wrapped = issue.vault.wrapped_currency();
        let total = Self::total(&issue)?;
        T::Vaults::issue_tokens(&issue.vault, total)?;
        T::Tokens::mint(wrapped, &issue.requester, issue.amount)?;
        T::Tokens::mint(wrapped, &T::Fee::pot(), issue.fee)?;

        issue.status = IssueRequestStatus::Completed;
        IssueRequests::<T>::insert(issue_id, &issue);
        Self::deposit_event(Event::ExecuteIssue {
            issue_id,
            requester: issue.requester,
            vault_id: issue.vault,
            amount: total,
            fee: issue.fee,
        });
        Ok(())
    }

    /// What the vault promised for this request.
    pub(crate) fn total(issue: &IssueRequest) -> Result<Balance, DispatchError> {
        Ok(issue.amount.checked_add(issue.fee).ok_or(ArithmeticError::Overflow)?)
    }

    /// A cancelled request: the promise and the griefing collateral are gone, so promise anew.
    fn reopen(executor: &AccountId, id: H256, issue: &mut IssueRequest, paid: Balance) -> DispatchResult {
        T::Vaults::ensure_accepting_new_issues(&issue.vault)?;
        T::Vaults::try_increase_to_be_issued(&issue.vault, paid)?;
        let expected = Self::total(issue)?;
        ensure!(paid >= expected || issue.requester == *executor, Error::<T>::InvalidExecutor);
        if paid != expected {
            Self::set_amount(id, issue, paid, 0)?;
        }
        Ok(())
    }

    /// A pending request: adapts the promise and releases what is left of the griefing collateral.
    fn settle(executor: &AccountId, id: H256, issue: &mut IssueRequest, paid: Balance) -> DispatchResult {
        let expected = Self::total(issue)?;
        let mut released = issue.griefing_collateral;
        if paid < expected {
            ensure!(issue.requester == *executor, Error::<T>::InvalidExecutor);
            released = share(issue.griefing_collateral, paid, expected)?;
            Self::shrink(id, issue, paid, released)?;
        } else if paid > expected && !T::Vaults::vault(&issue.vault)?.is_liquidated() {
            Self::grow(id, issue, paid)?;
        }
        T::Tokens::unlock(issue.griefing_currency, &issue.requester, released)
    }

    fn shrink(id: H256, issue: &mut IssueRequest, paid: Balance, released: Balance) -> DispatchResult {
        let missing = Self::total(issue)?.saturating_sub(paid);
        T::Vaults::decrease_to_be_issued(&issue.vault, missing)?;
        let forfeited = issue.griefing_collateral.saturating_sub(released);
        T::Tokens::transfer_locked(issue.griefing_currency, &issue.requester, &Self::treasury(), forfeited)?;
        Self::set_amount(id, issue, paid, forfeited)
    }

    /// What exceeds the capacity is the vault's gain; a vault that takes no new issues has none.
    fn grow(id: H256, issue: &mut IssueRequest, paid: Balance) -> DispatchResult {
        let expected = Self::total(issue)?;
        let capacity = match T::Vaults::active_vault(&issue.vault)?.status {
            VaultStatus::Active(true) => T::Vaults::issuable_tokens(&issue.vault)?,
            _ => 0,
        };
        let more = paid.saturating_sub(expected).min(capacity);
        if T::Vaults::try_increase_to_be_issued(&issue.vault, more).is_ok() {
            Self::set_amount(id, issue, expected.saturating_add(more), 0)?;
        }
        Ok(())
    }

    fn set_amount(id: H256, issue: &mut IssueRequest, total: Balance, forfeited: Balance) -> DispatchResult {
        issue.fee = T::Fee::issue_fee(total)?;
        issue.amount = total.checked_sub(issue.fee).ok_or(ArithmeticError::Underflow)?;
        Self::deposit_event(Event::IssueAmountChange {
            issue_id: id,
            amount: issue.amount,
            fee: issue.fee,
            confiscated_griefing_collateral: forfeited,
        });
        Ok(())
    }
}
