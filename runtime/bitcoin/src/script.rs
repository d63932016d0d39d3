//! Output scripts: the four address forms and OP_RETURN.
//! Always: exact forms, byte for byte; whatever is not one of them is refused.
//! Never: knows networks or text addresses.

use crate::Error;
use alloc::vec::Vec;
use gantry_primitives::{BtcAddress, Script, H160, H256};

const OP_0: u8 = 0x00;
const PUSH_20: u8 = 0x14;
const PUSH_32: u8 = 0x20;
const OP_RETURN: u8 = 0x6a;
const OP_DUP: u8 = 0x76;
const OP_EQUAL: u8 = 0x87;
const OP_EQUALVERIFY: u8 = 0x88;
const OP_HASH160: u8 = 0xa9;
const OP_CHECKSIG: u8 = 0xac;
/// The longest OP_RETURN script that nodes relay.
const MAX_OP_RETURN: usize = 83;

/// The address a script pays to; `InvalidBtcAddress` for every other script, taproot included.
pub fn address(script: &Script) -> Result<BtcAddress, Error> {
    match script.bytes.as_slice() {
        [OP_DUP, OP_HASH160, PUSH_20, hash @ .., OP_EQUALVERIFY, OP_CHECKSIG] if hash.len() == 20 => {
            Ok(BtcAddress::P2PKH(H160::from_slice(hash)))
        }
        [OP_HASH160, PUSH_20, hash @ .., OP_EQUAL] if hash.len() == 20 => {
            Ok(BtcAddress::P2SH(H160::from_slice(hash)))
        }
        [OP_0, PUSH_20, hash @ ..] if hash.len() == 20 => Ok(BtcAddress::P2WPKHv0(H160::from_slice(hash))),
        [OP_0, PUSH_32, hash @ ..] if hash.len() == 32 => Ok(BtcAddress::P2WSHv0(H256::from_slice(hash))),
        _ => Err(Error::InvalidBtcAddress),
    }
}

/// The script that pays to an address.
pub fn paying(address: &BtcAddress) -> Script {
    let parts: [&[u8]; 3] = match address {
        BtcAddress::P2PKH(hash) => {
            [&[OP_DUP, OP_HASH160, PUSH_20], hash.as_bytes(), &[OP_EQUALVERIFY, OP_CHECKSIG]]
        }
        BtcAddress::P2SH(hash) => [&[OP_HASH160, PUSH_20], hash.as_bytes(), &[OP_EQUAL]],
        BtcAddress::P2WPKHv0(hash) => [&[OP_0, PUSH_20], hash.as_bytes(), &[]],
        BtcAddress::P2WSHv0(hash) => [&[OP_0, PUSH_32], hash.as_bytes(), &[]],
    };
    Script { bytes: parts.concat() }
}

/// The bytes an OP_RETURN carries in one push; `MalformedOpReturnOutput` when the script is anything else.
pub fn op_return(script: &Script) -> Result<&[u8], Error> {
    match script.bytes.as_slice() {
        [OP_RETURN, length, data @ ..]
            if data.len() == usize::from(*length) && script.bytes.len() <= MAX_OP_RETURN =>
        {
            Ok(data)
        }
        _ => Err(Error::MalformedOpReturnOutput),
    }
}

/// The OP_RETURN script of an id.
pub fn carrying(id: &H256) -> Script {
    let mut bytes = Vec::with_capacity(34);
    bytes.extend_from_slice(&[OP_RETURN, PUSH_32]);
    bytes.extend_from_slice(id.as_bytes());
    Script { bytes }
}
