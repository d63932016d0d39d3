//! Fees of transactions: paid in the native currency from `Tokens`, then destroyed.
//!
//! Always holds: the whole fee is taken before the call, what turned out too much is given back
//! after it. Must never do: let a call run whose fee cannot be paid.

use core::marker::PhantomData;
use frame::deps::sp_runtime::{
    traits::{DispatchInfoOf, PostDispatchInfoOf},
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};
use frame::traits::Get;
use gantry_primitives::{AccountId, Balance, CurrencyId, TokensAccess};
use pallet_transaction_payment::{OnChargeTransaction, TxCreditHold};

/// Charges in one currency of `Tokens`.
pub struct InTokens<Currency>(PhantomData<Currency>);

impl<T: pallet_transaction_payment::Config, Currency> TxCreditHold<T> for InTokens<Currency> {
    type Credit = ();
}

impl<T, Currency> OnChargeTransaction<T> for InTokens<Currency>
where
    T: pallet_transaction_payment::Config + gantry_pallet_tokens::Config,
    T: frame_system::Config<AccountId = AccountId>,
    Currency: Get<CurrencyId>,
{
    type Balance = Balance;
    /// What was taken before the call.
    type LiquidityInfo = Balance;

    fn withdraw_fee(
        who: &AccountId,
        _call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        fee_with_tip: Balance,
        _tip: Balance,
    ) -> Result<Balance, TransactionValidityError> {
        if fee_with_tip > 0 {
            gantry_pallet_tokens::Pallet::<T>::withdraw(Currency::get(), who, fee_with_tip)
                .map_err(|_| InvalidTransaction::Payment)?;
        }
        Ok(fee_with_tip)
    }

    fn can_withdraw_fee(
        who: &AccountId,
        _call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        fee_with_tip: Balance,
        _tip: Balance,
    ) -> Result<(), TransactionValidityError> {
        if gantry_pallet_tokens::Pallet::<T>::free(Currency::get(), who) < fee_with_tip {
            return Err(InvalidTransaction::Payment.into());
        }
        Ok(())
    }

    fn correct_and_deposit_fee(
        who: &AccountId,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _post_info: &PostDispatchInfoOf<T::RuntimeCall>,
        corrected_fee_with_tip: Balance,
        _tip: Balance,
        taken: Balance,
    ) -> Result<(), TransactionValidityError> {
        let too_much = taken.saturating_sub(corrected_fee_with_tip);
        gantry_pallet_tokens::Pallet::<T>::mint(Currency::get(), who, too_much)
            .map_err(|_| InvalidTransaction::Payment.into())
    }
}
