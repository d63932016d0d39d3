//! What other pallets ask of the relay: payments, and whether a request's time is over.
//! Always: both clocks must have run out, each strictly; amounts are satoshi.
//! Never: decides what a payment is worth.

use crate::{BestBlockHeight, Config, Error, Pallet, StableBitcoinConfirmations, StartBlockHeight};
use frame::prelude::*;
use gantry_bitcoin::payment;
use gantry_primitives::{
    Balance, BlockNumber, BtcAddress, BtcRelayAccess, FullTransactionProof, SecurityAccess, H256,
};

impl<T: Config> Pallet<T> {
    /// The Bitcoin height that must be passed for a request to expire.
    fn expiry_height(btc_height: u32, period: BlockNumber) -> Result<u32, Error<T>> {
        let blocks = period.div_ceil(T::ParachainBlocksPerBitcoinBlock::get().max(1));
        btc_height.checked_add(blocks).ok_or(Error::<T>::ArithmeticOverflow)
    }
}

impl<T: Config> BtcRelayAccess for Pallet<T> {
    fn best_block_height() -> u32 {
        BestBlockHeight::<T>::get()
    }

    fn is_fully_initialized() -> bool {
        StartBlockHeight::<T>::exists()
            && BestBlockHeight::<T>::get()
                >= StartBlockHeight::<T>::get().saturating_add(StableBitcoinConfirmations::<T>::get())
    }

    fn has_request_expired(
        opentime: BlockNumber,
        btc_height: u32,
        period: BlockNumber,
    ) -> Result<bool, DispatchError> {
        let end = opentime.checked_add(period).ok_or(Error::<T>::ArithmeticOverflow)?;
        let over_here = T::Security::active_block() > end;
        Ok(over_here && BestBlockHeight::<T>::get() > Self::expiry_height(btc_height, period)?)
    }

    fn ensure_payable(address: &BtcAddress) -> DispatchResult {
        ensure!(!address.is_zero(), Error::<T>::InvalidBtcHash);
        Ok(())
    }

    /// `MalformedTransaction` when no output pays the address, `InvalidPaymentAmount` for a negative one.
    fn verify_issue_payment(
        proof: FullTransactionProof,
        recipient: BtcAddress,
    ) -> Result<Balance, DispatchError> {
        let transaction = Self::verify_transaction_inclusion(proof)?;
        let paid = payment::paid_to(&transaction, &recipient).ok_or(Error::<T>::MalformedTransaction)?;
        Balance::try_from(paid).map_err(|_| Error::<T>::InvalidPaymentAmount.into())
    }

    /// `InvalidPaymentAmount` also for an amount that no transaction can pay.
    fn verify_op_return_payment(
        proof: FullTransactionProof,
        recipient: BtcAddress,
        amount: Balance,
        id: H256,
    ) -> DispatchResult {
        let transaction = Self::verify_transaction_inclusion(proof)?;
        let amount = i64::try_from(amount).map_err(|_| Error::<T>::InvalidPaymentAmount)?;
        payment::ensure_with_id(&transaction, &recipient, amount, &id).map_err(Error::<T>::from)?;
        Ok(())
    }
}
