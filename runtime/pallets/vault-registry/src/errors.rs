//! Why calls fail, in the published order.
//!
//! A section of the pallet: its names are those of `lib.rs`.

use frame::pallet_section;

#[pallet_section]
mod errors {
    /// "Unreachable" ones are kept for index order: the paths that raise them upstream are left out.
    #[pallet::error]
    pub enum Error<T> {
        /// Unreachable (balances are checked by `Tokens`).
        InsufficientCollateral,
        ExceedingVaultLimit,
        InsufficientTokensCommitted,
        VaultBanned,
        InsufficientVaultCollateralAmount,
        VaultAlreadyRegistered,
        VaultNotFound,
        VaultNotBelowLiquidationThreshold,
        InvalidPublicKey,
        CurrencyCeilingExceeded,
        VaultLiquidated,
        VaultNotRecoverable,
        NoBitcoinPublicKey,
        PublicKeyAlreadyRegistered,
        /// Unreachable (searching for vaults is left out).
        NoTokensIssued,
        /// Unreachable (searching for vaults is left out).
        NoVaultWithSufficientCollateral,
        /// Unreachable (searching for vaults is left out).
        NoVaultWithSufficientTokens,
        /// Unreachable (searching for vaults is left out).
        NoVaultUnderThePremiumRedeemThreshold,
        /// Unreachable (amounts of collateral carry no currency of their own).
        InvalidCurrency,
        ThresholdNotSet,
        CeilingNotSet,
        ThresholdNotAboveGlobalThreshold,
        /// Unreachable (amounts are u128 throughout).
        TryIntoIntError,
        VaultNotAcceptingIssueRequests,
        MinimumCollateralNotSet,
    }
}
