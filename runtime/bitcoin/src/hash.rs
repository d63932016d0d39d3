//! The hashes of Bitcoin.
//! Always: bytes in, bytes out, in the order the hash function gives them.

use bitcoin_hashes::{hash160, sha256, sha256d, Hash};
use gantry_primitives::H256Le;

/// SHA-256 twice, as for headers, transactions and tree nodes.
pub fn sha256d(bytes: &[u8]) -> H256Le {
    H256Le { content: sha256d::Hash::hash(bytes).to_byte_array() }
}

/// SHA-256 once.
pub fn sha256_once(bytes: &[u8]) -> [u8; 32] {
    sha256::Hash::hash(bytes).to_byte_array()
}

/// RIPEMD-160 of SHA-256, as for public keys and redeem scripts.
pub fn hash160_of(bytes: &[u8]) -> [u8; 20] {
    hash160::Hash::hash(bytes).to_byte_array()
}

/// The parent of two nodes of a Merkle tree.
pub fn parent(left: &H256Le, right: &H256Le) -> H256Le {
    let mut both = [0u8; 64];
    both[..32].copy_from_slice(&left.content);
    both[32..].copy_from_slice(&right.content);
    sha256d(&both)
}
