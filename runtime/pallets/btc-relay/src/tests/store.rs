//! Starting the relay and storing headers one by one.

use crate::{mock::*, Error, Event, *};
use codec::Encode;
use frame::{deps::frame_support::dispatch::GetDispatchInfo, testing_prelude::*};
use gantry_bitcoin::{compact, testing::*};
use gantry_primitives::{BlockChain, H256Le};

#[test]
fn starts_once_with_any_block_and_free_of_charge() {
    relay_with(6, 0).execute_with(|| {
        ActiveBlock::set(&9);
        let block = Block::mined(H256Le::zero(), 806_400, vec![]);
        let hash = block.header.hash;
        assert_eq!(initialize(block.header, 806_400).unwrap().pays_fee, Pays::No);
        assert_eq!(
            events(),
            [Event::Initialized { block_height: 806_400, block_hash: hash, relayer_id: RELAYER }]
        );
        assert_eq!((BestBlock::<Test>::get(), BestBlockHeight::<Test>::get()), (hash, 806_400));
        assert_eq!((StartBlockHeight::<Test>::get(), ChainCounter::<Test>::get()), (806_400, 1));
        assert_eq!(Chains::<Test>::get(0), Some(0));
        let main = BlockChain { chain_id: 0, start_height: 806_400, max_height: 806_400 };
        assert_eq!(ChainsIndex::<Test>::get(0), Some(main));
        assert_eq!(ChainsHashes::<Test>::get(0, 806_400), hash);
        let stored = BlockHeaders::<Test>::get(hash);
        assert_eq!((stored.block_height, stored.chain_id, stored.para_height), (806_400, 0, 9));
        assert_noop!(initialize(block.header, 806_400), Error::<Test>::AlreadyInitialized);
    });
}

#[test]
fn start_and_store_need_a_signature() {
    relay_with(6, 0).execute_with(|| {
        let header = Block::mined(H256Le::zero(), 1, vec![]).header;
        assert_noop!(BTCRelay::initialize(RuntimeOrigin::none(), header, 1), BadOrigin);
        assert_noop!(BTCRelay::store_block_header(RuntimeOrigin::none(), header, 2), BadOrigin);
    });
}

#[test]
fn with_the_check_the_start_is_the_first_block_of_a_period() {
    relay_with(6, 0).execute_with(|| {
        DisableDifficultyCheck::<Test>::put(false);
        let header = Block::mined(H256Le::zero(), 2017, vec![]).header;
        assert_noop!(initialize(header, 2017), Error::<Test>::InvalidStartHeight);
        assert_ok!(initialize(header, 2016));
    });
}

#[test]
fn versions_below_four_are_refused_signed() {
    relay_with(6, 0).execute_with(|| {
        let mut header = Block::mined(H256Le::zero(), 1, vec![]).header;
        for version in [3, 0, -1, i32::MIN] {
            header.version = version;
            assert_noop!(initialize(header, 1), Error::<Test>::InvalidBlockVersion);
        }
        let start = begin(1);
        let mut next = Block::mined(start, 2, vec![]).header;
        next.version = 3;
        assert_noop!(store(next), Error::<Test>::InvalidBlockVersion);
    });
}

#[test]
fn the_submitted_hash_is_worth_nothing() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(1);
        let block = Block::mined(start, 2, vec![]).header;
        let mut lying = block;
        lying.hash = H256Le { content: [0; 32] };
        assert_ok!(store(lying));
        assert_eq!(BestBlock::<Test>::get(), block.hash);
        assert_eq!(BlockHeaders::<Test>::get(block.hash).block_header, block);
    });
}

#[test]
fn a_target_without_exact_compact_form_is_refused() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(1);
        let mut next = Block::mined(start, 2, vec![]).header;
        next.target += 1u32.into();
        assert_noop!(store(next), Error::<Test>::InvalidCompact);
    });
}

#[test]
fn a_stored_header_becomes_the_tip_and_costs_nothing() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(100);
        events();
        ActiveBlock::set(&42);
        let block = Block::mined(start, 101, vec![]).header;
        assert_eq!(store(block).unwrap().pays_fee, Pays::No);
        assert_eq!(
            events(),
            [Event::StoreMainChainHeader { block_height: 101, block_hash: block.hash, relayer_id: RELAYER }]
        );
        let stored = BlockHeaders::<Test>::get(block.hash);
        assert_eq!((stored.block_height, stored.chain_id, stored.para_height), (101, 0, 42));
        assert_eq!(ChainsIndex::<Test>::get(0).unwrap().max_height, 101);
    });
}

#[test]
fn a_refused_header_costs_its_fee() {
    relay_with(6, 0).execute_with(|| {
        let orphan = Block::mined(H256Le::zero(), 5, vec![]).header;
        let refused = store(orphan).unwrap_err();
        assert_eq!(refused.post_info.pays_fee, Pays::Yes);
        assert_eq!(refused.error, Error::<Test>::BlockNotFound.into());
    });
}

#[test]
fn calls_are_operational_and_weigh_by_the_fork_bound() {
    let header = Block::mined(H256Le::zero(), 5, vec![]).header;
    let info = |fork_bound| {
        crate::Call::<Test>::store_block_header { block_header: header, fork_bound }.get_dispatch_info()
    };
    assert_eq!(info(1).class, DispatchClass::Operational);
    assert!(info(100).call_weight.all_gt(info(1).call_weight));
}

