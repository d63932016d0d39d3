//! Wrapped tokens in, bitcoin out.

use crate::issue::issued;
use crate::world::*;
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{carries, pays as output};
use gantry_dev_runtime::{config::FeePot, Runtime, RuntimeEvent};
use gantry_pallet_btc_relay::Error as RelayError;
use gantry_pallet_redeem::{Call, Error, Event, RedeemRequests};
use gantry_pallet_vault_registry::{Error as RegistryError, LiquidationVault};
use gantry_primitives::{
    AccountId, Balance, BtcAddress, FullTransactionProof, RedeemRequestStatus, Script, TransactionOutput, H160, H256,
};

const AMOUNT: Balance = 1_000_000;
/// 0.5 % of `AMOUNT`.
const FEE: Balance = 5_000;
const BURNED: Balance = AMOUNT - FEE;
const PAYOUT: Balance = BURNED - TRANSFER_FEE;
/// What the vault gives up, in planck, and a tenth of it.
const WORTH: Balance = BURNED * RATE;
const PUNISHMENT: Balance = WORTH / 10;
const ADDRESS: BtcAddress = BtcAddress::P2WPKHv0(H160([5; 20]));
const CHANGE: BtcAddress = BtcAddress::P2SH(H160([6; 20]));

fn requested() -> H256 {
    let call = Call::<Runtime>::request_redeem { amount_wrapped: AMOUNT, btc_address: ADDRESS, vault_id: vault_of(bob()) };
    assert_ok!(send(charlie(), call));
    match last_event() {
        RuntimeEvent::Redeem(Event::RequestRedeem { redeem_id, amount: PAYOUT, .. }) => redeem_id,
        other => panic!("{other:?}"),
    }
}

fn execute(redeem_id: H256, proof: &FullTransactionProof) -> Result<Pays, DispatchError> {
    pays(eve(), Call::<Runtime>::execute_redeem { redeem_id, unchecked_transaction: Box::new(proof.clone()) })
}

fn cancel(who: AccountId, redeem_id: H256, reimburse: bool) -> DispatchResult {
    send(who, Call::<Runtime>::cancel_redeem { redeem_id, reimburse })
}

fn paid(amount: Balance, id: H256) -> Vec<TransactionOutput> {
    vec![output(&ADDRESS, amount as i64), output(&CHANGE, 123), carries(&id)]
}

fn status(id: H256) -> Option<RedeemRequestStatus> {
    RedeemRequests::<Runtime>::get(id).map(|redeem| redeem.status)
}

fn pot() -> Balance {
    wrapped(&FeePot::get().into_account_truncating()).0
}

#[test]
fn a_true_proof_burns_for_free() {
    story(|bitcoin| {
        let held = issued(bitcoin, 10 * AMOUNT);
        let (fees, id) = (pot(), requested());
        assert_eq!(wrapped(&charlie()), (held - AMOUNT, AMOUNT));
        let proof = bitcoin.settled(paid(PAYOUT, id));
        assert_eq!(execute(id, &proof), Ok(Pays::No));
        assert_eq!(wrapped(&charlie()), (held - AMOUNT, 0));
        assert_eq!((pot() - fees, vault(bob()).issued_tokens), (FEE, 10 * AMOUNT - BURNED));
        assert_eq!(execute(id, &proof), Err(Error::<Runtime>::RedeemCompleted.into()));
    });
}

