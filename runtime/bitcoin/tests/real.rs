//! Real chain data and published vectors: what happened on Bitcoin must be accepted, one changed bit refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gantry_bitcoin::{
    compact, deposit, error::Error, header, merkle, parse, payment, proof, script,
    testing::{from_display, hex, mainnet_block, mainnet_headers, mainnet_proof, unhex},
    transaction, work,
};
use gantry_primitives::{BtcAddress, BtcPublicKey, H160, H256};

const POSITIONS: [u32; 4] = [0, 63, 2078, 2499];

fn key(text: &str) -> BtcPublicKey {
    BtcPublicKey(unhex(text).try_into().unwrap())
}

fn id(text: &str) -> H256 {
    H256::from_slice(&unhex(text))
}

#[test]
fn real_headers_link_have_work_and_round_trip() {
    let headers = mainnet_headers();
    assert_eq!(headers.len(), 41);
    for (_, real) in &headers {
        assert!(header::meets_target(&real.hash, real.target));
        assert_eq!(header::ensure_version(real), Ok(()));
        assert_eq!(parse::block_header(&header::bytes(real).unwrap()), Ok(*real));
    }
    for pair in headers[1..].windows(2) {
        assert_eq!(pair[1].1.hash_prev_block, pair[0].1.hash);
        assert_eq!(pair[1].0, pair[0].0 + 1);
    }
}

#[test]
fn the_real_retarget_at_768096_is_computed() {
    let headers = mainnet_headers();
    let at = |height: u32| headers.iter().find(|(known, _)| *known == height).unwrap().1;
    let (first, last, next) = (at(766_080), at(768_095), at(768_096));
    assert_ne!(last.target, next.target);
    assert_eq!(work::next_target(last.target, first.timestamp, last.timestamp), next.target);
}

#[test]
fn real_transactions_are_proved() {
    for position in POSITIONS {
        let proven = proof::verify(mainnet_proof(position)).unwrap();
        assert_eq!(proven.position, position);
        assert_eq!(proven.transactions_count, 2500);
        let real = mainnet_proof(position).user_tx_proof.merkle_proof.block_header;
        assert_eq!(proven.root, real.merkle_root);
        assert_eq!(
            proven.block_hash,
            from_display("000000000000000000000c835b2adcaedc20fdf6ee440009c249452c726dafae")
        );
    }
}

#[test]
fn the_id_of_a_real_transaction_ignores_its_witness() {
    for position in POSITIONS {
        let raw = mainnet_block(&format!("tx-{position}"));
        let mut read = parse::transaction(&raw).unwrap();
        let mut txid = mainnet_block(&format!("txid-{position}"));
        txid.reverse();
        assert!(!read.inputs[0].witness.is_empty());
        assert_eq!(transaction::txid(&read).content.to_vec(), txid);
        for input in &mut read.inputs {
            input.witness.clear();
        }
        assert_eq!(transaction::txid(&read).content.to_vec(), txid);
        let stripped = transaction::stripped(&read);
        assert!(stripped.len() < raw.len());
        assert_eq!(parse::transaction(&stripped), Ok(read));
    }
}

#[test]
fn a_real_payment_with_an_id_is_read() {
    let real = mainnet_proof(2078).user_tx_proof.transaction;
    let to = BtcAddress::P2WPKHv0(H160::from_slice(&unhex("968aa2478433b9b537b7089a086fcfdb5d69edf2")));
    let carried = id("125d9ae84ba4e9af3fd7e3ce90a6de29c2a27609889daeb5f57b4330f2b30d9a");
    assert_eq!(payment::ensure_with_id(&real, &to, 4_175_033, &carried), Ok(()));
    assert_eq!(
        payment::ensure_with_id(&real, &to, 4_175_032, &carried),
        Err(Error::InvalidPaymentAmount)
    );
    assert_eq!(payment::paid_to(&real, &to), Some(4_175_033));
}

#[test]
fn a_real_proof_with_any_hash_changed_is_refused() {
    let good = mainnet_proof(63);
    for at in 0..good.user_tx_proof.merkle_proof.hashes.len() {
        let mut bad = good.clone();
        bad.user_tx_proof.merkle_proof.hashes[at].content[7] ^= 1;
        assert!(matches!(proof::verify(bad), Err(Error::InvalidMerkleProof | Error::InvalidTxid)));
    }
}

#[test]
fn a_coinbase_height_may_stand_beside_the_script() {
    let mut read = parse::transaction(&mainnet_block("tx-0")).unwrap();
    let txid = transaction::txid(&read);
    let rest = read.inputs[0].script.split_off(4);
    assert_eq!(read.inputs[0].script, [3, 0x8d, 0xb9, 0x0a]);
    read.inputs[0].script = rest;
    read.inputs[0].source = gantry_primitives::TransactionInputSource::Coinbase(Some(702_861));
    assert_eq!(transaction::txid(&read), txid);
    assert!(transaction::is_coinbase(&read));
}

