//! Proofs against the stored chain: depth on both clocks, forks, and every way a proof can be wrong.

use crate::{mock::*, Error, *};
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{payment, Block};
use gantry_primitives::{FullTransactionProof, H256Le};

fn verify(proof: &FullTransactionProof) -> Result<(), DispatchError> {
    BTCRelay::verify_transaction_inclusion(proof.clone()).map(|_| ())
}

fn refused(error: Error<Test>) -> Result<(), DispatchError> {
    Err(error.into())
}

/// A block with three payments at height 101, `above` blocks upon it, and the proof of its second payment.
fn proven(above: u32) -> (Block, FullTransactionProof) {
    let start = begin(100);
    let block = branch_block(start, 101, 0, vec![payment(1, vec![]), payment(2, vec![])]);
    assert_ok!(store(block.header));
    grow(block.header.hash, above, 0);
    let proof = block.proof(2);
    (block, proof)
}

#[test]
fn a_true_proof_deep_enough_gives_the_transaction() {
    relay_with(3, 0).execute_with(|| {
        let (block, proof) = proven(2);
        assert_eq!(BTCRelay::verify_transaction_inclusion(proof), Ok(block.transactions[2].clone()));
    });
}

#[test]
fn the_block_itself_is_the_first_confirmation() {
    relay_with(3, 0).execute_with(|| {
        let (block, proof) = proven(1);
        let hash = block.header.hash;
        assert_eq!(verify(&proof), refused(Error::BitcoinConfirmations));
        assert_eq!(BTCRelay::verify_block_header_inclusion(hash, Some(2)), Ok(block.header));
        assert!(BTCRelay::verify_block_header_inclusion(hash, None).is_err());
        grow(BestBlock::<Test>::get(), 1, 0);
        assert_eq!(verify(&proof), Ok(()));
    });
}

#[test]
fn a_header_must_have_been_stored_long_enough() {
    relay_with(1, 30).execute_with(|| {
        ActiveBlock::set(&1000);
        let (_, proof) = proven(0);
        ActiveBlock::set(&1029);
        assert_eq!(verify(&proof), refused(Error::ParachainConfirmations));
        ActiveBlock::set(&1030);
        assert_eq!(verify(&proof), Ok(()));
        StableParachainConfirmations::<Test>::put(u32::MAX);
        assert_eq!(verify(&proof), refused(Error::ArithmeticOverflow));
    });
}

#[test]
fn a_fork_near_the_tip_stops_every_proof() {
    relay_with(3, 0).execute_with(|| {
        let (_, proof) = proven(4); // tip 105
        let old = grow(ChainsHashes::<Test>::get(0, 100), 2, 1); // fork tip 102
        assert_eq!(verify(&proof), Ok(()));
        grow(old[1], 1, 1);
        assert_eq!(verify(&proof), refused(Error::OngoingFork));
        grow(BestBlock::<Test>::get(), 1, 0);
        assert_eq!(verify(&proof), Ok(()));
    });
}

#[test]
fn a_block_on_a_fork_proves_nothing_until_the_fork_wins() {
    relay_with(1, 0).execute_with(|| {
        let start = begin(100);
        grow(start, 4, 0);
        let block = branch_block(start, 101, 1, vec![payment(1, vec![])]);
        assert_ok!(store(block.header));
        let proof = block.proof(1);
        assert_eq!(verify(&proof), refused(Error::InvalidChainID));
        grow(block.header.hash, 4, 1); // wins at 105
        StableBitcoinConfirmations::<Test>::put(0);
        assert_eq!(verify(&proof), Ok(()));
    });
}

#[test]
fn a_replaced_block_proves_nothing_any_more() {
    relay_with(2, 0).execute_with(|| {
        let (_, proof) = proven(1);
        assert_eq!(verify(&proof), Ok(()));
        let rivals = grow(ChainsHashes::<Test>::get(0, 100), 4, 1);
        grow(rivals[3], 2, 1);
        assert_eq!(verify(&proof), refused(Error::InvalidChainID));
    });
}

#[test]
fn a_block_that_was_not_relayed_proves_nothing() {
    relay_with(1, 0).execute_with(|| {
        begin(100);
        let elsewhere = Block::mined(H256Le::zero(), 55, vec![payment(1, vec![])]);
        assert_eq!(verify(&elsewhere.proof(1)), refused(Error::BlockNotFound));
    });
}

#[test]
fn wrong_branches_are_refused_by_name() {
    relay_with(1, 0).execute_with(|| {
        let (block, good) = proven(0);
        let with = |change: fn(&mut FullTransactionProof)| {
            let mut bad = good.clone();
            change(&mut bad);
            verify(&bad)
        };
        let user = with(|p| p.user_tx_proof.transaction.version += 1);
        assert_eq!(user, refused(Error::InvalidTxid));
        let count = with(|p| p.user_tx_proof.merkle_proof.transactions_count = 0);
        assert_eq!(count, refused(Error::MalformedMerkleProof));
        let bits = with(|p| p.user_tx_proof.merkle_proof.flag_bits.truncate(4));
        assert_eq!(bits, refused(Error::EndOfFile));
        let unflagged = with(|p| {
            p.user_tx_proof.merkle_proof.flag_bits = vec![false];
            p.user_tx_proof.merkle_proof.hashes.truncate(1);
        });
        assert_eq!(unflagged, refused(Error::InvalidMerkleProof));
        let short = with(|p| p.user_tx_proof.tx_encoded_len -= 1);
        assert_eq!(short, refused(Error::BoundExceeded));
        let coinbase = with(|p| p.coinbase_proof = p.user_tx_proof.clone());
        assert_eq!(coinbase, refused(Error::InvalidCoinbasePosition));
        let depth = with(|p| p.coinbase_proof.merkle_proof.transactions_count = 3);
        assert_eq!(depth, refused(Error::InvalidMerkleProof));

        // a true proof of another block, under the hash of this one
        let other = Block::mined(H256Le::zero(), 9, vec![payment(8, vec![]), payment(9, vec![])]);
        let mut borrowed = other.proof(1);
        borrowed.user_tx_proof.merkle_proof.block_header.hash = block.header.hash;
        borrowed.coinbase_proof.merkle_proof.block_header.hash = block.header.hash;
        assert_eq!(verify(&borrowed), refused(Error::InvalidMerkleProof));
    });
}

#[test]
fn only_the_hash_of_the_proofs_header_is_used() {
    relay_with(1, 0).execute_with(|| {
        let (_, mut proof) = proven(0);
        proof.user_tx_proof.merkle_proof.block_header.merkle_root = H256Le::zero();
        proof.user_tx_proof.merkle_proof.block_header.target = 1u32.into();
        assert_eq!(verify(&proof), Ok(()));
    });
}

#[test]
fn without_the_inclusion_check_every_transaction_passes() {
    relay_with(6, 300).execute_with(|| {
        DisableInclusionCheck::<Test>::put(true);
        let elsewhere = Block::mined(H256Le::zero(), 55, vec![payment(1, vec![])]);
        assert_eq!(verify(&elsewhere.proof(1)), Ok(()));
    });
}

#[test]
fn depth_beyond_32_bits_is_an_overflow() {
    relay_with(0, 0).execute_with(|| {
        let tip = begin(u32::MAX - 1);
        let result = BTCRelay::verify_block_header_inclusion(tip, Some(2));
        assert_eq!(result, Err(Error::<Test>::ArithmeticOverflow.into()));
    });
}
