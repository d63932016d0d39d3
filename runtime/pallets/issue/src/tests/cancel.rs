//! Who may give a request up, when, and at whose cost.

use super::*;
use crate::Error;
use gantry_primitives::IssueRequestStatus;

#[test]
fn a_stranger_waits_for_both_clocks() {
    chain(|| {
        let id = requested();
        assert_noop!(cancel(stranger(), id), Error::<Test>::TimeNotExpired);
        World::pass(PERIOD + 1, 2);
        assert_noop!(cancel(stranger(), id), Error::<Test>::TimeNotExpired);
        World::pass(0, 1);
        assert_ok!(cancel(stranger(), id));
    });
    chain(|| {
        let id = requested();
        World::pass(PERIOD, 50);
        assert_noop!(cancel(stranger(), id), Error::<Test>::TimeNotExpired);
        World::pass(1, 0);
        assert_ok!(cancel(stranger(), id));
    });
}

#[test]
fn after_expiry_all_griefing_collateral_goes_to_the_treasury() {
    chain(|| {
        let id = requested();
        World::pass(PERIOD + 1, 3);
        assert_ok!(cancel(stranger(), id));
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, GRIEFING);
        assert_eq!(World::purse_of(&user(), INTR).locked, 0);
        assert_eq!(World::vault_of(&vault()).to_be_issued_tokens, 0);
        assert_eq!(request_of(id).status, IssueRequestStatus::Cancelled);
        let gone = Event::CancelIssue { issue_id: id, requester: stranger(), griefing_collateral: GRIEFING };
        assert_eq!(last_event(), gone);
    });
}

#[test]
fn the_requester_cancels_early_and_pays_for_the_time() {
    chain(|| {
        let id = requested();
        World::pass(PERIOD / 4, 0);
        assert_ok!(cancel(user(), id));
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, GRIEFING / 4);
        assert_eq!(World::purse_of(&user(), INTR).free, 2 * GRIEFING - GRIEFING / 4);
        assert_eq!(World::purse_of(&user(), INTR).locked, 0);
    });
}

#[test]
fn one_clock_alone_costs_the_requester_all_but_no_more() {
    chain(|| {
        let id = requested();
        World::pass(5 * PERIOD, 0);
        assert_ok!(cancel(user(), id));
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, GRIEFING);
    });
}

#[test]
fn the_longer_of_both_periods_holds() {
    for (period, end) in [(2 * PERIOD, 2 * PERIOD), (1, PERIOD)] {
        chain(|| {
            let id = requested();
            assert_ok!(Issue::set_issue_period(RuntimeOrigin::root(), period));
            World::pass(end, 50);
            assert_noop!(cancel(stranger(), id), Error::<Test>::TimeNotExpired);
            World::pass(1, 0);
            assert_ok!(cancel(stranger(), id));
        });
    }
}

#[test]
fn a_period_of_zero_costs_all() {
    chain(|| {
        assert_ok!(Issue::set_issue_period(RuntimeOrigin::root(), 0));
        let id = requested();
        assert_ok!(cancel(user(), id));
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, GRIEFING);
    });
}

#[test]
fn a_liquidated_vault_costs_the_requester_nothing() {
    chain(|| {
        let id = requested();
        World::liquidate(&vault(), 0);
        World::pass(PERIOD + 1, 3);
        assert_ok!(cancel(stranger(), id));
        assert_eq!(World::purse_of(&user(), INTR).free, 2 * GRIEFING);
        assert_eq!(World::purse_of(&Issue::treasury(), INTR).free, 0);
    });
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    chain(|| {
        assert_noop!(cancel(user(), H256::zero()), Error::<Test>::IssueIdNotFound);
        let id = requested();
        assert_ok!(cancel(user(), id));
        assert_noop!(cancel(user(), id), Error::<Test>::IssueCancelled);
        World::endow(&user(), INTR, GRIEFING);
        let id = requested();
        pay(AMOUNT);
        assert_ok!(execute(user(), id));
        assert_noop!(cancel(user(), id), Error::<Test>::IssueCompleted);
    });
}
