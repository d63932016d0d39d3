//! The chain under test, the Bitcoin chain beside it, and the books both must keep.

use frame::deps::sp_runtime::{traits::Hash as _, DispatchError, DispatchResult, FixedU128};
use frame::{testing_prelude::*, traits::OnInitialize};
use gantry_bitcoin::testing::{payment, Block};
use gantry_dev_runtime::{
    presets, AllPalletsWithSystem, BTCRelay, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, System,
};
use gantry_pallet_btc_relay::Call as Relay;
use gantry_pallet_oracle::Call as Oracle;
use gantry_pallet_vault_registry::{Call as Registry, LiquidationVault, TotalUserVaultCollateral, VaultCollateral, Vaults};
use gantry_primitives::{
    AccountId, Balance, BtcPublicKey, BtcRelayAccess, FullTransactionProof, H256Le, OracleKey, TokensAccess, Transaction,
    TransactionOutput, Vault, VaultCurrencyPair, VaultId, DOT, IBTC, INTR,
};

pub const PAIR: VaultCurrencyPair = VaultCurrencyPair { collateral: DOT, wrapped: IBTC };
/// 10,000 DOT: worth 1 BTC, so it backs 38,461,538 satoshi at 260 %.
pub const COLLATERAL: Balance = 100_000_000_000_000;
/// Planck per satoshi at genesis.
pub const RATE: Balance = 1_000_000;
/// Of the `development` genesis.
pub const ISSUE_PERIOD: u32 = 200;
pub const REDEEM_PERIOD: u32 = 400;
/// 249 bytes at 5 satoshi.
pub const TRANSFER_FEE: Balance = 1_245;

/// The key of every vault here.
pub const KEY: BtcPublicKey = BtcPublicKey([
    0x02, 0x7b, 0xec, 0xf3, 0xc0, 0x64, 0x22, 0x28, 0x33, 0x6f, 0x81, 0x82, 0xa0, 0x40, 0x81, 0x87, 0x0b, 0xb8, 0x44,
    0x54, 0x53, 0xc6, 0xea, 0xc4, 0x96, 0x0d, 0xd0, 0x56, 0x22, 0x96, 0x0a, 0x3b, 0xf7,
]);

/// Sudo and oracle.
pub fn alice() -> AccountId {
    Sr25519Keyring::Alice.to_account_id()
}

/// Owner of the vault.
pub fn bob() -> AccountId {
    Sr25519Keyring::Bob.to_account_id()
}

/// The user.
pub fn charlie() -> AccountId {
    Sr25519Keyring::Charlie.to_account_id()
}

/// Owner of the other vault.
pub fn dave() -> AccountId {
    Sr25519Keyring::Dave.to_account_id()
}

/// Relayer and passer-by.
pub fn eve() -> AccountId {
    Sr25519Keyring::Eve.to_account_id()
}

pub fn vault_of(account_id: AccountId) -> VaultId {
    VaultId { account_id, currencies: PAIR }
}

/// As a transaction would: all or nothing.
pub fn send(who: AccountId, call: impl Into<RuntimeCall>) -> DispatchResult {
    pays(who, call).map(|_| ())
}

/// Whether a successful call costs a fee.
pub fn pays(who: AccountId, call: impl Into<RuntimeCall>) -> Result<Pays, DispatchError> {
    let done = call.into().dispatch(RuntimeOrigin::signed(who));
    done.map(|info| info.pays_fee).map_err(|failed| failed.error)
}

/// What the relay knows of, with three confirmations to stability.
pub struct Bitcoin {
    tip: H256Le,
    height: u32,
    salt: u32,
}

impl Bitcoin {
    /// A block upon the tip, relayed.
    pub fn mine(&mut self, transactions: Vec<Transaction>) -> Block {
        let block = Block::mined(self.tip, self.height + 1, transactions);
        assert_ok!(send(eve(), Relay::store_block_header { block_header: block.header, fork_bound: 2 }));
        (self.tip, self.height) = (block.header.hash, self.height + 1);
        block
    }

    pub fn mine_empty(&mut self, count: u32) {
        (0..count).for_each(|_| {
            self.mine(vec![]);
        });
    }

    /// A transaction of these outputs, in a block of its own; its proof, not stable yet.
    pub fn send(&mut self, outputs: Vec<TransactionOutput>) -> Box<FullTransactionProof> {
        self.salt += 1;
        let transaction = payment(self.salt, outputs);
        Box::new(self.mine(vec![transaction]).proof(1))
    }

    /// The same, stable on both clocks.
    pub fn settled(&mut self, outputs: Vec<TransactionOutput>) -> Box<FullTransactionProof> {
        let proof = self.send(outputs);
        self.mine_empty(2);
        blocks(2);
        proof
    }

