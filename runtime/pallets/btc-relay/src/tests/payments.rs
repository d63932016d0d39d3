//! Payments and expiry, as other pallets ask for them.

use crate::{mock::*, Error, *};
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{carries, payment, pays};
use gantry_primitives::{
    Balance, BtcAddress, BtcRelayAccess, FullTransactionProof, Script, TransactionOutput, H160, H256,
};

const VAULT: BtcAddress = BtcAddress::P2WPKHv0(H160([1; 20]));
const CHANGE: BtcAddress = BtcAddress::P2PKH(H160([2; 20]));
const ID: H256 = H256([3; 32]);

fn taproot(value: i64) -> TransactionOutput {
    TransactionOutput { value, script: Script { bytes: [&[0x51, 0x20][..], &[7; 32]].concat() } }
}

/// A true proof of a transaction with these outputs.
fn proof_of(outputs: Vec<TransactionOutput>) -> FullTransactionProof {
    let best = BestBlock::<Test>::get();
    let block = branch_block(best, BestBlockHeight::<Test>::get() + 1, 0, vec![payment(1, outputs)]);
    assert_ok!(store(block.header));
    block.proof(1)
}

fn with_id(outputs: Vec<TransactionOutput>, amount: Balance) -> DispatchResult {
    BTCRelay::verify_op_return_payment(proof_of(outputs), VAULT, amount, ID)
}

fn in_relay(test: fn()) {
    relay_with(1, 0).execute_with(|| {
        begin(100);
        test();
    });
}

#[test]
fn a_deposit_is_what_the_first_output_to_the_address_pays() {
    in_relay(|| {
        let deposit = |outputs| BTCRelay::verify_issue_payment(proof_of(outputs), VAULT);
        assert_eq!(deposit(vec![pays(&VAULT, 5)]), Ok(5));
        assert_eq!(deposit(vec![taproot(1), pays(&CHANGE, 9), pays(&VAULT, 7), pays(&VAULT, 8)]), Ok(7));
        let many: Vec<_> = (0..40).map(|_| taproot(1)).chain([pays(&VAULT, 6)]).collect();
        assert_eq!(deposit(many), Ok(6));
        assert_eq!(deposit(vec![pays(&CHANGE, 5)]), Err(Error::<Test>::MalformedTransaction.into()));
        assert_eq!(deposit(vec![pays(&VAULT, -1)]), Err(Error::<Test>::InvalidPaymentAmount.into()));
    });
}

#[test]
fn a_payment_with_an_id_has_payment_id_and_perhaps_change_in_any_order() {
    in_relay(|| {
        assert_ok!(with_id(vec![pays(&VAULT, 5), carries(&ID)], 5));
        assert_ok!(with_id(vec![carries(&ID), pays(&VAULT, 5)], 5));
        assert_ok!(with_id(vec![pays(&CHANGE, 99), pays(&VAULT, 5), carries(&ID)], 5));
        assert_ok!(with_id(vec![pays(&VAULT, 5), carries(&ID), pays(&CHANGE, 99)], 5));
    });
}

#[test]
fn a_payment_with_an_id_is_exact() {
    in_relay(|| {
        let amount = Err(Error::<Test>::InvalidPaymentAmount.into());
        assert_eq!(with_id(vec![pays(&VAULT, 5), carries(&ID)], 4), amount);
        assert_eq!(with_id(vec![pays(&VAULT, 5), carries(&ID)], 6), amount);
        assert_eq!(with_id(vec![pays(&VAULT, 5), carries(&ID)], Balance::MAX), amount);
        let payment = Err(Error::<Test>::InvalidPayment.into());
        assert_eq!(with_id(vec![pays(&CHANGE, 5), carries(&ID)], 5), payment);
        assert_eq!(with_id(vec![pays(&VAULT, 5), carries(&H256([4; 32]))], 5), payment);
    });
}

#[test]
fn every_other_form_is_no_payment_with_an_id() {
    in_relay(|| {
        let short = TransactionOutput { value: 0, script: Script { bytes: [&[0x6a, 31][..], &[3; 31]].concat() } };
        let paid_id = TransactionOutput { value: 1, ..carries(&ID) };
        let fourth = pays(&BtcAddress::P2SH(H160([5; 20])), 1);
        for outputs in [
            vec![],
            vec![carries(&ID)],
            vec![pays(&VAULT, 5)],
            vec![pays(&VAULT, 5), short],
            vec![pays(&VAULT, 5), paid_id],
            vec![pays(&VAULT, 5), carries(&ID), carries(&ID)],
            vec![pays(&VAULT, 5), pays(&VAULT, 6), carries(&ID)],
            vec![pays(&VAULT, 5), carries(&ID), taproot(9)],
            vec![pays(&VAULT, 5), carries(&ID), pays(&CHANGE, 9), fourth],
        ] {
            assert_eq!(with_id(outputs, 5), Err(Error::<Test>::InvalidOpReturnTransaction.into()));
        }
    });
}

#[test]
fn time_is_over_when_both_clocks_have_passed() {
    relay_with(1, 0).execute_with(|| {
        let start = begin(100);
        let expired = |period| BTCRelay::has_request_expired(10, 100, period).unwrap();
        // 101 blocks are three of Bitcoin, rounded up
        ActiveBlock::set(&111);
        let tip = grow(start, 3, 0);
        assert!(!expired(101));
        ActiveBlock::set(&112);
        assert!(!expired(101));
        grow(tip[2], 1, 0);
        assert!(expired(101));
        ActiveBlock::set(&111);
        assert!(!expired(101));
        // exactly two of Bitcoin
        assert!(expired(100));
        assert!(expired(0));
        assert!(BTCRelay::has_request_expired(u32::MAX, 0, 1).is_err());
        assert!(BTCRelay::has_request_expired(0, u32::MAX, 51).is_err());
    });
}

#[test]
fn the_relay_is_ready_when_its_start_is_stable() {
    relay_with(2, 0).execute_with(|| {
        assert!(!BTCRelay::is_fully_initialized());
        let start = begin(100);
        let one = grow(start, 1, 0);
        assert!(!BTCRelay::is_fully_initialized());
        grow(one[0], 1, 0);
        assert!(BTCRelay::is_fully_initialized());
        assert_eq!(BTCRelay::best_block_height(), 102);
    });
}
