use crate as tokens;
use frame::deps::sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage};
use frame::testing_prelude::*;
use gantry_primitives::{TokensAccess, DOT, IBTC};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Tokens = tokens;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}
impl tokens::Config for Test {}

const ALICE: AccountId32 = AccountId32::new([1; 32]);
const BOB: AccountId32 = AccountId32::new([2; 32]);

fn chain() -> TestState {
    let genesis = RuntimeGenesisConfig {
        tokens: tokens::GenesisConfig { balances: vec![(ALICE, DOT, 100)], ..Default::default() },
        ..Default::default()
    };
    let mut chain = TestState::new(genesis.build_storage().unwrap_or_default());
    chain.execute_with(|| System::set_block_number(1));
    chain
}

fn balances(who: &AccountId32) -> (u128, u128) {
    (Tokens::free(DOT, who), Tokens::locked(DOT, who))
}

#[test]
fn genesis_funds_exist_and_are_counted() {
    chain().execute_with(|| {
        assert_eq!(balances(&ALICE), (100, 0));
        assert_eq!(Tokens::total_issuance(DOT), 100);
        assert_eq!(System::providers(&ALICE), 1);
    });
}

#[test]
fn a_transfer_moves_free_balance_and_makes_the_receiver_exist() {
    chain().execute_with(|| {
        assert_ok!(Tokens::transfer(RuntimeOrigin::signed(ALICE), BOB, DOT, 30));
        assert_eq!((balances(&ALICE), balances(&BOB)), ((70, 0), (30, 0)));
        assert_eq!(System::providers(&BOB), 1);
        System::assert_last_event(
            tokens::Event::Transfer { currency_id: DOT, from: ALICE, to: BOB, amount: 30 }.into(),
        );
        assert_ok!(<Tokens as TokensAccess>::transfer(DOT, &BOB, &BOB, 30));
        assert_noop!(
            Tokens::transfer(RuntimeOrigin::signed(ALICE), BOB, DOT, 71),
            tokens::Error::<Test>::BalanceTooLow
        );
    });
}

#[test]
fn locked_tokens_cannot_be_spent_until_unlocked() {
    chain().execute_with(|| {
        assert_ok!(Tokens::lock(DOT, &ALICE, 60));
        System::assert_last_event(tokens::Event::Reserved { currency_id: DOT, who: ALICE, amount: 60 }.into());
        assert_noop!(
            <Tokens as TokensAccess>::transfer(DOT, &ALICE, &BOB, 41),
            tokens::Error::<Test>::BalanceTooLow
        );
        assert_noop!(Tokens::unlock(DOT, &ALICE, 61), tokens::Error::<Test>::BalanceTooLow);
        assert_noop!(Tokens::lock(DOT, &ALICE, 41), tokens::Error::<Test>::BalanceTooLow);
        assert_ok!(Tokens::transfer_locked(DOT, &ALICE, &BOB, 20));
        assert_ok!(Tokens::unlock(DOT, &ALICE, 40));
        assert_eq!((balances(&ALICE), balances(&BOB)), ((80, 0), (20, 0)));
    });
}

#[test]
fn minting_and_burning_change_the_total() {
    chain().execute_with(|| {
        assert_ok!(Tokens::mint(IBTC, &BOB, 5));
        assert_ok!(Tokens::lock(IBTC, &BOB, 3));
        assert_noop!(Tokens::burn_locked(IBTC, &BOB, 4), tokens::Error::<Test>::BalanceTooLow);
        assert_ok!(Tokens::burn_locked(IBTC, &BOB, 3));
        assert_eq!((Tokens::free(IBTC, &BOB), Tokens::total_issuance(IBTC)), (2, 2));
        assert_ok!(Tokens::withdraw(IBTC, &BOB, 2));
        assert_eq!(Tokens::total_issuance(IBTC), 0);
        assert_noop!(Tokens::mint(DOT, &BOB, u128::MAX), frame::deps::sp_runtime::ArithmeticError::Overflow);
    });
}

#[test]
fn root_alone_sets_balances() {
    chain().execute_with(|| {
        assert_noop!(
            Tokens::set_balance(RuntimeOrigin::signed(ALICE), ALICE, DOT, 1, 1),
            DispatchError::BadOrigin
        );
        assert_ok!(Tokens::set_balance(RuntimeOrigin::root(), ALICE, DOT, 7, 8));
        assert_eq!(balances(&ALICE), (7, 8));
        assert_eq!(Tokens::total_issuance(DOT), 15);
    });
}
