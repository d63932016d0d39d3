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
pub mod fees;
pub mod interface;
pub mod presets;
#[cfg(test)]
mod tests;

use alloc::{borrow::Cow, vec::Vec};
use frame::{
    deps::sp_runtime::{generic, traits::Block as BlockT, FixedU128, MultiSignature},
    prelude::*,
    runtime::{apis, prelude::*},
};
use frame_support::weights::IdentityFee;
use gantry_primitives::{CurrencyId, H256Le, VaultId, DOT, IBTC, INTR, PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};

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

/// Milliseconds between blocks, as consensus and chopsticks step the clock. The protocol counts
/// periods in blocks and calls one 12 s, whatever its real length.
pub const SLOT_MS: u64 = 1_000;

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    pub const Native: CurrencyId = INTR;
    pub const RelayChain: CurrencyId = DOT;
    pub const Wrapped: CurrencyId = IBTC;
    pub const FeePot: PalletId = PalletId(*b"mod/fees");
    pub const Treasury: PalletId = PalletId(*b"mod/trsy");
    pub const LiquidationVault: PalletId = PalletId(*b"mod/vreg");
    pub MaxRate: FixedU128 = FixedU128::from_u32(10);
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type Nonce = Nonce;
    type Version = Version;
    type SS58Prefix = ConstU16<42>;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = account::AccountData;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Runtime {
    type MinimumPeriod = ConstU64<{ SLOT_MS / 2 }>;
}

#[derive_impl(pallet_sudo::config_preludes::TestDefaultConfig)]
impl pallet_sudo::Config for Runtime {}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = ();
}

#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Runtime {
    type OnChargeTransaction = fees::InTokens<Native>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = IdentityFee<Balance>;
}

impl gantry_pallet_currency::Config for Runtime {
    type GetNativeCurrencyId = Native;
    type GetRelayChainCurrencyId = RelayChain;
    type GetWrappedCurrencyId = Wrapped;
}

impl gantry_pallet_tokens::Config for Runtime {}

impl gantry_pallet_security::Config for Runtime {}

impl gantry_pallet_btc_relay::Config for Runtime {
    type Security = Security;
    type ParachainBlocksPerBitcoinBlock = ConstU32<PARACHAIN_BLOCKS_PER_BITCOIN_BLOCK>;
}

impl gantry_pallet_vault_registry::Config for Runtime {
    type PalletId = LiquidationVault;
    type GetGriefingCollateralCurrencyId = Native;
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
}

impl gantry_pallet_oracle::Config for Runtime {
    type MaxNameLength = ConstU32<255>;
    type WrappedCurrencyId = Wrapped;
}

impl gantry_pallet_issue::Config for Runtime {
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
    type TreasuryPalletId = Treasury;
}

impl gantry_pallet_redeem::Config for Runtime {
    type Security = Security;
    type Tokens = Tokens;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
}

impl gantry_pallet_replace::Config for Runtime {
    type Security = Security;
    type Oracle = Oracle;
    type Fee = Fee;
    type Relay = BTCRelay;
    type Vaults = VaultRegistry;
}

impl gantry_pallet_fee::Config for Runtime {
    type FeePalletId = FeePot;
    type MaxExpectedValue = MaxRate;
}

impl_runtime_apis! {
    impl apis::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }
        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            RuntimeExecutive::execute_block(block)
        }
        fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
            RuntimeExecutive::initialize_block(header)
        }
    }

    impl apis::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }
        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }
        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl apis::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: UncheckedExtrinsic) -> ApplyExtrinsicResult {
            RuntimeExecutive::apply_extrinsic(extrinsic)
        }
        fn finalize_block() -> Header {
            RuntimeExecutive::finalize_block()
        }
        fn inherent_extrinsics(data: InherentData) -> Vec<UncheckedExtrinsic> {
            data.create_extrinsics()
        }
        fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl apis::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            extrinsic: UncheckedExtrinsic,
            hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            RuntimeExecutive::validate_transaction(source, extrinsic, hash)
        }
    }

    impl apis::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(who: AccountId) -> Nonce {
            System::account_nonce(who)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(extrinsic: UncheckedExtrinsic, len: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(extrinsic, len)
        }
        fn query_fee_details(extrinsic: UncheckedExtrinsic, len: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_fee_details(extrinsic, len)
        }
        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }
        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    // There is no consensus pallet: this only tells chopsticks how far to step its clock.
    impl apis::AuraApi<Block, apis::sr25519::AuthorityId> for Runtime {
        fn slot_duration() -> apis::SlotDuration {
            apis::SlotDuration::from_millis(SLOT_MS)
        }
        fn authorities() -> Vec<apis::sr25519::AuthorityId> {
            Vec::new()
        }
    }

    impl apis::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> GenesisBuilderResult {
            build_state::<RuntimeGenesisConfig>(config)
        }
        fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, presets::preset)
        }
        fn preset_names() -> Vec<PresetId> {
            presets::names()
        }
    }

    impl interface::BtcRelayApi<Block> for Runtime {
        fn verify_block_header_inclusion(block_hash: H256Le) -> Result<(), DispatchError> {
            BTCRelay::verify_block_header_inclusion(block_hash, None).map(|_| ())
        }
    }

    impl interface::IssueApi<Block> for Runtime {
        fn get_issue_requests(account_id: AccountId) -> Vec<H256> {
            Issue::get_issue_requests(account_id)
        }
        fn get_vault_issue_requests(vault_id: AccountId) -> Vec<H256> {
            Issue::get_vault_issue_requests(vault_id)
        }
    }

    impl interface::RedeemApi<Block> for Runtime {
        fn get_redeem_requests(account_id: AccountId) -> Vec<H256> {
            Redeem::get_redeem_requests(account_id)
        }
        fn get_vault_redeem_requests(vault_id: AccountId) -> Vec<H256> {
            Redeem::get_vault_redeem_requests(vault_id)
        }
    }

    impl interface::ReplaceApi<Block> for Runtime {
        fn get_old_vault_replace_requests(vault_id: AccountId) -> Vec<H256> {
            Replace::get_old_vault_replace_requests(vault_id)
        }
        fn get_new_vault_replace_requests(vault_id: AccountId) -> Vec<H256> {
            Replace::get_new_vault_replace_requests(vault_id)
        }
    }

    impl interface::VaultRegistryApi<Block> for Runtime {
        fn get_vaults_by_account_id(account_id: AccountId) -> Result<Vec<VaultId>, DispatchError> {
            Ok(VaultRegistry::vaults_of(&account_id))
        }
    }
}
