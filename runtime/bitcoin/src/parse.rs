//! Raw bytes, as nodes give them, to headers, transactions and partial Merkle trees.
//! Always: takes exactly what is there; bytes left over or missing are an error, so one value has one encoding.
//! Never: is needed inside a call (those take fields); tools and tests read the real world with it.

use crate::{compact, header, Error};
use alloc::vec::Vec;
use gantry_primitives::{
    BlockHeader, H256Le, LockTime, MerkleProof, Script, Transaction, TransactionInput, TransactionInputSource,
    TransactionOutput,
};

/// From here on a lock time is a time, below it a height.
const LOCK_TIME_THRESHOLD: u32 = 500_000_000;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Error::EndOfFile)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| Error::EndOfFile)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn hash(&mut self) -> Result<H256Le, Error> {
        Ok(H256Le { content: self.array()? })
    }

    /// A count in its shortest form.
    fn count(&mut self) -> Result<usize, Error> {
        let [first] = self.array()?;
        let (value, least) = match first {
            0xfd => (u64::from(u16::from_le_bytes(self.array()?)), 0xfd),
            0xfe => (u64::from(self.u32()?), 0x1_0000),
            0xff => (u64::from_le_bytes(self.array()?), 0x1_0000_0000),
            small => (u64::from(small), 0),
        };
        if value < least {
            return Err(Error::MalformedTransaction);
        }
        usize::try_from(value).map_err(|_| Error::EndOfFile)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        let length = self.count()?;
        Ok(self.take(length)?.to_vec())
    }

    /// As many values as the count before them says.
    fn list<T>(&mut self, read: fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let count = self.count()?;
        (0..count).map(|_| read(self)).collect()
    }

    fn end<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Error::MalformedTransaction)
        }
    }
}

fn input(reader: &mut Reader) -> Result<TransactionInput, Error> {
    let (txid, index) = (reader.hash()?, reader.u32()?);
    let source = if txid.is_zero() && index == u32::MAX {
        TransactionInputSource::Coinbase(None)
    } else {
        TransactionInputSource::FromOutput(txid, index)
    };
    Ok(TransactionInput { source, script: reader.bytes()?, sequence: reader.u32()?, witness: Vec::new() })
}

fn output(reader: &mut Reader) -> Result<TransactionOutput, Error> {
    let value = i64::from_le_bytes(reader.array()?);
    Ok(TransactionOutput { value, script: Script { bytes: reader.bytes()? } })
}

/// A raw transaction, with or without witness. A coinbase keeps its whole script, without a height split off.
///
/// Errors: `EndOfFile`, `MalformedTransaction`.
pub fn transaction(raw: &[u8]) -> Result<Transaction, Error> {
    let mut reader = Reader(raw);
    let version = i32::from_le_bytes(reader.array()?);
    let segwit = reader.0.starts_with(&[0, 1]);
    if segwit {
        reader.take(2)?;
    }
    let mut inputs = reader.list(input)?;
    let outputs = reader.list(output)?;
    if segwit {
        for input in &mut inputs {
            input.witness = reader.list(Reader::bytes)?;
        }
    }
    let lock_at = match reader.u32()? {
        height if height < LOCK_TIME_THRESHOLD => LockTime::BlockHeight(height),
        time => LockTime::Time(time),
    };
    reader.end(Transaction { version, inputs, outputs, lock_at })
}

fn header_fields(reader: &mut Reader) -> Result<BlockHeader, Error> {
    let version = i32::from_le_bytes(reader.array()?);
    let (hash_prev_block, merkle_root) = (reader.hash()?, reader.hash()?);
    let timestamp = reader.u32()?;
    let target = compact::decode(reader.u32()?).ok_or(Error::InvalidCompact)?;
    let nonce = reader.u32()?;
    let mut header =
        BlockHeader { merkle_root, target, timestamp, version, hash: H256Le::zero(), hash_prev_block, nonce };
    header.hash = header::hash(&header)?;
    Ok(header)
}

/// A raw header of 80 bytes, its hash computed.
///
/// Errors: `InvalidHeaderSize`; `InvalidCompact` when its bits are negative, too large or not in shortest form.
pub fn block_header(raw: &[u8]) -> Result<BlockHeader, Error> {
    if raw.len() != 80 {
        return Err(Error::InvalidHeaderSize);
    }
    header_fields(&mut Reader(raw))
}

/// A raw partial Merkle tree with its header, as `gettxoutproof` prints it; eight bits for each byte of flags.
pub fn merkle_block(raw: &[u8]) -> Result<MerkleProof, Error> {
    let mut reader = Reader(raw);
    let block_header = header_fields(&mut reader)?;
    let transactions_count = reader.u32()?;
    let hashes = reader.list(Reader::hash)?;
    let flags = reader.bytes()?;
    let flag_bits = flags.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).collect();
    reader.end(MerkleProof { block_header, flag_bits, transactions_count, hashes })
}
