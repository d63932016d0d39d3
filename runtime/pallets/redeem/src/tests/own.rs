//! A vault redeems its own tokens.

use super::*;
use crate::Error;

fn owner() -> AccountId {
    account(9)
}

fn redeem_own(amount_wrapped: Balance) -> DispatchResult {
    send(signed(owner()), Call::self_redeem { currency_pair: vault().currencies, amount_wrapped })
}

#[test]
fn tokens_are_burned_and_the_fee_stays_issued() {
    chain(|| {
        World::endow(&owner(), IBTC, AMOUNT);
        assert_ok!(redeem_own(AMOUNT));
        assert_eq!((wrapped(&owner()), wrapped(&pot())), ((0, 0), (FEE, 0)));
        assert_eq!(promises(), (ISSUED - BURNED, 0));
        assert_eq!(last_event(), Event::SelfRedeem { vault_id: vault(), amount: BURNED, fee: FEE });
    });
}

#[test]
fn the_last_tokens_are_free_of_fee() {
    chain(|| {
        World::endow(&owner(), IBTC, ISSUED);
        assert_ok!(redeem_own(ISSUED));
        assert_eq!((wrapped(&owner()), promises()), ((0, 0), (0, 0)));
        assert_eq!(last_event(), Event::SelfRedeem { vault_id: vault(), amount: ISSUED, fee: 0 });
    });
}

#[test]
fn not_nothing_not_more_than_held_not_the_fee_alone_not_by_a_banned_vault() {
    chain(|| {
        assert_noop!(redeem_own(0), Error::<Test>::AmountBelowDustAmount);
        assert_noop!(redeem_own(AMOUNT), Error::<Test>::AmountExceedsUserBalance);
        World::endow(&owner(), IBTC, BURNED);
        assert_noop!(redeem_own(AMOUNT), Error::<Test>::AmountExceedsUserBalance);
        World::endow(&owner(), IBTC, FEE);
        World::with_vault(&vault(), |v| v.banned_until = Some(1));
        assert_noop!(redeem_own(AMOUNT), DispatchError::Other("VaultBanned"));
        World::pass(1, 0);
        World::with_vault(&vault(), |v| v.to_be_redeemed_tokens = ISSUED - 1);
        assert_noop!(redeem_own(AMOUNT), DispatchError::Other("InsufficientTokensCommitted"));
    });
}

#[test]
fn an_offer_for_replacement_shrinks_by_what_is_burned() {
    chain(|| {
        World::endow(&owner(), IBTC, AMOUNT);
        offered(2 * BURNED, 1_000);
        assert_ok!(redeem_own(AMOUNT));
        assert_eq!(World::vault_of(&vault()).to_be_replaced_tokens, BURNED);
        assert_eq!(World::purse_of(&owner(), INTR).free, 500);
    });
}
