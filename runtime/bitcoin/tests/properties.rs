//! What must hold for every tree, transaction and script, checked against rust-bitcoin where it has an answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use bitcoin::{consensus, hashes::Hash, merkle_tree::PartialMerkleTree, CompactTarget, Target, Txid};
use gantry_bitcoin::{
    compact, error::Error, hash, merkle, parse, proof, script,
    testing::{carries, coinbase, merkle_root, partial_tree, payment, pays, Block},
    transaction,
};
use gantry_primitives::{
    BlockHeader, BtcAddress, FullTransactionProof, H256Le, MerkleProof, PartialTransactionProof, Transaction, H160,
    H256, U256,
};
use proptest::prelude::*;

fn leaves(count: u32) -> Vec<H256Le> {
    (0..count).map(|n| hash::sha256d(&n.to_le_bytes())).collect()
}

fn txids(leaves: &[H256Le]) -> Vec<Txid> {
    leaves.iter().map(|leaf| Txid::from_byte_array(leaf.content)).collect()
}

/// rust-bitcoin's partial tree in our shape, through its serialization.
fn theirs(leaves: &[H256Le], flagged: &[u32]) -> MerkleProof {
    let matches: Vec<bool> = (0..leaves.len() as u32).map(|n| flagged.contains(&n)).collect();
    let raw = consensus::serialize(&PartialMerkleTree::from_txids(&txids(leaves), &matches));
    parse::merkle_block(&[vec![0; 80], raw].concat()).unwrap()
}

fn tree_and_leaf() -> impl Strategy<Value = (u32, u32)> {
    (1u32..400).prop_flat_map(|count| (Just(count), 0..count))
}

fn address() -> impl Strategy<Value = BtcAddress> {
    (0u8..4, any::<[u8; 32]>()).prop_map(|(form, bytes)| {
        let short = H160::from_slice(&bytes[..20]);
        match form {
            0 => BtcAddress::P2PKH(short),
            1 => BtcAddress::P2SH(short),
            2 => BtcAddress::P2WPKHv0(short),
            _ => BtcAddress::P2WSHv0(H256(bytes)),
        }
    })
}

