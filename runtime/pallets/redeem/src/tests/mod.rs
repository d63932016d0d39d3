//! The pallet on a chain of its own, its neighbours being stand-ins.

mod cancel;
mod execute;
mod liquidation;
mod own;
mod request;

use crate as pallet_redeem;
use crate::{Call, Event, RedeemRequests};
use frame::testing_prelude::*;
use gantry_pallet_fakes::{account, proof, Fake, Payment, World};
use gantry_primitives::{
    AccountId, Balance, BtcAddress, RedeemRequest, VaultId, VaultRegistryAccess, DOT, H160, H256, IBTC, INTR,
};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeFreezeReason, RuntimeHoldReason, RuntimeTask
    )]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(64)]
    pub type Redeem = pallet_redeem;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = frame::traits::IdentityLookup<AccountId>;
}

impl crate::Config for Test {
    type Security = Fake;
    type Tokens = Fake;
    type Oracle = Fake;
    type Fee = Fake;
    type Relay = Fake;
    type Vaults = Fake;
}

const PERIOD: u32 = 100;
const AMOUNT: Balance = 100_000;
/// Of `AMOUNT`.
const FEE: Balance = 200;
/// 250 bytes at 2 satoshi.
const TRANSFER_FEE: Balance = 500;
const PAYOUT: Balance = AMOUNT - FEE - TRANSFER_FEE;
/// What the vault gives up.
const BURNED: Balance = AMOUNT - FEE;
const ISSUED: Balance = 500_000;
/// At 10 units per satoshi this is 400 % of what is issued.
const COLLATERAL: Balance = 20_000_000;
const ADDRESS: BtcAddress = BtcAddress::P2PKH(H160([5; 20]));

fn user() -> AccountId {
    account(1)
}

fn stranger() -> AccountId {
    account(2)
}

fn pot() -> AccountId {
    account(250)
}

fn vault() -> VaultId {
    VaultId::new(account(9), DOT, IBTC)
}

/// As a transaction would: all or nothing.
fn send(origin: RuntimeOrigin, call: Call<Test>) -> DispatchResult {
    RuntimeCall::Redeem(call).dispatch(origin).map(|_| ()).map_err(|failed| failed.error)
}

fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// A chain with a vault that has issued, and a user who holds twice `AMOUNT` of it.
fn chain(test: impl FnOnce()) {
    let genesis = RuntimeGenesisConfig {
        redeem: crate::GenesisConfig {
            redeem_period: PERIOD,
            redeem_btc_dust_value: 1_000,
            redeem_transaction_size: 250,
            ..Default::default()
        },
        ..Default::default()
    };
    let mut state = match genesis.build_storage() {
        Ok(storage) => TestState::new(storage),
        Err(error) => panic!("{error}"),
    };
    state.execute_with(|| {
        System::set_block_number(1);
        World::add_vault(&vault(), COLLATERAL);
        World::with_vault(&vault(), |v| v.issued_tokens = ISSUED);
        World::endow(&user(), IBTC, 2 * AMOUNT);
        test();
    });
}

/// The vault offers tokens for replacement, with this griefing collateral.
fn offered(tokens: Balance, griefing_collateral: Balance) {
    World::endow(&account(9), INTR, griefing_collateral);
    assert_ok!(Fake::try_increase_to_be_replaced(&vault(), tokens));
    assert_ok!(Fake::lock_replace_collateral(&vault(), griefing_collateral));
}

fn request_from(who: AccountId, amount: Balance) -> DispatchResult {
    send(signed(who), Call::request_redeem { amount_wrapped: amount, btc_address: ADDRESS, vault_id: vault() })
}

fn request(amount: Balance) -> DispatchResult {
    request_from(user(), amount)
}

/// Opens a request of `AMOUNT`; its id.
fn requested() -> H256 {
    assert_ok!(request(AMOUNT));
    match last_event() {
        Event::RequestRedeem { redeem_id, .. } => redeem_id,
        other => panic!("{other:?}"),
    }
}

/// A request that nobody paid in time.
fn expired() -> H256 {
    let id = requested();
    World::pass(PERIOD + 1, 3);
    id
}

fn execute(id: H256) -> DispatchResult {
    send(signed(stranger()), Call::execute_redeem { redeem_id: id, unchecked_transaction: Box::new(proof()) })
}

fn cancel(who: AccountId, redeem_id: H256, reimburse: bool) -> DispatchResult {
    send(signed(who), Call::cancel_redeem { redeem_id, reimburse })
}

fn pay(amount: Balance, id: H256) {
    World::with(|w| w.payment = Some(Payment { to: ADDRESS, amount, op_return: Some(id) }));
}

fn request_of(id: H256) -> RedeemRequest {
    match RedeemRequests::<Test>::get(id) {
        Some(request) => request,
        None => panic!("no request {id:?}"),
    }
}

fn last_event() -> Event<Test> {
    match System::events().pop().map(|record| record.event) {
        Some(RuntimeEvent::Redeem(event)) => event,
        other => panic!("{other:?}"),
    }
}

/// Free and locked wrapped tokens.
fn wrapped(who: &AccountId) -> (Balance, Balance) {
    let purse = World::purse_of(who, IBTC);
    (purse.free, purse.locked)
}

/// Issued and to be redeemed.
fn promises() -> (Balance, Balance) {
    let vault = World::vault_of(&vault());
    (vault.issued_tokens, vault.to_be_redeemed_tokens)
}
