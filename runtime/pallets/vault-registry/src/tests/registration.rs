//! Becoming a vault.

use super::*;

#[test]
fn locks_collateral_and_tells_it_in_the_published_order() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        assert_eq!(dot(1), (RICH - 1_000, 1_000));
        assert_eq!(VaultRegistry::collateral(&id), 1_000);
        assert_eq!(Vaults::<Test>::get(&id).map(|vault| vault.status), Some(VaultStatus::Active(true)));
        let events: Vec<_> = System::events().into_iter().map(|record| record.event).collect();
        let expected: Vec<RuntimeEvent> = vec![
            Event::UpdatePublicKey { account_id: account(1), public_key: key() }.into(),
            gantry_pallet_tokens::Event::Reserved { currency_id: DOT, who: account(1), amount: 1_000 }.into(),
            Event::IncreaseLockedCollateral { currency_pair: PAIR, delta: 1_000, total: 1_000 }.into(),
            Event::RegisterVault { vault_id: id, collateral: 1_000 }.into(),
        ];
        assert_eq!(events, expected);
    });
}

#[test]
fn is_refused_without_key_collateral_or_room() {
    chain().execute_with(|| {
        let register = |collateral| VaultRegistry::register_vault(signed(1), PAIR, collateral);
        assert_noop!(register(1_000), Failed::NoBitcoinPublicKey);
        assert_ok!(VaultRegistry::register_public_key(signed(1), key()));
        assert_noop!(
            VaultRegistry::register_public_key(signed(1), key()),
            Failed::PublicKeyAlreadyRegistered
        );
        assert_noop!(register(MINIMUM - 1), Failed::InsufficientVaultCollateralAmount);
        assert_noop!(register(CEILING + 1), Failed::CurrencyCeilingExceeded);
        assert_noop!(register(RICH + 1), gantry_pallet_tokens::Error::<Test>::BalanceTooLow);
        assert_ok!(register(1_000));
        assert_noop!(register(1_000), Failed::VaultAlreadyRegistered);
    });
}

#[test]
fn needs_three_thresholds_a_minimum_and_a_ceiling() {
    chain().execute_with(|| {
        assert_ok!(VaultRegistry::register_public_key(signed(1), key()));
        let register = || VaultRegistry::register_vault(signed(1), PAIR, 1_000);
        SystemCollateralCeiling::<Test>::remove(PAIR);
        assert_noop!(register(), Failed::CeilingNotSet);
        MinimumCollateralVault::<Test>::remove(DOT);
        assert_noop!(register(), Failed::MinimumCollateralNotSet);
        PremiumRedeemThreshold::<Test>::remove(PAIR);
        assert_noop!(register(), Failed::ThresholdNotSet);
        let root = RuntimeOrigin::root;
        let two = FixedU128::from_u32(2);
        assert_ok!(VaultRegistry::set_premium_redeem_threshold(root(), PAIR, two));
        assert_ok!(VaultRegistry::set_secure_collateral_threshold(root(), PAIR, two));
        assert_ok!(VaultRegistry::set_liquidation_collateral_threshold(root(), PAIR, two));
        last_is(Event::SetLiquidationCollateralThreshold { currency_pair: PAIR, threshold: two });
        assert_ok!(VaultRegistry::set_minimum_collateral(root(), DOT, 5));
        assert_ok!(VaultRegistry::set_system_collateral_ceiling(root(), PAIR, 1_000));
        assert_ok!(register());
        assert_noop!(
            VaultRegistry::set_minimum_collateral(signed(1), DOT, 5),
            DispatchError::BadOrigin
        );
    });
}
