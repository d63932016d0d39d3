use crate::{mock::*, *};
use frame::deps::sp_runtime::{ArithmeticError, DispatchError, FixedU128};
use frame::testing_prelude::*;
use gantry_primitives::{
    BtcAddress, BtcPublicKey, SecurityAccess, TokensAccess, VaultId, VaultRegistryAccess, VaultStatus, DOT, H256, INTR,
};

type Failed = Error<Test>;

fn signed(byte: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(byte))
}

fn last_is(event: Event<Test>) {
    System::assert_last_event(event.into());
}

fn issued(id: &VaultId, tokens: u128) {
    assert_ok!(VaultRegistry::try_increase_to_be_issued(id, tokens));
    assert_ok!(VaultRegistry::issue_tokens(id, tokens));
}

fn dot(byte: u8) -> (u128, u128) {
    (Tokens::free(DOT, &account(byte)), Tokens::locked(DOT, &account(byte)))
}

mod registration {
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
}

mod issuing {
    use super::*;

    #[test]
    fn promises_stay_within_the_secure_threshold() {
        chain().execute_with(|| {
            let id = register(1, 1_000);
            assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(500));
            assert_noop!(VaultRegistry::try_increase_to_be_issued(&id, 501), Failed::ExceedingVaultLimit);
            assert_ok!(VaultRegistry::try_increase_to_be_issued(&id, 300));
            last_is(Event::IncreaseToBeIssuedTokens { vault_id: id.clone(), increase: 300 });
            assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(200));
            assert_ok!(VaultRegistry::decrease_to_be_issued(&id, 100));
            assert_ok!(VaultRegistry::issue_tokens(&id, 200));
            assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(300));
            assert_noop!(VaultRegistry::issue_tokens(&id, 1), ArithmeticError::Underflow);
        });
    }

    #[test]
    fn a_vault_may_close_and_may_raise_its_own_threshold() {
        chain().execute_with(|| {
            let id = register(1, 1_000);
            assert_ok!(VaultRegistry::accept_new_issues(signed(1), PAIR, false));
            last_is(Event::SetAcceptNewIssues { vault_id: id.clone(), accept_new_issues: false });
            assert_noop!(
                VaultRegistry::ensure_accepting_new_issues(&id),
                Failed::VaultNotAcceptingIssueRequests
            );
            assert_ok!(VaultRegistry::accept_new_issues(signed(1), PAIR, true));
            assert_ok!(VaultRegistry::ensure_accepting_new_issues(&id));
            let own = |threshold| VaultRegistry::set_custom_secure_threshold(signed(1), PAIR, threshold);
            assert_noop!(own(Some(FixedU128::from_u32(2))), Failed::ThresholdNotAboveGlobalThreshold);
            assert_ok!(own(Some(FixedU128::from_u32(4))));
            assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(250));
            assert_ok!(own(None));
            assert_noop!(
                VaultRegistry::accept_new_issues(signed(2), PAIR, true),
                Failed::VaultNotFound
            );
        });
    }

    /// The published vector's key with a request id of zeros: each request its own address.
    #[test]
    fn deposit_addresses_differ_and_belong_to_the_vault() {
        chain().execute_with(|| {
            let id = register(1, 1_000);
            let first = VaultRegistry::register_deposit_address(&id, H256([0; 32]));
            let second = VaultRegistry::register_deposit_address(&id, H256([1; 32]));
            assert_ne!(first, second);
            let address = second.unwrap_or(BtcAddress::P2PKH(Default::default()));
            assert!(matches!(address, BtcAddress::P2WPKHv0(_)));
            assert_eq!(ReservedAddresses::<Test>::get(address), Some(id.clone()));
            last_is(Event::RegisterAddress { vault_id: id, address });
        });
    }

    #[test]
    fn a_key_that_is_none_gives_no_address() {
        chain().execute_with(|| {
            assert_ok!(VaultRegistry::register_public_key(signed(1), BtcPublicKey([9; 33])));
            assert_ok!(VaultRegistry::register_vault(signed(1), PAIR, 1_000));
            assert_noop!(
                VaultRegistry::register_deposit_address(&vault_id(1), H256::zero()),
                Failed::InvalidPublicKey
            );
        });
    }
}

mod redeeming {
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
}

mod liquidating {
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
}

mod replacing {
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
}
