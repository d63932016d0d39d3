//! How an accepted replace ends: paid, cancelled, or paid after the cancel.

use super::*;
use crate::Error;
use gantry_primitives::{ReplaceRequestStatus, VaultRegistryAccess};

fn expired(collateral: Balance) -> H256 {
    let id = accepted(collateral);
    World::pass(PERIOD + 1, 3);
    id
}

#[test]
fn an_exact_payment_moves_the_tokens_and_returns_the_griefing_collateral() {
    chain(|| {
        let id = accepted(5_000);
        pay(AMOUNT, id);
        assert_ok!(execute(id));
        assert_eq!(promises(), ([ISSUED - AMOUNT, 0, 0], [AMOUNT, 0]));
        assert_eq!(griefing(8), (10 * GRIEFING, 0));
        assert_eq!(Fake::collateral(&new()), COLLATERAL + 5_000);
        assert_eq!(request_of(id).status, ReplaceRequestStatus::Completed);
        let event = Event::ExecuteReplace { replace_id: id, old_vault_id: old(), new_vault_id: new() };
        assert_eq!(last_event(), event);
        assert_noop!(execute(id), Error::<Test>::ReplaceCompleted);
        assert_noop!(cancel(id), Error::<Test>::ReplaceCompleted);
    });
}

#[test]
fn only_exactly_the_amount_for_this_id_counts() {
    chain(|| {
        let id = accepted(0);
        for amount in [AMOUNT - 1, AMOUNT + 1] {
            pay(amount, id);
            assert_noop!(execute(id), DispatchError::Other("InvalidPaymentAmount"));
        }
        pay(AMOUNT, H256::zero());
        assert_noop!(execute(id), DispatchError::Other("InvalidPayment"));
        assert_noop!(execute(H256::zero()), Error::<Test>::ReplaceIdNotFound);
    });
}

#[test]
fn a_cancel_waits_for_both_clocks() {
    chain(|| {
        let id = accepted(0);
        World::pass(PERIOD + 1, 2);
        assert_noop!(cancel(id), Error::<Test>::ReplacePeriodNotExpired);
        World::pass(0, 1);
        assert_ok!(cancel(id));
    });
}

#[test]
fn the_longer_of_both_periods_holds() {
    for (period, end) in [(2 * PERIOD, 2 * PERIOD), (1, PERIOD)] {
        chain(|| {
            let id = accepted(0);
            assert_ok!(send(RuntimeOrigin::root(), Call::set_replace_period { period }));
            World::pass(end, 50);
            assert_noop!(cancel(id), Error::<Test>::ReplacePeriodNotExpired);
            World::pass(1, 0);
            assert_ok!(cancel(id));
        });
    }
}

#[test]
fn a_cancel_frees_both_vaults_and_the_new_one_has_the_griefing_collateral() {
    chain(|| {
        let id = expired(5_000);
        assert_ok!(cancel(id));
        assert_eq!(promises(), ([ISSUED, 0, 0], [0, 0]));
        assert_eq!((griefing(8), griefing(9)), ((9 * GRIEFING, 0), (GRIEFING, 0)));
        assert_eq!(World::purse_of(&account(9), DOT).free, 5_000);
        assert_eq!(Fake::collateral(&new()), COLLATERAL);
        let event = Event::CancelReplace {
            replace_id: id,
            new_vault_id: new(),
            old_vault_id: old(),
            griefing_collateral: GRIEFING,
        };
        assert_eq!(last_event(), event);
        assert_noop!(cancel(id), Error::<Test>::ReplaceCancelled);
        assert_noop!(cancel(H256::zero()), Error::<Test>::ReplaceIdNotFound);
    });
}

#[test]
fn a_cancel_keeps_the_extra_collateral_that_the_new_vault_needs() {
    let needed: [fn(); 3] = [
        || World::with_vault(&new(), |v| v.issued_tokens = 10 * AMOUNT + 1),
        || World::with_vault(&new(), |v| v.to_be_issued_tokens += 10 * AMOUNT + 1),
        || World::liquidate(&new(), 0),
    ];
    for need in needed {
        chain(|| {
            let id = expired(5_000);
            need();
            assert_ok!(cancel(id));
            assert_eq!(World::purse_of(&account(9), DOT).free, 0);
            assert_eq!(World::purse_of(&account(9), DOT).locked, COLLATERAL + 5_000);
        });
    }
}

#[test]
fn a_cancel_waits_for_a_price() {
    chain(|| {
        let id = expired(5_000);
        World::with(|w| w.rate = None);
        assert_noop!(cancel(id), DispatchError::Other("MissingExchangeRate"));
    });
}

#[test]
fn a_payment_after_the_cancel_counts_while_the_new_vault_has_the_capacity() {
    chain(|| {
        let id = expired(0);
        assert_ok!(cancel(id));
        pay(AMOUNT, id);
        World::with_vault(&new(), |v| v.issued_tokens = 10 * AMOUNT);
        assert_noop!(execute(id), DispatchError::Other("ExceedingVaultLimit"));
        World::with_vault(&new(), |v| v.issued_tokens = 0);
        World::with_vault(&old(), |v| v.to_be_redeemed_tokens = ISSUED);
        assert_noop!(execute(id), DispatchError::Other("InsufficientTokensCommitted"));
        World::with_vault(&old(), |v| v.to_be_redeemed_tokens = 0);
        assert_ok!(execute(id));
        assert_eq!(promises(), ([ISSUED - AMOUNT, 0, 0], [AMOUNT, 0]));
        assert_eq!((griefing(8).0, griefing(9).0), (9 * GRIEFING, GRIEFING), "what was forfeited stays forfeited");
        assert_eq!(request_of(id).status, ReplaceRequestStatus::Completed);
    });
}

#[test]
fn a_late_payment_counts_until_somebody_cancels() {
    chain(|| {
        let id = expired(0);
        pay(AMOUNT, id);
        assert_ok!(execute(id));
        assert_eq!(griefing(8), (10 * GRIEFING, 0));
    });
}

#[test]
fn the_weight_grows_with_the_proof() {
    let mut large = proof();
    large.user_tx_proof.tx_encoded_len = 100_000;
    assert!(crate::execute::weight(&large).ref_time() > crate::execute::weight(&proof()).ref_time());
}
