//! The pallet on a chain of its own, its neighbours being stand-ins.

mod accept;
mod end;
mod offer;

use crate as pallet_replace;
use crate::{Call, Event, ReplaceRequests};
use frame::testing_prelude::*;
use gantry_pallet_fakes::{account, proof, Fake, Payment, World};
use gantry_primitives::{AccountId, Balance, BtcAddress, ReplaceRequest, VaultId, DOT, H160, H256, IBTC, INTR};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeFreezeReason, RuntimeHoldReason, RuntimeTask
    )]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(65)]
    pub type Replace = pallet_replace;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = frame::traits::IdentityLookup<AccountId>;
}

impl crate::Config for Test {
    type Security = Fake;
    type Oracle = Fake;
    type Fee = Fake;
    type Relay = Fake;
    type Vaults = Fake;
}

const PERIOD: u32 = 100;
const ISSUED: Balance = 500_000;
const AMOUNT: Balance = 100_000;
/// Of `AMOUNT` at 10 units per satoshi.
const GRIEFING: Balance = 200_000;
/// Capacity for exactly ten times `AMOUNT`.
const COLLATERAL: Balance = 20_000_000;
const ADDRESS: BtcAddress = BtcAddress::P2SH(H160([6; 20]));

fn old() -> VaultId {
    VaultId::new(account(8), DOT, IBTC)
}

fn new() -> VaultId {
    VaultId::new(account(9), DOT, IBTC)
}

/// As a transaction would: all or nothing.
fn send(origin: RuntimeOrigin, call: Call<Test>) -> DispatchResult {
    RuntimeCall::Replace(call).dispatch(origin).map(|_| ()).map_err(|failed| failed.error)
}

fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// A chain with a vault that has issued and one that has not.
fn chain(test: impl FnOnce()) {
    let genesis = RuntimeGenesisConfig {
        replace: crate::GenesisConfig { replace_period: PERIOD, replace_btc_dust_value: 1_000, ..Default::default() },
        ..Default::default()
    };
    let mut state = match genesis.build_storage() {
        Ok(storage) => TestState::new(storage),
        Err(error) => panic!("{error}"),
    };
    state.execute_with(|| {
        System::set_block_number(1);
        World::add_vault(&old(), COLLATERAL);
        World::add_vault(&new(), COLLATERAL);
        World::with_vault(&old(), |v| v.issued_tokens = ISSUED);
        World::endow(&account(8), INTR, 10 * GRIEFING);
        test();
    });
}

fn offer(amount: Balance) -> DispatchResult {
    send(signed(account(8)), Call::request_replace { currency_pair: old().currencies, amount })
}

fn withdraw(amount: Balance) -> DispatchResult {
    send(signed(account(8)), Call::withdraw_replace { currency_pair: old().currencies, amount })
}

fn accept(taker: &VaultId, amount_btc: Balance, collateral: Balance) -> DispatchResult {
    let call = Call::accept_replace {
        currency_pair: taker.currencies,
        old_vault: old(),
        amount_btc,
        collateral,
        btc_address: ADDRESS,
    };
    send(signed(taker.account_id.clone()), call)
}

/// An offer of `AMOUNT`, accepted by the new vault with some more collateral; its id.
fn accepted(collateral: Balance) -> H256 {
    assert_ok!(offer(AMOUNT));
    World::endow(&account(9), DOT, collateral);
    assert_ok!(accept(&new(), AMOUNT, collateral));
    match last_event() {
        Event::AcceptReplace { replace_id, .. } => replace_id,
        other => panic!("{other:?}"),
    }
}

fn execute(replace_id: H256) -> DispatchResult {
    send(signed(account(1)), Call::execute_replace { replace_id, unchecked_transaction: Box::new(proof()) })
}

fn cancel(replace_id: H256) -> DispatchResult {
    send(signed(account(1)), Call::cancel_replace { replace_id })
}

fn pay(amount: Balance, id: H256) {
    World::with(|w| w.payment = Some(Payment { to: ADDRESS, amount, op_return: Some(id) }));
}

fn request_of(id: H256) -> ReplaceRequest {
    match ReplaceRequests::<Test>::get(id) {
        Some(request) => request,
        None => panic!("no request {id:?}"),
    }
}

fn last_event() -> Event<Test> {
    match System::events().pop().map(|record| record.event) {
        Some(RuntimeEvent::Replace(event)) => event,
        other => panic!("{other:?}"),
    }
}

/// Issued, to be redeemed, to be replaced by the old vault; issued, to be issued by the new one.
fn promises() -> ([Balance; 3], [Balance; 2]) {
    let (old, new) = (World::vault_of(&old()), World::vault_of(&new()));
    (
        [old.issued_tokens, old.to_be_redeemed_tokens, old.to_be_replaced_tokens],
        [new.issued_tokens, new.to_be_issued_tokens],
    )
}

/// Griefing currency of an account: free and locked.
fn griefing(number: u8) -> (Balance, Balance) {
    let purse = World::purse_of(&account(number), INTR);
    (purse.free, purse.locked)
}
