//! What a request asks of the vault, and who may not make one.

use super::*;
use crate::Error;
use gantry_primitives::RedeemRequestStatus;

#[test]
fn a_request_locks_the_tokens_and_claims_them_of_the_vault() {
    chain(|| {
        World::pass(4, 3);
        let id = requested();
        assert_eq!(wrapped(&user()), (AMOUNT, AMOUNT));
        assert_eq!(promises(), (ISSUED, BURNED));
        let expected = RedeemRequest {
            vault: vault(),
            opentime: 5,
            period: PERIOD,
            fee: FEE,
            transfer_fee_btc: TRANSFER_FEE,
            amount_btc: PAYOUT,
            premium: 0,
            redeemer: user(),
            btc_address: ADDRESS,
            btc_height: 103,
            status: RedeemRequestStatus::Pending,
        };
        assert_eq!(request_of(id), expected);
        let announced = Event::RequestRedeem {
            redeem_id: id,
            redeemer: user(),
            vault_id: vault(),
            amount: PAYOUT,
            fee: FEE,
            premium: 0,
            btc_address: ADDRESS,
            transfer_fee: TRANSFER_FEE,
        };
        assert_eq!(last_event(), announced);
        assert_eq!(Redeem::get_redeem_requests(user()), vec![id]);
        assert_eq!(Redeem::get_vault_redeem_requests(account(9)), vec![id]);
        assert!(Redeem::get_redeem_requests(stranger()).is_empty());
    });
}

#[test]
fn a_vault_pays_itself_without_fee() {
    chain(|| {
        World::endow(&account(9), IBTC, AMOUNT);
        assert_ok!(request_from(account(9), AMOUNT));
        let Event::RequestRedeem { redeem_id, fee, amount, .. } = last_event() else { panic!("no request") };
        assert_eq!((fee, amount), (0, AMOUNT - TRANSFER_FEE));
        assert_eq!(request_of(redeem_id).fee, 0);
    });
}

#[test]
fn a_vault_below_the_premium_threshold_pays_a_premium() {
    chain(|| {
        World::with(|w| w.rate = Some(30));
        let id = requested();
        let premium = PAYOUT * 30 / 20;
        assert_eq!(request_of(id).premium, premium);
        pay(PAYOUT, id);
        assert_ok!(execute(id));
        assert_eq!(World::purse_of(&user(), DOT).free, premium);
    });
}

#[test]
fn nobody_redeems_more_than_they_hold_or_the_vault_has_free() {
    chain(|| {
        assert_noop!(request(2 * AMOUNT + 1), Error::<Test>::AmountExceedsUserBalance);
        World::endow(&user(), IBTC, ISSUED);
        assert_noop!(request(ISSUED + 2_000), DispatchError::Other("InsufficientTokensCommitted"));
    });
}

#[test]
fn no_request_to_an_address_that_was_left_empty() {
    chain(|| {
        let to = |btc_address| {
            send(signed(user()), Call::request_redeem { amount_wrapped: AMOUNT, btc_address, vault_id: vault() })
        };
        let empty = [BtcAddress::P2PKH, BtcAddress::P2SH, BtcAddress::P2WPKHv0].map(|kind| kind(H160::zero()));
        for address in empty.into_iter().chain([BtcAddress::P2WSHv0(H256::zero())]) {
            assert_noop!(to(address), DispatchError::Other("InvalidBtcHash"));
        }
        assert_ok!(to(ADDRESS));
    });
}

#[test]
fn the_payout_is_at_least_the_dust_value() {
    chain(|| {
        assert_noop!(request(TRANSFER_FEE - 1), Error::<Test>::AmountBelowDustAmount);
        assert_noop!(request(1_502), Error::<Test>::AmountBelowDustAmount);
        assert_ok!(request(1_503));
        let Event::RequestRedeem { amount, .. } = last_event() else { panic!("no request") };
        assert_eq!(amount, 1_000);
    });
}

#[test]
fn no_request_without_a_fee_estimate_or_to_a_banned_or_liquidated_vault() {
    chain(|| {
        World::with(|w| w.rate = None);
        assert_noop!(request(AMOUNT), DispatchError::Other("MissingExchangeRate"));
        World::with(|w| w.rate = Some(10));
        World::with_vault(&vault(), |v| v.banned_until = Some(1));
        assert_noop!(request(AMOUNT), DispatchError::Other("VaultBanned"));
        World::pass(1, 0);
        assert_ok!(request(AMOUNT));
        World::liquidate(&vault(), 0);
        assert_noop!(request(AMOUNT), DispatchError::Other("VaultLiquidated"));
    });
}

#[test]
fn a_request_takes_an_offer_for_replacement_back() {
    chain(|| {
        offered(4 * BURNED, 1_000);
        requested();
        assert_eq!(World::vault_of(&vault()).to_be_replaced_tokens, 3 * BURNED);
        assert_eq!(World::purse_of(&account(9), INTR).free, 250);
    });
}

#[test]
fn only_root_sets_the_period() {
    chain(|| {
        assert_noop!(send(signed(user()), Call::set_redeem_period { period: 7 }), DispatchError::BadOrigin);
        assert_ok!(send(RuntimeOrigin::root(), Call::set_redeem_period { period: 7 }));
        assert_eq!(last_event(), Event::RedeemPeriodChange { period: 7 });
        assert_eq!(request_of(requested()).period, 7);
    });
}
