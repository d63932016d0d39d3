//! The vault registry: promises and collateral, without events.

use crate::{Fake, World};
use frame::deps::sp_runtime::{DispatchError, DispatchResult};
use gantry_primitives::*;

/// The deposit address of every request.
pub const DEPOSIT: BtcAddress = BtcAddress::P2WPKHv0(H160([7; 20]));
/// Account of the liquidation vault, which is a vault like others here.
pub const LIQUIDATION_VAULT: [u8; 32] = [251; 32];
const BAN_BLOCKS: BlockNumber = 100;

fn change(id: &VaultId, change: impl FnOnce(&mut Vault) -> DispatchResult) -> DispatchResult {
    World::try_with(|w| change(w.vault_mut(id)?))
}

fn less(promise: &mut Balance, tokens: Balance) -> DispatchResult {
    *promise = promise.checked_sub(tokens).ok_or(DispatchError::Other("InsufficientTokensCommitted"))?;
    Ok(())
}

impl VaultRegistryAccess for Fake {
    fn griefing_currency() -> CurrencyId {
        INTR
    }

    fn vault(id: &VaultId) -> Result<Vault, DispatchError> {
        World::read().vaults.get(id).cloned().ok_or(DispatchError::Other("VaultNotFound"))
    }

    fn active_vault(id: &VaultId) -> Result<Vault, DispatchError> {
        let vault = Self::vault(id)?;
        if vault.is_liquidated() { Err(DispatchError::Other("VaultLiquidated")) } else { Ok(vault) }
    }

    fn bitcoin_public_key(_: &AccountId) -> Result<BtcPublicKey, DispatchError> {
        Ok(BtcPublicKey([2; 33]))
    }

    fn ensure_not_banned(id: &VaultId) -> DispatchResult {
        match Self::vault(id)?.banned_until {
            Some(until) if World::read().active_block <= until => Err(DispatchError::Other("VaultBanned")),
            _ => Ok(()),
        }
    }

    fn ensure_accepting_new_issues(id: &VaultId) -> DispatchResult {
        match Self::active_vault(id)?.status {
            VaultStatus::Active(true) => Ok(()),
            _ => Err(DispatchError::Other("VaultNotAcceptingIssueRequests")),
        }
    }

    fn ban(id: &VaultId) -> DispatchResult {
        let until = World::read().active_block + BAN_BLOCKS;
        change(id, |v| {
            v.banned_until = Some(until);
            Ok(())
        })
    }

    fn register_deposit_address(id: &VaultId, _: H256) -> Result<BtcAddress, DispatchError> {
        Self::active_vault(id).map(|_| DEPOSIT)
    }

    fn issuable_tokens(id: &VaultId) -> Result<Balance, DispatchError> {
        let world = World::read();
        let backed = Self::active_vault(id)?.backed_tokens();
        let capacity = Self::collateral(id) * 100 / world.secure_percent / world.worth(1)?;
        Ok(capacity.saturating_sub(backed))
    }

    fn try_increase_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult {
        if tokens > Self::issuable_tokens(id)? {
            return Err(DispatchError::Other("ExceedingVaultLimit"));
        }
        change(id, |v| {
            v.to_be_issued_tokens += tokens;
            Ok(())
        })
    }

    fn decrease_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult {
        change(id, |v| less(&mut v.to_be_issued_tokens, tokens))
    }

    fn issue_tokens(id: &VaultId, tokens: Balance) -> DispatchResult {
        change(id, |v| {
            less(&mut v.to_be_issued_tokens, tokens)?;
            v.issued_tokens += tokens;
            Ok(())
        })
    }

    fn try_increase_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult {
        if tokens > Self::active_vault(id)?.redeemable_tokens() {
            return Err(DispatchError::Other("InsufficientTokensCommitted"));
        }
        change(id, |v| {
            v.to_be_redeemed_tokens += tokens;
            Ok(())
        })
    }

    fn decrease_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult {
        change(id, |v| less(&mut v.to_be_redeemed_tokens, tokens))
    }

    fn redeem_tokens(id: &VaultId, tokens: Balance, premium: Balance, redeemer: &AccountId) -> DispatchResult {
        Self::decrease_tokens(id, redeemer, tokens)?;
        Self::slash_collateral(id, redeemer, premium).map(|_| ())
    }

    fn decrease_tokens(id: &VaultId, _: &AccountId, tokens: Balance) -> DispatchResult {
        change(id, |v| {
            less(&mut v.to_be_redeemed_tokens, tokens)?;
            less(&mut v.issued_tokens, tokens)
        })
    }

