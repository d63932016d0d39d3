//! Refusals of the Bitcoin rules as errors of this pallet.
//! Always: one to one by name where the pallet has the name.

use crate::Error;
use gantry_bitcoin::Error as Refusal;

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::MalformedMerkleProof => Self::MalformedMerkleProof,
            Refusal::InvalidMerkleProof => Self::InvalidMerkleProof,
            Refusal::InvalidTxid => Self::InvalidTxid,
            Refusal::EndOfFile => Self::EndOfFile,
            Refusal::InvalidHeaderSize => Self::InvalidHeaderSize,
            Refusal::InvalidBlockVersion => Self::InvalidBlockVersion,
            Refusal::InvalidCompact => Self::InvalidCompact,
            Refusal::MalformedTransaction => Self::MalformedTransaction,
            Refusal::BoundExceeded => Self::BoundExceeded,
            Refusal::InvalidCoinbasePosition => Self::InvalidCoinbasePosition,
            // a vault's key is judged by the registry; here it could only spoil an address
            Refusal::InvalidBtcAddress | Refusal::InvalidPublicKey => Self::InvalidBtcAddress,
            Refusal::MalformedOpReturnOutput => Self::MalformedOpReturnOutput,
            Refusal::InvalidOpReturnTransaction => Self::InvalidOpReturnTransaction,
            Refusal::InvalidPayment => Self::InvalidPayment,
            Refusal::InvalidPaymentAmount => Self::InvalidPaymentAmount,
        }
    }
}
