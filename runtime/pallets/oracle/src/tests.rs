use crate::{self as oracle, TimestampedValue};
use frame::deps::sp_runtime::{
    traits::IdentityLookup, AccountId32, ArithmeticError, BuildStorage, FixedPointNumber, FixedU128,
};
use frame::testing_prelude::*;
use gantry_primitives::{CurrencyId, OracleAccess, OracleKey, DOT, IBTC};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Oracle = oracle;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}
#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}
parameter_types! {
    pub const Wrapped: CurrencyId = IBTC;
}
impl oracle::Config for Test {
    type MaxNameLength = ConstU32<255>;
    type WrappedCurrencyId = Wrapped;
}

const ALICE: AccountId32 = AccountId32::new([1; 32]);
const BOB: AccountId32 = AccountId32::new([2; 32]);
const KEY: OracleKey = OracleKey::ExchangeRate(DOT);
const DELAY: u64 = 1_000;

fn chain(never_expires: bool, values: Vec<(OracleKey, FixedU128)>) -> TestState {
    let genesis = RuntimeGenesisConfig {
        oracle: oracle::GenesisConfig {
            max_delay: DELAY,
            authorized_oracles: vec![(ALICE, Default::default()), (BOB, Default::default())],
            values,
            never_expires,
        },
        ..Default::default()
    };
    let mut chain = TestState::new(genesis.build_storage().unwrap_or_default());
    chain.execute_with(|| System::set_block_number(1));
    chain
}

fn feed(who: AccountId32, value: u128) {
    assert_ok!(Oracle::feed_values(RuntimeOrigin::signed(who), vec![(KEY, FixedU128::from_u32(value as u32))]));
}

fn block_at(now: u64) {
    pallet_timestamp::Now::<Test>::put(now);
    Oracle::on_initialize(1);
}

#[test]
fn a_value_counts_from_the_next_block_on() {
    chain(false, vec![]).execute_with(|| {
        block_at(5_000);
        feed(ALICE, 7);
        assert_noop!(Oracle::price(KEY), oracle::Error::<Test>::MissingExchangeRate);
        block_at(5_010);
        assert_eq!(Oracle::price(KEY), Ok(FixedU128::from_u32(7)));
        assert_eq!(oracle::ValidUntil::<Test>::get(KEY), Some(5_000 + DELAY));
        System::assert_last_event(
            oracle::Event::AggregateUpdated { values: vec![(KEY, Some(FixedU128::from_u32(7)))] }.into(),
        );
    });
}

#[test]
fn the_aggregate_is_the_median_of_fresh_values() {
    chain(false, vec![]).execute_with(|| {
        block_at(5_000);
        feed(ALICE, 10);
        block_at(5_500);
        feed(BOB, 20);
        block_at(5_600);
        assert_eq!(Oracle::price(KEY), Ok(FixedU128::from_u32(15)));
        block_at(6_001); // Alice's value is too old now
        assert_eq!(Oracle::price(KEY), Ok(FixedU128::from_u32(20)));
    });
}

#[test]
fn a_value_that_is_too_old_is_gone_and_that_is_told() {
    chain(false, vec![]).execute_with(|| {
        block_at(5_000);
        feed(ALICE, 10);
        block_at(5_001);
        block_at(6_000);
        assert_ok!(Oracle::price(KEY));
        block_at(6_001);
        assert_noop!(Oracle::price(KEY), oracle::Error::<Test>::MissingExchangeRate);
        System::assert_last_event(oracle::Event::AggregateUpdated { values: vec![(KEY, None)] }.into());
    });
}

#[test]
fn with_the_flag_the_genesis_price_outlives_any_delay_and_can_be_changed() {
    chain(true, vec![(KEY, FixedU128::from_u32(3))]).execute_with(|| {
        block_at(9_000_000_000_000);
        assert_eq!(Oracle::price(KEY), Ok(FixedU128::from_u32(3)));
        feed(ALICE, 4);
        block_at(9_000_000_001_000);
        block_at(9_900_000_000_000);
        assert_eq!(Oracle::price(KEY), Ok(FixedU128::from_u32(4)));
        assert_eq!(oracle::ValidUntil::<Test>::get(KEY), Some(oracle::NEVER));
    });
}

#[test]
fn strangers_cannot_feed_and_root_alone_appoints() {
    chain(false, vec![]).execute_with(|| {
        let carol = AccountId32::new([3; 32]);
        let values = vec![(OracleKey::FeeEstimation, FixedU128::from_u32(5))];
        let as_carol = || RuntimeOrigin::signed(carol.clone());
        assert_noop!(
            Oracle::feed_values(as_carol(), values.clone()),
            oracle::Error::<Test>::InvalidOracleSource
        );
        assert_noop!(
            Oracle::insert_authorized_oracle(as_carol(), carol.clone(), Default::default()),
            DispatchError::BadOrigin
        );
        assert_ok!(Oracle::insert_authorized_oracle(RuntimeOrigin::root(), carol.clone(), Default::default()));
        let paid = Oracle::feed_values(as_carol(), values.clone()).map(|post| post.pays_fee);
        assert_eq!(paid, Ok(Pays::No));
        assert_noop!(Oracle::remove_authorized_oracle(as_carol(), ALICE), DispatchError::BadOrigin);
        assert_ok!(Oracle::remove_authorized_oracle(RuntimeOrigin::root(), carol.clone()));
        System::assert_last_event(oracle::Event::OracleRemoved { oracle_id: carol.clone() }.into());
        assert_noop!(Oracle::feed_values(as_carol(), values), oracle::Error::<Test>::InvalidOracleSource);
    });
}

#[test]
fn conversion_rounds_down_both_ways_and_keeps_the_wrapped_currency() {
    let rate = FixedU128::saturating_from_rational(5, 2);
    chain(true, vec![(KEY, rate)]).execute_with(|| {
        assert_eq!(Oracle::wrapped_to_collateral(3, DOT), Ok(7)); // 7.5
        assert_eq!(Oracle::collateral_to_wrapped(7, DOT), Ok(2)); // 2.8
        assert_eq!(Oracle::wrapped_to_collateral(3, IBTC), Ok(3));
        assert_eq!(Oracle::collateral_to_wrapped(3, IBTC), Ok(3));
        assert_eq!(
            Oracle::wrapped_to_collateral(u128::MAX, DOT),
            Err(DispatchError::Arithmetic(ArithmeticError::Overflow))
        );
        assert_eq!(
            oracle::RawValues::<Test>::get(KEY, ALICE),
            Some(TimestampedValue { value: rate, timestamp: 0 })
        );
    });
}
