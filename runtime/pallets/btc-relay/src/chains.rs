//! The main chain, its forks, and the change from one to another.
//! Always: position 0 is chain 0; forks are ranked by height, equal ones by age of that rank; every header's
//! chain id agrees with `ChainsHashes`. A fork may start on another fork.
//! Never: forgets a chain or gives an id twice.

use crate::{
    BlockHeaders, ChainCounter, Chains, ChainsHashes, ChainsIndex, Config, Error, Event, Pallet,
    StableBitcoinConfirmations, MAIN_CHAIN,
};
use alloc::vec::Vec;
use core::cmp::Reverse;
use frame::prelude::*;
use gantry_primitives::{BlockChain, BlockHeader, H256Le, RichBlockHeader, SecurityAccess};

impl<T: Config> Pallet<T> {
    /// The chain of that id; `InvalidChainID`.
    pub(crate) fn chain(id: u32) -> Result<BlockChain, DispatchError> {
        ChainsIndex::<T>::get(id).ok_or_else(|| Error::<T>::InvalidChainID.into())
    }

    /// A new chain of this one block, ranked among the others.
    pub(crate) fn open_chain(block: &BlockHeader, height: u32) -> DispatchResult {
        let chain_id = ChainCounter::<T>::get();
        ChainCounter::<T>::put(chain_id.checked_add(1).ok_or(Error::<T>::ArithmeticOverflow)?);
        // ids are given in order and chains are never dropped, so the id is also the next free position
        Chains::<T>::insert(chain_id, chain_id);
        Self::extend_chain(BlockChain { chain_id, start_height: height, max_height: height }, block, height);
        Self::sort_forks();
        Ok(())
    }

    /// Puts the block on top of the chain; gives back the chain as it is now.
    pub(crate) fn extend_chain(chain: BlockChain, block: &BlockHeader, height: u32) -> BlockChain {
        let chain = BlockChain { max_height: height, ..chain };
        ChainsIndex::<T>::insert(chain.chain_id, chain);
        ChainsHashes::<T>::insert(chain.chain_id, height, block.hash);
        let para_height = T::Security::active_block();
        let stored =
            RichBlockHeader { block_header: *block, block_height: height, chain_id: chain.chain_id, para_height };
        BlockHeaders::<T>::insert(block.hash, stored);
        chain
    }

    /// Ranks the chains behind the main one, highest first.
    pub(crate) fn sort_forks() {
        let before: Vec<u32> = (1..).map_while(Chains::<T>::get).collect();
        let mut after = before.clone();
        after.sort_by_cached_key(|id| Reverse(ChainsIndex::<T>::get(id).map_or(0, |chain| chain.max_height)));
        for (position, (old, new)) in (1u32..).zip(before.into_iter().zip(after)) {
            if old != new {
                Chains::<T>::insert(position, new);
            }
        }
    }

    /// Compares a fork that grew with the main chain: level or behind is nothing, ahead is announced, far
    /// enough ahead makes it the main chain.
    pub(crate) fn weigh(fork: &BlockChain) -> DispatchResult {
        let main = Self::chain(MAIN_CHAIN)?;
        if fork.max_height <= main.max_height {
            return Ok(());
        }
        if fork.max_height < main.max_height.saturating_add(StableBitcoinConfirmations::<T>::get()) {
            Self::deposit_event(Event::ForkAheadOfMainChain {
                main_chain_height: main.max_height,
                fork_height: fork.max_height,
                fork_id: fork.chain_id,
            });
            return Ok(());
        }
        let tip = Self::make_main(fork, &main)?;
        Self::deposit_event(Event::ChainReorg {
            new_chain_tip_hash: tip,
            new_chain_tip_height: fork.max_height,
            fork_depth: fork.max_height.saturating_sub(fork.start_height),
        });
        Ok(())
    }

    /// Moves the fork, and whatever it stands on, to the main chain; the blocks replaced take the fork's id.
    /// Gives back the new tip.
    fn make_main(fork: &BlockChain, main: &BlockChain) -> Result<H256Le, DispatchError> {
        let tip = ChainsHashes::<T>::get(fork.chain_id, fork.max_height);
        let mut path = Vec::new();
        let mut block = Self::stored(tip)?;
        while block.chain_id != MAIN_CHAIN {
            path.push(block);
            block = Self::stored(block.block_header.hash_prev_block)?;
        }
        let first_replaced = block.block_height.saturating_add(1);

        for block in &path {
            ChainsHashes::<T>::remove(block.chain_id, block.block_height);
            // a fork passed through keeps what is above; there is something, or the child would have extended it
            ChainsIndex::<T>::mutate_extant(block.chain_id, |passed| {
                passed.start_height = passed.start_height.max(block.block_height.saturating_add(1));
            });
        }
        for height in first_replaced..=main.max_height {
            let replaced = ChainsHashes::<T>::take(MAIN_CHAIN, height);
            Self::place(replaced, height, fork.chain_id);
        }
        for block in &path {
            Self::place(block.block_header.hash, block.block_height, MAIN_CHAIN);
        }
        let replaced =
            BlockChain { chain_id: fork.chain_id, start_height: first_replaced, max_height: main.max_height };
        ChainsIndex::<T>::insert(fork.chain_id, replaced);
        ChainsIndex::<T>::insert(MAIN_CHAIN, BlockChain { max_height: fork.max_height, ..*main });
        Self::set_best(tip, fork.max_height);
        Self::sort_forks();
        Ok(tip)
    }

    fn place(hash: H256Le, height: u32, chain_id: u32) {
        ChainsHashes::<T>::insert(chain_id, height, hash);
        BlockHeaders::<T>::mutate(hash, |block| block.chain_id = chain_id);
    }
}
