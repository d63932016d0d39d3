//! What may be offered, and taken back.

use super::*;
use crate::Error;

#[test]
fn an_offer_locks_griefing_collateral() {
    chain(|| {
        assert_ok!(offer(AMOUNT));
        assert_eq!(promises().0, [ISSUED, 0, AMOUNT]);
        assert_eq!(griefing(8), (9 * GRIEFING, GRIEFING));
        assert_eq!(World::vault_of(&old()).replace_collateral, GRIEFING);
        let event = Event::RequestReplace { old_vault_id: old(), amount: AMOUNT, griefing_collateral: GRIEFING };
        assert_eq!(last_event(), event);
    });
}

#[test]
fn an_offer_is_cut_to_what_is_free() {
    chain(|| {
        World::with_vault(&old(), |v| v.to_be_redeemed_tokens = ISSUED - AMOUNT);
        assert_ok!(offer(3 * AMOUNT));
        assert_eq!(World::vault_of(&old()).to_be_replaced_tokens, AMOUNT);
        assert_noop!(offer(AMOUNT), Error::<Test>::ReplaceAmountZero);
    });
}

#[test]
fn no_offer_of_dust_by_a_banned_vault_or_without_griefing_collateral() {
    chain(|| {
        assert_noop!(offer(0), Error::<Test>::ReplaceAmountZero);
        assert_noop!(offer(999), Error::<Test>::AmountBelowDustAmount);
        World::with_vault(&old(), |v| v.banned_until = Some(1));
        assert_noop!(offer(AMOUNT), DispatchError::Other("VaultBanned"));
        World::pass(1, 0);
        World::with(|w| w.purses.clear());
        assert_noop!(offer(AMOUNT), DispatchError::Other("BalanceTooLow"));
        World::liquidate(&old(), 0);
        assert_noop!(offer(AMOUNT), DispatchError::Other("VaultLiquidated"));
    });
}

#[test]
fn what_is_taken_back_frees_its_share_of_the_griefing_collateral() {
    chain(|| {
        assert_noop!(withdraw(AMOUNT), Error::<Test>::NoPendingRequest);
        assert_ok!(offer(AMOUNT));
        assert_ok!(withdraw(AMOUNT / 4));
        assert_eq!(griefing(8), (10 * GRIEFING - GRIEFING * 3 / 4, GRIEFING * 3 / 4));
        assert_ok!(withdraw(AMOUNT));
        let event = Event::WithdrawReplace {
            old_vault_id: old(),
            withdrawn_tokens: AMOUNT * 3 / 4,
            withdrawn_griefing_collateral: GRIEFING * 3 / 4,
        };
        assert_eq!(last_event(), event);
        assert_noop!(withdraw(AMOUNT), Error::<Test>::NoPendingRequest);
    });
}

#[test]
fn only_root_sets_the_period() {
    chain(|| {
        assert_noop!(send(signed(account(8)), Call::set_replace_period { period: 7 }), DispatchError::BadOrigin);
        assert_ok!(send(RuntimeOrigin::root(), Call::set_replace_period { period: 7 }));
        assert_eq!(last_event(), Event::ReplacePeriodChange { period: 7 });
        assert_eq!(request_of(accepted(0)).period, 7);
    });
}
