//! What a request promises, and who may not make one.

use super::*;
use crate::Error;
use gantry_primitives::{BtcPublicKey, IssueRequestStatus, VaultStatus};

#[test]
fn a_request_reserves_capacity_and_locks_griefing_collateral() {
    chain(|| {
        World::pass(4, 3);
        let id = requested();
        assert_eq!(World::vault_of(&vault()).to_be_issued_tokens, AMOUNT);
        assert_eq!(World::purse_of(&user(), INTR).locked, GRIEFING);
        let expected = IssueRequest {
            vault: vault(),
            opentime: 5,
            period: PERIOD,
            griefing_collateral: GRIEFING,
            griefing_currency: INTR,
            amount: AMOUNT - FEE,
            fee: FEE,
            requester: user(),
            btc_address: DEPOSIT,
            btc_public_key: BtcPublicKey([2; 33]),
            btc_height: 103,
            status: IssueRequestStatus::Pending,
        };
        assert_eq!(request_of(id), expected);
        let announced = Event::RequestIssue {
            issue_id: id,
            requester: user(),
            amount: AMOUNT - FEE,
            fee: FEE,
            griefing_collateral: GRIEFING,
            griefing_currency: INTR,
            vault_id: vault(),
            vault_address: DEPOSIT,
            vault_public_key: BtcPublicKey([2; 33]),
        };
        assert_eq!(last_event(), announced);
    });
}

#[test]
fn every_request_has_an_id_of_its_own_and_is_listed() {
    chain(|| {
        let ids = [requested(), requested()];
        assert_ne!(ids[0], ids[1]);
        let mut listed = Issue::get_issue_requests(user());
        listed.sort();
        let mut sorted = ids;
        sorted.sort();
        assert_eq!(listed, sorted);
        assert_eq!(Issue::get_vault_issue_requests(account(9)).len(), 2);
        assert!(Issue::get_issue_requests(stranger()).is_empty());
    });
}

#[test]
fn no_request_before_the_relay_knows_enough() {
    chain(|| {
        World::with(|w| w.relay_ready = false);
        assert_noop!(request(user(), AMOUNT), Error::<Test>::WaitingForRelayerInitialization);
    });
}

#[test]
fn no_request_to_a_vault_that_takes_none() {
    chain(|| {
        World::with_vault(&vault(), |v| v.status = VaultStatus::Active(false));
        assert_noop!(request(user(), AMOUNT), Error::<Test>::VaultNotAcceptingNewIssues);
        World::with_vault(&vault(), |v| v.status = VaultStatus::Liquidated);
        assert_noop!(request(user(), AMOUNT), DispatchError::Other("VaultLiquidated"));
        World::with_vault(&vault(), |v| {
            v.status = VaultStatus::Active(true);
            v.banned_until = Some(1);
        });
        assert_noop!(request(user(), AMOUNT), DispatchError::Other("VaultBanned"));
        World::pass(1, 0);
        assert_ok!(request(user(), AMOUNT));
    });
}

#[test]
fn dust_is_the_least_amount() {
    chain(|| {
        assert_noop!(request(user(), 999), Error::<Test>::AmountBelowDustAmount);
        assert_ok!(request(user(), 1_000));
    });
}

#[test]
fn no_request_beyond_capacity_without_price_or_without_griefing_collateral() {
    chain(|| {
        World::endow(&user(), INTR, 1_000_000);
        assert_noop!(request(user(), 10 * AMOUNT + 1), DispatchError::Other("ExceedingVaultLimit"));
        World::with(|w| w.rate = None);
        assert_noop!(request(user(), AMOUNT), DispatchError::Other("MissingExchangeRate"));
        World::with(|w| w.rate = Some(10));
        assert_noop!(request(stranger(), AMOUNT), DispatchError::Other("BalanceTooLow"));
    });
}

#[test]
fn only_root_sets_the_period() {
    chain(|| {
        assert_noop!(Issue::set_issue_period(signed(user()), 7), DispatchError::BadOrigin);
        assert_ok!(Issue::set_issue_period(RuntimeOrigin::root(), 7));
        assert_eq!(last_event(), Event::IssuePeriodChange { period: 7 });
        assert_eq!(request_of(requested()).period, 7);
    });
}