    /// Time passes on both clocks: more than `period` active blocks, and Bitcoin blocks alike.
    pub fn expire(&mut self, period: u32) {
        blocks(period + 1);
        self.mine_empty(period.div_ceil(50) + 1);
    }
}

/// Blocks of the chain.
pub fn blocks(count: u32) {
    for _ in 0..count {
        let next = System::block_number() + 1;
        let parent = <Runtime as frame_system::Config>::Hashing::hash_of(&next);
        System::reset_events();
        System::initialize(&next, &parent, &Default::default());
        AllPalletsWithSystem::on_initialize(next);
    }
}

/// Runs a story on a chain with a ready relay and the vaults of Bob and Dave; then checks the books.
pub fn story(tell: impl FnOnce(&mut Bitcoin)) {
    let mut state = TestState::default();
    state.execute_with(|| {
        assert_ok!(presets::build(DEV_RUNTIME_PRESET));
        blocks(1);
        let first = Block::mined(H256Le::zero(), 100, vec![]);
        assert_ok!(send(eve(), Relay::initialize { block_header: first.header, block_height: 100 }));
        let mut bitcoin = Bitcoin { tip: first.header.hash, height: 100, salt: 0 };
        bitcoin.mine_empty(3);
        for owner in [bob(), dave()] {
            assert_ok!(send(owner.clone(), Registry::register_public_key { public_key: KEY }));
            assert_ok!(send(owner, Registry::register_vault { currency_pair: PAIR, collateral: COLLATERAL }));
        }
        tell(&mut bitcoin);
        books_balance();
    });
}

/// The price of a satoshi in planck, from the next block on.
pub fn price(planck: u32) {
    let values = vec![(OracleKey::ExchangeRate(DOT), FixedU128::from_u32(planck))];
    assert_ok!(send(alice(), Oracle::feed_values { values }));
    blocks(1);
}

/// Bob's vault fails: the price rises until anybody may liquidate it.
pub fn liquidate_bob(planck: u32) {
    price(planck);
    assert_ok!(send(eve(), Registry::report_undercollateralized_vault { vault_id: vault_of(bob()) }));
}

pub fn vault(owner: AccountId) -> Vault {
    match Vaults::<Runtime>::get(vault_of(owner)) {
        Some(vault) => vault,
        None => panic!("no such vault"),
    }
}

type Tokens = gantry_dev_runtime::Tokens;

/// Wrapped tokens: free and locked.
pub fn wrapped(who: &AccountId) -> (Balance, Balance) {
    (Tokens::free(IBTC, who), Tokens::locked(IBTC, who))
}

pub fn dot(who: &AccountId) -> Balance {
    Tokens::free(DOT, who)
}

pub fn intr(who: &AccountId) -> Balance {
    Tokens::free(INTR, who)
}

pub fn best_height() -> u32 {
    BTCRelay::best_block_height()
}

/// Names of the events since the block began, as `Pallet.Event`.
pub fn event_names() -> Vec<String> {
    System::events()
        .iter()
        .map(|record| {
            let shown = format!("{:?}", record.event);
            let mut words = shown.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "Event"));
            format!("{}.{}", words.next().unwrap_or_default(), words.next().unwrap_or_default())
        })
        .collect()
}

pub fn last_event() -> RuntimeEvent {
    match System::events().pop() {
        Some(record) => record.event,
        None => panic!("no event"),
    }
}

/// Every wrapped token is owed by a vault, and every locked balance is accounted for.
fn books_balance() {
    let issued: Balance = Vaults::<Runtime>::iter_values().map(|v| v.issued_tokens).sum();
    let inherited: Balance = LiquidationVault::<Runtime>::iter_values().map(|v| v.issued_tokens).sum();
    assert_eq!(Tokens::total_issuance(IBTC), issued + inherited, "wrapped tokens and what vaults owe");

    let mut counted: Balance = LiquidationVault::<Runtime>::iter_values().map(|v| v.collateral).sum();
    for vault in Vaults::<Runtime>::iter_values() {
        let own = VaultCollateral::<Runtime>::get(&vault.id) + vault.liquidated_collateral;
        counted += own;
        let owner = &vault.id.account_id;
        assert_eq!(Tokens::locked(DOT, owner), own, "collateral locked");
        let griefing = vault.replace_collateral + vault.active_replace_collateral;
        assert_eq!(Tokens::locked(INTR, owner), griefing, "griefing collateral locked");
    }
    assert_eq!(TotalUserVaultCollateral::<Runtime>::get(PAIR), counted, "collateral counted");
}
