//! Partial Merkle trees (BIP 37): from bits and hashes back to the root.
//! Always: every hash and every bit is used, else the proof is refused; a last byte of padding bits is allowed.
//! Never: says anything about the transaction or the block; `proof` does.

use crate::{hash::parent, Error};
use gantry_primitives::{H256Le, MerkleProof};

/// No block holds more transactions: its weight over that of the smallest transaction.
pub const MAX_TRANSACTIONS: u32 = 4_000_000 / (4 * 60);

/// What a partial tree shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The root that follows from the hashes.
    pub root: H256Le,
    /// The flagged leaf; of several, the last.
    pub leaf: H256Le,
    /// The leaf's place in the block, 0 for the coinbase.
    pub position: u32,
}

/// The number of nodes `height` levels above the leaves.
pub fn width(transactions: u32, height: u32) -> u32 {
    transactions.div_ceil(1 << height)
}

/// The number of levels above the leaves.
pub fn height(transactions: u32) -> u32 {
    transactions.max(1).next_power_of_two().trailing_zeros()
}

struct Walk<'a> {
    proof: &'a MerkleProof,
    bits_used: usize,
    hashes_used: usize,
    found: Option<(H256Le, u32)>,
}

impl Walk<'_> {
    /// Depth first; at most 15 levels deep, since the number of transactions is bounded.
    fn node(&mut self, height: u32, position: u32) -> Result<H256Le, Error> {
        let flagged = *self.proof.flag_bits.get(self.bits_used).ok_or(Error::EndOfFile)?;
        self.bits_used += 1;
        if height == 0 || !flagged {
            let hash = *self.proof.hashes.get(self.hashes_used).ok_or(Error::MalformedMerkleProof)?;
            self.hashes_used += 1;
            if flagged {
                self.found = Some((hash, position));
            }
            return Ok(hash);
        }
        let left = self.node(height - 1, position * 2)?;
        if position * 2 + 1 >= width(self.proof.transactions_count, height - 1) {
            return Ok(parent(&left, &left));
        }
        let right = self.node(height - 1, position * 2 + 1)?;
        // two equal subtrees exist in no block: they would let one root stand for two lists of transactions
        if left == right {
            return Err(Error::MalformedMerkleProof);
        }
        Ok(parent(&left, &right))
    }
}

/// Computes the root and finds the flagged leaf.
///
/// Errors: `MalformedMerkleProof` for an impossible shape, `EndOfFile` when the bits run out,
/// `InvalidMerkleProof` when no leaf is flagged.
pub fn extract(proof: &MerkleProof) -> Result<Extracted, Error> {
    let count = proof.transactions_count;
    if count == 0 || count > MAX_TRANSACTIONS || proof.flag_bits.len() < proof.hashes.len() {
        return Err(Error::MalformedMerkleProof);
    }
    let mut walk = Walk { proof, bits_used: 0, hashes_used: 0, found: None };
    let root = walk.node(height(count), 0)?;
    let (leaf, position) = walk.found.ok_or(Error::InvalidMerkleProof)?;
    let all_used = walk.hashes_used == proof.hashes.len()
        && walk.bits_used.div_ceil(8) == proof.flag_bits.len().div_ceil(8);
    if !all_used {
        return Err(Error::MalformedMerkleProof);
    }
    Ok(Extracted { root, leaf, position })
}
