//! Stand-ins for the pallets that issue, redeem and replace meet, for their tests only.
//!
//! Always holds: the whole world is one value in storage, so a failed call rolls it back like the
//! real thing; refusals are `DispatchError::Other` with the real error's name. Must never do: get
//! into the runtime.

mod relay;
mod vaults;
mod world;

pub use vaults::{DEPOSIT, LIQUIDATION_VAULT};

use codec::{Decode, Encode};
use frame::deps::frame_support::storage::unhashed;
use frame::deps::sp_runtime::{DispatchError, DispatchResult, FixedPointNumber};
use gantry_primitives::*;
use std::collections::BTreeMap;

const KEY: &[u8] = b"world";

/// Free and locked.
#[derive(Encode, Decode, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purse {
    pub free: Balance,
    pub locked: Balance,
}

/// What the next proof proves.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payment {
    pub to: BtcAddress,
    pub amount: Balance,
    pub op_return: Option<H256>,
}

#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct World {
    pub purses: BTreeMap<(CurrencyId, AccountId), Purse>,
    pub vaults: BTreeMap<VaultId, Vault>,
    pub collateral: BTreeMap<VaultId, Balance>,
    pub active_block: BlockNumber,
    pub best_height: u32,
    pub relay_ready: bool,
    pub nonce: u8,
    /// Units of collateral per satoshi, for every currency; none: no oracle.
    pub rate: Option<u32>,
    pub sat_per_byte: u32,
    /// Percent of the tokens' worth.
    pub secure_percent: Balance,
    pub premium_percent: Balance,
    pub payment: Option<Payment>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            purses: BTreeMap::new(),
            vaults: BTreeMap::new(),
            collateral: BTreeMap::new(),
            active_block: 1,
            best_height: 100,
            relay_ready: true,
            nonce: 0,
            rate: Some(10),
            sat_per_byte: 2,
            secure_percent: 200,
            premium_percent: 150,
            payment: None,
        }
    }
}

impl World {
    pub fn read() -> Self {
        unhashed::get(KEY).unwrap_or_default()
    }

    /// Changes the world.
    pub fn with<R>(change: impl FnOnce(&mut World) -> R) -> R {
        let mut world = Self::read();
        let result = change(&mut world);
        unhashed::put(KEY, &world);
        result
    }

    fn try_with<R>(change: impl FnOnce(&mut World) -> Result<R, DispatchError>) -> Result<R, DispatchError> {
        let mut world = Self::read();
        let result = change(&mut world)?;
        unhashed::put(KEY, &world);
        Ok(result)
    }

    /// Moves both clocks.
    pub fn pass(active_blocks: BlockNumber, bitcoin_blocks: u32) {
        Self::with(|w| {
            w.active_block += active_blocks;
            w.best_height += bitcoin_blocks;
        });
    }

    /// Gives free tokens.
    pub fn endow(who: &AccountId, currency: CurrencyId, amount: Balance) {
        Self::with(|w| w.purse(currency, who).free += amount);
    }

    pub fn purse_of(who: &AccountId, currency: CurrencyId) -> Purse {
        Self::read().purses.get(&(currency, who.clone())).copied().unwrap_or_default()
    }

    fn purse(&mut self, currency: CurrencyId, who: &AccountId) -> &mut Purse {
        self.purses.entry((currency, who.clone())).or_default()
    }

    fn take(from: &mut Balance, amount: Balance) -> DispatchResult {
        *from = from.checked_sub(amount).ok_or(DispatchError::Other("BalanceTooLow"))?;
        Ok(())
    }

    fn worth(&self, tokens: Balance) -> Result<Balance, DispatchError> {
        self.rate.map(|rate| tokens * Balance::from(rate)).ok_or(DispatchError::Other("MissingExchangeRate"))
    }
}

/// Implements every trait by which pallets meet.
pub struct Fake;

