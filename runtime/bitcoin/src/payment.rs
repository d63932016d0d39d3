//! What a transaction pays, by the rules of issue (a deposit) and of redeem and replace (a payment with an id).
//! Always: amounts in satoshi as the transaction states them, signed; the caller decides what they are worth.
//! Never: cares which network an address is of.

use crate::{script, Error};
use alloc::vec::Vec;
use gantry_primitives::{BtcAddress, Transaction, H256};

/// No payment with an id has more outputs: payment, id, change.
const MAX_OUTPUTS: usize = 3;

/// What the first output that pays this address pays; none when no output does.
///
/// Later outputs to the same address do not count, other outputs may be anything.
pub fn paid_to(transaction: &Transaction, recipient: &BtcAddress) -> Option<i64> {
    transaction
        .outputs
        .iter()
        .find(|output| script::address(&output.script).as_ref() == Ok(recipient))
        .map(|output| output.value)
}

/// A payment that carries an id.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentWithId {
    /// The 32 bytes of the OP_RETURN.
    pub id: H256,
    /// One payment, or two to different addresses.
    pub payments: Vec<(i64, BtcAddress)>,
}

/// Reads a payment with an id: at most three outputs in any order, exactly one OP_RETURN of value 0 with
/// 32 bytes, and one payment or two to different addresses; no other kind of output.
///
/// Every other transaction is `InvalidOpReturnTransaction`.
pub fn with_id(transaction: &Transaction) -> Result<PaymentWithId, Error> {
    let refused = Error::InvalidOpReturnTransaction;
    if transaction.outputs.len() > MAX_OUTPUTS {
        return Err(refused);
    }
    let mut ids = Vec::new();
    let mut payments = Vec::new();
    for output in &transaction.outputs {
        if let Ok(address) = script::address(&output.script) {
            payments.push((output.value, address));
            continue;
        }
        let data = script::op_return(&output.script).map_err(|_| refused)?;
        if output.value != 0 || data.len() != 32 {
            return Err(refused);
        }
        ids.push(H256::from_slice(data));
    }
    let distinct = match payments.as_slice() {
        [_] => true,
        [(_, one), (_, other)] => one != other,
        _ => false,
    };
    match ids.as_slice() {
        [id] if distinct => Ok(PaymentWithId { id: *id, payments }),
        _ => Err(refused),
    }
}

/// Checks that a transaction carries this id and pays this address exactly this amount.
///
/// Errors: `InvalidOpReturnTransaction` (form), `InvalidPayment` (id or recipient), `InvalidPaymentAmount`.
pub fn ensure_with_id(
    transaction: &Transaction,
    recipient: &BtcAddress,
    amount: i64,
    id: &H256,
) -> Result<(), Error> {
    let payment = with_id(transaction)?;
    if payment.id != *id {
        return Err(Error::InvalidPayment);
    }
    let paid = payment.payments.iter().find(|(_, to)| to == recipient).ok_or(Error::InvalidPayment)?.0;
    if paid != amount {
        return Err(Error::InvalidPaymentAmount);
    }
    Ok(())
}
