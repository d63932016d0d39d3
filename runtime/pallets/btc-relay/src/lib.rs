//! Pallet `BTCRelay`: a light client of Bitcoin, and the judge of payments on it.
//!
//! Always: names, fields, order and types are those of the published interface; chain 0 is the main chain; the
//! choice between chains is by height, and a fork wins only when `StableBitcoinConfirmations` ahead.
//! Never: trusts a submitted hash; looks at timestamps, checkpoints or total work.
#![cfg_attr(not(feature = "std"), no_std)]
// the pallet macros themselves expand to `expect`
#![allow(clippy::expect_used)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

extern crate alloc;

mod access;
mod chains;
mod error;
mod headers;
mod inclusion;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;

/// The id of the main chain.
pub const MAIN_CHAIN: u32 = 0;

#[frame::pallet]
pub mod pallet {
    use frame::prelude::*;
    use gantry_primitives::{BlockChain, BlockHeader, H256Le, RichBlockHeader, SecurityAccess};

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// The clock of active blocks.
        type Security: SecurityAccess;

        /// How many blocks of this chain count as one of Bitcoin.
        #[pallet::constant]
        type ParachainBlocksPerBitcoinBlock: Get<u32>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Every header known, by its hash; of absent ones the height is 0.
    #[pallet::storage]
    pub type BlockHeaders<T: Config> = StorageMap<_, Blake2_128Concat, H256Le, RichBlockHeader, ValueQuery>;

    /// Chain ids by rank: 0 is always the main chain, the forks follow, highest first.
    #[pallet::storage]
    pub type Chains<T: Config> = StorageMap<_, Blake2_128Concat, u32, u32>;

    /// Every chain there ever was, by its id.
    #[pallet::storage]
    pub type ChainsIndex<T: Config> = StorageMap<_, Blake2_128Concat, u32, BlockChain>;

    /// The hash at a chain's height.
    #[pallet::storage]
    pub type ChainsHashes<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, u32, Blake2_128Concat, u32, H256Le, ValueQuery>;

    /// The tip of the main chain.
    #[pallet::storage]
    pub type BestBlock<T: Config> = StorageValue<_, H256Le, ValueQuery>;

    /// The height of the main chain's tip.
    #[pallet::storage]
    pub type BestBlockHeight<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The height the relay was initialized with.
    #[pallet::storage]
    pub type StartBlockHeight<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The next chain id; never goes down.
    #[pallet::storage]
    pub type ChainCounter<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Blocks of Bitcoin until a block counts, and the lead with which a fork wins.
    #[pallet::storage]
    pub type StableBitcoinConfirmations<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Active blocks of this chain until a stored header counts.
    #[pallet::storage]
    pub type StableParachainConfirmations<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Drops the rule of the start height and that of the expected target; work is always checked.
    #[pallet::storage]
    pub type DisableDifficultyCheck<T: Config> = StorageValue<_, bool, ValueQuery>;

