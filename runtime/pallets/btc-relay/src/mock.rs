//! A runtime with the relay and a clock that tests set.

use crate as pallet_btc_relay;
use frame::testing_prelude::*;
use gantry_bitcoin::testing::Block;
use gantry_primitives::{AccountId, BlockHeader, BlockNumber, H256Le, SecurityAccess, Transaction, H256};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeFreezeReason, RuntimeHoldReason, RuntimeTask
    )]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(50)]
    pub type BTCRelay = pallet_btc_relay;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
}

parameter_types! {
    /// The clock of active blocks.
    pub storage ActiveBlock: BlockNumber = 0;
}

pub struct Clock;
impl SecurityAccess for Clock {
    fn active_block() -> BlockNumber {
        ActiveBlock::get()
    }
    fn secure_id(_: &AccountId) -> H256 {
        H256::zero()
    }
}

impl pallet_btc_relay::Config for Test {
    type Security = Clock;
    type ParachainBlocksPerBitcoinBlock = ConstU32<50>;
}

/// Who submits.
pub const RELAYER: u64 = 7;

/// A relay that needs `bitcoin` and `parachain` confirmations, without difficulty check.
pub fn relay_with(bitcoin: u32, parachain: u32) -> TestState {
    let genesis = RuntimeGenesisConfig {
        system: Default::default(),
        btc_relay: pallet_btc_relay::GenesisConfig {
            bitcoin_confirmations: bitcoin,
            parachain_confirmations: parachain,
            disable_difficulty_check: true,
            ..Default::default()
        },
    };
    let mut state = TestState::new(genesis.build_storage().unwrap());
    state.execute_with(|| System::set_block_number(1));
    state
}

pub fn initialize(header: BlockHeader, height: u32) -> DispatchResultWithPostInfo {
    BTCRelay::initialize(RuntimeOrigin::signed(RELAYER), header, height)
}

pub fn store(header: BlockHeader) -> DispatchResultWithPostInfo {
    let bound = pallet_btc_relay::ChainCounter::<Test>::get() + 1;
    BTCRelay::store_block_header(RuntimeOrigin::signed(RELAYER), header, bound)
}

/// Starts at a height with a block of its own; gives back its hash.
pub fn begin(height: u32) -> H256Le {
    let block = Block::mined(H256Le::zero(), height, vec![]);
    assert_ok!(initialize(block.header, height));
    block.header.hash
}

/// Stores blocks upon `parent`, at the heights after it; `salt` tells branches apart.
pub fn grow(parent: H256Le, count: u32, salt: u32) -> Vec<H256Le> {
    let mut tips = vec![parent];
    for _ in 0..count {
        let last = *tips.last().unwrap();
        let height = pallet_btc_relay::BlockHeaders::<Test>::get(last).block_height + 1;
        let block = branch_block(last, height, salt, vec![]);
        assert_ok!(store(block.header));
        tips.push(block.header.hash);
    }
    tips.split_off(1)
}

/// A block of the branch `salt`.
pub fn branch_block(parent: H256Le, height: u32, salt: u32, mut transactions: Vec<Transaction>) -> Block {
    transactions.push(gantry_bitcoin::testing::payment(salt, vec![]));
    Block::mined(parent, height, transactions)
}

/// The events of the relay since the last call.
pub fn events() -> Vec<pallet_btc_relay::Event<Test>> {
    let found = System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::BTCRelay(event) => Some(event),
            RuntimeEvent::System(_) => None,
        })
        .collect();
    System::reset_events();
    found
}
