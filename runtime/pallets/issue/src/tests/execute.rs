//! What a payment is worth: exact, too little, too much, late, after a cancel.

use super::*;
use crate::Error;
use gantry_primitives::{IssueRequestStatus, VaultStatus};

fn wrapped(who: &AccountId) -> Balance {
    World::purse_of(who, IBTC).free
}

/// A request that expired and was cancelled by somebody else.
fn cancelled() -> H256 {
    let id = requested();
    World::pass(PERIOD + 1, 3);
    assert_ok!(cancel(stranger(), id));
    id
}

#[test]
fn an_exact_payment_mints_and_frees_the_griefing_collateral() {
    chain(|| {
        let id = requested();
        pay(AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_eq!(wrapped(&user()), AMOUNT - FEE);
        assert_eq!(wrapped(&account(250)), FEE);
        assert_eq!(World::purse_of(&user(), INTR).free, 2 * GRIEFING);
        let vault_now = World::vault_of(&vault());
        assert_eq!((vault_now.to_be_issued_tokens, vault_now.issued_tokens), (0, AMOUNT));
        assert_eq!(request_of(id).status, IssueRequestStatus::Completed);
        let done = Event::ExecuteIssue { issue_id: id, requester: user(), vault_id: vault(), amount: AMOUNT, fee: FEE };
        assert_eq!(last_event(), done);
    });
}

#[test]
fn a_payment_counts_once() {
    chain(|| {
        let id = requested();
        pay(AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_noop!(execute(stranger(), id), Error::<Test>::IssueCompleted);
    });
}

#[test]
fn a_late_payment_still_counts_until_somebody_cancels() {
    chain(|| {
        let id = requested();
        World::pass(10 * PERIOD, 100);
        pay(AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_eq!(wrapped(&user()), AMOUNT - FEE);
    });
}

#[test]
fn an_unknown_id_or_an_unproved_payment_is_refused() {
    chain(|| {
        assert_noop!(execute(user(), H256::zero()), Error::<Test>::IssueIdNotFound);
        let id = requested();
        assert_noop!(execute(user(), id), DispatchError::Other("InvalidPayment"));
    });
}

#[test]
fn only_the_requester_settles_for_less_and_forfeits_in_proportion() {
    chain(|| {
        let id = requested();
        pay(AMOUNT / 4);
        assert_noop!(execute(stranger(), id), Error::<Test>::InvalidExecutor);
        assert_ok!(execute(user(), id));

        let (amount, fee) = (AMOUNT / 4 - 25, 25);
        assert_eq!(wrapped(&user()), amount);
        assert_eq!(World::purse_of(&user(), INTR).free, GRIEFING + GRIEFING / 4);
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, GRIEFING * 3 / 4);
        let vault_now = World::vault_of(&vault());
        assert_eq!((vault_now.to_be_issued_tokens, vault_now.issued_tokens), (0, AMOUNT / 4));
        let change = Event::IssueAmountChange {
            issue_id: id,
            amount,
            fee,
            confiscated_griefing_collateral: GRIEFING * 3 / 4,
        };
        assert!(issue_events().contains(&change));
        assert_eq!((request_of(id).amount, request_of(id).fee), (amount, fee));
    });
}

#[test]
fn too_much_is_minted_as_far_as_the_capacity_goes() {
    chain(|| {
        let id = requested();
        pay(3 * AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_eq!(wrapped(&user()), 3 * (AMOUNT - FEE));

        let id = requested();
        pay(20 * AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_eq!(World::vault_of(&vault()).issued_tokens, 10 * AMOUNT);
        assert_eq!(request_of(id).amount + request_of(id).fee, 7 * AMOUNT);
    });
}

#[test]
fn a_vault_that_takes_no_new_issues_or_is_liquidated_does_not_grow() {
    chain(|| {
        let (first, second) = (requested(), requested());
        pay(3 * AMOUNT);
        World::with_vault(&vault(), |v| v.status = VaultStatus::Active(false));
        assert_ok!(execute(stranger(), first));
        assert_eq!(wrapped(&user()), AMOUNT - FEE);
        World::liquidate(&vault(), 0);
        assert_ok!(execute(stranger(), second));
        assert_eq!(wrapped(&user()), 2 * (AMOUNT - FEE));
    });
}

#[test]
fn after_a_cancel_the_payment_counts_while_the_vault_can_promise_again() {
    chain(|| {
        let id = cancelled();
        pay(AMOUNT);
        World::with_vault(&vault(), |v| v.status = VaultStatus::Active(false));
        assert_noop!(execute(user(), id), DispatchError::Other("VaultNotAcceptingIssueRequests"));
        World::with_vault(&vault(), |v| {
            v.status = VaultStatus::Active(true);
            v.issued_tokens = 10 * AMOUNT;
        });
        assert_noop!(execute(user(), id), DispatchError::Other("ExceedingVaultLimit"));
        World::with_vault(&vault(), |v| v.issued_tokens = 0);
        assert_ok!(execute(stranger(), id));
        assert_eq!(wrapped(&user()), AMOUNT - FEE);
        assert_eq!(World::purse_of(&user(), INTR).free, GRIEFING, "what was forfeited stays forfeited");
        assert_noop!(execute(stranger(), id), Error::<Test>::IssueCompleted);
    });
}

#[test]
fn after_a_cancel_another_amount_changes_the_request_and_less_is_for_the_requester() {
    chain(|| {
        let id = cancelled();
        pay(AMOUNT / 2);
        assert_noop!(execute(stranger(), id), Error::<Test>::InvalidExecutor);
        assert_ok!(execute(user(), id));
        assert_eq!(wrapped(&user()), AMOUNT / 2 - FEE / 2);
        let change = Event::IssueAmountChange {
            issue_id: id,
            amount: AMOUNT / 2 - FEE / 2,
            fee: FEE / 2,
            confiscated_griefing_collateral: 0,
        };
        assert!(issue_events().contains(&change));

        let id = cancelled();
        pay(2 * AMOUNT);
        assert_ok!(execute(stranger(), id));
        assert_eq!(World::vault_of(&vault()).issued_tokens, AMOUNT / 2 + 2 * AMOUNT);
    });
}

#[test]
fn the_weight_grows_with_the_proof() {
    let small = crate::execute::weight(&proof());
    let mut large = proof();
    large.user_tx_proof.tx_encoded_len = 100_000;
    assert!(crate::execute::weight(&large).ref_time() > small.ref_time());
}
