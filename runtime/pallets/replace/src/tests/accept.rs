//! What a new vault takes over, and when it may not.

use super::*;
use crate::Error;
use gantry_primitives::{ReplaceRequestStatus, VaultRegistryAccess, KBTC};

#[test]
fn accepting_binds_both_vaults() {
    chain(|| {
        World::pass(4, 3);
        let id = accepted(5_000);
        assert_eq!(promises(), ([ISSUED, AMOUNT, 0], [0, AMOUNT]));
        let old_now = World::vault_of(&old());
        assert_eq!((old_now.replace_collateral, old_now.active_replace_collateral), (0, GRIEFING));
        assert_eq!(Fake::collateral(&new()), COLLATERAL + 5_000);
        let expected = ReplaceRequest {
            old_vault: old(),
            new_vault: new(),
            amount: AMOUNT,
            griefing_collateral: GRIEFING,
            collateral: 5_000,
            accept_time: 5,
            period: PERIOD,
            btc_address: ADDRESS,
            btc_height: 103,
            status: ReplaceRequestStatus::Pending,
        };
        assert_eq!(request_of(id), expected);
        let event = Event::AcceptReplace {
            replace_id: id,
            old_vault_id: old(),
            new_vault_id: new(),
            amount: AMOUNT,
            collateral: 5_000,
            btc_address: ADDRESS,
        };
        assert_eq!(last_event(), event);
        assert_eq!(Replace::get_old_vault_replace_requests(account(8)), vec![id]);
        assert_eq!(Replace::get_new_vault_replace_requests(account(9)), vec![id]);
        assert!(Replace::get_old_vault_replace_requests(account(9)).is_empty());
    });
}

#[test]
fn less_on_offer_than_wanted_takes_less_collateral() {
    chain(|| {
        assert_ok!(offer(AMOUNT));
        World::endow(&account(9), DOT, 8_000);
        assert_ok!(accept(&new(), 4 * AMOUNT, 8_000));
        let Event::AcceptReplace { amount, collateral, .. } = last_event() else { panic!("not accepted") };
        assert_eq!((amount, collateral), (AMOUNT, 2_000));
    });
}

#[test]
fn part_of_an_offer_takes_part_of_its_griefing_collateral() {
    chain(|| {
        assert_ok!(offer(AMOUNT));
        assert_ok!(accept(&new(), AMOUNT / 4, 0));
        let old_now = World::vault_of(&old());
        assert_eq!(old_now.to_be_replaced_tokens, AMOUNT * 3 / 4);
        assert_eq!((old_now.replace_collateral, old_now.active_replace_collateral), (GRIEFING * 3 / 4, GRIEFING / 4));
    });
}

#[test]
fn not_by_itself_nor_in_another_currency_nor_for_dust() {
    chain(|| {
        assert_ok!(offer(AMOUNT));
        assert_noop!(accept(&old(), AMOUNT, 0), Error::<Test>::ReplaceSelfNotAllowed);
        let other = VaultId::new(account(9), DOT, KBTC);
        assert_noop!(accept(&other, AMOUNT, 0), Error::<Test>::InvalidWrappedCurrency);
        assert_noop!(accept(&new(), 999, 0), Error::<Test>::AmountBelowDustAmount);
        assert_ok!(withdraw(AMOUNT));
        assert_noop!(accept(&new(), AMOUNT, 0), Error::<Test>::AmountBelowDustAmount);
    });
}

#[test]
fn not_beyond_capacity_nor_while_banned_or_liquidated_nor_without_the_collateral_promised() {
    chain(|| {
        assert_ok!(offer(AMOUNT));
        World::with_vault(&new(), |v| v.issued_tokens = 9 * AMOUNT + 1);
        assert_noop!(accept(&new(), AMOUNT, 0), DispatchError::Other("ExceedingVaultLimit"));
        assert_noop!(accept(&new(), AMOUNT, 5), DispatchError::Other("BalanceTooLow"));
        World::endow(&account(9), DOT, 20);
        assert_ok!(accept(&new(), AMOUNT, 20));

        assert_ok!(offer(AMOUNT));
        World::with_vault(&new(), |v| v.banned_until = Some(1));
        assert_noop!(accept(&new(), AMOUNT, 0), DispatchError::Other("VaultBanned"));
        World::liquidate(&new(), 0);
        assert_noop!(accept(&new(), AMOUNT, 0), DispatchError::Other("VaultLiquidated"));
    });
}