#[test]
fn only_exactly_the_amount_with_the_id_and_nothing_odd_beside() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let id = requested();
        let taproot = TransactionOutput { value: 9, script: Script { bytes: [&[0x51, 32][..], &[9; 32]].concat() } };
        let false_ones: Vec<(Vec<TransactionOutput>, RelayError<Runtime>)> = vec![
            (paid(PAYOUT - 1, id), RelayError::InvalidPaymentAmount),
            (paid(PAYOUT + 1, id), RelayError::InvalidPaymentAmount),
            (paid(PAYOUT, H256::zero()), RelayError::InvalidPayment),
            (paid(PAYOUT, id)[..2].to_vec(), RelayError::InvalidOpReturnTransaction),
            ([paid(PAYOUT, id), vec![output(&CHANGE, 1)]].concat(), RelayError::InvalidOpReturnTransaction),
            (vec![output(&ADDRESS, PAYOUT as i64), taproot, carries(&id)], RelayError::InvalidOpReturnTransaction),
        ];
        let proofs: Vec<_> = false_ones.into_iter().map(|(outputs, error)| (bitcoin.settled(outputs), error)).collect();
        for (proof, error) in proofs {
            assert_noop!(execute(id, &proof), error);
        }
        let proof = bitcoin.settled(vec![carries(&id), output(&ADDRESS, PAYOUT as i64)]);
        assert_eq!(execute(id, &proof), Ok(Pays::No));
    });
}

#[test]
fn reimbursed_the_user_has_value_and_punishment_and_the_vault_the_tokens() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let (id, before) = (requested(), dot(&charlie()));
        blocks(REDEEM_PERIOD + 1);
        assert_noop!(cancel(charlie(), id, true), Error::<Runtime>::TimeNotExpired);
        bitcoin.mine_empty(REDEEM_PERIOD / 50);
        assert_noop!(cancel(charlie(), id, true), Error::<Runtime>::TimeNotExpired);
        bitcoin.mine_empty(1);
        assert_noop!(cancel(eve(), id, true), Error::<Runtime>::UnauthorizedRedeemer);
        assert_ok!(cancel(charlie(), id, true));
        assert_eq!(dot(&charlie()) - before, WORTH + PUNISHMENT);
        assert_eq!(wrapped(&bob()).0, BURNED);
        assert_eq!(status(id), Some(RedeemRequestStatus::Reimbursed(true)));
        assert!(vault(bob()).banned_until.is_some());
        let call = Call::<Runtime>::request_redeem { amount_wrapped: AMOUNT, btc_address: ADDRESS, vault_id: vault_of(bob()) };
        assert_noop!(send(charlie(), call), RegistryError::<Runtime>::VaultBanned);

        let late = bitcoin.settled(paid(PAYOUT, id));
        assert_noop!(execute(id, &late), Error::<Runtime>::RedeemCancelled);
    });
}

#[test]
fn retried_the_user_has_the_tokens_back_and_late_payments_count_until_then() {
    story(|bitcoin| {
        let held = issued(bitcoin, 10 * AMOUNT);
        let (id, late, before) = (requested(), requested(), dot(&charlie()));
        bitcoin.expire(REDEEM_PERIOD);
        assert_ok!(cancel(charlie(), id, false));
        assert_eq!(dot(&charlie()) - before, PUNISHMENT);
        assert_eq!(status(id), Some(RedeemRequestStatus::Retried));
        let proof = bitcoin.settled(paid(PAYOUT, late));
        assert_eq!(execute(late, &proof), Ok(Pays::No));
        assert_eq!(wrapped(&charlie()), (held - AMOUNT, 0));
    });
}

#[test]
fn a_vault_too_poor_for_the_tokens_mints_them_when_it_can() {
    story(|bitcoin| {
        issued(bitcoin, 30 * AMOUNT);
        let id = requested();
        bitcoin.expire(REDEEM_PERIOD);
        price(1_500_000);
        assert_ok!(cancel(charlie(), id, true));
        assert_eq!(status(id), Some(RedeemRequestStatus::Reimbursed(false)));
        assert_eq!((wrapped(&bob()).0, vault(bob()).issued_tokens), (0, 30 * AMOUNT - BURNED));

        let mint = || Call::<Runtime>::mint_tokens_for_reimbursed_redeem { currency_pair: PAIR, redeem_id: id };
        assert_noop!(send(dave(), mint()), Error::<Runtime>::UnauthorizedVault);
        blocks(21); // the ban
        assert_noop!(send(bob(), mint()), RegistryError::<Runtime>::ExceedingVaultLimit);
        price(1_000_000);
        assert_ok!(send(bob(), mint()));
        assert_eq!((wrapped(&bob()).0, vault(bob()).issued_tokens), (BURNED, 30 * AMOUNT));
    });
}

