//! The development chain: stock FRAME pallets around the pallets of the bridge.
//!
//! Always holds: pallet names and indices, the signer type (a bare account id) and the transaction
//! extensions are those of the published interBTC runtime, so a client of the real chain works here.
//! Must never do: carry value (sudo may do anything, prices and keys are public).
#![cfg_attr(not(feature = "std"), no_std)]
// the compiler's own expansion of the runtime macros nests deeper than the default
#![recursion_limit = "256"]

extern crate alloc;

pub mod account;
mod api;
pub mod config;
pub mod fees;
pub mod interface;
pub mod presets;
#[cfg(test)]
mod tests;

use alloc::{borrow::Cow, vec::Vec};
use api::RUNTIME_API_VERSIONS;
use frame::{
    deps::sp_runtime::{generic, MultiSignature},
    prelude::*,
    runtime::prelude::*,
};

pub use gantry_primitives::{AccountId, Balance, Nonce};

pub type Header = generic::Header<u32, BlakeTwo256>;
/// The published order; a signer goes by these names.
pub type TxExtension = (
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<AccountId, RuntimeCall, MultiSignature, TxExtension>;
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
type RuntimeExecutive =
    Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

#[cfg(not(feature = "upgrade"))]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("gantry-dev"),
    impl_name: Cow::Borrowed("gantry-dev"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// A later version with one changed call (`Fee.set_punishment_fee`), to try an upgrade of a running
/// chain.
#[cfg(feature = "upgrade")]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("gantry-dev"),
    impl_name: Cow::Borrowed("gantry-dev"),
    authoring_version: 1,
    spec_version: 2,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 2,
    system_version: 1,
};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;
    #[runtime::pallet_index(0)]
    pub type System = frame_system::Pallet<Runtime>;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
    #[runtime::pallet_index(2)]
    pub type Sudo = pallet_sudo::Pallet<Runtime>;
    #[runtime::pallet_index(3)]
    pub type Utility = pallet_utility::Pallet<Runtime>;
    #[runtime::pallet_index(4)]
    pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;
    #[runtime::pallet_index(10)]
    pub type TxPause = gantry_pallet_tx_pause::Pallet<Runtime>;
    #[runtime::pallet_index(20)]
    pub type Currency = gantry_pallet_currency::Pallet<Runtime>;
    #[runtime::pallet_index(21)]
    pub type Tokens = gantry_pallet_tokens::Pallet<Runtime>;
    #[runtime::pallet_index(50)]
    pub type BTCRelay = gantry_pallet_btc_relay::Pallet<Runtime>;
    #[runtime::pallet_index(60)]
    pub type Security = gantry_pallet_security::Pallet<Runtime>;
    #[runtime::pallet_index(61)]
    pub type VaultRegistry = gantry_pallet_vault_registry::Pallet<Runtime>;
    #[runtime::pallet_index(62)]
    pub type Oracle = gantry_pallet_oracle::Pallet<Runtime>;
    #[runtime::pallet_index(63)]
    pub type Issue = gantry_pallet_issue::Pallet<Runtime>;
    #[runtime::pallet_index(64)]
    pub type Redeem = gantry_pallet_redeem::Pallet<Runtime>;
    #[runtime::pallet_index(65)]
    pub type Replace = gantry_pallet_replace::Pallet<Runtime>;
    #[runtime::pallet_index(66)]
    pub type Fee = gantry_pallet_fee::Pallet<Runtime>;
}
