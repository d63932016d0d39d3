//! Tokens that move from one vault to another.

use super::*;

fn intr(byte: u8) -> (u128, u128) {
    (Tokens::free(INTR, &account(byte)), Tokens::locked(INTR, &account(byte)))
}

#[test]
fn offers_carry_griefing_collateral_in_proportion() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        issued(&id, 400);
        assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&id, 100));
        assert_eq!(VaultRegistry::requestable_to_be_replaced(&id), Ok(300));
        assert_noop!(
            VaultRegistry::try_increase_to_be_replaced(&id, 301),
            Failed::InsufficientTokensCommitted
        );
        assert_eq!(VaultRegistry::try_increase_to_be_replaced(&id, 200), Ok(200));
        assert_ok!(VaultRegistry::lock_replace_collateral(&id, 50));
        assert_eq!(intr(1), (RICH - 50, 50));
        assert_eq!(VaultRegistry::decrease_to_be_replaced(&id, 40), Ok((40, 10)));
        assert_ok!(VaultRegistry::unlock_replace_collateral(&id, 10));
        assert_eq!(VaultRegistry::decrease_to_be_replaced(&id, 999), Ok((160, 40)));
        assert_ok!(VaultRegistry::activate_replace_collateral(&id, 40));
        assert_ok!(VaultRegistry::pay_replace_collateral(&id, &account(2), 40));
        assert_eq!((intr(1), intr(2)), ((RICH - 40, 0), (RICH + 40, 0)));
        assert_eq!(VaultRegistry::griefing_currency(), INTR);
    });
}

#[test]
fn tokens_move_from_the_old_vault_to_the_new_or_stay() {
    chain().execute_with(|| {
        let (old, new) = (register(1, 1_000), register(2, 1_000));
        issued(&old, 400);
        assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&old, 300));
        assert_ok!(VaultRegistry::try_increase_to_be_issued(&new, 300));
        assert_ok!(VaultRegistry::cancel_replace_tokens(&old, &new, 100));
        assert_ok!(VaultRegistry::replace_tokens(&old, &new, 200, 5));
        let books = |id| VaultRegistry::vault(id).map(|v| (v.issued_tokens, v.to_be_issued_tokens, v.to_be_redeemed_tokens));
        assert_eq!(books(&old), Ok((200, 0, 0)));
        assert_eq!(books(&new), Ok((200, 0, 0)));
        last_is(Event::ReplaceTokens {
            old_vault_id: old,
            new_vault_id: new,
            amount: 200,
            additional_collateral: 5,
        });
    });
}

#[test]
fn a_liquidated_old_vault_gets_its_share_back_or_loses_it() {
    chain().execute_with(|| {
        let (old, new) = (register(1, 1_000), register(2, 10_000));
        issued(&old, 400);
        assert_ok!(VaultRegistry::try_increase_to_be_redeemed(&old, 100));
        assert_ok!(VaultRegistry::try_increase_to_be_issued(&new, 100));
        set_price(3);
        assert_ok!(VaultRegistry::report_undercollateralized_vault(signed(2), old.clone()));
        assert_ok!(VaultRegistry::cancel_replace_tokens(&old, &new, 40));
        assert_ok!(VaultRegistry::replace_tokens(&old, &new, 60, 0));
        assert_eq!(VaultRegistry::collateral(&old), 150);
        let system = VaultRegistry::liquidation_vault(&PAIR);
        assert_eq!((system.issued_tokens, system.to_be_redeemed_tokens, system.collateral), (340, 0, 850));
    });
}
