use crate as tx_pause;
use crate::{Error, Event, FullNameOf};
use frame::testing_prelude::*;

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(10)]
    pub type TxPause = tx_pause;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type BaseCallFilter = TxPause;
}
parameter_types! {
    pub static Longest: u32 = 30;
    pub static LongIsPaused: bool = false;
}
impl tx_pause::Config for Test {
    type MaxNameLen = Longest;
    type PauseTooLongNames = LongIsPaused;
}

fn chain(test: impl FnOnce()) {
    TestState::new(Default::default()).execute_with(|| {
        System::set_block_number(1);
        test();
    });
}

fn named(pallet: &str, call: Option<&str>) -> FullNameOf<Test> {
    let name = |text: &str| BoundedVec::truncate_from(text.as_bytes().to_vec());
    (name(pallet), call.map(name))
}

/// What becomes of a remark, and of a remark that leaves an event.
fn remarks() -> [Result<(), DispatchError>; 2] {
    let send = |call: frame_system::Call<Test>| {
        RuntimeCall::System(call).dispatch(RuntimeOrigin::signed(1)).map(|_| ()).map_err(|failed| failed.error)
    };
    [
        send(frame_system::Call::remark { remark: vec![] }),
        send(frame_system::Call::remark_with_event { remark: vec![1] }),
    ]
}

fn filtered() -> Result<(), DispatchError> {
    Err(frame_system::Error::<Test>::CallFiltered.into())
}

#[test]
fn a_paused_call_is_filtered_and_its_neighbours_run() {
    chain(|| {
        let full_name = named("System", Some("remark"));
        assert_ok!(TxPause::pause(RuntimeOrigin::root(), full_name.clone()));
        System::assert_last_event(Event::SomethingPaused { full_name: full_name.clone() }.into());
        assert_eq!(remarks(), [filtered(), Ok(())]);
        assert_ok!(TxPause::unpause(RuntimeOrigin::root(), full_name.clone()));
        System::assert_last_event(Event::SomethingUnpaused { full_name }.into());
        assert_eq!(remarks(), [Ok(()), Ok(())]);
    });
}

#[test]
fn a_paused_pallet_is_filtered_whatever_is_said_of_its_calls() {
    chain(|| {
        assert_ok!(TxPause::pause(RuntimeOrigin::root(), named("System", None)));
        assert_eq!(remarks(), [filtered(), filtered()]);
        let one = || named("System", Some("remark"));
        assert_noop!(TxPause::pause(RuntimeOrigin::root(), one()), Error::<Test>::IsPaused);
        assert_ok!(TxPause::unpause(RuntimeOrigin::root(), one()));
        assert_eq!(remarks(), [filtered(), filtered()]);
        assert_ok!(TxPause::unpause(RuntimeOrigin::root(), named("System", None)));
        assert_eq!(remarks(), [Ok(()), Ok(())]);
    });
}

#[test]
fn calls_of_root_are_never_filtered() {
    chain(|| {
        assert_ok!(TxPause::pause(RuntimeOrigin::root(), named("System", None)));
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        assert_ok!(remark.dispatch(RuntimeOrigin::root()));
    });
}

#[test]
fn nobody_but_root_pauses_nothing_twice_and_never_this_pallet() {
    chain(|| {
        let name = || named("System", Some("remark"));
        let (root, stranger) = (RuntimeOrigin::root, || RuntimeOrigin::signed(1));
        assert_noop!(TxPause::pause(stranger(), name()), DispatchError::BadOrigin);
        assert_noop!(TxPause::unpause(stranger(), name()), DispatchError::BadOrigin);
        assert_noop!(TxPause::unpause(root(), name()), Error::<Test>::IsUnpaused);
        assert_ok!(TxPause::pause(root(), name()));
        assert_noop!(TxPause::pause(root(), name()), Error::<Test>::IsPaused);
        assert_noop!(TxPause::pause(root(), named("TxPause", None)), Error::<Test>::IsUnpausable);
        assert_noop!(TxPause::pause(root(), named("TxPause", Some("unpause"))), Error::<Test>::IsUnpausable);
    });
}

#[test]
fn a_name_too_long_to_be_paused_counts_as_the_chain_says() {
    chain(|| {
        Longest::set(10); // remark_with_event is longer
        assert_eq!(remarks(), [Ok(()), Ok(())]);
        LongIsPaused::set(true);
        assert_eq!(remarks(), [Ok(()), filtered()]);
    });
}
