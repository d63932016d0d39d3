use crate as fee;
use frame::deps::sp_runtime::{
    traits::IdentityLookup, AccountId32, BuildStorage, FixedPointNumber, FixedU128,
};
use frame::testing_prelude::*;
use gantry_primitives::FeeAccess;

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Fee = fee;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}
parameter_types! {
    pub const Pot: PalletId = PalletId(*b"mod/fees");
    pub Max: FixedU128 = FixedU128::from(1);
}
impl fee::Config for Test {
    type FeePalletId = Pot;
    type MaxExpectedValue = Max;
}

fn rate(parts: u128, of: u128) -> FixedU128 {
    FixedU128::saturating_from_rational(parts, of)
}

fn chain() -> TestState {
    let genesis = RuntimeGenesisConfig {
        fee: fee::GenesisConfig {
            issue_fee: rate(15, 10_000),
            issue_griefing_collateral: rate(5, 1_000),
            redeem_fee: rate(5, 1_000),
            premium_redeem_fee: rate(5, 100),
            punishment_fee: rate(1, 10),
            replace_griefing_collateral: rate(1, 10),
            ..Default::default()
        },
        ..Default::default()
    };
    TestState::new(genesis.build_storage().unwrap_or_default())
}

#[test]
fn rates_round_to_the_nearest_unit_and_premiums_down() {
    chain().execute_with(|| {
        assert_eq!(Fee::issue_fee(100_000), Ok(150));
        assert_eq!(Fee::issue_fee(1_000), Ok(2)); // 1.5
        assert_eq!(Fee::issue_fee(333), Ok(0)); // 0.4995
        assert_eq!(Fee::issue_griefing_collateral(200), Ok(1));
        assert_eq!(Fee::redeem_fee(100), Ok(1)); // 0.5
        assert_eq!(Fee::premium_redeem_fee(39), Ok(1)); // 1.95
        assert_eq!(Fee::punishment_fee(1_000), Ok(100));
        assert_eq!(Fee::replace_griefing_collateral(1_000), Ok(100));
    });
}

#[test]
fn root_alone_sets_rates_up_to_the_highest_allowed() {
    chain().execute_with(|| {
        let root = RuntimeOrigin::root;
        let stranger = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        assert_noop!(Fee::set_issue_fee(stranger, rate(1, 2)), DispatchError::BadOrigin);
        assert_noop!(Fee::set_redeem_fee(root(), rate(101, 100)), fee::Error::<Test>::AboveMaxExpectedValue);
        assert_ok!(Fee::set_issue_fee(root(), rate(1, 2)));
        assert_ok!(Fee::set_issue_griefing_collateral(root(), rate(1, 2)));
        assert_ok!(Fee::set_redeem_fee(root(), rate(1, 2)));
        assert_ok!(Fee::set_premium_redeem_fee(root(), rate(1, 2)));
        assert_ok!(Fee::set_punishment_fee(root(), rate(1, 2)));
        assert_ok!(Fee::set_replace_griefing_collateral(root(), rate(1, 2)));
        assert_eq!(Fee::replace_griefing_collateral(10), Ok(5));
    });
}
