//! One issue, one redeem and one replace on the composed chain, with blocks that carry real work.

use super::genesis::state_of;
use crate::*;
use frame::deps::{frame_support::assert_ok, sp_io::TestExternalities};
use frame::traits::OnInitialize;
use gantry_bitcoin::testing::{carries, payment, pays, Block as BitcoinBlock};
use gantry_primitives::{
    BtcAddress, BtcPublicKey, IssueRequestStatus, RedeemRequestStatus, ReplaceRequestStatus, SecurityAccess,
    TokensAccess, Transaction, TransactionOutput, VaultCurrencyPair, VaultRegistryAccess, H160, H256,
};

const PAIR: VaultCurrencyPair = VaultCurrencyPair { collateral: DOT, wrapped: IBTC };

fn who(key: Sr25519Keyring) -> AccountId {
    key.to_account_id()
}

fn by(key: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who(key))
}

fn vault_of(key: Sr25519Keyring) -> VaultId {
    VaultId { account_id: who(key), currencies: PAIR }
}

/// The generator of the curve: a key whose secret everyone knows.
fn key() -> BtcPublicKey {
    let x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let mut bytes = [2; 33];
    for (index, byte) in bytes.iter_mut().skip(1).enumerate() {
        *byte = u8::from_str_radix(&x[2 * index..2 * index + 2], 16).expect("hex");
    }
    BtcPublicKey(bytes)
}

fn next_block() {
    let number = System::block_number() + 1;
    System::set_block_number(number);
    System::reset_events();
    AllPalletsWithSystem::on_initialize(number);
}

/// The Bitcoin chain of the story, and the relay that follows it.
struct Bitcoin {
    tip: BitcoinBlock,
    height: u32,
}

impl Bitcoin {
    fn begin() -> Self {
        let tip = BitcoinBlock::mined(H256Le::zero(), 1, vec![]);
        assert_ok!(BTCRelay::initialize(by(Sr25519Keyring::Bob), tip.header, 1));
        let mut bitcoin = Self { tip, height: 1 };
        bitcoin.mine(vec![], 3);
        bitcoin
    }

    /// A block with these transactions, then empty ones; all are relayed. Returns the first.
    fn mine(&mut self, transactions: Vec<Transaction>, empty_after: u32) -> BitcoinBlock {
        self.extend(transactions);
        let first = self.tip.clone();
        (0..empty_after).for_each(|_| self.extend(vec![]));
        (0..3).for_each(|_| next_block());
        first
    }

    fn extend(&mut self, transactions: Vec<Transaction>) {
        self.height += 1;
        self.tip = BitcoinBlock::mined(self.tip.header.hash, self.height, transactions);
        let bound = gantry_pallet_btc_relay::ChainCounter::<Runtime>::get() + 1;
        let stored = BTCRelay::store_block_header(by(Sr25519Keyring::Bob), self.tip.header, bound);
        assert_eq!(stored.map(|post| post.pays_fee), Ok(Pays::No));
    }

    fn pay(&mut self, outputs: Vec<TransactionOutput>) -> Box<gantry_primitives::FullTransactionProof> {
        Box::new(self.mine(vec![payment(self.height, outputs)], 3).proof(1))
    }
}

fn registered(key_of: Sr25519Keyring) -> VaultId {
    assert_ok!(VaultRegistry::register_public_key(by(key_of), key()));
    assert_ok!(VaultRegistry::register_vault(by(key_of), PAIR, 100_000 * 10_000_000_000));
    vault_of(key_of)
}

fn issued(bitcoin: &mut Bitcoin, vault: &VaultId, requested: Balance) -> H256 {
    assert_ok!(Issue::request_issue(by(Sr25519Keyring::Eve), requested, vault.clone(), INTR));
    let (id, request) = gantry_pallet_issue::IssueRequests::<Runtime>::iter()
        .find(|(_, request)| request.status == IssueRequestStatus::Pending)
        .expect("a request is open");
    let proof = bitcoin.pay(vec![pays(&request.btc_address, (request.amount + request.fee) as i64)]);
    assert_ok!(Issue::execute_issue(by(Sr25519Keyring::Bob), id, proof));
    id
}

