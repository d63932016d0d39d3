//! A chain of this pallet and the real pallets it stands on.

use crate as vault_registry;
use frame::deps::sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, FixedU128};
use frame::testing_prelude::*;
use gantry_primitives::{BtcPublicKey, CurrencyId, OracleKey, VaultCurrencyPair, VaultId, DOT, IBTC, INTR};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Tokens = gantry_pallet_tokens;
    #[runtime::pallet_index(3)]
    pub type Security = gantry_pallet_security;
    #[runtime::pallet_index(4)]
    pub type Oracle = gantry_pallet_oracle;
    #[runtime::pallet_index(5)]
    pub type VaultRegistry = vault_registry;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}
#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}
impl gantry_pallet_tokens::Config for Test {}
impl gantry_pallet_security::Config for Test {}
parameter_types! {
    pub const Wrapped: CurrencyId = IBTC;
    pub const Native: CurrencyId = INTR;
    pub const Registry: PalletId = PalletId(*b"mod/vreg");
}
impl gantry_pallet_oracle::Config for Test {
    type MaxNameLength = ConstU32<255>;
    type WrappedCurrencyId = Wrapped;
}
impl vault_registry::Config for Test {
    type PalletId = Registry;
    type GetGriefingCollateralCurrencyId = Native;
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
}

pub const PAIR: VaultCurrencyPair = VaultCurrencyPair { collateral: DOT, wrapped: IBTC };
pub const RICH: u128 = 100_000;
pub const CEILING: u128 = 50_000;
pub const MINIMUM: u128 = 100;

pub fn account(byte: u8) -> AccountId32 {
    AccountId32::new([byte; 32])
}

pub fn vault_id(byte: u8) -> VaultId {
    VaultId { account_id: account(byte), currencies: PAIR }
}

/// A key of the curve (the published vector's).
pub fn key() -> BtcPublicKey {
    let mut key = [0; 33];
    for (index, byte) in key.iter_mut().enumerate() {
        let hex = &"027becf3c0642228336f8182a04081870bb8445453c6eac4960dd05622960a3bf7"[2 * index..2 * index + 2];
        *byte = u8::from_str_radix(hex, 16).unwrap_or_default();
    }
    BtcPublicKey(key)
}

/// One planck per satoshi; thresholds 200, 150 and 110 %.
pub fn chain() -> TestState {
    let percent = |percent| vec![(PAIR, FixedU128::from_rational(percent, 100))];
    let rich = |byte| [(account(byte), DOT, RICH), (account(byte), INTR, RICH)];
    let genesis = RuntimeGenesisConfig {
        tokens: gantry_pallet_tokens::GenesisConfig {
            balances: [1, 2].into_iter().flat_map(rich).collect(),
            ..Default::default()
        },
        oracle: gantry_pallet_oracle::GenesisConfig {
            authorized_oracles: vec![(account(9), Default::default())],
            values: vec![(OracleKey::ExchangeRate(DOT), FixedU128::from_u32(1))],
            never_expires: true,
            ..Default::default()
        },
        vault_registry: vault_registry::GenesisConfig {
            minimum_collateral_vault: vec![(DOT, MINIMUM)],
            punishment_delay: 10,
            system_collateral_ceiling: vec![(PAIR, CEILING)],
            secure_collateral_threshold: percent(200),
            premium_redeem_threshold: percent(150),
            liquidation_collateral_threshold: percent(110),
            ..Default::default()
        },
        ..Default::default()
    };
    let mut chain = TestState::new(genesis.build_storage().unwrap_or_default());
    chain.execute_with(|| System::set_block_number(1));
    chain
}

/// Makes a vault with this much collateral.
pub fn register(byte: u8, collateral: u128) -> VaultId {
    let origin = || RuntimeOrigin::signed(account(byte));
    assert_ok!(VaultRegistry::register_public_key(origin(), key()));
    assert_ok!(VaultRegistry::register_vault(origin(), PAIR, collateral));
    vault_id(byte)
}

/// DOT per bitcoin, in planck per satoshi.
pub fn set_price(price: u32) {
    assert_ok!(Oracle::feed_values(
        RuntimeOrigin::signed(account(9)),
        vec![(OracleKey::ExchangeRate(DOT), FixedU128::from_u32(price))]
    ));
    Oracle::on_initialize(1);
}
