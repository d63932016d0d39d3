//! Completing a redeem with a verified payment, in time or not.
//!
//! Always holds: what is burned is what the vault gives up (payment and Bitcoin fee); the fee goes
//! to the pot. Must never do: accept a payment of another amount, or for a request that has ended.

use crate::{Config, Error, Event, Pallet, RedeemRequests};
use frame::prelude::*;
use gantry_primitives::{
    Balance, BtcRelayAccess, FeeAccess, FullTransactionProof, RedeemRequest, RedeemRequestStatus, TokensAccess,
    VaultRegistryAccess, H256,
};

/// Grows with what must be hashed.
pub(crate) fn weight(proof: &FullTransactionProof) -> Weight {
    Weight::from_parts(300_000_000, 25_000).saturating_add(Weight::from_parts(20_000, 0).saturating_mul(proof.work()))
}

impl<T: Config> Pallet<T> {
    pub(crate) fn execute(redeem_id: H256, proof: FullTransactionProof) -> DispatchResult {
        let mut redeem = Self::open_request(redeem_id)?;
        T::Relay::verify_op_return_payment(proof, redeem.btc_address, redeem.amount_btc, redeem_id)?;

        let wrapped = redeem.vault.wrapped_currency();
        let given_up = Self::given_up(&redeem)?;
        T::Tokens::burn_locked(wrapped, &redeem.redeemer, given_up)?;
        T::Tokens::transfer_locked(wrapped, &redeem.redeemer, &T::Fee::pot(), redeem.fee)?;
        T::Vaults::redeem_tokens(&redeem.vault, given_up, redeem.premium, &redeem.redeemer)?;

        redeem.status = RedeemRequestStatus::Completed;
        RedeemRequests::<T>::insert(redeem_id, &redeem);
        Self::deposit_event(Event::ExecuteRedeem {
            redeem_id,
            redeemer: redeem.redeemer,
            vault_id: redeem.vault,
            amount: redeem.amount_btc,
            fee: redeem.fee,
            transfer_fee: redeem.transfer_fee_btc,
        });
        Ok(())
    }

    pub(crate) fn open_request(redeem_id: H256) -> Result<RedeemRequest, DispatchError> {
        let redeem = RedeemRequests::<T>::get(redeem_id).ok_or(Error::<T>::RedeemIdNotFound)?;
        match redeem.status {
            RedeemRequestStatus::Pending => Ok(redeem),
            RedeemRequestStatus::Completed => Err(Error::<T>::RedeemCompleted.into()),
            RedeemRequestStatus::Reimbursed(_) | RedeemRequestStatus::Retried => {
                Err(Error::<T>::RedeemCancelled.into())
            }
        }
    }

    /// Satoshi that leave the vault: the payment and its budget for the Bitcoin fee.
    pub(crate) fn given_up(redeem: &RedeemRequest) -> Result<Balance, DispatchError> {
        Ok(redeem.amount_btc.checked_add(redeem.transfer_fee_btc).ok_or(ArithmeticError::Overflow)?)
    }
}
