//! How pallets meet: one trait per pallet that others use, implemented by its `Pallet<T>`.
//!
//! Always holds: amounts are in the smallest unit of the currency named; a function that returns an
//! error changed nothing the caller must undo (calls are transactional). Must never do: carry a
//! default that hides a missing pallet.

use crate::{
    AccountId, Balance, BlockNumber, BtcAddress, BtcPublicKey, CurrencyId, FullTransactionProof, OracleKey,
    UnsignedFixedPoint, Vault, VaultCurrencyPair, VaultId, H256,
};
use frame::deps::sp_runtime::{DispatchError, DispatchResult};

/// Pallet `Security`: the clock that can be stopped, and ids.
pub trait SecurityAccess {
    /// Blocks counted while the counter was active.
    fn active_block() -> BlockNumber;
    /// `sha256(account ++ nonce as 32 bytes little-endian, after increment ++ parent block hash)`.
    fn secure_id(account: &AccountId) -> H256;
}

/// Pallet `Tokens`: balances by currency. "Locked" is orml's `reserved`.
pub trait TokensAccess {
    fn free(currency: CurrencyId, who: &AccountId) -> Balance;
    fn locked(currency: CurrencyId, who: &AccountId) -> Balance;
    fn total_issuance(currency: CurrencyId) -> Balance;
    /// Free to free. `Tokens.Transfer`.
    fn transfer(currency: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult;
    /// Free to locked. `Tokens.Reserved`.
    fn lock(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult;
    /// Locked to free; fails when less is locked. `Tokens.Unreserved`.
    fn unlock(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult;
    /// Locked of one to free of another; fails when less is locked.
    fn transfer_locked(currency: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult;
    /// New tokens to the free balance.
    fn mint(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult;
    /// Destroys locked tokens; fails when less is locked.
    fn burn_locked(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult;
}

/// Pallet `Oracle`: prices. All fail with `Oracle.MissingExchangeRate` when the value is absent or old.
pub trait OracleAccess {
    fn price(key: OracleKey) -> Result<UnsignedFixedPoint, DispatchError>;
    /// Satoshi into units of a currency, rounded down. The wrapped currency itself converts 1:1.
    fn wrapped_to_collateral(wrapped: Balance, currency: CurrencyId) -> Result<Balance, DispatchError>;
    /// Units of a currency into satoshi, rounded down.
    fn collateral_to_wrapped(amount: Balance, currency: CurrencyId) -> Result<Balance, DispatchError>;
}

/// Pallet `Fee`: rates, and the pot that fees go to. Amounts of a rate are rounded to the nearest unit, ties up.
pub trait FeeAccess {
    /// Account that holds collected fees.
    fn pot() -> AccountId;
    fn issue_fee(amount: Balance) -> Result<Balance, DispatchError>;
    fn issue_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError>;
    fn redeem_fee(amount: Balance) -> Result<Balance, DispatchError>;
    fn premium_redeem_fee(amount: Balance) -> Result<Balance, DispatchError>;
    fn punishment_fee(amount: Balance) -> Result<Balance, DispatchError>;
    fn replace_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError>;
}

/// Pallet `BTCRelay`: what is true on Bitcoin.
pub trait BtcRelayAccess {
    fn best_block_height() -> u32;
    /// The relay has `StableBitcoinConfirmations` blocks above its start.
    fn is_fully_initialized() -> bool;
    /// Both clocks, strictly greater:
    /// `active > opentime + period && best > btc_height + ceil(period / 50)`.
    fn has_request_expired(
        opentime: BlockNumber,
        btc_height: u32,
        period: BlockNumber,
    ) -> Result<bool, DispatchError>;
    /// `BTCRelay.InvalidBtcHash` for an address of zeros: what is paid to it is lost.
    fn ensure_payable(address: &BtcAddress) -> DispatchResult;
    /// Verifies both proofs and confirmations; satoshi of the first output that pays `recipient`
    /// (`BTCRelay.InvalidPayment` or so when there is none).
    fn verify_issue_payment(proof: FullTransactionProof, recipient: BtcAddress) -> Result<Balance, DispatchError>;
    /// Verifies both proofs and confirmations, and that the transaction pays exactly `amount`
    /// satoshi to `recipient`, carries OP_RETURN `id`, and nothing that the output rules forbid.
    fn verify_op_return_payment(
        proof: FullTransactionProof,
        recipient: BtcAddress,
        amount: Balance,
        id: H256,
    ) -> DispatchResult;
}

/// Pallet `VaultRegistry`: vaults, their promises and their collateral.
/// "tokens" are wrapped tokens in satoshi; "collateral" is in the vault's collateral currency;
/// griefing collateral is in `griefing_currency()`.
pub trait VaultRegistryAccess {
    /// Native currency in which griefing collateral of replaces is locked.
    fn griefing_currency() -> CurrencyId;
    /// `VaultNotFound`.
    fn vault(id: &VaultId) -> Result<Vault, DispatchError>;
    /// `VaultNotFound`, `VaultLiquidated`.
    fn active_vault(id: &VaultId) -> Result<Vault, DispatchError>;
    /// `NoBitcoinPublicKey`.
    fn bitcoin_public_key(account: &AccountId) -> Result<BtcPublicKey, DispatchError>;
    /// `VaultBanned`.
    fn ensure_not_banned(id: &VaultId) -> DispatchResult;
    /// `VaultNotAcceptingIssueRequests`, `VaultNotFound`, `VaultLiquidated`.
    fn ensure_accepting_new_issues(id: &VaultId) -> DispatchResult;
    /// Bans until `active_block + PunishmentDelay`. `BanVault`.
    fn ban(id: &VaultId) -> DispatchResult;
    /// Derives, records and announces the deposit address of a request. `RegisterAddress`.
    fn register_deposit_address(id: &VaultId, request: H256) -> Result<BtcAddress, DispatchError>;

    /// What the vault can still promise at the secure threshold.
    fn issuable_tokens(id: &VaultId) -> Result<Balance, DispatchError>;
    /// `ExceedingVaultLimit`. `IncreaseToBeIssuedTokens`.
    fn try_increase_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult;
    /// `DecreaseToBeIssuedTokens`.
    fn decrease_to_be_issued(id: &VaultId, tokens: Balance) -> DispatchResult;
    /// To-be-issued becomes issued. `IssueTokens`. Mints nothing.
    fn issue_tokens(id: &VaultId, tokens: Balance) -> DispatchResult;

    /// `InsufficientTokensCommitted` when more than the redeemable. `IncreaseToBeRedeemedTokens`.
    fn try_increase_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult;
    /// `DecreaseToBeRedeemedTokens`.
    fn decrease_to_be_redeemed(id: &VaultId, tokens: Balance) -> DispatchResult;
    /// A redeem was paid: less issued, less to be redeemed; pays the premium from collateral; a
    /// liquidated vault gets its share of `liquidated_collateral` back. `RedeemTokens…`. Burns nothing.
    fn redeem_tokens(id: &VaultId, tokens: Balance, premium: Balance, redeemer: &AccountId) -> DispatchResult;
    /// A redeem was reimbursed and burned: less issued, less to be redeemed. `DecreaseTokens`.
    fn decrease_tokens(id: &VaultId, user: &AccountId, tokens: Balance) -> DispatchResult;

    /// Tokens that liquidated vaults had issued are given up for their share of the liquidation vault's
    /// collateral, to the free balance of `redeemer`. `InsufficientTokensCommitted` when more than are
    /// issued and not being redeemed. `RedeemTokensLiquidation`. Burns nothing.
    fn redeem_tokens_liquidation(
        pair: &VaultCurrencyPair,
        redeemer: &AccountId,
        tokens: Balance,
    ) -> DispatchResult;

    /// Collateral that backs the vault (0 when liquidated).
    fn collateral(id: &VaultId) -> Balance;
    fn is_below_secure_threshold(id: &VaultId) -> Result<bool, DispatchError>;
    fn is_below_premium_threshold(id: &VaultId) -> Result<bool, DispatchError>;
    /// Locks more collateral. `CurrencyCeilingExceeded`; `IncreaseLockedCollateral`.
    fn try_deposit_collateral(id: &VaultId, amount: Balance) -> DispatchResult;
    /// Whether what stays would be above the minimum (or nothing) and back all promises at the
    /// secure threshold; `VaultLiquidated`.
    fn can_withdraw_collateral(id: &VaultId, amount: Balance) -> Result<bool, DispatchError>;
    /// Unlocks without asking for the threshold (a cancelled replace). `DecreaseLockedCollateral`.
    fn withdraw_collateral(id: &VaultId, amount: Balance) -> DispatchResult;
    /// Moves up to `amount` of the vault's collateral to the free balance of `to`; returns what moved.
    fn slash_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> Result<Balance, DispatchError>;
    /// Liquidated vaults: moves the share `tokens / to_be_redeemed` of `liquidated_collateral` to
    /// `to`, or to the liquidation vault when `None`; returns what moved.
    fn slash_liquidated_collateral(
        id: &VaultId,
        to: Option<&AccountId>,
        tokens: Balance,
    ) -> Result<Balance, DispatchError>;

    /// Issued, neither to be redeemed nor already offered for replacement.
    fn requestable_to_be_replaced(id: &VaultId) -> Result<Balance, DispatchError>;
    /// Offers more tokens; returns the new total. `IncreaseToBeReplacedTokens`.
    fn try_increase_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<Balance, DispatchError>;
    /// Offers less, at most what is offered: (tokens, their share of `replace_collateral`, still
    /// locked; give it back by `unlock_replace_collateral` or keep it by
    /// `activate_replace_collateral`). `DecreaseToBeReplacedTokens`.
    fn decrease_to_be_replaced(id: &VaultId, tokens: Balance) -> Result<(Balance, Balance), DispatchError>;
    /// Free balance of the vault's account to `replace_collateral`.
    fn lock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult;
    /// `replace_collateral` to free.
    fn unlock_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult;
    /// `replace_collateral` to `active_replace_collateral`.
    fn activate_replace_collateral(id: &VaultId, amount: Balance) -> DispatchResult;
    /// `active_replace_collateral` to the free balance of `to` (the old vault's account or the new one's).
    fn pay_replace_collateral(id: &VaultId, to: &AccountId, amount: Balance) -> DispatchResult;
    /// The old vault paid: its issued and to-be-redeemed move to the new one. `ReplaceTokens`.
    fn replace_tokens(
        old: &VaultId,
        new: &VaultId,
        tokens: Balance,
        collateral: Balance,
    ) -> DispatchResult;
    /// The old vault did not pay: undo both promises.
    fn cancel_replace_tokens(old: &VaultId, new: &VaultId, tokens: Balance) -> DispatchResult;
}
