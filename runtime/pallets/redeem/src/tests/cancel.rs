//! What a redeemer gets from a vault that did not pay.

use super::*;
use crate::Error;
use gantry_primitives::RedeemRequestStatus;

/// What the vault owes for the tokens it gave up, at 10 units per satoshi.
const WORTH: Balance = BURNED * 10;
const PUNISHMENT: Balance = WORTH / 10;

fn mint(who: AccountId, redeem_id: H256) -> DispatchResult {
    send(signed(who), Call::mint_tokens_for_reimbursed_redeem { currency_pair: vault().currencies, redeem_id })
}

/// A reimbursed request of a vault that the reimbursement left below the secure threshold.
fn reimbursed_by_burning() -> H256 {
    let id = expired();
    World::with(|w| w.secure_percent = 390);
    assert_ok!(cancel(user(), id, true));
    id
}

#[test]
fn only_the_redeemer_and_only_when_both_clocks_have_run_out() {
    chain(|| {
        let id = requested();
        World::pass(PERIOD + 1, 2);
        assert_noop!(cancel(user(), id, true), Error::<Test>::TimeNotExpired);
        World::pass(0, 1);
        assert_noop!(cancel(stranger(), id, true), Error::<Test>::UnauthorizedRedeemer);
        assert_ok!(cancel(user(), id, true));
    });
    chain(|| {
        let id = requested();
        World::pass(PERIOD, 50);
        assert_noop!(cancel(user(), id, false), Error::<Test>::TimeNotExpired);
        World::pass(1, 0);
        assert_ok!(cancel(user(), id, false));
    });
}

#[test]
fn the_longer_of_both_periods_holds() {
    for (period, end) in [(2 * PERIOD, 2 * PERIOD), (1, PERIOD)] {
        chain(|| {
            let id = requested();
            assert_ok!(send(RuntimeOrigin::root(), Call::set_redeem_period { period }));
            World::pass(end, 50);
            assert_noop!(cancel(user(), id, true), Error::<Test>::TimeNotExpired);
            World::pass(1, 0);
            assert_ok!(cancel(user(), id, true));
        });
    }
}

#[test]
fn reimbursed_the_redeemer_has_value_and_punishment_and_the_vault_the_tokens() {
    chain(|| {
        let id = expired();
        assert_ok!(cancel(user(), id, true));
        assert_eq!(World::purse_of(&user(), DOT).free, WORTH + PUNISHMENT);
        assert_eq!(wrapped(&user()), (AMOUNT, 0));
        assert_eq!(wrapped(&account(9)), (BURNED, 0));
        assert_eq!(wrapped(&pot()), (FEE, 0));
        assert_eq!(promises(), (ISSUED, 0));
        assert!(World::vault_of(&vault()).banned_until.is_some());
        let status = RedeemRequestStatus::Reimbursed(true);
        let gone = Event::CancelRedeem {
            redeem_id: id,
            redeemer: user(),
            vault_id: vault(),
            slashed_amount: WORTH + PUNISHMENT,
            status: status.clone(),
        };
        assert_eq!((last_event(), request_of(id).status), (gone, status));
    });
}

#[test]
fn retried_the_redeemer_has_the_punishment_and_the_tokens_back() {
    chain(|| {
        let id = expired();
        assert_ok!(cancel(user(), id, false));
        assert_eq!(World::purse_of(&user(), DOT).free, PUNISHMENT);
        assert_eq!(wrapped(&user()), (2 * AMOUNT, 0));
        assert_eq!(wrapped(&pot()), (0, 0));
        assert_eq!(promises(), (ISSUED, 0));
        assert!(World::vault_of(&vault()).banned_until.is_some());
        assert_eq!(request_of(id).status, RedeemRequestStatus::Retried);
    });
}

#[test]
fn a_vault_pays_no_more_than_it_has() {
    chain(|| {
        let id = expired();
        World::with(|w| {
            w.collateral.insert(vault(), 7);
        });
        assert_ok!(cancel(user(), id, true));
        assert_eq!(World::purse_of(&user(), DOT).free, 7);
        let Event::CancelRedeem { slashed_amount, .. } = last_event() else { panic!("not cancelled") };
        assert_eq!(slashed_amount, WORTH + PUNISHMENT, "the event says what was owed");
    });
}

#[test]
fn a_vault_that_cannot_back_the_tokens_does_not_get_them_until_it_can() {
    chain(|| {
        let id = reimbursed_by_burning();
        assert_eq!(request_of(id).status, RedeemRequestStatus::Reimbursed(false));
        assert_eq!(wrapped(&account(9)), (0, 0));
        assert_eq!(promises(), (ISSUED - BURNED, 0));

        assert_noop!(mint(account(9), id), DispatchError::Other("ExceedingVaultLimit"));
        assert_noop!(mint(stranger(), id), Error::<Test>::UnauthorizedVault);
        World::with(|w| w.secure_percent = 150);
        assert_ok!(mint(account(9), id));
        assert_eq!(wrapped(&account(9)), (BURNED, 0));
        assert_eq!(promises(), (ISSUED, 0));
        let minted = Event::MintTokensForReimbursedRedeem { redeem_id: id, vault_id: vault(), amount: BURNED };
        assert_eq!(last_event(), minted);
        assert_noop!(mint(account(9), id), Error::<Test>::RedeemCancelled);
        assert_noop!(mint(account(9), H256::zero()), Error::<Test>::RedeemIdNotFound);
    });
}

#[test]
fn of_a_liquidated_vault_the_share_of_kept_collateral_is_paid() {
    for reimburse in [true, false] {
        chain(|| {
            let id = expired();
            World::liquidate(&vault(), 4_000);
            assert_ok!(cancel(user(), id, reimburse));
            let Event::CancelRedeem { slashed_amount, status, .. } = last_event() else { panic!("not cancelled") };
            assert_eq!(slashed_amount, 4_000);
            assert_eq!(World::vault_of(&vault()).banned_until, None);
            if reimburse {
                assert_eq!(World::purse_of(&user(), DOT).free, 4_000);
                assert_eq!((wrapped(&user()), wrapped(&account(9))), ((AMOUNT, 0), (0, 0)));
                assert_eq!(status, RedeemRequestStatus::Reimbursed(true));
                assert_noop!(mint(account(9), id), Error::<Test>::RedeemCancelled);
            } else {
                assert_eq!(World::purse_of(&user(), DOT).free, 0);
                assert_eq!(wrapped(&user()), (2 * AMOUNT, 0));
                assert_eq!(status, RedeemRequestStatus::Retried);
            }
        });
    }
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    chain(|| {
        assert_noop!(cancel(user(), H256::zero(), true), Error::<Test>::RedeemIdNotFound);
        let id = expired();
        pay(PAYOUT, id);
        assert_ok!(execute(id));
        assert_noop!(cancel(user(), id, true), Error::<Test>::RedeemCompleted);
        let id = expired();
        assert_ok!(cancel(user(), id, false));
        assert_noop!(cancel(user(), id, true), Error::<Test>::RedeemCancelled);
    });
}

#[test]
fn without_a_price_nobody_is_punished() {
    chain(|| {
        let id = expired();
        World::with(|w| w.rate = None);
        assert_noop!(cancel(user(), id, true), DispatchError::Other("MissingExchangeRate"));
    });
}
