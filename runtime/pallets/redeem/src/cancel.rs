//! Giving up a redeem that the vault did not pay in time.
//!
//! Always holds: the redeemer is made whole from the vault's collateral (reimbursed: value and
//! punishment; retried: punishment, and the tokens back) and the vault is banned for a while. Must
//! never do: let both vault and redeemer end with the tokens.

use crate::{Config, Error, Event, Pallet, RedeemPeriod, RedeemRequests};
use frame::prelude::*;
use gantry_primitives::{
    AccountId, Balance, BtcRelayAccess, FeeAccess, OracleAccess, RedeemRequest, RedeemRequestStatus, TokensAccess,
    VaultId, VaultRegistryAccess, H256,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn cancel(redeemer: AccountId, redeem_id: H256, reimburse: bool) -> DispatchResult {
        let mut redeem = Self::open_request(redeem_id)?;
        ensure!(redeemer == redeem.redeemer, Error::<T>::UnauthorizedRedeemer);
        let period = RedeemPeriod::<T>::get().max(redeem.period);
        let expired = T::Relay::has_request_expired(redeem.opentime, redeem.btc_height, period)?;
        ensure!(expired, Error::<T>::TimeNotExpired);

        let liquidated = T::Vaults::vault(&redeem.vault)?.is_liquidated();
        let slashed_amount = if liquidated {
            let to = reimburse.then_some(&redeemer);
            T::Vaults::slash_liquidated_collateral(&redeem.vault, to, Self::given_up(&redeem)?)?
        } else {
            Self::punish(&redeem, reimburse)?
        };
        redeem.status = if reimburse { Self::reimburse(&redeem, liquidated)? } else { Self::retry(&redeem)? };

        RedeemRequests::<T>::insert(redeem_id, &redeem);
        Self::deposit_event(Event::CancelRedeem {
            redeem_id,
            redeemer,
            vault_id: redeem.vault,
            slashed_amount,
            status: redeem.status,
        });
        Ok(())
    }

    /// Returns what the vault owes; it pays at most what it has.
    fn punish(redeem: &RedeemRequest, reimburse: bool) -> Result<Balance, DispatchError> {
        let worth =
            T::Oracle::wrapped_to_collateral(Self::given_up(redeem)?, redeem.vault.collateral_currency())?;
        let punishment = T::Fee::punishment_fee(worth)?;
        let owed = if reimburse { worth.checked_add(punishment).ok_or(ArithmeticError::Overflow)? } else { punishment };
        T::Vaults::slash_collateral(&redeem.vault, &redeem.redeemer, owed)?;
        T::Vaults::ban(&redeem.vault)?;
        Ok(owed)
    }

    /// The fee is taken all the same: the redeemer gains from the punishment.
    fn reimburse(redeem: &RedeemRequest, liquidated: bool) -> Result<RedeemRequestStatus, DispatchError> {
        let wrapped = redeem.vault.wrapped_currency();
        let given_up = Self::given_up(redeem)?;
        T::Tokens::transfer_locked(wrapped, &redeem.redeemer, &T::Fee::pot(), redeem.fee)?;

        if liquidated || T::Vaults::is_below_secure_threshold(&redeem.vault)? {
            T::Tokens::burn_locked(wrapped, &redeem.redeemer, given_up)?;
            T::Vaults::decrease_tokens(&redeem.vault, &redeem.redeemer, given_up)?;
            // a liquidated vault may never mint them again
            return Ok(RedeemRequestStatus::Reimbursed(liquidated));
        }
        T::Tokens::transfer_locked(wrapped, &redeem.redeemer, &redeem.vault.account_id, given_up)?;
        T::Vaults::decrease_to_be_redeemed(&redeem.vault, given_up)?;
        Ok(RedeemRequestStatus::Reimbursed(true))
    }

    fn retry(redeem: &RedeemRequest) -> Result<RedeemRequestStatus, DispatchError> {
        let given_up = Self::given_up(redeem)?;
        let locked = given_up.checked_add(redeem.fee).ok_or(ArithmeticError::Overflow)?;
        T::Tokens::unlock(redeem.vault.wrapped_currency(), &redeem.redeemer, locked)?;
        T::Vaults::decrease_to_be_redeemed(&redeem.vault, given_up)?;
        Ok(RedeemRequestStatus::Retried)
    }

    pub(crate) fn mint_for_reimbursed(vault: VaultId, redeem_id: H256) -> DispatchResult {
        let mut redeem = RedeemRequests::<T>::get(redeem_id).ok_or(Error::<T>::RedeemIdNotFound)?;
        ensure!(redeem.status == RedeemRequestStatus::Reimbursed(false), Error::<T>::RedeemCancelled);
        ensure!(redeem.vault == vault, Error::<T>::UnauthorizedVault);

        let amount = Self::given_up(&redeem)?;
        T::Vaults::try_increase_to_be_issued(&vault, amount)?;
        T::Vaults::issue_tokens(&vault, amount)?;
        T::Tokens::mint(vault.wrapped_currency(), &vault.account_id, amount)?;

        redeem.status = RedeemRequestStatus::Reimbursed(true);
        RedeemRequests::<T>::insert(redeem_id, redeem);
        Self::deposit_event(Event::MintTokensForReimbursedRedeem { redeem_id, vault_id: vault, amount });
        Ok(())
    }
}