    /// Drops every check of proofs and confirmations.
    #[pallet::storage]
    pub type DisableInclusionCheck<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame::prelude::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub bitcoin_confirmations: u32,
        pub parachain_confirmations: u32,
        pub disable_difficulty_check: bool,
        pub disable_inclusion_check: bool,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            StableBitcoinConfirmations::<T>::put(self.bitcoin_confirmations);
            StableParachainConfirmations::<T>::put(self.parachain_confirmations);
            DisableDifficultyCheck::<T>::put(self.disable_difficulty_check);
            DisableInclusionCheck::<T>::put(self.disable_inclusion_check);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The relay starts with this block.
        Initialized { block_height: u32, block_hash: H256Le, relayer_id: T::AccountId },
        /// The block is the new tip of the main chain.
        StoreMainChainHeader { block_height: u32, block_hash: H256Le, relayer_id: T::AccountId },
        /// The block opens or extends a fork.
        StoreForkHeader { chain_id: u32, fork_height: u32, block_hash: H256Le, relayer_id: T::AccountId },
        /// A fork became the main chain; the depth is the fork's last height less its first.
        ChainReorg { new_chain_tip_hash: H256Le, new_chain_tip_height: u32, fork_depth: u32 },
        /// A fork is ahead, but not far enough to win.
        ForkAheadOfMainChain { main_chain_height: u32, fork_height: u32, fork_id: u32 },
    }

    /// The order is that of the published interface. Those marked "kept for its index" are raised by no rule.
    #[pallet::error]
    pub enum Error<T> {
        /// The relay has a best block already.
        AlreadyInitialized,
        /// The start is not the first block of a period of 2016.
        InvalidStartHeight,
        /// The chain has no block at that height.
        MissingBlockHeight,
        /// Kept for its index.
        InvalidHeaderSize,
        /// The header is stored already.
        DuplicateBlock,
        /// Kept for its index.
        PrevBlock,
        /// The block is not on the main chain.
        InvalidChainID,
        /// The hash is not below the target.
        LowDiff,
        /// The target is not the expected one.
        DiffTargetHeader,
        /// Kept for its index.
        MalformedTxid,
        /// Too few blocks of Bitcoin above.
        BitcoinConfirmations,
        /// The header was stored too recently.
        ParachainConfirmations,
        /// A fork is near the tip of the main chain: nothing is proved until it falls back.
        OngoingFork,
        /// The Merkle proof has an impossible shape.
        MalformedMerkleProof,
        /// The Merkle proof does not prove that transaction in that block.
        InvalidMerkleProof,
        /// Kept for its index.
        Shutdown,
        /// The leaf of the proof is not the transaction's id.
        InvalidTxid,
        /// The amount is not the expected one.
        InvalidPaymentAmount,
        /// No output pays the address.
        MalformedTransaction,
        /// The payment carries another id or pays somebody else.
        InvalidPayment,
        /// Kept for its index.
        InvalidOutputFormat,
        /// Kept for its index.
        InvalidOpReturn,
        /// Kept for its index.
        InvalidTxVersion,
        /// Kept for its index.
        UnknownErrorcode,
        /// Kept for its index.
        ForkIdNotFound,
        /// No header with that hash is stored.
        BlockNotFound,
        /// Kept for its index.
        AlreadyReported,
        /// Kept for its index.
        UnauthorizedRelayer,
        /// Kept for its index.
        ChainCounterOverflow,
        /// Kept for its index.
        BlockHeightOverflow,
        /// Kept for its index.
        ChainsUnderflow,
        /// The proof has fewer bits than its tree needs.
        EndOfFile,
        /// Kept for its index.
        MalformedHeader,
        /// The version is below 4.
        InvalidBlockVersion,
        /// Kept for its index.
        MalformedWitnessOutput,
        /// Kept for its index.
        MalformedP2PKHOutput,
        /// Kept for its index.
        MalformedP2SHOutput,
        /// Kept for its index.
        MalformedOpReturnOutput,
        /// Kept for its index.
        UnsupportedOutputFormat,
        /// Kept for its index.
        UnsupportedInputFormat,
        /// An address of zeros (a redeem asks).
        InvalidBtcHash,
        /// Kept for its index.
        InvalidScript,
        /// Kept for its index.
        InvalidBtcAddress,
        /// A height or a count beyond 32 bits.
        ArithmeticOverflow,
        /// Kept for its index.
        ArithmeticUnderflow,
        /// Kept for its index.
        TryIntoIntError,
        /// Kept for its index.
        InvalidTransaction,
        /// Not the form of a payment that carries an id.
        InvalidOpReturnTransaction,
        /// The target has no exact compact form.
        InvalidCompact,
        /// The fork bound must be above the number of chains.
        WrongForkBound,
        /// The transaction is longer than declared.
        BoundExceeded,
        /// The coinbase proof does not show the first transaction.
        InvalidCoinbasePosition,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Starts the relay with a block of the caller's choice. Once; anyone; free on success.
        #[pallet::call_index(0)]
        #[pallet::weight((Weight::from_parts(50_000_000, 5_000), DispatchClass::Operational))]
        pub fn initialize(
            origin: OriginFor<T>,
            block_header: BlockHeader,
            block_height: u32,
        ) -> DispatchResultWithPostInfo {
            let relayer = ensure_signed(origin)?;
            Self::start(relayer, block_header, block_height)?;
            Ok(Pays::No.into())
        }

        /// Stores one header whose parent is known. Anyone; free on success.
        /// `fork_bound` is at least the number of chains and one more; the weight grows with it.
        #[pallet::call_index(1)]
        #[pallet::weight((
            Weight::from_parts(100_000_000, 10_000)
                .saturating_add(Weight::from_parts(5_000_000, 100).saturating_mul(u64::from(*fork_bound))),
            DispatchClass::Operational
        ))]
        pub fn store_block_header(
            origin: OriginFor<T>,
            block_header: BlockHeader,
            fork_bound: u32,
        ) -> DispatchResultWithPostInfo {
            let relayer = ensure_signed(origin)?;
            let chains = ChainCounter::<T>::get();
            ensure!(fork_bound >= chains.saturating_add(1), Error::<T>::WrongForkBound);
            Self::store(relayer, block_header)?;
            Ok(Pays::No.into())
        }
    }
}