fn to_theirs(ours: &Transaction) -> bitcoin::Transaction {
    consensus::deserialize(&transaction::stripped(ours)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_true_branch_gives_root_leaf_and_position((count, leaf) in tree_and_leaf()) {
        let all = leaves(count);
        let ours = partial_tree(BlockHeader::default(), &all, &[leaf]);
        let found = merkle::extract(&ours).unwrap();
        prop_assert_eq!(found.root, merkle_root(&all));
        prop_assert_eq!((found.leaf, found.position), (all[leaf as usize], leaf));
    }

    #[test]
    fn rust_bitcoin_builds_and_roots_the_same_tree((count, leaf) in tree_and_leaf()) {
        let all = leaves(count);
        let built = theirs(&all, &[leaf]);
        let ours = partial_tree(BlockHeader::default(), &all, &[leaf]);
        prop_assert_eq!(&built.hashes, &ours.hashes);
        prop_assert_eq!(&built.flag_bits[..ours.flag_bits.len()], &ours.flag_bits[..]);
        let root = bitcoin::merkle_tree::calculate_root(txids(&all).into_iter()).unwrap();
        // padding bits are allowed
        prop_assert_eq!(merkle::extract(&built).unwrap().root.content, root.to_byte_array());
    }

    #[test]
    fn no_hash_and_no_bit_may_be_left_over_or_missing((count, leaf) in tree_and_leaf()) {
        let tree = partial_tree(BlockHeader::default(), &leaves(count), &[leaf]);
        let mut more = tree.clone();
        more.hashes.push(H256Le::default());
        prop_assert_eq!(merkle::extract(&more), Err(Error::MalformedMerkleProof));
        let mut fewer = tree.clone();
        fewer.hashes.pop();
        prop_assert_eq!(merkle::extract(&fewer), Err(Error::MalformedMerkleProof));
        let mut longer = tree.clone();
        longer.flag_bits.extend([false; 8]);
        prop_assert_eq!(merkle::extract(&longer), Err(Error::MalformedMerkleProof));
        let mut shorter = tree;
        shorter.flag_bits.pop();
        prop_assert!(matches!(merkle::extract(&shorter), Err(Error::EndOfFile | Error::MalformedMerkleProof)));
    }

    #[test]
    fn any_changed_hash_changes_the_root((count, leaf) in tree_and_leaf(), at in any::<prop::sample::Index>(), bit in 0u8..8, byte in 0usize..32) {
        let all = leaves(count);
        let mut tree = partial_tree(BlockHeader::default(), &all, &[leaf]);
        let at = at.index(tree.hashes.len());
        tree.hashes[at].content[byte] ^= 1 << bit;
        prop_assert_ne!(merkle::extract(&tree).unwrap().root, merkle_root(&all));
    }

    #[test]
    fn arbitrary_trees_never_panic(count in any::<u32>(), bits in prop::collection::vec(any::<bool>(), 0..80), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..40)) {
        let hashes = hashes.into_iter().map(H256Le::from_wire).collect();
        let tree = MerkleProof { block_header: BlockHeader::default(), flag_bits: bits, transactions_count: count, hashes };
        let _ = merkle::extract(&tree);
    }

    #[test]
    fn arbitrary_bytes_never_panic_the_readers(raw in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (parse::transaction(&raw), parse::block_header(&raw), parse::merkle_block(&raw));
    }

    #[test]
    fn rust_bitcoin_gives_a_transaction_the_same_id(salt in any::<u32>(), to in prop::collection::vec((address(), 0i64..21_000_000), 1..300)) {
        let outputs = to.iter().map(|(address, value)| pays(address, *value)).collect();
        let ours = payment(salt, outputs);
        prop_assert_eq!(to_theirs(&ours).compute_txid().to_byte_array(), transaction::txid(&ours).content);
        prop_assert_eq!(parse::transaction(&transaction::stripped(&ours)), Ok(ours));
    }

    #[test]
    fn the_declared_length_is_a_bound(salt in any::<u32>(), to in address()) {
        let ours = payment(salt, vec![pays(&to, 1)]);
        let length = transaction::stripped(&ours).len() as u32;
        prop_assert_eq!(transaction::txid_bounded(&ours, length), Ok(transaction::txid(&ours)));
        prop_assert_eq!(transaction::txid_bounded(&ours, length - 1), Err(Error::BoundExceeded));
    }

    #[test]
    fn an_address_is_read_from_its_own_script(to in address(), id in any::<[u8; 32]>()) {
        prop_assert_eq!(script::address(&script::paying(&to)), Ok(to));
        let carrying = carries(&H256(id)).script;
        prop_assert_eq!(script::op_return(&carrying), Ok(&id[..]));
        prop_assert!(script::address(&carrying).is_err());
    }

    #[test]
    fn compact_numbers_are_those_of_rust_bitcoin(bits in 0u32..0x2100_0000) {
        if let Some(target) = compact::decode(bits) {
            let theirs = Target::from_compact(CompactTarget::from_consensus(bits));
            prop_assert_eq!(target, U256::from_little_endian(&theirs.to_le_bytes()));
            prop_assert_eq!(compact::encode(target), theirs.to_compact_lossy().to_consensus());
            prop_assert_eq!(compact::decode(compact::encode(target)), Some(target));
        }
    }

    #[test]
    fn any_target_rounds_down_through_compact(bytes in any::<[u8; 32]>()) {
        let target = U256::from_little_endian(&bytes);
        let rounded = compact::decode(compact::encode(target)).unwrap();
        prop_assert!(rounded <= target);
        prop_assert_eq!(compact::exact(target).is_ok(), rounded == target);
    }

    #[test]
    fn every_transaction_of_a_block_is_proved(others in 0u32..12) {
        let block = Block::mined(H256Le::default(), 1, (0..others).map(|n| payment(n, vec![])).collect());
        for position in 0..=others {
            let proven = proof::verify(block.proof(position)).unwrap();
            prop_assert_eq!((proven.root, proven.position), (block.header.merkle_root, position));
        }
    }
}

#[test]
fn of_several_flagged_leaves_the_last_counts() {
    let all = leaves(7);
    let tree = partial_tree(BlockHeader::default(), &all, &[2, 5]);
    assert_eq!(merkle::extract(&tree).unwrap().position, 5);
}

#[test]
fn a_tree_without_flag_proves_nothing() {
    let tree = partial_tree(BlockHeader::default(), &leaves(7), &[]);
    assert_eq!(merkle::extract(&tree), Err(Error::InvalidMerkleProof));
}

#[test]
fn a_repeated_subtree_is_refused() {
    // three leaves hash as four with the last twice; the second reading must not pass
    let all = leaves(3);
    let twice = [all.clone(), vec![all[2]]].concat();
    assert_eq!(merkle_root(&all), merkle_root(&twice));
    let tree = partial_tree(BlockHeader::default(), &twice, &[3]);
    assert_eq!(merkle::extract(&tree), Err(Error::MalformedMerkleProof));
}

#[test]
fn counts_outside_of_what_a_block_holds_are_refused() {
    let mut tree = partial_tree(BlockHeader::default(), &leaves(1), &[0]);
    assert_eq!(merkle::extract(&tree).unwrap().position, 0);
    for count in [0, merkle::MAX_TRANSACTIONS + 1, u32::MAX] {
        tree.transactions_count = count;
        assert_eq!(merkle::extract(&tree), Err(Error::MalformedMerkleProof));
    }
}