/// A proof whose content does not matter: the world says what it proves.
pub fn proof() -> FullTransactionProof {
    let part = PartialTransactionProof {
        transaction: Transaction { version: 2, inputs: vec![], outputs: vec![], lock_at: LockTime::BlockHeight(0) },
        tx_encoded_len: 200,
        merkle_proof: MerkleProof {
            block_header: BlockHeader::default(),
            flag_bits: vec![],
            transactions_count: 1,
            hashes: vec![H256Le::zero()],
        },
    };
    FullTransactionProof { user_tx_proof: part.clone(), coinbase_proof: part }
}

/// The account of a number.
pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

impl SecurityAccess for Fake {
    fn active_block() -> BlockNumber {
        World::read().active_block
    }

    fn secure_id(account: &AccountId) -> H256 {
        let nonce = World::with(|w| {
            w.nonce += 1;
            w.nonce
        });
        let mut id: [u8; 32] = account.clone().into();
        id[31] = nonce;
        H256(id)
    }
}

impl TokensAccess for Fake {
    fn free(currency: CurrencyId, who: &AccountId) -> Balance {
        World::purse_of(who, currency).free
    }

    fn locked(currency: CurrencyId, who: &AccountId) -> Balance {
        World::purse_of(who, currency).locked
    }

    fn total_issuance(currency: CurrencyId) -> Balance {
        World::read().purses.iter().filter(|((c, _), _)| *c == currency).map(|(_, p)| p.free + p.locked).sum()
    }

    fn transfer(currency: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult {
        World::try_with(|w| {
            World::take(&mut w.purse(currency, from).free, amount)?;
            w.purse(currency, to).free += amount;
            Ok(())
        })
    }

    fn lock(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        World::try_with(|w| {
            World::take(&mut w.purse(currency, who).free, amount)?;
            w.purse(currency, who).locked += amount;
            Ok(())
        })
    }

    fn unlock(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        Self::transfer_locked(currency, who, who, amount)
    }

    fn transfer_locked(currency: CurrencyId, from: &AccountId, to: &AccountId, amount: Balance) -> DispatchResult {
        World::try_with(|w| {
            World::take(&mut w.purse(currency, from).locked, amount)?;
            w.purse(currency, to).free += amount;
            Ok(())
        })
    }

    fn mint(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        World::endow(who, currency, amount);
        Ok(())
    }

    fn burn_locked(currency: CurrencyId, who: &AccountId, amount: Balance) -> DispatchResult {
        World::try_with(|w| World::take(&mut w.purse(currency, who).locked, amount))
    }
}

impl OracleAccess for Fake {
    fn price(key: OracleKey) -> Result<UnsignedFixedPoint, DispatchError> {
        let world = World::read();
        let rate = world.rate.ok_or(DispatchError::Other("MissingExchangeRate"))?;
        Ok(match key {
            OracleKey::FeeEstimation => UnsignedFixedPoint::saturating_from_integer(world.sat_per_byte),
            OracleKey::ExchangeRate(_) => UnsignedFixedPoint::saturating_from_integer(rate),
        })
    }

    fn wrapped_to_collateral(wrapped: Balance, _: CurrencyId) -> Result<Balance, DispatchError> {
        World::read().worth(wrapped)
    }

    fn collateral_to_wrapped(amount: Balance, _: CurrencyId) -> Result<Balance, DispatchError> {
        Ok(amount / World::read().worth(1)?)
    }
}

/// Round rates, all different, so that a test sees which one was used.
impl FeeAccess for Fake {
    fn pot() -> AccountId {
        account(250)
    }

    fn issue_fee(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 1_000)
    }

    fn issue_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 200)
    }

    fn redeem_fee(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 500)
    }

    fn premium_redeem_fee(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 20)
    }

    fn punishment_fee(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 10)
    }

    fn replace_griefing_collateral(amount: Balance) -> Result<Balance, DispatchError> {
        Ok(amount / 5)
    }
}
