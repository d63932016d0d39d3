//! Bitcoin in, wrapped tokens out.

use crate::world::*;
use frame::deps::sp_io::hashing::sha2_256;
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{carries, pays as output};
use gantry_dev_runtime::{config::Treasury, Runtime, RuntimeEvent, System};
use gantry_pallet_btc_relay::Error as RelayError;
use gantry_pallet_issue::{Call, Error, Event, IssueRequests};
use gantry_pallet_vault_registry::{Call as Registry, Error as RegistryError};
use gantry_primitives::{AccountId, Balance, BtcAddress, FullTransactionProof, IssueRequest, H160, H256, INTR};

const AMOUNT: Balance = 1_000_000;
/// 0.15 % of `AMOUNT`.
const FEE: Balance = 1_500;
/// 0.5 % of `AMOUNT` in INTR planck.
const GRIEFING: Balance = 1_500_000_000_000;

fn request(amount: Balance) -> DispatchResult {
    let vault_id = vault_of(bob());
    send(charlie(), Call::<Runtime>::request_issue { amount, vault_id, griefing_currency: INTR })
}

fn requested() -> (H256, IssueRequest) {
    assert_ok!(request(AMOUNT));
    let RuntimeEvent::Issue(Event::RequestIssue { issue_id, .. }) = last_event() else { panic!("no request") };
    match IssueRequests::<Runtime>::get(issue_id) {
        Some(issue) => (issue_id, issue),
        None => panic!("not stored"),
    }
}

fn execute(who: AccountId, issue_id: H256, proof: &FullTransactionProof) -> DispatchResult {
    send(who, Call::<Runtime>::execute_issue { issue_id, unchecked_transaction: Box::new(proof.clone()) })
}

fn cancel(who: AccountId, issue_id: H256) -> DispatchResult {
    send(who, Call::<Runtime>::cancel_issue { issue_id })
}

fn treasury() -> Balance {
    intr(&Treasury::get().into_account_truncating())
}

/// Charlie holds what a paid issue of `amount` gives.
pub fn issued(bitcoin: &mut Bitcoin, amount: Balance) -> Balance {
    assert_ok!(request(amount));
    let RuntimeEvent::Issue(Event::RequestIssue { issue_id, vault_address, .. }) = last_event() else {
        panic!("no request")
    };
    let proof = bitcoin.settled(vec![output(&vault_address, amount as i64)]);
    assert_ok!(execute(eve(), issue_id, &proof));
    wrapped(&charlie()).0
}

#[test]
fn a_true_proof_mints_and_a_request_says_what_to_pay_and_where() {
    story(|bitcoin| {
        let rich = intr(&charlie());
        blocks(1);
        let parent = System::parent_hash();
        let (id, issue) = requested();
        let preimage = [<[u8; 32]>::from(charlie()).as_slice(), &[1], &[0; 31], parent.as_bytes()].concat();
        assert_eq!(id, H256(sha2_256(&preimage)));
        assert_eq!((issue.amount, issue.fee, issue.griefing_collateral), (AMOUNT - FEE, FEE, GRIEFING));
        assert_eq!(issue.btc_address, gantry_bitcoin::deposit::address(&KEY, &id).unwrap_or(nowhere()));
        let order = [
            "Tokens.Reserved",
            "VaultRegistry.IncreaseToBeIssuedTokens",
            "VaultRegistry.RegisterAddress",
            "Issue.RequestIssue",
        ];
        assert!(event_names().ends_with(&order.map(String::from)));

        let change = output(&nowhere(), 77);
        let paid = output(&issue.btc_address, AMOUNT as i64);
        let proof = bitcoin.settled(vec![carries(&H256::zero()), change.clone(), paid, change]);
        assert_ok!(execute(eve(), id, &proof));
        assert_eq!(wrapped(&charlie()), (AMOUNT - FEE, 0));
        assert_eq!(intr(&charlie()), rich);
        assert_noop!(execute(eve(), id, &proof), Error::<Runtime>::IssueCompleted);
    });
}

fn nowhere() -> BtcAddress {
    BtcAddress::P2PKH(H160::zero())
}

