//! Opening a redeem.
//!
//! Always holds: `amount_wrapped = amount_btc + transfer_fee_btc + fee` and all of it is locked.
//! Must never do: open a request that the vault's issued tokens do not cover.

use crate::{
    Config, Error, Event, Pallet, RedeemBtcDustValue, RedeemPeriod, RedeemRequests, RedeemTransactionSize,
};
use frame::prelude::*;
use gantry_primitives::{
    AccountId, Balance, BtcAddress, BtcRelayAccess, FeeAccess, OracleAccess, OracleKey, RedeemRequest,
    RedeemRequestStatus, SecurityAccess, TokensAccess, VaultId, VaultRegistryAccess, H256,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn request(
        redeemer: AccountId,
        amount_wrapped: Balance,
        btc_address: BtcAddress,
        vault: VaultId,
    ) -> DispatchResult {
        let wrapped = vault.wrapped_currency();
        ensure!(amount_wrapped <= T::Tokens::free(wrapped, &redeemer), Error::<T>::AmountExceedsUserBalance);
        T::Relay::ensure_payable(&btc_address)?;

        let fee = if redeemer == vault.account_id { 0 } else { T::Fee::redeem_fee(amount_wrapped)? };
        let transfer_fee_btc = Self::transfer_fee()?;
        let given_up = amount_wrapped.checked_sub(fee).ok_or(ArithmeticError::Underflow)?;
        let amount_btc = given_up.checked_sub(transfer_fee_btc).ok_or(Error::<T>::AmountBelowDustAmount)?;

        T::Vaults::active_vault(&vault)?;
        T::Vaults::ensure_not_banned(&vault)?;
        ensure!(amount_btc >= RedeemBtcDustValue::<T>::get(), Error::<T>::AmountBelowDustAmount);

        // before the promise grows: the promise itself improves the vault's standing
        let premium = Self::premium(&vault, amount_btc)?;
        T::Vaults::try_increase_to_be_redeemed(&vault, given_up)?;
        T::Tokens::lock(wrapped, &redeemer, amount_wrapped)?;
        let redeem_id = T::Security::secure_id(&redeemer);
        Self::release_replace_collateral(&vault, given_up)?;

        let request = RedeemRequest {
            vault: vault.clone(),
            opentime: T::Security::active_block(),
            period: RedeemPeriod::<T>::get(),
            fee,
            transfer_fee_btc,
            amount_btc,
            premium,
            redeemer: redeemer.clone(),
            btc_address,
            btc_height: T::Relay::best_block_height(),
            status: RedeemRequestStatus::Pending,
        };
        RedeemRequests::<T>::insert(redeem_id, request);
        Self::announce(redeem_id, redeemer, vault, btc_address, [amount_btc, fee, premium, transfer_fee_btc]);
        Ok(())
    }

    fn announce(
        redeem_id: H256,
        redeemer: AccountId,
        vault_id: VaultId,
        btc_address: BtcAddress,
        [amount, fee, premium, transfer_fee]: [Balance; 4],
    ) {
        Self::deposit_event(Event::RequestRedeem {
            redeem_id,
            redeemer,
            vault_id,
            amount,
            fee,
            premium,
            btc_address,
            transfer_fee,
        });
    }

    /// The vault's budget for the Bitcoin fee, in satoshi, rounded down.
    fn transfer_fee() -> Result<Balance, DispatchError> {
        let per_byte = T::Oracle::price(OracleKey::FeeEstimation)?;
        let size = Balance::from(RedeemTransactionSize::<T>::get());
        Ok(per_byte.checked_mul_int(size).ok_or(ArithmeticError::Overflow)?)
    }

    /// What a vault below the premium threshold pays for being relieved, in its collateral.
    fn premium(vault: &VaultId, amount_btc: Balance) -> Result<Balance, DispatchError> {
        if !T::Vaults::is_below_premium_threshold(vault)? {
            return Ok(0);
        }
        T::Fee::premium_redeem_fee(T::Oracle::wrapped_to_collateral(amount_btc, vault.collateral_currency())?)
    }

    /// A vault that offered tokens for replacement wanted to be rid of them: a redeem does that as
    /// well, so the offer shrinks and its griefing collateral is free again.
    pub(crate) fn release_replace_collateral(vault: &VaultId, tokens: Balance) -> DispatchResult {
        let (_, griefing_collateral) = T::Vaults::decrease_to_be_replaced(vault, tokens)?;
        if griefing_collateral == 0 {
            return Ok(());
        }
        T::Vaults::unlock_replace_collateral(vault, griefing_collateral)
    }
}