// vectors of the interface's published unit test and of its genesis runtime
#[test]
fn deposit_keys_follow_the_vectors() {
    let vault = key("027becf3c0642228336f8182a04081870bb8445453c6eac4960dd05622960a3bf7");
    let factor: [u8; 32] =
        unhex("89102e9fd49ee8b2c5fd6989669f46d96ed3fe52d80469ab66fc36be725b0b45").try_into().unwrap();
    let deposit_key = deposit::times(&vault, &factor).unwrap();
    assert_eq!(hex(&deposit_key.0), "0297ca710a092b7dbb659d98bf5e0cec85e510e9dd3496b7f33d6e0898846331bd");
    let BtcAddress::P2WPKHv0(hash) = deposit::address_of(&deposit_key) else { panic!("not P2WPKH") };
    assert_eq!(hex(hash.as_bytes()), "9976874f125cfac32a3c5b32006066bc4525fff4");

    let vault = key("029220ada1f1ee00473da6045ae9313a9688b05c56e2bfe79f13d70ed6715208c6");
    for (request, expected) in [
        (
            "7d57759ab539f5ab8360bd4432a1851f01fb27f16dc5914d4db7e7373de288a9",
            "24aa6fd8ec68e2154ffbad7fc93c7ca9c3cd486d",
        ),
        (
            "ee8f256375adab281285412505fbccd6f9be544dcdd85e032d3b106cc232a7c9",
            "20b0b83ff28a6d32a0d78e75933e8dc97e930ae5",
        ),
    ] {
        let address = deposit::address(&vault, &id(request)).unwrap();
        assert_eq!(address, BtcAddress::P2WPKHv0(H160::from_slice(&unhex(expected))));
    }
}

#[test]
fn a_key_off_the_curve_and_a_factor_without_inverse_are_refused() {
    let mut off_curve = [2u8; 33];
    off_curve[1..].fill(0xff);
    assert_eq!(deposit::ensure_key(&BtcPublicKey(off_curve)), Err(Error::InvalidPublicKey));
    assert_eq!(deposit::key(&BtcPublicKey([0; 33]), &H256::zero()), Err(Error::InvalidPublicKey));
    let good = key("027becf3c0642228336f8182a04081870bb8445453c6eac4960dd05622960a3bf7");
    assert_eq!(deposit::ensure_key(&good), Ok(()));
    assert_eq!(deposit::times(&good, &[0xff; 32]), Err(Error::InvalidPublicKey));
    assert_eq!(deposit::times(&good, &[0; 32]), Err(Error::InvalidPublicKey));
    // the other parity with an uncompressed marker is not a compressed key
    let mut marker = good;
    marker.0[0] = 4;
    assert_eq!(deposit::ensure_key(&marker), Err(Error::InvalidPublicKey));
}

#[test]
fn targets_follow_the_rules_of_compact_numbers() {
    for (bits, target) in [
        (0u32, Some(0u64)),
        (0x0012_3456, Some(0)),
        (0x0180_3456, Some(0)),
        (0x0112_3456, Some(0x12)),
        (0x0212_3456, Some(0x1234)),
        (0x0500_9234, Some(0x9234_0000)),
        (0x0492_3456, None),
        (0x2312_3456, None),
    ] {
        assert_eq!(compact::decode(bits), target.map(Into::into), "{bits:08x}");
    }
    assert_eq!(compact::encode(0x80.into()), 0x0200_8000);
    assert_eq!(compact::exact(0x1234_5678.into()), Err(Error::InvalidCompact));
    assert_eq!(compact::encode(work::limit()), 0x1d00_ffff);
}

#[test]
fn retargets_are_clamped_and_capped() {
    let limit = compact::decode(0x1d00_ffff).unwrap();
    // Bitcoin's own cases: blocks 30240..32255, 0..2015, 66528..68543, 46368.. (pow tests of Bitcoin Core)
    for (bits, first, last, next) in [
        (0x1d00_ffffu32, 1_261_130_161, 1_262_152_739, 0x1d00_d86a),
        (0x1d00_ffff, 1_231_006_505, 1_233_061_996, 0x1d00_ffff),
        (0x1c05_a3f4, 1_279_008_237, 1_279_297_671, 0x1c01_68fd),
        (0x1c38_7f6f, 1_263_163_443, 1_269_211_443, 0x1d00_e1fd),
    ] {
        let target = work::next_target(compact::decode(bits).unwrap(), first, last);
        assert_eq!(compact::encode(target), next);
    }
    // a clock that runs backwards counts as the shortest time, an easy target never overflows
    assert_eq!(work::next_target(limit, 100, 50), compact::decode(0x1c3f_ffc0).unwrap());
    assert_eq!(work::next_target(compact::decode(0x207f_ffff).unwrap(), 0, u32::MAX), limit);
}

#[test]
fn widths_and_heights_are_those_of_bitcoin() {
    assert_eq!(merkle::MAX_TRANSACTIONS, 16_666);
    for (count, height) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (2500, 12), (16_666, 15)] {
        assert_eq!(merkle::height(count), height);
        assert_eq!(merkle::width(count, height), 1);
    }
    assert_eq!(merkle::width(2500, 3), 313);
}

#[test]
fn scripts_other_than_the_four_forms_pay_nobody() {
    let taproot = [&[0x51, 0x20][..], &[7; 32]].concat();
    let p2pk = [&[0x21][..], &[2; 33], &[0xac]].concat();
    for bytes in [vec![], taproot, p2pk, [&[0, 0x14][..], &[1; 19]].concat(), vec![0x6a]] {
        assert_eq!(script::address(&gantry_primitives::Script { bytes }), Err(Error::InvalidBtcAddress));
    }
}