fn chain() -> TestExternalities {
    let mut chain = state_of("development");
    chain.execute_with(next_block);
    chain
}

#[test]
fn bitcoin_comes_goes_and_changes_hands() {
    chain().execute_with(|| {
        let mut bitcoin = Bitcoin::begin();
        let old = registered(Sr25519Keyring::Charlie);
        let new = registered(Sr25519Keyring::Dave);

        let id = issued(&mut bitcoin, &old, 1_000_000);
        assert_eq!(gantry_pallet_issue::IssueRequests::<Runtime>::get(id).map(|r| r.status), Some(IssueRequestStatus::Completed));
        assert_eq!(Tokens::free(IBTC, &who(Sr25519Keyring::Eve)), 998_500);
        assert_eq!(Tokens::total_issuance(IBTC), 1_000_000);

        let home = BtcAddress::P2WPKHv0(H160([7; 20]));
        assert_ok!(Redeem::request_redeem(by(Sr25519Keyring::Eve), 400_000, home, old.clone()));
        let (id, request) =
            gantry_pallet_redeem::RedeemRequests::<Runtime>::iter().next().expect("a redeem is open");
        assert_eq!(request.amount_btc, 400_000 - 2_000 - 249 * 5);
        let proof = bitcoin.pay(vec![pays(&home, request.amount_btc as i64), carries(&id)]);
        let executed = Redeem::execute_redeem(by(Sr25519Keyring::Bob), id, proof);
        assert_eq!(executed.map(|post| post.pays_fee), Ok(Pays::No));
        let redeem = gantry_pallet_redeem::RedeemRequests::<Runtime>::get(id).map(|r| r.status);
        assert_eq!(redeem, Some(RedeemRequestStatus::Completed));

        assert_ok!(Replace::request_replace(by(Sr25519Keyring::Charlie), PAIR, 300_000));
        let till = BtcAddress::P2PKH(H160([8; 20]));
        assert_ok!(Replace::accept_replace(by(Sr25519Keyring::Dave), PAIR, old.clone(), 300_000, 0, till));
        let (id, request) =
            gantry_pallet_replace::ReplaceRequests::<Runtime>::iter().next().expect("a replace is open");
        let proof = bitcoin.pay(vec![carries(&id), pays(&till, request.amount as i64)]);
        assert_ok!(Replace::execute_replace(by(Sr25519Keyring::Bob), id, proof));
        let replace = gantry_pallet_replace::ReplaceRequests::<Runtime>::get(id).map(|r| r.status);
        assert_eq!(replace, Some(ReplaceRequestStatus::Completed));
        let tokens = |vault| VaultRegistry::vault(vault).map(|v| v.issued_tokens);
        assert_eq!((tokens(&old), tokens(&new)), (Ok(302_000), Ok(300_000)));
    });
}

#[test]
fn a_redeem_that_nobody_pays_is_cancelled_after_both_clocks() {
    chain().execute_with(|| {
        let mut bitcoin = Bitcoin::begin();
        let vault = registered(Sr25519Keyring::Charlie);
        issued(&mut bitcoin, &vault, 1_000_000);
        let home = BtcAddress::P2WPKHv0(H160([7; 20]));
        assert_ok!(Redeem::request_redeem(by(Sr25519Keyring::Eve), 400_000, home, vault.clone()));
        let (id, _) = gantry_pallet_redeem::RedeemRequests::<Runtime>::iter().next().expect("a redeem is open");
        let cancel = || Redeem::cancel_redeem(by(Sr25519Keyring::Eve), id, true);
        (0..401).for_each(|_| next_block());
        assert!(cancel().is_err()); // 400 active blocks are over, 8 Bitcoin blocks are not
        bitcoin.mine(vec![], 8);
        let before = Tokens::free(DOT, &who(Sr25519Keyring::Eve));
        assert_ok!(cancel());
        assert!(Tokens::free(DOT, &who(Sr25519Keyring::Eve)) > before);
        let banned = VaultRegistry::vault(&vault).map(|v| v.banned_until);
        assert_eq!(banned, Ok(Some(Security::active_block() + 20)));
    });
}
