//! Forks: how they are opened, ranked, announced, and how one becomes the main chain.

use crate::{mock::*, Event, *};
use gantry_primitives::{BlockChain, H256Le};

fn ranked() -> Vec<u32> {
    (0..).map_while(Chains::<Test>::get).collect()
}

fn chain(chain_id: u32, start_height: u32, max_height: u32) -> Option<BlockChain> {
    Some(BlockChain { chain_id, start_height, max_height })
}

fn ids_of(blocks: &[H256Le]) -> Vec<u32> {
    blocks.iter().map(|hash| BlockHeaders::<Test>::get(hash).chain_id).collect()
}

#[test]
fn a_block_beside_the_tip_opens_a_fork() {
    relay_with(3, 0).execute_with(|| {
        let start = begin(100);
        let main = grow(start, 2, 0);
        events();
        let fork = grow(start, 1, 1);
        assert_eq!(
            events(),
            [Event::StoreForkHeader { chain_id: 1, fork_height: 101, block_hash: fork[0], relayer_id: RELAYER }]
        );
        assert_eq!(ChainsIndex::<Test>::get(1), chain(1, 101, 101));
        assert_eq!((BestBlock::<Test>::get(), ChainCounter::<Test>::get()), (main[1], 2));
        assert_eq!(ranked(), [0, 1]);
    });
}

#[test]
fn forks_are_ranked_by_height_and_equal_ones_stay_in_order() {
    relay_with(9, 0).execute_with(|| {
        let start = begin(100);
        grow(start, 5, 0);
        let one = grow(start, 1, 1);
        let two = grow(start, 1, 2);
        assert_eq!(ranked(), [0, 1, 2]);
        let three = grow(start, 2, 3);
        assert_eq!(ranked(), [0, 3, 1, 2]);
        grow(two[0], 1, 2);
        assert_eq!(ranked(), [0, 3, 2, 1]);
        grow(one[0], 3, 1);
        assert_eq!(ranked(), [0, 1, 3, 2]);
        // a new fork enters at its height: upon the first block of the third
        grow(three[0], 1, 4);
        assert_eq!(ranked(), [0, 1, 3, 2, 4]);
    });
}

#[test]
fn a_fork_ahead_is_announced_until_it_wins_at_the_threshold() {
    relay_with(3, 0).execute_with(|| {
        let start = begin(100);
        let main = grow(start, 2, 0);
        let fork = grow(start, 2, 1);
        events();
        let ahead = grow(fork[1], 2, 1);
        let announced = |fork_height| Event::ForkAheadOfMainChain { main_chain_height: 102, fork_height, fork_id: 1 };
        let on_fork = |fork_height, block_hash| Event::StoreForkHeader {
            chain_id: 1,
            fork_height,
            block_hash,
            relayer_id: RELAYER,
        };
        assert_eq!(
            events(),
            [announced(103), on_fork(103, ahead[0]), announced(104), on_fork(104, ahead[1])]
        );
        assert_eq!(BestBlock::<Test>::get(), main[1]);

        let won = grow(ahead[1], 1, 1);
        assert_eq!(
            events(),
            [
                // the depth is the fork's length less one, not the number of replaced blocks
                Event::ChainReorg { new_chain_tip_hash: won[0], new_chain_tip_height: 105, fork_depth: 4 },
                Event::StoreMainChainHeader { block_height: 105, block_hash: won[0], relayer_id: RELAYER },
            ]
        );
        assert_eq!((BestBlock::<Test>::get(), BestBlockHeight::<Test>::get()), (won[0], 105));
        assert_eq!(ids_of(&[fork, ahead, won].concat()), [0; 5]);
        assert_eq!(ids_of(&main), [1; 2]);
        assert_eq!(ChainsIndex::<Test>::get(0), chain(0, 100, 105));
        assert_eq!(ChainsIndex::<Test>::get(1), chain(1, 101, 102));
        assert!(!ChainsHashes::<Test>::contains_key(1, 103));
        assert_eq!(ranked(), [0, 1]);
    });
}

#[test]
fn the_replaced_chain_can_win_again() {
    relay_with(1, 0).execute_with(|| {
        let start = begin(100);
        let main = grow(start, 2, 0);
        let fork = grow(start, 3, 1);
        assert_eq!(BestBlock::<Test>::get(), fork[2]);
        let back = grow(main[1], 2, 0);
        assert_eq!(BestBlock::<Test>::get(), back[1]);
        assert_eq!(ids_of(&[main, back].concat()), [0; 4]);
        assert_eq!(ids_of(&fork), [1; 3]);
    });
}

#[test]
fn a_fork_of_a_fork_takes_the_part_it_stands_on() {
    relay_with(2, 0).execute_with(|| {
        let start = begin(100);
        let main = grow(start, 4, 0); // 101..104
        let fork = grow(start, 4, 1); // 101..104, chain 1
        let upper = grow(fork[1], 4, 2); // 103..106 on 102 of the fork, chain 2
        assert_eq!(BestBlock::<Test>::get(), upper[3]);
        assert_eq!(ids_of(&[&fork[..2], &upper].concat()), [0; 6]);
        assert_eq!(ids_of(&fork[2..]), [1; 2]);
        assert_eq!(ids_of(&main), [2; 4]);
        assert_eq!(ChainsIndex::<Test>::get(1), chain(1, 103, 104));
        assert_eq!(ChainsIndex::<Test>::get(2), chain(2, 101, 104));
    });
}

#[test]
fn a_fork_level_with_the_main_chain_is_nothing_special() {
    relay_with(1, 0).execute_with(|| {
        let start = begin(100);
        let main = grow(start, 2, 0);
        events();
        grow(start, 2, 1);
        assert!(events().iter().all(|event| matches!(event, Event::StoreForkHeader { .. })));
        assert_eq!(BestBlock::<Test>::get(), main[1]);
    });
}

#[test]
fn a_lower_threshold_takes_effect_with_the_forks_next_block() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(100);
        grow(start, 1, 0);
        let fork = grow(start, 4, 1);
        assert_eq!(BestBlockHeight::<Test>::get(), 101);
        StableBitcoinConfirmations::<Test>::put(2);
        let won = grow(fork[3], 1, 1);
        assert_eq!(BestBlock::<Test>::get(), won[0]);
    });
}
