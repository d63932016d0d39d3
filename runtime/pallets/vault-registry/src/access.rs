//! What other pallets do with vaults: the trait, in terms of the modules beside.
//!
//! Always holds: a change and its event go together. Must never do: mint, burn or move wrapped tokens.

use crate::{
    books::{proportion, shift, signed, Delta},
    Config, Error, Event, MinimumCollateralVault, Pallet, PremiumRedeemThreshold, PunishmentDelay, ReservedAddresses,
    VaultBitcoinPublicKey, VaultCollateral, Vaults,
};
use frame::deps::{
    frame_support::ensure,
    sp_runtime::{DispatchError, DispatchResult},
};
use frame::traits::Get;
extern crate alloc;
use alloc::vec::Vec;
use gantry_primitives::{
    AccountId, Balance, BtcAddress, BtcPublicKey, CurrencyId, SecurityAccess, TokensAccess, Vault, VaultCurrencyPair, VaultId,
    VaultRegistryAccess, VaultStatus, H256,
};

impl<T: Config> Pallet<T> {
    fn is_banned(vault: &Vault) -> bool {
        vault.banned_until.is_some_and(|until| T::Security::active_block() <= until)
    }

    /// Every vault of an account.
    pub fn vaults_of(account: &AccountId) -> Vec<VaultId> {
        Vaults::<T>::iter_keys().filter(|id| id.account_id == *account).collect()
    }
}

impl<T: Config> VaultRegistryAccess for Pallet<T> {
    fn griefing_currency() -> CurrencyId {
        T::GetGriefingCollateralCurrencyId::get()
    }

    fn vault(id: &VaultId) -> Result<Vault, DispatchError> {
        Vaults::<T>::get(id).ok_or(Error::<T>::VaultNotFound.into())
    }

    fn active_vault(id: &VaultId) -> Result<Vault, DispatchError> {
        let vault = Self::vault(id)?;
        ensure!(!vault.is_liquidated(), Error::<T>::VaultLiquidated);
        Ok(vault)
    }

    fn bitcoin_public_key(account: &AccountId) -> Result<BtcPublicKey, DispatchError> {
        VaultBitcoinPublicKey::<T>::get(account).ok_or(Error::<T>::NoBitcoinPublicKey.into())
    }

    fn ensure_not_banned(id: &VaultId) -> DispatchResult {
        ensure!(!Self::is_banned(&Self::active_vault(id)?), Error::<T>::VaultBanned);
        Ok(())
    }

    fn ensure_accepting_new_issues(id: &VaultId) -> DispatchResult {
        let open = Self::active_vault(id)?.status == VaultStatus::Active(true);
        ensure!(open, Error::<T>::VaultNotAcceptingIssueRequests);
        Ok(())
    }

    fn ban(id: &VaultId) -> DispatchResult {
        Self::active_vault(id)?;
        let banned_until = T::Security::active_block().saturating_add(PunishmentDelay::<T>::get());
        Self::change(id, |vault| {
            vault.banned_until = Some(banned_until);
            Ok(())
        })?;
        Self::deposit_event(Event::BanVault { vault_id: id.clone(), banned_until });
        Ok(())
    }

    fn register_deposit_address(id: &VaultId, request: H256) -> Result<BtcAddress, DispatchError> {
        Self::active_vault(id)?;
        let key = Self::bitcoin_public_key(&id.account_id)?;
        let address =
            gantry_bitcoin::deposit::address(&key, &request).map_err(|_| Error::<T>::InvalidPublicKey)?;
        ReservedAddresses::<T>::insert(address, id);
        Self::deposit_event(Event::RegisterAddress { vault_id: id.clone(), address });
        Ok(address)
    }

    fn issuable_tokens(id: &VaultId) -> Result<Balance, DispatchError> {
        let vault = Self::active_vault(id)?;
        if Self::is_banned(&vault) {
            return Ok(0);
        }
        let threshold = Self::secure_threshold(&vault)?;
        let used = Self::used_collateral(&vault, threshold)?;
        Self::backable(id, VaultCollateral::<T>::get(id).saturating_sub(used), threshold)
    }

