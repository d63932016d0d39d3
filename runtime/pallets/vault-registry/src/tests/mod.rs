//! The pallet on a chain with the real pallets it stands on.

mod issuing;
mod liquidating;
mod redeeming;
mod registration;
mod replacing;

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
