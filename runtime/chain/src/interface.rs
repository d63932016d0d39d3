//! The runtime APIs of the bridge, by their published names and types.
//!
//! Always holds: each answers from storage alone; a reader of storage needs none of them.
//! Must never do: change state.

use alloc::vec::Vec;
use frame::deps::sp_runtime::DispatchError;
use gantry_primitives::{AccountId, H256Le, VaultId, H256};

frame::deps::sp_api::decl_runtime_apis! {
    pub trait BtcRelayApi {
        /// Ok when a proof against this block would be accepted now.
        fn verify_block_header_inclusion(block_hash: H256Le) -> Result<(), DispatchError>;
    }

    pub trait IssueApi {
        fn get_issue_requests(account_id: AccountId) -> Vec<H256>;
        fn get_vault_issue_requests(vault_id: AccountId) -> Vec<H256>;
    }

    pub trait RedeemApi {
        fn get_redeem_requests(account_id: AccountId) -> Vec<H256>;
        fn get_vault_redeem_requests(vault_id: AccountId) -> Vec<H256>;
    }

    pub trait ReplaceApi {
        fn get_old_vault_replace_requests(vault_id: AccountId) -> Vec<H256>;
        fn get_new_vault_replace_requests(vault_id: AccountId) -> Vec<H256>;
    }

    pub trait VaultRegistryApi {
        fn get_vaults_by_account_id(account_id: AccountId) -> Result<Vec<VaultId>, DispatchError>;
    }
}