    fn try_increase_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult {
        ensure!(tokens <= Self::issuable_tokens(id)?, Error::<T>::ExceedingVaultLimit);
        Self::post(id, Delta { to_be_issued: signed(tokens)?, ..Delta::default() })?;
        Self::deposit_event(Event::IncreaseToBeIssuedTokens { vault_id: id.clone(), increase: tokens });
        Ok(())
    }

    fn decrease_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult {
        Self::post(id, Delta { to_be_issued: -signed(tokens)?, ..Delta::default() })?;
        Self::deposit_event(Event::DecreaseToBeIssuedTokens { vault_id: id.clone(), decrease: tokens });
        Ok(())
    }

    fn issue_tokens(id: &VaultId, tokens: Balance) -> DispatchResult {
        let delta = signed(tokens)?;
        Self::post(id, Delta { to_be_issued: -delta, issued: delta, ..Delta::default() })?;
        Self::deposit_event(Event::IssueTokens { vault_id: id.clone(), increase: tokens });
        Ok(())
    }

    fn try_increase_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult {
        let redeemable = Self::active_vault(id)?.redeemable_tokens();
        ensure!(tokens <= redeemable, Error::<T>::InsufficientTokensCommitted);
        Self::post(id, Delta { to_be_redeemed: signed(tokens)?, ..Delta::default() })?;
        Self::deposit_event(Event::IncreaseToBeRedeemedTokens { vault_id: id.clone(), increase: tokens });
        Ok(())
    }

    fn decrease_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult {
        Self::post(id, Delta { to_be_redeemed: -signed(tokens)?, ..Delta::default() })?;
        Self::deposit_event(Event::DecreaseToBeRedeemedTokens { vault_id: id.clone(), decrease: tokens });
        Ok(())
    }

    fn redeem_tokens(id: &VaultId, tokens: Balance, premium: Balance, redeemer: &AccountId) -> DispatchResult {
        let before = Self::vault(id)?;
        let delta = signed(tokens)?;
        Self::post(id, Delta { to_be_redeemed: -delta, issued: -delta, ..Delta::default() })?;
        let vault_id = id.clone();
        if before.is_liquidated() {
            let share = proportion(before.liquidated_collateral, tokens, before.to_be_redeemed_tokens)?;
            Self::change(id, |vault| shift(&mut vault.liquidated_collateral, -signed(share)?))?;
            Self::pay_out(id, &id.account_id, share)?;
            Self::deposit_event(Event::RedeemTokensLiquidatedVault { vault_id, tokens, collateral: share });
        } else if premium == 0 {
            Self::deposit_event(Event::RedeemTokens { vault_id, redeemed_amount: tokens });
        } else {
            Self::take(id, premium)?;
            Self::pay_out(id, redeemer, premium)?;
            let user_id = redeemer.clone();
            Self::deposit_event(Event::RedeemTokensPremium {
                vault_id,
                redeemed_amount: tokens,
                collateral: premium,
                user_id,
            });
        }
        Ok(())
    }

    fn decrease_tokens(id: &VaultId, user: &AccountId, tokens: Balance) -> DispatchResult {
        let delta = signed(tokens)?;
        Self::post(id, Delta { to_be_redeemed: -delta, issued: -delta, ..Delta::default() })?;
        let (vault_id, user_id) = (id.clone(), user.clone());
        Self::deposit_event(Event::DecreaseTokens { vault_id, user_id, decrease: tokens });
        Ok(())
    }

    fn redeem_tokens_liquidation(pair: &VaultCurrencyPair, redeemer: &AccountId, tokens: Balance) -> DispatchResult {
        Self::do_redeem_liquidation(pair, redeemer, tokens)
    }

    fn collateral(id: &VaultId) -> Balance {
        VaultCollateral::<T>::get(id)
    }

    fn is_below_secure_threshold(id: &VaultId) -> Result<bool, DispatchError> {
        let vault = Self::vault(id)?;
        Self::is_below(id, vault.issued_tokens, Self::secure_threshold(&vault)?)
    }

