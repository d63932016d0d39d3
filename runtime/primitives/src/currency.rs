//! Currencies and pairs of them.
//!
//! Always holds: variant order and explicit indices are the published ones. Must never do: know a
//! balance or a price.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("currency", "types"))]
pub enum TokenSymbol {
    DOT = 0,
    IBTC = 1,
    INTR = 2,
    KSM = 10,
    KBTC = 11,
    KINT = 12,
}

#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("currency", "types"))]
pub enum LpToken {
    Token(TokenSymbol),
    ForeignAsset(u32),
    StableLpToken(u32),
}

#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("currency", "types"))]
pub enum CurrencyId {
    Token(TokenSymbol),
    ForeignAsset(u32),
    LendToken(u32),
    LpToken(LpToken, LpToken),
    StableLpToken(u32),
}

/// Collateral of DOT, 10 decimals.
pub const DOT: CurrencyId = CurrencyId::Token(TokenSymbol::DOT);
/// Wrapped bitcoin, in satoshi.
pub const IBTC: CurrencyId = CurrencyId::Token(TokenSymbol::IBTC);
/// The chain's own token, 10 decimals; pays fees.
pub const INTR: CurrencyId = CurrencyId::Token(TokenSymbol::INTR);
pub const KSM: CurrencyId = CurrencyId::Token(TokenSymbol::KSM);
pub const KBTC: CurrencyId = CurrencyId::Token(TokenSymbol::KBTC);
pub const KINT: CurrencyId = CurrencyId::Token(TokenSymbol::KINT);

/// What a vault locks and what it issues.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("currency", "types"))]
pub struct VaultCurrencyPair {
    pub collateral: CurrencyId,
    pub wrapped: CurrencyId,
}

/// What an oracle's value is about.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize,
)]
#[scale_info(replace_segment("gantry_primitives", "interbtc_primitives"), replace_segment("currency", "oracle"), replace_segment("OracleKey", "Key"))]
pub enum OracleKey {
    /// Smallest units of the currency per satoshi.
    ExchangeRate(CurrencyId),
    /// Satoshi per virtual byte.
    FeeEstimation,
}
