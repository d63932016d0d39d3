//! What a true payment does, and which are none.

use super::*;
use crate::Error;
use gantry_primitives::RedeemRequestStatus;

#[test]
fn an_exact_payment_burns_and_the_pot_gets_the_fee() {
    chain(|| {
        let id = requested();
        pay(PAYOUT, id);
        assert_ok!(execute(id));
        assert_eq!(wrapped(&user()), (AMOUNT, 0));
        assert_eq!(wrapped(&pot()), (FEE, 0));
        assert_eq!(promises(), (ISSUED - BURNED, 0));
        assert_eq!(request_of(id).status, RedeemRequestStatus::Completed);
        let done = Event::ExecuteRedeem {
            redeem_id: id,
            redeemer: user(),
            vault_id: vault(),
            amount: PAYOUT,
            fee: FEE,
            transfer_fee: TRANSFER_FEE,
        };
        assert_eq!(last_event(), done);
    });
}

#[test]
fn a_true_proof_is_free_and_a_false_one_is_not() {
    chain(|| {
        let id = requested();
        let call = || RuntimeCall::Redeem(Call::execute_redeem { redeem_id: id, unchecked_transaction: Box::new(proof()) });
        pay(PAYOUT - 1, id);
        match call().dispatch(signed(stranger())) {
            Err(failed) => assert_eq!(failed.post_info.pays_fee, Pays::Yes),
            Ok(_) => panic!("a wrong amount was taken"),
        }
        pay(PAYOUT, id);
        match call().dispatch(signed(stranger())) {
            Ok(done) => assert_eq!(done.pays_fee, Pays::No),
            Err(failed) => panic!("{failed:?}"),
        }
    });
}

#[test]
fn only_exactly_the_amount_for_this_id_counts() {
    chain(|| {
        let id = requested();
        for amount in [PAYOUT - 1, PAYOUT + 1] {
            pay(amount, id);
            assert_noop!(execute(id), DispatchError::Other("InvalidPaymentAmount"));
        }
        pay(PAYOUT, H256::zero());
        assert_noop!(execute(id), DispatchError::Other("InvalidPayment"));
        assert_noop!(execute(H256::zero()), Error::<Test>::RedeemIdNotFound);
    });
}

#[test]
fn a_late_payment_counts_until_the_redeemer_cancels() {
    chain(|| {
        let id = expired();
        pay(PAYOUT, id);
        assert_ok!(execute(id));
        assert_noop!(execute(id), Error::<Test>::RedeemCompleted);

        for reimburse in [true, false] {
            World::with_vault(&vault(), |v| v.banned_until = None);
            World::endow(&user(), IBTC, AMOUNT);
            let id = expired();
            assert_ok!(cancel(user(), id, reimburse));
            pay(PAYOUT, id);
            assert_noop!(execute(id), Error::<Test>::RedeemCancelled);
        }
    });
}

#[test]
fn the_weight_grows_with_the_proof() {
    let mut large = proof();
    large.coinbase_proof.tx_encoded_len = 100_000;
    assert!(crate::execute::weight(&large).ref_time() > crate::execute::weight(&proof()).ref_time());
}