    fn is_below_premium_threshold(id: &VaultId) -> Result<bool, DispatchError> {
        let vault = Self::vault(id)?;
        let threshold = PremiumRedeemThreshold::<T>::get(id.currencies).ok_or(Error::<T>::ThresholdNotSet)?;
        let to_be_backed = vault.backed_tokens().saturating_sub(vault.to_be_redeemed_tokens);
        Self::is_below(id, to_be_backed, threshold)
    }

    fn try_deposit_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        VaultCollateral::<T>::mutate(id, |own| shift(own, signed(amount)?))?;
        T::Tokens::lock(id.collateral_currency(), &id.account_id, amount)?;
        Self::count_more(&id.currencies, amount)
    }

    fn can_withdraw_collateral(id: &VaultId, amount: Balance) -> Result<bool, DispatchError> {
        let vault = Self::active_vault(id)?;
        let Some(left) = VaultCollateral::<T>::get(id).checked_sub(amount) else { return Ok(false) };
        let minimum = MinimumCollateralVault::<T>::get(id.collateral_currency());
        let backable = Self::backable(id, left, Self::secure_threshold(&vault)?)?;
        Ok((left == 0 || left >= minimum) && backable >= vault.backed_tokens())
    }

    fn withdraw_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::take(id, amount)?;
        T::Tokens::unlock(id.collateral_currency(), &id.account_id, amount)?;
        Self::count_less(&id.currencies, amount)
    }

    fn slash_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> Result<Balance, DispatchError> {
        let amount = amount.min(VaultCollateral::<T>::get(id));
        Self::take(id, amount)?;
        Self::pay_out(id, to, amount)?;
        Ok(amount)
    }

    fn slash_liquidated_collateral(
        id: &VaultId,
        to: Option<&AccountId>,
        tokens: Balance,
    ) -> Result<Balance, DispatchError> {
        let vault = Self::vault(id)?;
        let share = proportion(vault.liquidated_collateral, tokens, vault.to_be_redeemed_tokens)?;
        Self::change(id, |vault| shift(&mut vault.liquidated_collateral, -signed(share)?))?;
        match to {
            Some(account) => Self::pay_out(id, account, share)?,
            None => Self::pay_to_liquidation_vault(id, share)?,
        }
        Ok(share)
    }

    fn requestable_to_be_replaced(id: &VaultId) -> Result<Balance, DispatchError> {
        let vault = Self::active_vault(id)?;
        Ok(vault.redeemable_tokens().saturating_sub(vault.to_be_replaced_tokens))
    }

    fn try_increase_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<Balance, DispatchError> {
        Self::do_increase_to_be_replaced(id, tokens)
    }

    fn decrease_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<(Balance, Balance), DispatchError> {
        Self::do_decrease_to_be_replaced(id, tokens)
    }

    fn lock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::active_vault(id)?;
        Self::change(id, |vault| shift(&mut vault.replace_collateral, signed(amount)?))?;
        T::Tokens::lock(Self::griefing_currency(), &id.account_id, amount)
    }

    fn unlock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::change(id, |vault| shift(&mut vault.replace_collateral, -signed(amount)?))?;
        T::Tokens::unlock(Self::griefing_currency(), &id.account_id, amount)
    }

    fn activate_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::change(id, |vault| {
            shift(&mut vault.replace_collateral, -signed(amount)?)?;
            shift(&mut vault.active_replace_collateral, signed(amount)?)
        })
    }

    fn pay_replace_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> DispatchResult {
        Self::change(id, |vault| shift(&mut vault.active_replace_collateral, -signed(amount)?))?;
        T::Tokens::transfer_locked(Self::griefing_currency(), &id.account_id, to, amount)
    }

    fn replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance, collateral: Balance) -> DispatchResult {
        Self::do_replace_tokens(old, new, tokens, collateral)
    }

    fn cancel_replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance) -> DispatchResult {
        Self::do_cancel_replace_tokens(old, new, tokens)
    }
}
