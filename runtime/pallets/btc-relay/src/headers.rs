//! What makes a header acceptable, and where it goes.
//! Always: the order of checks is version, hash, parent, duplicate, work, target.
//! Never: stores a header whose hash it has not computed.

use crate::{
    BestBlock, BestBlockHeight, BlockHeaders, ChainsHashes, Config, DisableDifficultyCheck, Error, Event, Pallet,
    StartBlockHeight, MAIN_CHAIN,
};
use frame::prelude::*;
use gantry_bitcoin::{header, work};
use gantry_primitives::{BlockHeader, H256Le, RichBlockHeader, U256};

impl<T: Config> Pallet<T> {
    /// Begins the main chain. Work, target and height are the caller's word, but for the rules below.
    pub(crate) fn start(relayer: T::AccountId, submitted: BlockHeader, height: u32) -> DispatchResult {
        let block = Self::with_true_hash(submitted)?;
        ensure!(!BestBlock::<T>::exists(), Error::<T>::AlreadyInitialized);
        let first_of_period = height.is_multiple_of(work::PERIOD_BLOCKS);
        ensure!(first_of_period || DisableDifficultyCheck::<T>::get(), Error::<T>::InvalidStartHeight);
        Self::open_chain(&block, height)?;
        Self::set_best(block.hash, height);
        StartBlockHeight::<T>::put(height);
        Self::deposit_event(Event::Initialized { block_height: height, block_hash: block.hash, relayer_id: relayer });
        Ok(())
    }

    /// Appends a header to its parent's chain, or opens a fork when the parent is not the last of its chain.
    pub(crate) fn store(relayer: T::AccountId, submitted: BlockHeader) -> DispatchResult {
        let block = Self::with_true_hash(submitted)?;
        let parent = Self::stored(block.hash_prev_block)?;
        let height = parent.block_height.checked_add(1).ok_or(Error::<T>::ArithmeticOverflow)?;
        Self::ensure_acceptable(&block, height, &parent)?;

        let chain = Self::chain(parent.chain_id)?;
        if chain.max_height != parent.block_height {
            Self::open_chain(&block, height)?;
        } else if chain.chain_id == MAIN_CHAIN {
            Self::extend_chain(chain, &block, height);
            Self::set_best(block.hash, height);
        } else {
            let fork = Self::extend_chain(chain, &block, height);
            Self::sort_forks();
            Self::weigh(&fork)?;
        }

        let block_hash = block.hash;
        Self::deposit_event(if BestBlock::<T>::get() == block_hash {
            Event::StoreMainChainHeader { block_height: height, block_hash, relayer_id: relayer }
        } else {
            let chain_id = BlockHeaders::<T>::get(block_hash).chain_id;
            Event::StoreForkHeader { chain_id, fork_height: height, block_hash, relayer_id: relayer }
        });
        Ok(())
    }

    /// The stored header; `BlockNotFound`.
    pub(crate) fn stored(hash: H256Le) -> Result<RichBlockHeader, DispatchError> {
        BlockHeaders::<T>::try_get(hash).map_err(|()| Error::<T>::BlockNotFound.into())
    }

    pub(crate) fn set_best(hash: H256Le, height: u32) {
        BestBlock::<T>::put(hash);
        BestBlockHeight::<T>::put(height);
    }

    /// The header with the hash of its own fields, if its version is taken.
    fn with_true_hash(submitted: BlockHeader) -> Result<BlockHeader, DispatchError> {
        header::ensure_version(&submitted).map_err(Error::<T>::from)?;
        let hash = header::hash(&submitted).map_err(Error::<T>::from)?;
        Ok(BlockHeader { hash, ..submitted })
    }

    fn ensure_acceptable(block: &BlockHeader, height: u32, parent: &RichBlockHeader) -> DispatchResult {
        ensure!(!BlockHeaders::<T>::contains_key(block.hash), Error::<T>::DuplicateBlock);
        ensure!(header::meets_target(&block.hash, block.target), Error::<T>::LowDiff);
        if !DisableDifficultyCheck::<T>::get() {
            ensure!(block.target == Self::expected_target(height, parent)?, Error::<T>::DiffTargetHeader);
        }
        Ok(())
    }

    /// The parent's target, but for the first block of a period. Then the first block of the last period is
    /// looked for in the parent's own chain: a fork that began after it does not have it.
    fn expected_target(height: u32, parent: &RichBlockHeader) -> Result<U256, DispatchError> {
        let last = &parent.block_header;
        if !height.is_multiple_of(work::PERIOD_BLOCKS) {
            return Ok(last.target);
        }
        let first_hash = ChainsHashes::<T>::try_get(parent.chain_id, height.saturating_sub(work::PERIOD_BLOCKS))
            .map_err(|()| Error::<T>::MissingBlockHeight)?;
        let first = Self::stored(first_hash)?.block_header;
        Ok(work::next_target(last.target, first.timestamp, last.timestamp))
    }
}