#[test]
fn checks_come_in_the_published_order() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(100);
        let known = Block::mined(start, 101, vec![]).header;
        assert_ok!(store(known));
        // fork bound before version
        let mut bad = known;
        bad.version = 1;
        let signed = RuntimeOrigin::signed(RELAYER);
        assert_noop!(BTCRelay::store_block_header(signed, bad, 1), Error::<Test>::WrongForkBound);
        // version before parent
        bad.hash_prev_block = H256Le::zero();
        assert_noop!(store(bad), Error::<Test>::InvalidBlockVersion);
        // parent before work
        let mut orphan = known;
        orphan.hash_prev_block = H256Le::zero();
        orphan.target = 1u32.into();
        assert_noop!(store(orphan), Error::<Test>::BlockNotFound);
        // duplicate: everything about the header is right
        assert_noop!(store(known), Error::<Test>::DuplicateBlock);
        // work before target
        DisableDifficultyCheck::<Test>::put(false);
        let mut hard = known;
        hard.target = 1u32.into();
        assert_noop!(store(hard), Error::<Test>::LowDiff);
    });
}

#[test]
fn work_is_checked_even_without_the_difficulty_check() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(1);
        let mut next = Block::mined(start, 2, vec![]).header;
        next.target = compact::decode(0x1d00_ffff).unwrap();
        assert_noop!(store(next), Error::<Test>::LowDiff);
    });
}

#[test]
fn the_fork_bound_is_above_the_number_of_chains() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(1);
        let header = Block::mined(start, 2, vec![]).header;
        let try_bound = |bound| BTCRelay::store_block_header(RuntimeOrigin::signed(RELAYER), header, bound);
        assert_noop!(try_bound(0), Error::<Test>::WrongForkBound);
        assert_noop!(try_bound(1), Error::<Test>::WrongForkBound);
        assert_ok!(try_bound(2));
    });
}

#[test]
fn within_a_period_the_target_stays() {
    relay_with(6, 0).execute_with(|| {
        DisableDifficultyCheck::<Test>::put(false);
        let start = begin(2016);
        let other = mine(start, H256Le::zero(), 1, 0x207f_fffe);
        assert_noop!(store(other), Error::<Test>::DiffTargetHeader);
        assert_ok!(store(mine(start, H256Le::zero(), 1, REGTEST_BITS)));
    });
}

#[test]
fn easy_chains_end_at_the_next_period_and_forks_over_it_lack_its_first_block() {
    relay_with(6, 0).execute_with(|| {
        DisableDifficultyCheck::<Test>::put(false);
        let start = begin(2016);
        let main = grow(start, 2015, 0);
        let (before, last) = (main[main.len() - 2], main[main.len() - 1]);
        // the expected target is capped at that of mainnet's first block
        let easy = branch_block(last, 4032, 0, vec![]).header;
        assert_noop!(store(easy), Error::<Test>::DiffTargetHeader);

        // a fork of the last block alone, and on it a block of the next period
        let forked = branch_block(before, 4031, 1, vec![]).header;
        assert_ok!(store(forked));
        let over = branch_block(forked.hash, 4032, 1, vec![]).header;
        assert_noop!(store(over), Error::<Test>::MissingBlockHeight);

        // without the check both go in, and a fork that begins at the period is judged by the main chain's
        DisableDifficultyCheck::<Test>::put(true);
        assert_ok!(store(easy));
        assert_ok!(store(over));
        DisableDifficultyCheck::<Test>::put(false);
        let rival = branch_block(last, 4032, 2, vec![]).header;
        assert_noop!(store(rival), Error::<Test>::DiffTargetHeader);
    });
}

#[test]
fn heights_end_at_32_bits() {
    relay_with(6, 0).execute_with(|| {
        let start = begin(u32::MAX);
        assert_noop!(store(Block::mined(start, 0, vec![]).header), Error::<Test>::ArithmeticOverflow);
    });
}

/// The interface fixes the index of every error and event; these pin the ends and the middle of both lists.
#[test]
fn errors_and_events_keep_their_indices() {
    let errors: [(Error<Test>, u8); 14] = [
        (Error::AlreadyInitialized, 0),
        (Error::DuplicateBlock, 4),
        (Error::LowDiff, 7),
        (Error::OngoingFork, 12),
        (Error::InvalidTxid, 16),
        (Error::InvalidPayment, 19),
        (Error::ForkIdNotFound, 24),
        (Error::EndOfFile, 31),
        (Error::InvalidBlockVersion, 33),
        (Error::InvalidBtcHash, 40),
        (Error::InvalidTransaction, 46),
        (Error::InvalidCompact, 48),
        (Error::BoundExceeded, 50),
        (Error::InvalidCoinbasePosition, 51),
    ];
    for (error, index) in errors {
        assert_eq!(error.encode(), [index]);
    }
    let ahead = Event::<Test>::ForkAheadOfMainChain { main_chain_height: 1, fork_height: 2, fork_id: 3 };
    assert_eq!(ahead.encode()[0], 4);
}
