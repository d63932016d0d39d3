//! What each pallet of the chain is given: constants, and the neighbours it works with.
//!
//! Always holds: the bridge's pallets meet only through the traits of `gantry_primitives`.
//! Must never do: hold state or rules of its own.

use crate::*;
use frame::{deps::sp_runtime::FixedU128, traits::Contains};
use frame_support::weights::IdentityFee;
use gantry_primitives::{CurrencyId, DOT, IBTC, INTR, PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK};

/// Milliseconds between blocks, as consensus and chopsticks step the clock. The protocol counts
/// periods in blocks and calls one 12 s, whatever its real length.
pub const SLOT_MS: u64 = 1_000;

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    pub const Native: CurrencyId = INTR;
    pub const RelayChain: CurrencyId = DOT;
    pub const Wrapped: CurrencyId = IBTC;
    pub const FeePot: PalletId = PalletId(*b"mod/fees");
    pub const Treasury: PalletId = PalletId(*b"mod/trsy");
    pub const LiquidationVault: PalletId = PalletId(*b"mod/vreg");
    pub MaxRate: FixedU128 = FixedU128::from_u32(10);
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type Nonce = Nonce;
    type Version = Version;
    type SS58Prefix = ConstU16<42>;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = account::AccountData;
    type BaseCallFilter = Unpaused;
}

/// What a signer may call now. Core calls are never stopped: blocks need the time, and root its way in.
pub struct Unpaused;

impl Contains<RuntimeCall> for Unpaused {
    fn contains(call: &RuntimeCall) -> bool {
        let core = matches!(call, RuntimeCall::System(_) | RuntimeCall::Timestamp(_) | RuntimeCall::Sudo(_));
        core || TxPause::contains(call)
    }
}

impl gantry_pallet_tx_pause::Config for Runtime {
    type MaxNameLen = ConstU32<128>;
    type PauseTooLongNames = ConstBool<false>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Runtime {
    type MinimumPeriod = ConstU64<{ SLOT_MS / 2 }>;
}

#[derive_impl(pallet_sudo::config_preludes::TestDefaultConfig)]
impl pallet_sudo::Config for Runtime {}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = ();
}

#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Runtime {
    type OnChargeTransaction = fees::InTokens<Native>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = IdentityFee<Balance>;
}

impl gantry_pallet_currency::Config for Runtime {
    type GetNativeCurrencyId = Native;
    type GetRelayChainCurrencyId = RelayChain;
    type GetWrappedCurrencyId = Wrapped;
}

impl gantry_pallet_tokens::Config for Runtime {}

impl gantry_pallet_security::Config for Runtime {}

impl gantry_pallet_btc_relay::Config for Runtime {
    type Security = Security;
    type ParachainBlocksPerBitcoinBlock = ConstU32<PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK>;
}

impl gantry_pallet_vault_registry::Config for Runtime {
    type PalletId = LiquidationVault;
    type GetGriefingCollateralCurrencyId = Native;
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
}

impl gantry_pallet_oracle::Config for Runtime {
    type MaxNameLength = ConstU32<255>;
    type WrappedCurrencyId = Wrapped;
}

impl gantry_pallet_issue::Config for Runtime {
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
    type TreasuryPalletId = Treasury;
}

impl gantry_pallet_redeem::Config for Runtime {
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
}

impl gantry_pallet_replace::Config for Runtime {
    type Security = Security;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
}

impl gantry_pallet_fee::Config for Runtime {
    type FeePalletId = FeePot;
    type MaxExpectedValue = MaxRate;
}
