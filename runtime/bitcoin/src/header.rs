//! Block headers: their 80 bytes, their hash, what makes one acceptable by itself.
//! Always: the hash is computed from the other fields; a submitted one is worth nothing.
//! Never: looks at other headers.

use crate::{compact, hash::sha256d, Error};
use gantry_primitives::{BlockHeader, H256Le, U256};

/// The lowest block version taken (BIP 65): the relay never starts before it was in force.
const LOWEST_VERSION: i32 = 4;

/// The header as it goes over the wire. `InvalidCompact` when its target has no exact compact form.
pub fn bytes(header: &BlockHeader) -> Result<[u8; 80], Error> {
    let mut raw = [0u8; 80];
    raw[..4].copy_from_slice(&header.version.to_le_bytes());
    raw[4..36].copy_from_slice(&header.hash_prev_block.content);
    raw[36..68].copy_from_slice(&header.merkle_root.content);
    raw[68..72].copy_from_slice(&header.timestamp.to_le_bytes());
    raw[72..76].copy_from_slice(&compact::exact(header.target)?.to_le_bytes());
    raw[76..].copy_from_slice(&header.nonce.to_le_bytes());
    Ok(raw)
}

/// The hash of the header's own fields.
pub fn hash(header: &BlockHeader) -> Result<H256Le, Error> {
    Ok(sha256d(&bytes(header)?))
}

/// `InvalidBlockVersion` below version 4; the version is signed.
pub fn ensure_version(header: &BlockHeader) -> Result<(), Error> {
    if header.version < LOWEST_VERSION {
        return Err(Error::InvalidBlockVersion);
    }
    Ok(())
}

/// Whether a hash, read as a little-endian number, is strictly below the target.
pub fn meets_target(hash: &H256Le, target: U256) -> bool {
    U256::from_little_endian(&hash.content) < target
}
