//! What a pause does to calls on the composed chain.

use super::genesis::state_of;
use crate::*;
use frame::deps::frame_support::{assert_noop, assert_ok};
use gantry_primitives::INTR;

fn send(call: impl Into<RuntimeCall>) -> DispatchResult {
    let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
    call.into().dispatch(alice).map(|_| ()).map_err(|failed| failed.error)
}

fn transfer() -> gantry_pallet_tokens::Call<Runtime> {
    gantry_pallet_tokens::Call::transfer { dest: AccountId::new([7; 32]), currency_id: INTR, amount: 1 }
}

fn pause(pallet: &str) {
    let name = BoundedVec::truncate_from(pallet.as_bytes().to_vec());
    let call = Box::new(gantry_pallet_tx_pause::Call::pause { full_name: (name, None) }.into());
    assert_ok!(send(pallet_sudo::Call::sudo { call }));
}

fn on_the_chain(test: impl FnOnce()) {
    state_of("development").execute_with(|| {
        System::set_block_number(1);
        test();
    });
}

#[test]
fn a_paused_call_is_filtered_also_within_a_batch_and_sudo_may_still_make_it() {
    on_the_chain(|| {
        assert_ok!(send(transfer()));
        pause("Tokens");
        let filtered = frame_system::Error::<Runtime>::CallFiltered;
        assert_noop!(send(transfer()), filtered);
        assert_ok!(send(pallet_utility::Call::batch { calls: vec![transfer().into()] }));
        let error = frame_system::Error::<Runtime>::CallFiltered.into();
        System::assert_last_event(pallet_utility::Event::BatchInterrupted { index: 0, error }.into());
        let who = AccountId::new([7; 32]);
        let set = gantry_pallet_tokens::Call::set_balance { who, currency_id: INTR, new_free: 5, new_reserved: 0 };
        assert_ok!(send(pallet_sudo::Call::sudo { call: Box::new(set.into()) }));
        System::assert_last_event(pallet_sudo::Event::Sudid { sudo_result: Ok(()) }.into());
    });
}

#[test]
fn core_calls_run_even_when_their_pallets_are_paused() {
    on_the_chain(|| {
        for pallet in ["System", "Timestamp", "Sudo"] {
            pause(pallet);
        }
        pause("Tokens");
        assert_ok!(send(frame_system::Call::remark { remark: Vec::new() }));
        assert_ok!(RuntimeCall::from(pallet_timestamp::Call::set { now: 1_000 }).dispatch(RuntimeOrigin::none()));
        assert_noop!(send(transfer()), frame_system::Error::<Runtime>::CallFiltered);
    });
}