    fn redeem_tokens_liquidation(pair: &VaultCurrencyPair, redeemer: &AccountId, tokens: Balance) -> DispatchResult {
        let system = VaultId { account_id: AccountId::new(LIQUIDATION_VAULT), currencies: *pair };
        let redeemable = Self::vault(&system)?.redeemable_tokens();
        if tokens > redeemable {
            return Err(DispatchError::Other("InsufficientTokensCommitted"));
        }
        Self::slash_collateral(&system, redeemer, Self::collateral(&system) * tokens / redeemable)?;
        change(&system, |v| less(&mut v.issued_tokens, tokens))
    }

    fn collateral(id: &VaultId) -> Balance {
        World::read().collateral.get(id).copied().unwrap_or_default()
    }

    fn is_below_secure_threshold(id: &VaultId) -> Result<bool, DispatchError> {
        let world = World::read();
        world.is_below(id, Self::vault(id)?.backed_tokens(), world.secure_percent)
    }

    fn is_below_premium_threshold(id: &VaultId) -> Result<bool, DispatchError> {
        let world = World::read();
        world.is_below(id, Self::vault(id)?.backed_tokens(), world.premium_percent)
    }

    fn try_deposit_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::lock(id.collateral_currency(), &id.account_id, amount)?;
        World::with(|w| *w.collateral.entry(id.clone()).or_default() += amount);
        Ok(())
    }

    fn can_withdraw_collateral(id: &VaultId, amount: Balance) -> Result<bool, DispatchError> {
        let world = World::read();
        let backed = world.worth(Self::active_vault(id)?.backed_tokens())?;
        Ok((Self::collateral(id) - amount) * 100 >= backed * world.secure_percent)
    }

    fn withdraw_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::unlock(id.collateral_currency(), &id.account_id, amount)?;
        World::try_with(|w| less(w.collateral.entry(id.clone()).or_default(), amount))
    }

    fn slash_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> Result<Balance, DispatchError> {
        let moved = amount.min(Self::collateral(id));
        Self::transfer_locked(id.collateral_currency(), &id.account_id, to, moved)?;
        World::with(|w| *w.collateral.entry(id.clone()).or_default() -= moved);
        Ok(moved)
    }

    fn slash_liquidated_collateral(
        id: &VaultId,
        to: Option<&AccountId>,
        tokens: Balance,
    ) -> Result<Balance, DispatchError> {
        let vault = Self::vault(id)?;
        let moved = vault.liquidated_collateral * tokens / vault.to_be_redeemed_tokens;
        let liquidation_vault = AccountId::new(LIQUIDATION_VAULT);
        Self::transfer_locked(id.collateral_currency(), &id.account_id, to.unwrap_or(&liquidation_vault), moved)?;
        change(id, |v| less(&mut v.liquidated_collateral, moved))?;
        Ok(moved)
    }

    fn requestable_to_be_replaced(id: &VaultId) -> Result<Balance, DispatchError> {
        let vault = Self::active_vault(id)?;
        Ok(vault.redeemable_tokens() - vault.to_be_replaced_tokens)
    }

    fn try_increase_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<Balance, DispatchError> {
        World::try_with(|w| {
            let vault = w.vault_mut(id)?;
            vault.to_be_replaced_tokens += tokens;
            Ok(vault.to_be_replaced_tokens)
        })
    }

    fn decrease_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<(Balance, Balance), DispatchError> {
        World::try_with(|w| {
            let vault = w.vault_mut(id)?;
            let used = tokens.min(vault.to_be_replaced_tokens);
            let griefing = (vault.replace_collateral * used).checked_div(vault.to_be_replaced_tokens).unwrap_or(0);
            vault.to_be_replaced_tokens -= used;
            Ok((used, griefing))
        })
    }

    fn lock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        Self::lock(INTR, &id.account_id, amount)?;
        change(id, |v| {
            v.replace_collateral += amount;
            Ok(())
        })
    }

    fn unlock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        change(id, |v| less(&mut v.replace_collateral, amount))?;
        Self::unlock(INTR, &id.account_id, amount)
    }

    fn activate_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult {
        change(id, |v| {
            less(&mut v.replace_collateral, amount)?;
            v.active_replace_collateral += amount;
            Ok(())
        })
    }

    fn pay_replace_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> DispatchResult {
        change(id, |v| less(&mut v.active_replace_collateral, amount))?;
        World::try_with(|w| World::take(&mut w.griefing_purse(id).locked, amount))?;
        Self::mint(INTR, to, amount)
    }

    fn replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance, _: Balance) -> DispatchResult {
        Self::decrease_tokens(old, &new.account_id, tokens)?;
        Self::issue_tokens(new, tokens)
    }

    fn cancel_replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance) -> DispatchResult {
        Self::decrease_to_be_redeemed(old, tokens)?;
        Self::decrease_to_be_issued(new, tokens)
    }
}
