//! Why a piece of Bitcoin data is refused.
//! Always: each name is the name of one error of the relay pallet, so that the pallet translates one to one.
//! Never: carries data; the caller has it.

/// A refusal; the names are those of the relay's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A Merkle proof whose shape is impossible: count, bits or hashes left over or missing.
    MalformedMerkleProof,
    /// A Merkle proof of the right shape that does not prove what it should.
    InvalidMerkleProof,
    /// The proof's leaf is not the transaction's id.
    InvalidTxid,
    /// The data ends too early.
    EndOfFile,
    /// A raw header is not 80 bytes.
    InvalidHeaderSize,
    /// A header version below 4.
    InvalidBlockVersion,
    /// A target that no compact form expresses exactly, or a compact form without a target.
    InvalidCompact,
    /// A raw transaction that is not one.
    MalformedTransaction,
    /// The stripped transaction is longer than it was declared to be.
    BoundExceeded,
    /// The first transaction of the block is not where the coinbase proof says.
    InvalidCoinbasePosition,
    /// A script that pays to none of the four known address forms.
    InvalidBtcAddress,
    /// A script that is not an OP_RETURN with one push.
    MalformedOpReturnOutput,
    /// Not the form of a payment that carries an id.
    InvalidOpReturnTransaction,
    /// The payment carries another id or pays somebody else.
    InvalidPayment,
    /// The payment is of another amount.
    InvalidPaymentAmount,
    /// A public key that is no point of the curve.
    InvalidPublicKey,
}
