//! Genesis: the presets build, and the committed states are what they build.

use crate::{presets, *};
use frame::deps::sp_io::TestExternalities;
use gantry_primitives::{OracleAccess, OracleKey, TokensAccess, DOT, INTR};

/// The state of a preset: what a node would store at block 0, without the code.
pub(super) fn state_of(preset: &str) -> TestExternalities {
    let mut chain = TestExternalities::default();
    chain.execute_with(|| presets::build(preset).expect("the preset builds"));
    chain
}

#[test]
fn presets_fund_the_known_accounts_and_price_what_the_bridge_needs() {
    for preset in ["development", "strict"] {
        state_of(preset).execute_with(|| {
            let alice = Sr25519Keyring::Alice.to_account_id();
            assert!(System::providers(&alice) > 0);
            assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(alice.clone()));
            for currency in [INTR, DOT] {
                assert!(Tokens::free(currency, &alice) > 0);
                assert!(Oracle::price(OracleKey::ExchangeRate(currency)).is_ok());
            }
            assert!(Oracle::price(OracleKey::FeeEstimation).is_ok());
            assert!(!gantry_pallet_btc_relay::DisableInclusionCheck::<Runtime>::get());
            let unchecked = gantry_pallet_btc_relay::DisableDifficultyCheck::<Runtime>::get();
            assert_eq!(unchecked, preset == "development");
        });
    }
    assert!(presets::preset(&PresetId::from("unknown")).is_none());
}

/// Run `runtime/scripts/build-genesis.sh` when this fails.
#[test]
#[cfg(not(feature = "upgrade"))]
fn the_committed_states_are_what_the_presets_build() {
    let committed = [
        ("development", include_str!("../../../wasm/genesis-development.json")),
        ("strict", include_str!("../../../wasm/genesis-strict.json")),
    ];
    for (preset, json) in committed {
        assert!(presets::state_json(preset).as_deref() == Ok(json), "{preset}: the committed state is another one");
    }
}
