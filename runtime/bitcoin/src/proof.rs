//! That a transaction is in a block: its own branch and that of the block's coinbase.
//! Always: both branches lead to one root from one depth, and the second starts at the true first transaction.
//! That pins the depth of the tree, so no inner node can pass for a transaction.
//! Never: says that the block is on the chain, or that the root is the block's; the relay does.

use crate::{merkle, transaction, Error};
use gantry_primitives::{FullTransactionProof, H256Le, PartialTransactionProof, Transaction};

/// A transaction with what its branch shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// The root both branches lead to.
    pub root: H256Le,
    /// The block the sender names; only a key to look up the stored header.
    pub block_hash: H256Le,
    /// The number of transactions the sender claims.
    pub transactions_count: u32,
    /// The transaction's place in the block.
    pub position: u32,
    /// The transaction itself.
    pub transaction: Transaction,
}

/// Checks one branch: its shape, the declared length, and that its leaf is the transaction's id.
///
/// Errors: those of `merkle::extract`, `BoundExceeded`, `InvalidTxid`.
pub fn verify_branch(proof: PartialTransactionProof) -> Result<Proven, Error> {
    let tree = merkle::extract(&proof.merkle_proof)?;
    let txid = transaction::txid_bounded(&proof.transaction, proof.tx_encoded_len)?;
    if tree.leaf != txid {
        return Err(Error::InvalidTxid);
    }
    Ok(Proven {
        root: tree.root,
        block_hash: proof.merkle_proof.block_header.hash,
        transactions_count: proof.merkle_proof.transactions_count,
        position: tree.position,
        transaction: proof.transaction,
    })
}

/// Checks both branches and that they belong together; gives back the user's.
///
/// Errors: those of `verify_branch`, `InvalidCoinbasePosition`, and `InvalidMerkleProof` when root, block or
/// number of transactions differ or the second transaction is no coinbase.
pub fn verify(proof: FullTransactionProof) -> Result<Proven, Error> {
    let user = verify_branch(proof.user_tx_proof)?;
    let coinbase = verify_branch(proof.coinbase_proof)?;
    if coinbase.position != 0 {
        return Err(Error::InvalidCoinbasePosition);
    }
    let same_tree = user.root == coinbase.root
        && user.block_hash == coinbase.block_hash
        && user.transactions_count == coinbase.transactions_count;
    if !same_tree || !transaction::is_coinbase(&coinbase.transaction) {
        return Err(Error::InvalidMerkleProof);
    }
    Ok(user)
}
