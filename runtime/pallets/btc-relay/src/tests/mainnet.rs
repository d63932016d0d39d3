//! What happened on Bitcoin passes with every check on.

use crate::{mock::*, Error, *};
use frame::testing_prelude::*;
use gantry_bitcoin::testing::{mainnet_headers, mainnet_proof, unhex, MAINNET_BLOCK_HEIGHT};
use gantry_primitives::{BlockChain, BtcAddress, BtcRelayAccess, H160, H256};

/// The main chain from 766080 to 768076 as if it had been relayed: the headers between are not at hand.
fn relayed_until_768076() -> Vec<(u32, gantry_primitives::BlockHeader)> {
    let mut headers = mainnet_headers();
    let (first_height, first) = headers.remove(0);
    assert_ok!(initialize(first, first_height));
    let (height, header) = headers.remove(0);
    let main = BlockChain { chain_id: MAIN_CHAIN, start_height: first_height, max_height: height };
    BTCRelay::extend_chain(main, &header, height);
    BTCRelay::set_best(header.hash, height);
    headers
}

#[test]
fn real_headers_pass_the_retarget_with_the_difficulty_check() {
    relay_with(6, 0).execute_with(|| {
        DisableDifficultyCheck::<Test>::put(false);
        for (height, header) in relayed_until_768076() {
            assert_ok!(store(header));
            assert_eq!((BestBlock::<Test>::get(), BestBlockHeight::<Test>::get()), (header.hash, height));
        }
        assert_eq!(BestBlockHeight::<Test>::get(), 768_115);
    });
}

#[test]
fn a_retarget_from_another_first_block_is_refused() {
    relay_with(6, 0).execute_with(|| {
        DisableDifficultyCheck::<Test>::put(false);
        let headers = relayed_until_768076();
        let first = ChainsHashes::<Test>::get(MAIN_CHAIN, 766_080);
        BlockHeaders::<Test>::mutate(first, |block| block.block_header.timestamp += 1_000);
        let (before, after) = headers.split_at(19);
        for (_, header) in before {
            assert_ok!(store(*header));
        }
        assert_eq!(after[0].0, 768_096);
        assert_noop!(store(after[0].1), Error::<Test>::DiffTargetHeader);
    });
}

#[test]
fn real_payments_are_proved() {
    relay_with(1, 0).execute_with(|| {
        let header = mainnet_proof(0).coinbase_proof.merkle_proof.block_header;
        assert_ok!(initialize(header, MAINNET_BLOCK_HEIGHT));
        let hash = |text| H160::from_slice(&unhex(text));
        let deposit = BtcAddress::P2WPKHv0(hash("ac60652f70cc6cae1dded19233aa169be51f6ed3"));
        assert_eq!(BTCRelay::verify_issue_payment(mainnet_proof(63), deposit), Ok(140_460));
        let last = BtcAddress::P2SH(hash("261485f0456fd745f0b49006461a28595666629e"));
        assert_eq!(BTCRelay::verify_issue_payment(mainnet_proof(2499), last), Ok(290_000));

        let to = BtcAddress::P2WPKHv0(hash("968aa2478433b9b537b7089a086fcfdb5d69edf2"));
        let id = H256::from_slice(&unhex("125d9ae84ba4e9af3fd7e3ce90a6de29c2a27609889daeb5f57b4330f2b30d9a"));
        assert_ok!(BTCRelay::verify_op_return_payment(mainnet_proof(2078), to, 4_175_033, id));
    });
}
