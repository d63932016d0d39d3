//! Transactions as they are hashed: without witness.
//! Always: the id is of the stripped form, whatever witness was sent along.
//! Never: writes more bytes than the length its sender declared and paid for.

use crate::{hash::sha256d, Error};
use alloc::vec::Vec;
use gantry_primitives::{H256Le, LockTime, Transaction, TransactionInput, TransactionInputSource};

/// Bytes with an upper bound of their number.
struct Bounded {
    bytes: Vec<u8>,
    room: usize,
}

impl Bounded {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(Error::BoundExceeded)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn put_count(&mut self, count: usize) -> Result<(), Error> {
        let count = count as u64;
        match count {
            0..=0xfc => self.put(&[count as u8]),
            0xfd..=0xffff => {
                self.put(&[0xfd])?;
                self.put(&(count as u16).to_le_bytes())
            }
            0x1_0000..=0xffff_ffff => {
                self.put(&[0xfe])?;
                self.put(&(count as u32).to_le_bytes())
            }
            _ => {
                self.put(&[0xff])?;
                self.put(&count.to_le_bytes())
            }
        }
    }
}

/// The push of a block height that opens a coinbase script (BIP 34), for senders who leave it out of the script.
fn height_push(height: u32) -> Vec<u8> {
    let mut number: Vec<u8> = height.to_le_bytes().to_vec();
    while number.len() > 1 && number.last() == Some(&0) {
        number.pop();
    }
    // the highest bit of a script number is its sign
    if number.last().is_some_and(|last| last & 0x80 != 0) {
        number.push(0);
    }
    number.insert(0, number.len() as u8);
    number
}

fn put_input(out: &mut Bounded, input: &TransactionInput) -> Result<(), Error> {
    let height = match &input.source {
        TransactionInputSource::FromOutput(txid, index) => {
            out.put(&txid.content)?;
            out.put(&index.to_le_bytes())?;
            Vec::new()
        }
        TransactionInputSource::Coinbase(height) => {
            out.put(&[0; 32])?;
            out.put(&u32::MAX.to_le_bytes())?;
            height.map_or_else(Vec::new, height_push)
        }
    };
    out.put_count(height.len() + input.script.len())?;
    out.put(&height)?;
    out.put(&input.script)?;
    out.put(&input.sequence.to_le_bytes())
}

fn write(transaction: &Transaction, bound: usize) -> Result<Vec<u8>, Error> {
    let mut out = Bounded { bytes: Vec::new(), room: bound };
    out.put(&transaction.version.to_le_bytes())?;
    out.put_count(transaction.inputs.len())?;
    for input in &transaction.inputs {
        put_input(&mut out, input)?;
    }
    out.put_count(transaction.outputs.len())?;
    for output in &transaction.outputs {
        out.put(&output.value.to_le_bytes())?;
        out.put_count(output.script.bytes.len())?;
        out.put(&output.script.bytes)?;
    }
    match transaction.lock_at {
        LockTime::Time(at) | LockTime::BlockHeight(at) => out.put(&at.to_le_bytes())?,
    }
    Ok(out.bytes)
}

/// The transaction without witness, as it is hashed. Never fails: there is room for everything.
pub fn stripped(transaction: &Transaction) -> Vec<u8> {
    write(transaction, usize::MAX).unwrap_or_default()
}

/// The transaction's id.
pub fn txid(transaction: &Transaction) -> H256Le {
    sha256d(&stripped(transaction))
}

/// The transaction's id; `BoundExceeded` when its stripped form is longer than `bound` bytes.
pub fn txid_bounded(transaction: &Transaction, bound: u32) -> Result<H256Le, Error> {
    Ok(sha256d(&write(transaction, bound as usize)?))
}

/// Whether this is a block's first transaction: one input, and that from nowhere.
pub fn is_coinbase(transaction: &Transaction) -> bool {
    matches!(
        transaction.inputs.as_slice(),
        [TransactionInput { source: TransactionInputSource::Coinbase(_), .. }]
    )
}