#[test]
fn a_vault_below_the_premium_threshold_pays_a_premium() {
    story(|bitcoin| {
        issued(bitcoin, 30 * AMOUNT);
        price(2_000_000);
        let (id, before) = (requested(), dot(&charlie()));
        let proof = bitcoin.settled(paid(PAYOUT, id));
        assert_eq!(execute(id, &proof), Ok(Pays::No));
        assert_eq!(dot(&charlie()) - before, PAYOUT * 2 * RATE / 20);
    });
}

#[test]
fn of_a_liquidated_vault_open_redeems_are_paid_reimbursed_or_retried_from_what_was_kept() {
    story(|bitcoin| {
        let held = issued(bitcoin, 30 * AMOUNT);
        let [paid_out, reimbursed, retried] = [requested(), requested(), requested()];
        liquidate_bob(3_000_000);
        let kept = vault(bob()).liquidated_collateral;
        assert!(kept > 0);

        let (before, before_bob) = (dot(&charlie()), dot(&bob()));
        let proof = bitcoin.settled(paid(PAYOUT, paid_out));
        assert_eq!(execute(paid_out, &proof), Ok(Pays::No));
        assert_eq!(dot(&bob()) - before_bob, kept / 3);
        bitcoin.expire(REDEEM_PERIOD);
        assert_ok!(cancel(charlie(), reimbursed, true));
        assert!(dot(&charlie()) - before >= kept / 3);
        assert_eq!(status(reimbursed), Some(RedeemRequestStatus::Reimbursed(true)));
        assert_ok!(cancel(charlie(), retried, false));
        assert_eq!(vault(bob()).liquidated_collateral, 0);
        assert_eq!(wrapped(&charlie()), (held - 2 * AMOUNT, 0));
    });
}

#[test]
fn tokens_of_a_liquidated_vault_are_worth_a_share_of_what_it_left() {
    story(|bitcoin| {
        let held = issued(bitcoin, 30 * AMOUNT);
        requested();
        let redeem = |amount_wrapped| {
            send(charlie(), Call::<Runtime>::liquidation_redeem { currencies: PAIR, amount_wrapped })
        };
        assert_noop!(redeem(AMOUNT), RegistryError::<Runtime>::InsufficientTokensCommitted);
        liquidate_bob(3_000_000);
        let left = |tokens: Balance| {
            let system = LiquidationVault::<Runtime>::get(PAIR).expect("bob's vault is liquidated");
            system.collateral * tokens / (system.issued_tokens - system.to_be_redeemed_tokens)
        };
        let (before, share) = (dot(&charlie()), left(5 * AMOUNT));
        assert!(share > 5 * AMOUNT * RATE, "they get more than the tokens were worth when issued");
        assert_ok!(redeem(5 * AMOUNT));
        assert_eq!(dot(&charlie()) - before, share);
        assert_eq!(wrapped(&charlie()).0, held - 6 * AMOUNT);
    });
}

#[test]
fn a_request_to_an_empty_address_is_refused() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let btc_address = BtcAddress::P2WPKHv0(H160::zero());
        let call = Call::<Runtime>::request_redeem { amount_wrapped: AMOUNT, btc_address, vault_id: vault_of(bob()) };
        assert_noop!(send(charlie(), call), RelayError::<Runtime>::InvalidBtcHash);
    });
}

#[test]
fn a_vault_redeems_its_own_tokens() {
    story(|bitcoin| {
        issued(bitcoin, 10 * AMOUNT);
        let give = gantry_pallet_tokens::Call::<Runtime>::transfer {
            dest: bob(),
            currency_id: gantry_primitives::IBTC,
            amount: 2 * AMOUNT,
        };
        assert_ok!(send(charlie(), give));
        assert_ok!(send(bob(), Call::<Runtime>::self_redeem { currency_pair: PAIR, amount_wrapped: AMOUNT }));
        assert_eq!(wrapped(&bob()), (AMOUNT, 0));
        assert_eq!(vault(bob()).issued_tokens, 10 * AMOUNT - BURNED);
    });
}
