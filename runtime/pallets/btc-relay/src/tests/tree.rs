//! Random trees of blocks against a model that knows only parents and heights.
//! The main tip changes to a new block that extends it, or that is ahead of it by the threshold.

use crate::{mock::*, *};
use frame::testing_prelude::*;
use gantry_primitives::H256Le;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

struct Model {
    blocks: BTreeMap<H256Le, (H256Le, u32)>,
    order: Vec<H256Le>,
    tip: H256Le,
}

impl Model {
    fn height(&self, hash: H256Le) -> u32 {
        self.blocks[&hash].1
    }

    fn add(&mut self, hash: H256Le, parent: H256Le, threshold: u32) {
        let (height, best) = (self.height(parent) + 1, self.height(self.tip));
        self.blocks.insert(hash, (parent, height));
        self.order.push(hash);
        if parent == self.tip || (height > best && height >= best + threshold) {
            self.tip = hash;
        }
    }

    fn main(&self) -> BTreeSet<H256Le> {
        let mut main = BTreeSet::new();
        let mut at = Some(self.tip);
        while let Some(hash) = at {
            main.insert(hash);
            at = self.blocks.get(&hash).map(|(parent, _)| *parent).filter(|parent| self.blocks.contains_key(parent));
        }
        main
    }
}

/// Everything that clients of the storage rely on.
fn assert_holds(model: &Model) {
    assert_eq!(BestBlock::<Test>::get(), model.tip);
    assert_eq!(BestBlockHeight::<Test>::get(), model.height(model.tip));
    let main = model.main();
    for (hash, (_, height)) in &model.blocks {
        let stored = BlockHeaders::<Test>::get(hash);
        assert_eq!(stored.block_height, *height);
        assert_eq!(stored.chain_id == MAIN_CHAIN, main.contains(hash));
        assert_eq!(ChainsHashes::<Test>::get(stored.chain_id, height), *hash);
    }

    let ranked: Vec<u32> = (0..).map_while(Chains::<Test>::get).collect();
    assert_eq!(ranked.len() as u32, ChainCounter::<Test>::get());
    assert_eq!(Chains::<Test>::iter().count(), ranked.len());
    assert_eq!(ranked[0], MAIN_CHAIN);
    assert_eq!(ranked.iter().collect::<BTreeSet<_>>().len(), ranked.len());
    let chains: Vec<_> = ranked.iter().map(|id| ChainsIndex::<Test>::get(id).unwrap()).collect();
    assert!(chains[1..].windows(2).all(|pair| pair[0].max_height >= pair[1].max_height));

    let mut length = 0;
    for chain in &chains {
        assert!(chain.start_height <= chain.max_height);
        for height in chain.start_height..=chain.max_height {
            let hash = ChainsHashes::<Test>::get(chain.chain_id, height);
            assert_eq!(BlockHeaders::<Test>::get(hash).chain_id, chain.chain_id);
            let below = BlockHeaders::<Test>::get(model.blocks[&hash].0);
            assert_eq!(
                height > chain.start_height,
                below.block_height > 0 && below.chain_id == chain.chain_id
            );
            length += 1;
        }
    }
    assert_eq!(length, model.blocks.len());
    assert_eq!(ChainsHashes::<Test>::iter().count(), model.blocks.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_tree_of_blocks_keeps_the_books(
        threshold in 0u32..5,
        steps in prop::collection::vec((any::<prop::sample::Index>(), 1u32..6), 1..16),
    ) {
        relay_with(threshold, 0).execute_with(|| {
            let start = begin(100);
            let mut model = Model { blocks: BTreeMap::from([(start, (H256Le::zero(), 100))]), order: vec![start], tip: start };
            let mut salt = 0;
            for (at, run) in steps {
                // a run upon one of the last blocks, so that branches compete
                let recent = model.order.len().min(8);
                let mut parent = model.order[model.order.len() - 1 - at.index(recent)];
                for _ in 0..run {
                    salt += 1;
                    let block = branch_block(parent, model.height(parent) + 1, salt, vec![]).header;
                    assert_ok!(store(block));
                    model.add(block.hash, parent, threshold);
                    parent = block.hash;
                    assert_holds(&model);
                }
            }
        });
    }
}
