//! Bitcoin as the interface shows it: headers, transactions, proofs, addresses, keys.
//!
//! Always holds: plain data, no rule is checked here (that is `gantry-bitcoin`). Must never do:
//! reverse a hash.

use crate::{H160, H256, U256};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A Bitcoin hash in wire order: the bytes double SHA-256 gives.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct H256Le {
    pub content: [u8; 32],
}

impl H256Le {
    /// The hash that means "no hash": a coinbase's source, an absent block.
    pub fn zero() -> Self {
        Self::default()
    }

    /// From bytes in wire order.
    pub fn from_wire(content: [u8; 32]) -> Self {
        Self { content }
    }

    pub fn is_zero(&self) -> bool {
        self.content == [0; 32]
    }

    /// The hash as the number that proof of work compares with a target.
    pub fn as_number(&self) -> U256 {
        U256::from_little_endian(&self.content)
    }
}

/// The fields of an 80-byte header; `hash` is recomputed by whoever stores it.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct BlockHeader {
    pub merkle_root: H256Le,
    pub target: U256,
    pub timestamp: u32,
    pub version: i32,
    pub hash: H256Le,
    pub hash_prev_block: H256Le,
    pub nonce: u32,
}

/// A stored header; `block_height == 0` means absent.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_primitives", "btc_relay"), replace_segment("bitcoin", "types"))]
pub struct RichBlockHeader {
    pub block_header: BlockHeader,
    pub block_height: u32,
    pub chain_id: u32,
    /// Active block count at which the header was stored.
    pub para_height: u32,
}

/// One chain or fork known to the relay.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct BlockChain {
    pub chain_id: u32,
    pub start_height: u32,
    pub max_height: u32,
}

/// Why a payment is true: the payment, and the coinbase that pins the height of the tree.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct FullTransactionProof {
    pub user_tx_proof: PartialTransactionProof,
    pub coinbase_proof: PartialTransactionProof,
}

impl FullTransactionProof {
    /// How much must be hashed to verify it, in bytes; what its price is reckoned by.
    pub fn work(&self) -> u64 {
        [&self.user_tx_proof, &self.coinbase_proof].iter().fold(0, |bytes, part| {
            let pairs = 64u64.saturating_mul(part.merkle_proof.hashes.len() as u64);
            bytes.saturating_add(pairs).saturating_add(u64::from(part.tx_encoded_len))
        })
    }
}

/// A transaction and its branch.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "merkle"))]
pub struct PartialTransactionProof {
    pub transaction: Transaction,
    /// Upper bound of the encoded length; bounds the work that hashing may take.
    pub tx_encoded_len: u32,
    pub merkle_proof: MerkleProof,
}

/// A BIP37 partial Merkle tree. Only `block_header.hash` is used, to find the stored header.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "merkle"))]
pub struct MerkleProof {
    pub block_header: BlockHeader,
    pub flag_bits: Vec<bool>,
    pub transactions_count: u32,
    pub hashes: Vec<H256Le>,
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct Transaction {
    pub version: i32,
    pub inputs: Vec<TransactionInput>,
    pub outputs: Vec<TransactionOutput>,
    pub lock_at: LockTime,
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct TransactionInput {
    pub source: TransactionInputSource,
    pub script: Vec<u8>,
    pub sequence: u32,
    /// Not part of the id, so it may be left empty.
    pub witness: Vec<Vec<u8>>,
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub enum TransactionInputSource {
    /// Transaction id (wire order) and output index.
    FromOutput(H256Le, u32),
    /// A block's first input; with a height, a minimal push of it precedes `script`.
    Coinbase(Option<u32>),
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub struct TransactionOutput {
    /// Satoshi.
    pub value: i64,
    pub script: Script,
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, Default, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "script"))]
pub struct Script {
    pub bytes: Vec<u8>,
}

#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "types"))]
pub enum LockTime {
    /// 500 000 000 and above: seconds since 1970.
    Time(u32),
    BlockHeight(u32),
}

/// The addresses the bridge pays to and is paid on; no taproot.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug,
)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "address"), replace_segment("BtcAddress", "Address"))]
pub enum BtcAddress {
    P2PKH(H160),
    P2SH(H160),
    P2WPKHv0(H160),
    P2WSHv0(H256),
}

impl BtcAddress {
    /// The address of a form that was left empty; nobody has its key.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::P2PKH(hash) | Self::P2SH(hash) | Self::P2WPKHv0(hash) => hash.is_zero(),
            Self::P2WSHv0(hash) => hash.is_zero(),
        }
    }
}

/// A compressed secp256k1 key.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug,
)]
#[scale_info(replace_segment("gantry_primitives", "bitcoin"), replace_segment("bitcoin", "address"), replace_segment("BtcPublicKey", "PublicKey"))]
pub struct BtcPublicKey(pub [u8; 33]);
