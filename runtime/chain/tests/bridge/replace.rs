//! One vault's tokens become another's.

use crate::issue::issued;
use crate::world::*;
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{carries, pays as output};
use gantry_dev_runtime::{Runtime, RuntimeEvent, System};
use gantry_pallet_btc_relay::Error as RelayError;
use gantry_pallet_replace::{Call, Error, Event};
use gantry_pallet_vault_registry::{Error as RegistryError, Event::ReplaceTokens as Replaced};
use gantry_primitives::{Balance, BtcAddress, FullTransactionProof, TransactionOutput, H160, H256, INTR};

const AMOUNT: Balance = 1_000_000;
/// 10 % of `AMOUNT` in INTR planck.
const GRIEFING: Balance = 30_000_000_000_000;
const EXTRA: Balance = 7_000_000_000;
const ADDRESS: BtcAddress = BtcAddress::P2WPKHv0(H160([5; 20]));

fn offer(amount: Balance) -> DispatchResult {
    send(bob(), Call::<Runtime>::request_replace { currency_pair: PAIR, amount })
}

fn accept(amount_btc: Balance, collateral: Balance) -> DispatchResult {
    let old_vault = vault_of(bob());
    send(dave(), Call::<Runtime>::accept_replace { currency_pair: PAIR, old_vault, amount_btc, collateral, btc_address: ADDRESS })
}

fn accepted() -> H256 {
    assert_ok!(offer(AMOUNT));
    assert_ok!(accept(AMOUNT, EXTRA));
    match last_event() {
        RuntimeEvent::Replace(Event::AcceptReplace { replace_id, amount: AMOUNT, .. }) => replace_id,
        other => panic!("{other:?}"),
    }
}

fn execute(replace_id: H256, proof: &FullTransactionProof) -> DispatchResult {
    send(eve(), Call::<Runtime>::execute_replace { replace_id, unchecked_transaction: Box::new(proof.clone()) })
}

fn cancel(replace_id: H256) -> DispatchResult {
    send(eve(), Call::<Runtime>::cancel_replace { replace_id })
}

fn paid(amount: Balance, id: H256) -> Vec<TransactionOutput> {
    vec![carries(&id), output(&ADDRESS, amount as i64)]
}

/// Collateral that the replaces of this block say the new vault added.
fn added() -> Vec<Balance> {
    let events = System::events().into_iter().filter_map(|record| match record.event {
        RuntimeEvent::VaultRegistry(Replaced { additional_collateral, .. }) => Some(additional_collateral),
        _ => None,
    });
    events.collect()
}

#[test]
fn a_true_proof_moves_the_tokens() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let rich = intr(&bob());
        let id = accepted();
        assert_eq!(rich - intr(&bob()), GRIEFING);
        let wrong = bitcoin.settled(paid(AMOUNT - 1, id));
        assert_noop!(execute(id, &wrong), RelayError::<Runtime>::InvalidPaymentAmount);
        let proof = bitcoin.settled(paid(AMOUNT, id));
        assert_ok!(execute(id, &proof));
        assert_eq!((vault(bob()).issued_tokens, vault(dave()).issued_tokens), (9 * AMOUNT, AMOUNT));
        assert_eq!(added(), [EXTRA]);
        assert_eq!(intr(&bob()), rich);
        assert_noop!(execute(id, &proof), Error::<Runtime>::ReplaceCompleted);
    });
}

#[test]
fn a_cancel_pays_the_new_vault_and_a_late_payment_still_counts() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let before = (dot(&dave()), intr(&dave()));
        let id = accepted();
        assert_noop!(cancel(id), Error::<Runtime>::ReplacePeriodNotExpired);
        bitcoin.expire(REDEEM_PERIOD);
        assert_ok!(cancel(id));
        assert_eq!((dot(&dave()), intr(&dave())), (before.0, before.1 + GRIEFING));
        assert_eq!((vault(bob()).to_be_redeemed_tokens, vault(dave()).to_be_issued_tokens), (0, 0));

        let proof = bitcoin.settled(paid(AMOUNT, id));
        price(100_000_000);
        assert_noop!(execute(id, &proof), RegistryError::<Runtime>::ExceedingVaultLimit);
        price(1_000_000);
        assert_ok!(execute(id, &proof));
        assert_eq!((vault(bob()).issued_tokens, vault(dave()).issued_tokens), (9 * AMOUNT, AMOUNT));
        assert_eq!(added(), [0]);
        assert_noop!(cancel(id), Error::<Runtime>::ReplaceCompleted);
    });
}

#[test]
fn a_cancel_keeps_the_extra_collateral_that_the_new_vault_needs() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let before = dot(&dave());
        let id = accepted();
        bitcoin.expire(REDEEM_PERIOD);
        let vault_id = vault_of(dave());
        let capacity = 38_461_538 - AMOUNT;
        let promise = gantry_pallet_issue::Call::request_issue { amount: capacity, vault_id, griefing_currency: INTR };
        assert_ok!(send(charlie(), promise));
        price(1_100_000);
        assert_ok!(cancel(id));
        assert_eq!(before - dot(&dave()), EXTRA, "needed for the promise to the issue");
    });
}

#[test]
fn an_offer_shrinks_by_redeems_and_can_be_taken_back() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let rich = intr(&bob());
        assert_ok!(offer(20 * AMOUNT));
        assert_eq!(vault(bob()).to_be_replaced_tokens, 10 * AMOUNT);
        let redeem = gantry_pallet_redeem::Call::<Runtime>::request_redeem {
            amount_wrapped: 2 * AMOUNT,
            btc_address: ADDRESS,
            vault_id: vault_of(bob()),
        };
        assert_ok!(send(charlie(), redeem));
        assert_eq!(vault(bob()).to_be_replaced_tokens, 8 * AMOUNT + 10_000);
        assert_ok!(send(bob(), Call::<Runtime>::withdraw_replace { currency_pair: PAIR, amount: 10 * AMOUNT }));
        assert_eq!((intr(&bob()), vault(bob()).replace_collateral), (rich, 0));
        assert_noop!(accept(AMOUNT, 0), Error::<Runtime>::AmountBelowDustAmount);
    });
}

#[test]
fn of_a_liquidated_vault_an_open_replace_is_paid_or_cancelled() {
    story(|bitcoin| {
        issued(bitcoin, 30 * AMOUNT);
        let [paid_out, unpaid] = [accepted(), accepted()];
        assert_ok!(offer(AMOUNT));
        liquidate_bob(3_000_000);
        assert_eq!(vault(bob()).replace_collateral, 0);

        let proof = bitcoin.settled(paid(AMOUNT, paid_out));
        assert_ok!(execute(paid_out, &proof));
        assert_eq!(vault(dave()).issued_tokens, AMOUNT);
        bitcoin.expire(REDEEM_PERIOD);
        assert_ok!(cancel(unpaid));
        assert_eq!(vault(bob()).liquidated_collateral, 0);
        assert_noop!(offer(AMOUNT), RegistryError::<Runtime>::VaultLiquidated);
    });
}
