//! A vault below the threshold, and its way back.

use super::*;

/// 400 issued of which 100 are being redeemed, 1000 planck; price 2 → 800 planck owed, 880 at 110 %.
fn liquidated() -> VaultId {
    let id = register(1, 1_000);
    issued(&id, 400);
    assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&id, 100));
    assert_noop!(
        VaultRegistry::report_undercollateralized_vault(signed(2), id.clone()),
        Failed::VaultNotBelowLiquidationThreshold
    );
    set_price(3); // owed 1200, at 110 % more than there is: all 1000 are taken
    assert_ok!(VaultRegistry::report_undercollateralized_vault(signed(2), id.clone()));
    id
}

#[test]
fn moves_tokens_and_their_backing_to_the_liquidation_vault() {
    chain().execute_with(|| {
        let id = liquidated();
        let system = VaultRegistry::liquidation_vault(&PAIR);
        assert_eq!((system.issued_tokens, system.to_be_redeemed_tokens, system.collateral), (400, 100, 750));
        let vault = VaultRegistry::vault(&id).map(|v| (v.issued_tokens, v.liquidated_collateral));
        assert_eq!(vault, Ok((0, 250)));
        assert_eq!(Tokens::locked(DOT, &VaultRegistry::liquidation_account()), 750);
        assert_noop!(VaultRegistry::ensure_not_banned(&id), Failed::VaultLiquidated);
        assert_noop!(
            VaultRegistry::accept_new_issues(signed(1), PAIR, true),
            Failed::VaultLiquidated
        );
    });
}

#[test]
fn an_open_redeem_that_is_paid_frees_its_share_and_then_the_vault_recovers() {
    chain().execute_with(|| {
        let id = liquidated();
        let recover = || VaultRegistry::recover_vault_id(signed(1), PAIR);
        assert_noop!(recover(), Failed::VaultNotRecoverable);
        assert_ok!(VaultRegistry::redeem_tokens(&id, 40, 0, &account(2)));
        last_is(Event::RedeemTokensLiquidatedVault { vault_id: id.clone(), tokens: 40, collateral: 100 });
        assert_eq!(VaultRegistry::slash_liquidated_collateral(&id, Some(&account(2)), 30), Ok(75));
        assert_ok!(VaultRegistry::decrease_to_be_redeemed(&id, 30));
        assert_eq!(VaultRegistry::slash_liquidated_collateral(&id, None, 30), Ok(75));
        assert_ok!(VaultRegistry::decrease_to_be_redeemed(&id, 30));
        assert_eq!((dot(1), dot(2).0), ((RICH - 900, 0), RICH + 75));
        assert_eq!(VaultRegistry::liquidation_vault(&PAIR).collateral, 825);
        assert_ok!(recover());
        assert_ok!(VaultRegistry::ensure_accepting_new_issues(&id));
        assert_noop!(recover(), Failed::VaultNotRecoverable);
    });
}

/// 400 are owed of which 100 are being redeemed, backed by 750 planck: 2.5 for each of the others.
#[test]
fn tokens_of_liquidated_vaults_are_given_up_for_their_share_of_the_backing() {
    chain().execute_with(|| {
        liquidated();
        let redeem = |tokens| VaultRegistry::redeem_tokens_liquidation(&PAIR, &account(2), tokens);
        assert_noop!(redeem(301), Failed::InsufficientTokensCommitted);
        assert_ok!(redeem(101));
        last_is(Event::RedeemTokensLiquidation {
            redeemer_id: account(2),
            burned_tokens: 101,
            transferred_collateral: 252,
        });
        let system = VaultRegistry::liquidation_vault(&PAIR);
        assert_eq!((system.issued_tokens, system.to_be_redeemed_tokens, system.collateral), (299, 100, 498));
        assert_eq!((dot(2).0, TotalUserVaultCollateral::<Test>::get(PAIR)), (RICH + 252, 748));
        assert_ok!(redeem(199));
        assert_eq!(VaultRegistry::liquidation_vault(&PAIR).collateral, 0);
        assert_noop!(redeem(1), Failed::InsufficientTokensCommitted);
    });
}
