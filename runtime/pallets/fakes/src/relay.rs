//! The relay: expiry by the true rule, payments as the world says.

use crate::{Fake, World};
use frame::deps::sp_runtime::{DispatchError, DispatchResult};
use gantry_primitives::*;

impl BtcRelayAccess for Fake {
    fn best_block_height() -> u32 {
        World::read().best_height
    }

    fn is_fully_initialized() -> bool {
        World::read().relay_ready
    }

    fn has_request_expired(opentime: BlockNumber, btc_height: u32, period: BlockNumber) -> Result<bool, DispatchError> {
        let world = World::read();
        let bitcoin_period = period.div_ceil(PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK);
        Ok(world.active_block > opentime + period && world.best_height > btc_height + bitcoin_period)
    }

    fn ensure_payable(address: &BtcAddress) -> DispatchResult {
        if address.is_zero() { Err(DispatchError::Other("InvalidBtcHash")) } else { Ok(()) }
    }

    fn verify_issue_payment(_: FullTransactionProof, recipient: BtcAddress) -> Result<Balance, DispatchError> {
        match World::read().payment {
            Some(payment) if payment.to == recipient => Ok(payment.amount),
            _ => Err(DispatchError::Other("InvalidPayment")),
        }
    }

    fn verify_op_return_payment(
        _: FullTransactionProof,
        recipient: BtcAddress,
        amount: Balance,
        id: H256,
    ) -> DispatchResult {
        let payment = World::read().payment.ok_or(DispatchError::Other("InvalidTransaction"))?;
        if payment.op_return != Some(id) || payment.to != recipient {
            return Err(DispatchError::Other("InvalidPayment"));
        }
        if payment.amount != amount {
            return Err(DispatchError::Other("InvalidPaymentAmount"));
        }
        Ok(())
    }
}
