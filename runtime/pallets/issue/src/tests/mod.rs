//! The pallet on a chain of its own, its neighbours being stand-ins.

mod cancel;
mod execute;
mod request;

use crate as pallet_issue;
use crate::{Call, Event, IssueRequests};
use frame::testing_prelude::*;
use gantry_pallet_fakes::{account, proof, Fake, Payment, World, DEPOSIT};
use gantry_primitives::{AccountId, Balance, IssueRequest, VaultId, DOT, H256, IBTC, INTR};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeFreezeReason, RuntimeHoldReason, RuntimeTask
    )]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(63)]
    pub type Issue = pallet_issue;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = frame::traits::IdentityLookup<AccountId>;
}

parameter_types! {
    pub const Treasury: PalletId = PalletId(*b"mod/trsy");
}

impl crate::Config for Test {
    type Security = Fake;
    type Tokens = Fake;
    type Oracle = Fake;
    type Fee = Fake;
    type Relay = Fake;
    type Vaults = Fake;
    type TreasuryPalletId = Treasury;
}

const PERIOD: u32 = 100;
const AMOUNT: Balance = 100_000;
/// Of `AMOUNT` at 10 units per satoshi.
const GRIEFING: Balance = 5_000;
const FEE: Balance = 100;

fn user() -> AccountId {
    account(1)
}

fn stranger() -> AccountId {
    account(2)
}

fn vault() -> VaultId {
    VaultId::new(account(9), DOT, IBTC)
}

/// As a transaction would: all or nothing.
fn send(origin: RuntimeOrigin, call: Call<Test>) -> DispatchResult {
    RuntimeCall::Issue(call).dispatch(origin).map(|_| ()).map_err(|failed| failed.error)
}

fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// A chain with a vault that can issue ten times `AMOUNT`, and a user who can pay griefing collateral.
fn chain(test: impl FnOnce()) {
    let genesis = RuntimeGenesisConfig {
        issue: crate::GenesisConfig { issue_period: PERIOD, issue_btc_dust_value: 1_000, ..Default::default() },
        ..Default::default()
    };
    let mut state = match genesis.build_storage() {
        Ok(storage) => TestState::new(storage),
        Err(error) => panic!("{error}"),
    };
    state.execute_with(|| {
        System::set_block_number(1);
        World::add_vault(&vault(), 10 * AMOUNT * 10 * 2);
        World::endow(&user(), INTR, 2 * GRIEFING);
        test();
    });
}

fn request(who: AccountId, amount: Balance) -> DispatchResult {
    send(signed(who), Call::request_issue { amount, vault_id: vault(), griefing_currency: INTR })
}

fn cancel(who: AccountId, issue_id: H256) -> DispatchResult {
    send(signed(who), Call::cancel_issue { issue_id })
}

/// Opens a request of `AMOUNT`; its id.
fn requested() -> H256 {
    assert_ok!(request(user(), AMOUNT));
    match last_event() {
        Event::RequestIssue { issue_id, .. } => issue_id,
        other => panic!("{other:?}"),
    }
}

fn request_of(id: H256) -> IssueRequest {
    match IssueRequests::<Test>::get(id) {
        Some(request) => request,
        None => panic!("no request {id:?}"),
    }
}

fn last_event() -> Event<Test> {
    match issue_events().pop() {
        Some(event) => event,
        None => panic!("no event"),
    }
}

fn issue_events() -> Vec<Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Issue(event) => Some(event),
            _ => None,
        })
        .collect()
}

/// The deposit address got `amount`.
fn pay(amount: Balance) {
    World::with(|w| w.payment = Some(Payment { to: DEPOSIT, amount, op_return: None }));
}

fn execute(who: AccountId, id: H256) -> DispatchResult {
    send(signed(who), Call::execute_issue { issue_id: id, unchecked_transaction: Box::new(proof()) })
}