#[test]
fn a_proof_must_be_stable_and_whole_and_pay_the_deposit_address() {
    story(|bitcoin| {
        let (id, issue) = requested();
        let proof = bitcoin.send(vec![output(&issue.btc_address, AMOUNT as i64)]);
        assert_noop!(execute(eve(), id, &proof), RelayError::<Runtime>::BitcoinConfirmations);
        bitcoin.mine_empty(2);
        assert_noop!(execute(eve(), id, &proof), RelayError::<Runtime>::ParachainConfirmations);
        blocks(2);

        let mut richer = proof.clone();
        richer.user_tx_proof.transaction.outputs[0].value += 1;
        assert_noop!(execute(eve(), id, &richer), RelayError::<Runtime>::InvalidTxid);
        let mut unknown = proof.clone();
        unknown.user_tx_proof.merkle_proof.block_header.hash.content[0] ^= 1;
        unknown.coinbase_proof.merkle_proof.block_header.hash.content[0] ^= 1;
        assert_noop!(execute(eve(), id, &unknown), RelayError::<Runtime>::BlockNotFound);
        let elsewhere = bitcoin.settled(vec![output(&nowhere(), AMOUNT as i64)]);
        assert_noop!(execute(eve(), id, &elsewhere), RelayError::<Runtime>::MalformedTransaction);
        assert_ok!(execute(eve(), id, &proof));
    });
}

#[test]
fn too_little_is_for_the_requester_and_too_much_for_the_capacity() {
    story(|bitcoin| {
        let (id, issue) = requested();
        let proof = bitcoin.settled(vec![output(&issue.btc_address, AMOUNT as i64 / 4)]);
        assert_noop!(execute(eve(), id, &proof), Error::<Runtime>::InvalidExecutor);
        assert_ok!(execute(charlie(), id, &proof));
        assert_eq!(wrapped(&charlie()).0, (AMOUNT - FEE) / 4);
        assert_eq!(treasury(), GRIEFING * 3 / 4);

        let (id, issue) = requested();
        let proof = bitcoin.settled(vec![output(&issue.btc_address, 100 * AMOUNT as i64)]);
        assert_ok!(execute(eve(), id, &proof));
        assert_eq!(vault(bob()).issued_tokens, 38_461_538);
        assert_noop!(request(AMOUNT), RegistryError::<Runtime>::ExceedingVaultLimit);
    });
}

#[test]
fn a_cancelled_issue_can_be_paid_while_the_vault_takes_new_ones() {
    story(|bitcoin| {
        let (id, issue) = requested();
        assert_noop!(cancel(eve(), id), Error::<Runtime>::TimeNotExpired);
        blocks(ISSUE_PERIOD + 1);
        assert_noop!(cancel(eve(), id), Error::<Runtime>::TimeNotExpired);
        bitcoin.mine_empty(ISSUE_PERIOD / 50 + 1);
        assert_eq!(best_height(), issue.btc_height + 5);
        assert_ok!(cancel(eve(), id));
        assert_eq!((treasury(), vault(bob()).to_be_issued_tokens), (GRIEFING, 0));

        let proof = bitcoin.settled(vec![output(&issue.btc_address, AMOUNT as i64)]);
        let open = |accept_new_issues| Registry::<Runtime>::accept_new_issues { currency_pair: PAIR, accept_new_issues };
        assert_ok!(send(bob(), open(false)));
        let refused = RegistryError::<Runtime>::VaultNotAcceptingIssueRequests;
        assert_noop!(execute(charlie(), id, &proof), refused);
        assert_noop!(request(AMOUNT), Error::<Runtime>::VaultNotAcceptingNewIssues);
        assert_ok!(send(bob(), open(true)));
        assert_ok!(execute(eve(), id, &proof));
        assert_eq!(wrapped(&charlie()).0, AMOUNT - FEE);
        assert_noop!(cancel(charlie(), id), Error::<Runtime>::IssueCompleted);
    });
}

#[test]
fn a_liquidated_vault_still_mints_for_what_was_paid_and_costs_nobody_griefing_collateral() {
    story(|bitcoin| {
        issued(bitcoin, 30 * AMOUNT);
        let rich = intr(&charlie());
        let (paid, issue) = requested();
        let (unpaid, _) = requested();
        let (much, more) = requested();
        liquidate_bob(3_000_000);

        let proof = bitcoin.settled(vec![output(&issue.btc_address, AMOUNT as i64)]);
        assert_ok!(execute(eve(), paid, &proof));
        let proof = bitcoin.settled(vec![output(&more.btc_address, 2 * AMOUNT as i64)]);
        assert_ok!(execute(eve(), much, &proof));
        assert_eq!(wrapped(&charlie()).0, 32 * (AMOUNT - FEE));
        bitcoin.expire(ISSUE_PERIOD);
        assert_ok!(cancel(eve(), unpaid));
        assert_eq!((intr(&charlie()), treasury()), (rich, 0));
        assert_noop!(request(AMOUNT), RegistryError::<Runtime>::VaultLiquidated);
    });
}
