use crate as security;
use frame::testing_prelude::*;
use frame::deps::sp_runtime::{traits::IdentityLookup, AccountId32};
use gantry_primitives::{SecurityAccess, H256};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Security = security;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}
impl security::Config for Test {}

fn chain() -> TestState {
    let mut chain = TestState::new(Default::default());
    chain.execute_with(|| System::set_block_number(1));
    chain
}

#[test]
fn the_count_grows_each_block_and_tells_it() {
    chain().execute_with(|| {
        Security::on_initialize(1);
        Security::on_initialize(2);
        assert_eq!(Security::active_block(), 2);
        System::assert_last_event(security::Event::UpdateActiveBlock { block_number: 2 }.into());
    });
}

#[test]
fn root_alone_stops_and_starts_the_count() {
    chain().execute_with(|| {
        let stranger = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        assert_noop!(Security::activate_counter(stranger, false), DispatchError::BadOrigin);
        assert_ok!(Security::activate_counter(RuntimeOrigin::root(), false));
        System::assert_last_event(security::Event::Deactivated.into());
        Security::on_initialize(1);
        assert_eq!(Security::active_block(), 0);
        assert_ok!(Security::activate_counter(RuntimeOrigin::root(), true));
        Security::on_initialize(2);
        assert_eq!(Security::active_block(), 1);
    });
}

/// The id is sha256(account ++ nonce little-endian ++ parent hash); computed apart from the pallet.
#[test]
fn ids_follow_the_published_formula_and_never_repeat() {
    chain().execute_with(|| {
        let account = AccountId32::new([7; 32]);
        System::set_parent_hash(H256([9; 32]));
        let first = Security::secure_id(&account);
        let mut preimage = [7u8; 32].to_vec();
        preimage.push(1);
        preimage.extend([0; 31]);
        preimage.extend([9; 32]);
        assert_eq!(first, H256(frame::hashing::sha2_256(&preimage)));
        assert_ne!(first, Security::secure_id(&account));
    });
}