/// A 64-byte "transaction" whose bytes are an inner node cannot be proved, since the coinbase pins the depth.
#[test]
fn an_inner_node_does_not_pass_for_a_transaction() {
    let block = Block::mined(H256Le::default(), 1, (0..3).map(|n| payment(n, vec![])).collect());
    let ids: Vec<H256Le> = block.transactions.iter().map(transaction::txid).collect();
    let inner = [hash::parent(&ids[0], &ids[1]), hash::parent(&ids[2], &ids[3])];
    // the branch as of a block with two transactions has the true root
    let shallow = partial_tree(block.header, &inner, &[0]);
    assert_eq!(merkle::extract(&shallow).unwrap().root, block.header.merkle_root);
    let honest = block.proof(0);
    let forged = FullTransactionProof {
        user_tx_proof: PartialTransactionProof { merkle_proof: shallow, ..honest.user_tx_proof.clone() },
        coinbase_proof: honest.coinbase_proof,
    };
    assert_eq!(proof::verify(forged), Err(Error::InvalidTxid));
}

#[test]
fn both_branches_must_belong_together() {
    let block = Block::mined(H256Le::default(), 1, (0..3).map(|n| payment(n, vec![])).collect());
    let other = Block::mined(H256Le::default(), 2, (0..3).map(|n| payment(n + 9, vec![])).collect());
    let good = block.proof(2);
    assert!(proof::verify(good.clone()).is_ok());

    let mut not_first = good.clone();
    not_first.coinbase_proof = block.proof(1).user_tx_proof;
    assert_eq!(proof::verify(not_first), Err(Error::InvalidCoinbasePosition));

    let mut other_root = good.clone();
    other_root.coinbase_proof = other.proof(0).coinbase_proof;
    assert_eq!(proof::verify(other_root), Err(Error::InvalidMerkleProof));

    let mut other_block = good.clone();
    other_block.coinbase_proof.merkle_proof.block_header.hash = other.header.hash;
    assert_eq!(proof::verify(other_block), Err(Error::InvalidMerkleProof));

    // a first transaction that spends something is no coinbase
    let txs = [payment(7, vec![]), payment(8, vec![])];
    let ids: Vec<H256Le> = txs.iter().map(transaction::txid).collect();
    let branch = |n: u32| PartialTransactionProof {
        transaction: txs[n as usize].clone(),
        tx_encoded_len: 1000,
        merkle_proof: partial_tree(BlockHeader::default(), &ids, &[n]),
    };
    let no_coinbase = FullTransactionProof { user_tx_proof: branch(1), coinbase_proof: branch(0) };
    assert_eq!(proof::verify(no_coinbase), Err(Error::InvalidMerkleProof));
    assert!(transaction::is_coinbase(&coinbase(1)));
}

/// Two proofs of one root that claim different numbers of transactions.
#[test]
fn both_branches_must_claim_the_same_number_of_transactions() {
    let txs = [coinbase(1), payment(1, vec![]), payment(2, vec![])];
    let mut ids: Vec<H256Le> = txs.iter().map(transaction::txid).collect();
    let small = partial_tree(BlockHeader::default(), &ids, &[0]);
    ids.push(ids[2]);
    let large = partial_tree(BlockHeader::default(), &ids, &[1]);
    let claim = |n: usize, merkle_proof| PartialTransactionProof {
        transaction: txs[n].clone(),
        tx_encoded_len: 1000,
        merkle_proof,
    };
    let forged = FullTransactionProof { user_tx_proof: claim(1, large), coinbase_proof: claim(0, small) };
    assert_eq!(proof::verify(forged), Err(Error::InvalidMerkleProof));
}

#[test]
fn fewer_bits_than_hashes_is_malformed_whatever_else_is_wrong() {
    let mut tree = partial_tree(BlockHeader::default(), &leaves(4), &[1]);
    tree.flag_bits.truncate(2);
    assert_eq!(merkle::extract(&tree), Err(Error::MalformedMerkleProof));
    tree.hashes.truncate(1);
    assert_eq!(merkle::extract(&tree), Err(Error::EndOfFile));
}

#[test]
fn lengths_at_the_limits_of_each_form_are_written_as_bitcoin_does() {
    for length in [0, 252, 253, 65_534, 65_535, 65_536] {
        let script = gantry_primitives::Script { bytes: vec![0x51; length] };
        let ours = payment(1, vec![gantry_primitives::TransactionOutput { value: 1, script }]);
        assert_eq!(to_theirs(&ours).compute_txid().to_byte_array(), transaction::txid(&ours).content);
        assert_eq!(parse::transaction(&transaction::stripped(&ours)), Ok(ours));
    }
}
