//! What the pallet tells, in the published order.
//!
//! A section of the pallet: its names are those of `lib.rs`.

use frame::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        RegisterVault { vault_id: VaultId, collateral: Balance },
        IncreaseLockedCollateral { currency_pair: VaultCurrencyPair, delta: Balance, total: Balance },
        DecreaseLockedCollateral { currency_pair: VaultCurrencyPair, delta: Balance, total: Balance },
        UpdatePublicKey { account_id: AccountId, public_key: BtcPublicKey },
        RegisterAddress { vault_id: VaultId, address: BtcAddress },
        IncreaseToBeIssuedTokens { vault_id: VaultId, increase: Balance },
        DecreaseToBeIssuedTokens { vault_id: VaultId, decrease: Balance },
        IssueTokens { vault_id: VaultId, increase: Balance },
        IncreaseToBeRedeemedTokens { vault_id: VaultId, increase: Balance },
        DecreaseToBeRedeemedTokens { vault_id: VaultId, decrease: Balance },
        IncreaseToBeReplacedTokens { vault_id: VaultId, increase: Balance },
        DecreaseToBeReplacedTokens { vault_id: VaultId, decrease: Balance },
        DecreaseTokens { vault_id: VaultId, user_id: AccountId, decrease: Balance },
        RedeemTokens { vault_id: VaultId, redeemed_amount: Balance },
        RedeemTokensPremium { vault_id: VaultId, redeemed_amount: Balance, collateral: Balance, user_id: AccountId },
        RedeemTokensLiquidatedVault { vault_id: VaultId, tokens: Balance, collateral: Balance },
        RedeemTokensLiquidation { redeemer_id: AccountId, burned_tokens: Balance, transferred_collateral: Balance },
        ReplaceTokens { old_vault_id: VaultId, new_vault_id: VaultId, amount: Balance, additional_collateral: Balance },
        LiquidateVault {
            vault_id: VaultId,
            issued_tokens: Balance,
            to_be_issued_tokens: Balance,
            to_be_redeemed_tokens: Balance,
            to_be_replaced_tokens: Balance,
            backing_collateral: Balance,
            status: VaultStatus,
            replace_collateral: Balance,
        },
        BanVault { vault_id: VaultId, banned_until: BlockNumber },
        SetAcceptNewIssues { vault_id: VaultId, accept_new_issues: bool },
        SetSecureCollateralThreshold { currency_pair: VaultCurrencyPair, threshold: UnsignedFixedPoint },
        SetPremiumRedeemThreshold { currency_pair: VaultCurrencyPair, threshold: UnsignedFixedPoint },
        SetLiquidationCollateralThreshold { currency_pair: VaultCurrencyPair, threshold: UnsignedFixedPoint },
        SetCustomSecureThreshold { vault_id: VaultId, custom_threshold: Option<UnsignedFixedPoint> },
    }
}
