//! Fees of transactions on the composed chain.

use super::genesis::state_of;
use crate::{config::Native, fees::InTokens, *};
use frame::deps::{
    frame_support::{assert_ok, dispatch::PostDispatchInfo},
    sp_runtime::transaction_validity::InvalidTransaction,
};
use gantry_primitives::{TokensAccess, INTR};
use pallet_transaction_payment::OnChargeTransaction;

type Charge = InTokens<Native>;

fn call() -> RuntimeCall {
    RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() })
}

fn withdraw(who: &AccountId, fee: Balance) -> Result<Balance, TransactionValidityError> {
    let info = call().get_dispatch_info();
    assert_eq!(
        <Charge as OnChargeTransaction<Runtime>>::can_withdraw_fee(who, &call(), &info, fee, 0).is_ok(),
        Tokens::free(INTR, who) >= fee,
    );
    <Charge as OnChargeTransaction<Runtime>>::withdraw_fee(who, &call(), &info, fee, 0)
}

#[test]
fn a_fee_is_taken_in_the_native_currency_and_what_was_too_much_comes_back() {
    state_of("development").execute_with(|| {
        let alice = Sr25519Keyring::Alice.to_account_id();
        let (had, all) = (Tokens::free(INTR, &alice), Tokens::total_issuance(INTR));
        let taken = withdraw(&alice, 1_000).unwrap_or_default();
        assert_eq!(Tokens::free(INTR, &alice), had - 1_000);
        let info = call().get_dispatch_info();
        let post = PostDispatchInfo::default();
        assert_ok!(<Charge as OnChargeTransaction<Runtime>>::correct_and_deposit_fee(
            &alice, &info, &post, 300, 0, taken
        ));
        assert_eq!(Tokens::free(INTR, &alice), had - 300);
        assert_eq!(Tokens::total_issuance(INTR), all - 300);
    });
}

#[test]
fn who_cannot_pay_does_not_get_in() {
    state_of("development").execute_with(|| {
        let poor = AccountId::new([7; 32]);
        assert_eq!(withdraw(&poor, 1), Err(InvalidTransaction::Payment.into()));
        assert_eq!(withdraw(&poor, 0), Ok(0));
    });
}
