//! Tokens of vaults that were liquidated.

use super::*;
use crate::Error;
use gantry_pallet_fakes::LIQUIDATION_VAULT;

/// What liquidated vaults left: as many tokens as `AMOUNT`, and this for them.
const LEFT: Balance = 1_500_000;

fn liquidated() -> VaultId {
    let id = VaultId::new(AccountId::new(LIQUIDATION_VAULT), DOT, IBTC);
    World::add_vault(&id, LEFT);
    World::with_vault(&id, |v| v.issued_tokens = AMOUNT);
    id
}

fn redeem(amount_wrapped: Balance) -> DispatchResult {
    send(signed(user()), Call::liquidation_redeem { currencies: vault().currencies, amount_wrapped })
}

#[test]
fn tokens_are_burned_for_their_share_of_what_was_left() {
    chain(|| {
        let left = liquidated();
        assert_ok!(redeem(AMOUNT / 4));
        assert_eq!(last_event(), Event::LiquidationRedeem { redeemer: user(), amount: AMOUNT / 4 });
        assert_eq!(wrapped(&user()), (2 * AMOUNT - AMOUNT / 4, 0));
        assert_eq!(World::purse_of(&user(), DOT).free, LEFT / 4);
        assert_eq!(World::vault_of(&left).issued_tokens, AMOUNT - AMOUNT / 4);
        assert_eq!(promises(), (ISSUED, 0));
    });
}

#[test]
fn not_more_than_held_and_not_more_than_was_left() {
    chain(|| {
        let left = liquidated();
        assert_noop!(redeem(2 * AMOUNT + 1), Error::<Test>::AmountExceedsUserBalance);
        assert_noop!(redeem(AMOUNT + 1), DispatchError::Other("InsufficientTokensCommitted"));
        World::with_vault(&left, |v| v.to_be_redeemed_tokens = 1);
        assert_noop!(redeem(AMOUNT), DispatchError::Other("InsufficientTokensCommitted"));
    });
}
