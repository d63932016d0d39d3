//! Whether a transaction is on Bitcoin's main chain, deep enough on both clocks.
//! Always: both branches are checked before the chain is asked; a fork near the tip stops every proof.
//! Never: uses another field of the proof's header than its hash.

use crate::{
    BestBlockHeight, Chains, Config, DisableInclusionCheck, Error, Pallet, StableBitcoinConfirmations,
    StableParachainConfirmations, MAIN_CHAIN,
};
use frame::prelude::*;
use gantry_bitcoin::proof;
use gantry_primitives::{BlockHeader, FullTransactionProof, H256Le, SecurityAccess, Transaction};

impl<T: Config> Pallet<T> {
    /// Checks the whole proof and gives back the transaction it is about.
    ///
    /// Errors, in this order: those of `gantry_bitcoin::proof::verify`, those of
    /// `verify_block_header_inclusion`, `InvalidMerkleProof` when the root is not that of the stored block.
    pub fn verify_transaction_inclusion(proof: FullTransactionProof) -> Result<Transaction, DispatchError> {
        if DisableInclusionCheck::<T>::get() {
            return Ok(proof.user_tx_proof.transaction);
        }
        let proven = proof::verify(proof).map_err(Error::<T>::from)?;
        let block = Self::verify_block_header_inclusion(proven.block_hash, None)?;
        ensure!(block.merkle_root == proven.root, Error::<T>::InvalidMerkleProof);
        Ok(proven.transaction)
    }

    /// Checks that a block is on the main chain and stable; gives back its header.
    ///
    /// `confirmations` in Bitcoin blocks replaces the stored number when given; the block itself is the first.
    /// Errors, in this order: `OngoingFork`, `BlockNotFound`, `InvalidChainID`, `BitcoinConfirmations`,
    /// `ParachainConfirmations`; `ArithmeticOverflow` at heights near 2^32.
    pub fn verify_block_header_inclusion(
        hash: H256Le,
        confirmations: Option<u32>,
    ) -> Result<BlockHeader, DispatchError> {
        let stable = StableBitcoinConfirmations::<T>::get();
        let best = BestBlockHeight::<T>::get();
        Self::ensure_no_ongoing_fork(best, stable)?;
        let block = Self::stored(hash)?;
        ensure!(block.chain_id == MAIN_CHAIN, Error::<T>::InvalidChainID);

        let above = confirmations.unwrap_or(stable);
        let enough = block.block_height.checked_add(above).ok_or(Error::<T>::ArithmeticOverflow)?;
        ensure!(best >= enough.saturating_sub(1), Error::<T>::BitcoinConfirmations);

        let since = block
            .para_height
            .checked_add(StableParachainConfirmations::<T>::get())
            .ok_or(Error::<T>::ArithmeticOverflow)?;
        ensure!(since <= T::Security::active_block(), Error::<T>::ParachainConfirmations);
        Ok(block.block_header)
    }

    /// The highest fork must be `stable` blocks behind.
    fn ensure_no_ongoing_fork(best: u32, stable: u32) -> DispatchResult {
        if let Some(id) = Chains::<T>::get(1) {
            let fork = Self::chain(id)?.max_height;
            ensure!(best >= fork.saturating_add(stable), Error::<T>::OngoingFork);
        }
        Ok(())
    }
}
