//! What a vault gives up, and what failing costs it.

use super::*;

#[test]
fn takes_only_what_is_issued_and_not_promised() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        issued(&id, 400);
        assert_noop!(
            VaultRegistry::try_increase_to_be_redeemed(&id, 401),
            Failed::InsufficientTokensCommitted
        );
        assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&id, 300));
        assert_ok!(VaultRegistry::decrease_to_be_redeemed(&id, 100));
        assert_ok!(VaultRegistry::redeem_tokens(&id, 150, 0, &account(2)));
        last_is(Event::RedeemTokens { vault_id: id.clone(), redeemed_amount: 150 });
        assert_ok!(VaultRegistry::decrease_tokens(&id, &account(2), 50));
        let vault = VaultRegistry::vault(&id).map(|v| (v.issued_tokens, v.to_be_redeemed_tokens));
        assert_eq!(vault, Ok((200, 0)));
    });
}

#[test]
fn a_premium_is_paid_from_collateral() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        issued(&id, 400);
        assert_eq!(VaultRegistry::is_below_premium_threshold(&id), Ok(false));
        set_price(2); // 1000 planck back 333 satoshi at 150 %
        assert_eq!(VaultRegistry::is_below_premium_threshold(&id), Ok(true));
        assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&id, 100));
        assert_ok!(VaultRegistry::redeem_tokens(&id, 100, 7, &account(2)));
        assert_eq!((VaultRegistry::collateral(&id), dot(2).0), (993, RICH + 7));
        assert_eq!(TotalUserVaultCollateral::<Test>::get(PAIR), 993);
    });
}

#[test]
fn a_failed_vault_is_slashed_at_most_all_and_banned_for_the_delay() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        assert_eq!(VaultRegistry::slash_collateral(&id, &account(2), 300), Ok(300));
        assert_eq!(VaultRegistry::slash_collateral(&id, &account(2), 5_000), Ok(700));
        assert_eq!((dot(1), dot(2).0), ((RICH - 1_000, 0), RICH + 1_000));
        assert_ok!(VaultRegistry::try_deposit_collateral(&id, 200));
        assert_noop!(VaultRegistry::withdraw_collateral(&id, 201), ArithmeticError::Underflow);
        assert_ok!(VaultRegistry::withdraw_collateral(&id, 50));
        assert_ok!(VaultRegistry::ban(&id));
        last_is(Event::BanVault { vault_id: id.clone(), banned_until: 10 });
        assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(0));
        for _ in 0..10 {
            Security::on_initialize(1);
        }
        assert_eq!(Security::active_block(), 10);
        assert_noop!(VaultRegistry::ensure_not_banned(&id), Failed::VaultBanned);
        Security::on_initialize(1);
        assert_ok!(VaultRegistry::ensure_not_banned(&id));
    });
}
