//! Genesis states to choose from.
//!
//! Always holds: the well-known accounts are rich, //Alice is sudo and oracle, prices never expire,
//! proofs are verified. `development` suits regtest; `strict` has the real chain's numbers and
//! difficulty rules. Must never do: switch the inclusion check off.

use crate::{
    BTCRelayConfig, FeeConfig, IssueConfig, OracleConfig, RedeemConfig, ReplaceConfig, RuntimeGenesisConfig,
    SudoConfig, TokensConfig, VaultRegistryConfig,
};
use alloc::{vec, vec::Vec};
use frame::deps::sp_runtime::FixedU128;
use frame::runtime::prelude::{FixedPointNumber, PresetId, Sr25519Keyring, DEV_RUNTIME_PRESET};
#[cfg(feature = "std")]
use frame::runtime::prelude::{build_state, get_preset};
use gantry_primitives::{Balance, OracleKey, VaultCurrencyPair, DOT, IBTC, INTR};

/// The preset with the real chain's confirmations, periods and difficulty rules.
pub const STRICT_PRESET: &str = "strict";

/// One INTR or DOT.
const UNIT: Balance = 10_000_000_000;
/// Below 2^53, so that every reader of the JSON keeps it exact.
const RICH: Balance = 500_000 * UNIT;

/// What the presets differ in.
struct Choice {
    bitcoin_confirmations: u32,
    parachain_confirmations: u32,
    disable_difficulty_check: bool,
    issue_period: u32,
    redeem_period: u32,
    replace_period: u32,
    punishment_delay: u32,
}

const DEVELOPMENT: Choice = Choice {
    bitcoin_confirmations: 3,
    parachain_confirmations: 2,
    disable_difficulty_check: true,
    issue_period: 200,
    redeem_period: 400,
    replace_period: 400,
    punishment_delay: 20,
};

const STRICT: Choice = Choice {
    bitcoin_confirmations: 6,
    parachain_confirmations: 300,
    disable_difficulty_check: false,
    issue_period: 7_200,
    redeem_period: 14_400,
    replace_period: 14_400,
    punishment_delay: 7_200,
};

pub fn names() -> Vec<PresetId> {
    vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(STRICT_PRESET)]
}

/// Builds a preset into the storage at hand, as a node does it: the patch over the default genesis.
#[cfg(feature = "std")]
pub fn build(id: &str) -> Result<(), String> {
    let json = |bytes: Option<Vec<u8>>| -> Result<serde_json::Value, String> {
        serde_json::from_slice(&bytes.ok_or("no such preset")?).map_err(|error| error.to_string())
    };
    let mut whole = json(get_preset::<RuntimeGenesisConfig>(&None, preset))?;
    let patch = json(preset(&PresetId::from(id)))?;
    for (pallet, fields) in patch.as_object().into_iter().flatten() {
        for (field, value) in fields.as_object().into_iter().flatten() {
            whole[pallet][field] = value.clone();
        }
    }
    build_state::<RuntimeGenesisConfig>(whole.to_string().into_bytes())
}

/// The state at block 0 as a JSON object, keys and values in hex, in order, without the code.
#[cfg(feature = "std")]
pub fn state_json(id: &str) -> Result<String, String> {
    use frame::deps::sp_io::{storage, TestExternalities};
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    TestExternalities::default().execute_with(|| {
        build(id)?;
        let keys = core::iter::successors(storage::next_key(b""), |key| storage::next_key(key));
        let lines: Vec<_> = keys
            .filter(|key| key.as_slice() != b":code")
            .filter_map(|key| storage::get(&key).map(|value| format!("  \"0x{}\": \"0x{}\"", hex(&key), hex(&value))))
            .collect();
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    })
}

/// The patch of a preset over the default genesis, as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let choice = match id.as_ref() {
        DEV_RUNTIME_PRESET => DEVELOPMENT,
        STRICT_PRESET => STRICT,
        _ => return None,
    };
    serde_json::to_vec(&patch(&choice)).ok()
}

fn ratio(numerator: u128, denominator: u128) -> FixedU128 {
    FixedU128::saturating_from_rational(numerator, denominator)
}

fn patch(choice: &Choice) -> serde_json::Value {
    let alice = Sr25519Keyring::Alice.to_account_id();
    let rich = Sr25519Keyring::well_known().map(|key| key.to_account_id());
    let balances = rich.flat_map(|who| [(who.clone(), INTR, RICH), (who, DOT, RICH)]).collect::<Vec<_>>();
    let pairs = [DOT, INTR].map(|collateral| VaultCurrencyPair { collateral, wrapped: IBTC });
    let threshold = |percent| pairs.iter().map(|pair| (*pair, ratio(percent, 100))).collect::<Vec<_>>();
    frame_support::build_struct_json_patch!(RuntimeGenesisConfig {
        tokens: TokensConfig { balances },
        sudo: SudoConfig { key: Some(alice.clone()) },
        oracle: OracleConfig {
            max_delay: 3_600_000u64,
            authorized_oracles: vec![(alice, frame::prelude::BoundedVec::truncate_from(b"dev".to_vec()))],
            values: vec![
                // 1 BTC = 10,000 DOT = 3,000,000 INTR; 5 satoshi per virtual byte
                (OracleKey::ExchangeRate(DOT), FixedU128::from_u32(1_000_000)),
                (OracleKey::ExchangeRate(INTR), FixedU128::from_u32(300_000_000)),
                (OracleKey::FeeEstimation, FixedU128::from_u32(5)),
            ],
            never_expires: true,
        },
        fee: FeeConfig {
            issue_fee: ratio(15, 10_000),
            issue_griefing_collateral: ratio(5, 1_000),
            redeem_fee: ratio(5, 1_000),
            premium_redeem_fee: ratio(5, 100),
            punishment_fee: ratio(10, 100),
            replace_griefing_collateral: ratio(10, 100),
        },
        vault_registry: VaultRegistryConfig {
            minimum_collateral_vault: vec![(DOT, 10 * UNIT), (INTR, 10 * UNIT)],
            punishment_delay: choice.punishment_delay,
            system_collateral_ceiling: pairs.iter().map(|pair| (*pair, RICH)).collect::<Vec<_>>(),
            secure_collateral_threshold: threshold(260),
            premium_redeem_threshold: threshold(200),
            liquidation_collateral_threshold: threshold(150),
        },
        btc_relay: BTCRelayConfig {
            bitcoin_confirmations: choice.bitcoin_confirmations,
            parachain_confirmations: choice.parachain_confirmations,
            disable_difficulty_check: choice.disable_difficulty_check,
            disable_inclusion_check: false,
        },
        issue: IssueConfig { issue_period: choice.issue_period, issue_btc_dust_value: 1_000u128 },
        redeem: RedeemConfig {
            redeem_period: choice.redeem_period,
            redeem_btc_dust_value: 1_000u128,
            redeem_transaction_size: 249u32,
        },
        replace: ReplaceConfig { replace_period: choice.replace_period, replace_btc_dust_value: 1_000u128 },
    })
}
