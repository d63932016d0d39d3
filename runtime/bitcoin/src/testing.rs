//! Blocks, proofs and real chain data for tests: of this crate, of the relay, of the pallets that take proofs.
//! Always: built independently of the code that verifies (top-down from the list of ids, not from bits).
//! Never: part of a runtime.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use crate::{compact, hash, header, merkle, parse, script, transaction};
use alloc::{string::String, vec, vec::Vec};
use gantry_primitives::{
    BlockHeader, BtcAddress, FullTransactionProof, H256Le, LockTime, MerkleProof, PartialTransactionProof, Script,
    Transaction, TransactionInput, TransactionInputSource, TransactionOutput, H256,
};

/// The easiest target of regtest: every second hash meets it.
pub const REGTEST_BITS: u32 = 0x207f_ffff;

const MAINNET_HEADERS: &str = include_str!("../testdata/mainnet-headers.txt");
const MAINNET_BLOCK: &str = include_str!("../testdata/mainnet-block-702861.txt");
/// The height of the mainnet block whose transactions are here.
pub const MAINNET_BLOCK_HEIGHT: u32 = 702_861;

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "odd number of hex digits");
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
}

/// A hash written as explorers and nodes show it.
pub fn from_display(text: &str) -> H256Le {
    let mut bytes = unhex(text);
    bytes.reverse();
    H256Le { content: bytes.try_into().unwrap() }
}

fn rows(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// Real mainnet headers: 766080, then 768076 to 768115 without a gap; the retarget is at 768096.
pub fn mainnet_headers() -> Vec<(u32, BlockHeader)> {
    rows(MAINNET_HEADERS)
        .map(|(height, raw)| (height.parse().unwrap(), parse::block_header(&unhex(raw)).unwrap()))
        .collect()
}

/// Bytes by name from the real block: `tx-N`, `txid-N` (display order), `proof-N` for N in 0, 63, 2078, 2499.
pub fn mainnet_block(name: &str) -> Vec<u8> {
    unhex(rows(MAINNET_BLOCK).find(|(key, _)| *key == name).expect("a name of the file").1)
}

/// The true proof of the real transaction at `position`.
pub fn mainnet_proof(position: u32) -> FullTransactionProof {
    let branch = |position: u32| {
        let raw = mainnet_block(&alloc::format!("tx-{position}"));
        PartialTransactionProof {
            transaction: parse::transaction(&raw).unwrap(),
            tx_encoded_len: raw.len() as u32,
            merkle_proof: parse::merkle_block(&mainnet_block(&alloc::format!("proof-{position}"))).unwrap(),
        }
    };
    FullTransactionProof { user_tx_proof: branch(position), coinbase_proof: branch(0) }
}

/// A header with work that meets `bits`, found by counting the nonce; use easy targets only.
pub fn mine(parent: H256Le, merkle_root: H256Le, timestamp: u32, bits: u32) -> BlockHeader {
    let target = compact::decode(bits).unwrap();
    let mut mined = BlockHeader {
        merkle_root,
        target,
        timestamp,
        version: 0x2000_0000,
        hash: H256Le::zero(),
        hash_prev_block: parent,
        nonce: 0,
    };
    loop {
        mined.hash = header::hash(&mined).unwrap();
        if header::meets_target(&mined.hash, target) {
            return mined;
        }
        mined.nonce += 1;
    }
}

/// A transaction with one input, which `salt` makes unique, and these outputs.
pub fn payment(salt: u32, outputs: Vec<TransactionOutput>) -> Transaction {
    let source = TransactionInputSource::FromOutput(hash::sha256d(&salt.to_le_bytes()), salt);
    let input = TransactionInput { source, script: vec![], sequence: u32::MAX, witness: vec![] };
    Transaction { version: 2, inputs: vec![input], outputs, lock_at: LockTime::BlockHeight(0) }
}

/// An output that pays an address.
pub fn pays(address: &BtcAddress, value: i64) -> TransactionOutput {
    TransactionOutput { value, script: script::paying(address) }
}

/// An output that carries an id.
pub fn carries(id: &H256) -> TransactionOutput {
    TransactionOutput { value: 0, script: script::carrying(id) }
}

/// A block's first transaction.
pub fn coinbase(height: u32) -> Transaction {
    let input = TransactionInput {
        source: TransactionInputSource::Coinbase(None),
        script: [&[4][..], &height.to_le_bytes()].concat(),
        sequence: u32::MAX,
        witness: vec![],
    };
    let output = TransactionOutput { value: 5_000_000_000, script: Script { bytes: vec![0x51] } };
    Transaction { version: 2, inputs: vec![input], outputs: vec![output], lock_at: LockTime::BlockHeight(0) }
}

/// A node of the full tree, computed from the leaves.
pub fn tree_node(leaves: &[H256Le], height: u32, position: u32) -> H256Le {
    if height == 0 {
        return leaves[position as usize];
    }
    let left = tree_node(leaves, height - 1, position * 2);
    let right = if position * 2 + 1 < merkle::width(leaves.len() as u32, height - 1) {
        tree_node(leaves, height - 1, position * 2 + 1)
    } else {
        left
    };
    hash::parent(&left, &right)
}

/// The root of the full tree.
pub fn merkle_root(leaves: &[H256Le]) -> H256Le {
    tree_node(leaves, merkle::height(leaves.len() as u32), 0)
}

/// The partial tree that shows the flagged leaves.
pub fn partial_tree(block_header: BlockHeader, leaves: &[H256Le], flagged: &[u32]) -> MerkleProof {
    let transactions_count = leaves.len() as u32;
    let mut tree = MerkleProof { block_header, flag_bits: vec![], transactions_count, hashes: vec![] };
    let mut open = vec![(merkle::height(transactions_count), 0)];
    while let Some((height, position)) = open.pop() {
        let below = flagged.iter().any(|leaf| leaf >> height == position);
        tree.flag_bits.push(below);
        if height == 0 || !below {
            tree.hashes.push(tree_node(leaves, height, position));
            continue;
        }
        if position * 2 + 1 < merkle::width(transactions_count, height - 1) {
            open.push((height - 1, position * 2 + 1));
        }
        open.push((height - 1, position * 2));
    }
    tree
}

/// A block with work.
#[derive(Clone, Debug)]
pub struct Block {
    pub header: BlockHeader,
    pub transactions: Vec<Transaction>,
}

impl Block {
    /// A block at `height` upon `parent` with a coinbase and these transactions, of regtest difficulty.
    pub fn mined(parent: H256Le, height: u32, transactions: Vec<Transaction>) -> Self {
        let transactions = [vec![coinbase(height)], transactions].concat();
        let root = merkle_root(&ids(&transactions));
        Self { header: mine(parent, root, 1_700_000_000 + 600 * (height % 100_000), REGTEST_BITS), transactions }
    }

    fn branch(&self, position: u32) -> PartialTransactionProof {
        let transaction = self.transactions[position as usize].clone();
        PartialTransactionProof {
            tx_encoded_len: transaction::stripped(&transaction).len() as u32,
            transaction,
            merkle_proof: partial_tree(self.header, &ids(&self.transactions), &[position]),
        }
    }

    /// The true proof of the transaction at `position` (0 is the coinbase).
    pub fn proof(&self, position: u32) -> FullTransactionProof {
        FullTransactionProof { user_tx_proof: self.branch(position), coinbase_proof: self.branch(0) }
    }
}

fn ids(transactions: &[Transaction]) -> Vec<H256Le> {
    transactions.iter().map(transaction::txid).collect()
}
