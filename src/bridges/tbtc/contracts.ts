/**
 * The parts of tBTC's contracts that are read or called here, as ABIs written by hand.
 * Always: names and order of fields are those of the deployed contracts; amounts in satoshi unless named otherwise;
 * Bitcoin hashes in wire order.
 * Never: a function nobody here calls.
 */
import { createAbi } from "../../chains/ethereum/abi.ts";

const txInfo = "(bytes4 version, bytes inputVector, bytes outputVector, bytes4 locktime)";
const txProof = "(bytes merkleProof, uint256 txIndexInBlock, bytes bitcoinHeaders, bytes32 coinbasePreimage, bytes coinbaseProof)";
const utxo = "(bytes32 txHash, uint32 txOutputIndex, uint64 txOutputValue)";

/** The four calls that prove a wallet's transaction; the Bridge and the MaintainerProxy spell them alike. */
const proofCalls = [
  `function submitDepositSweepProof(${txInfo} info, ${txProof} proof, ${utxo} mainUtxo, address vault)`,
  `function submitRedemptionProof(${txInfo} info, ${txProof} proof, ${utxo} mainUtxo, bytes20 walletPubKeyHash)`,
  `function submitMovingFundsProof(${txInfo} info, ${txProof} proof, ${utxo} mainUtxo, bytes20 walletPubKeyHash)`,
  `function submitMovedFundsSweepProof(${txInfo} info, ${txProof} proof, ${utxo} mainUtxo)`,
];

const request = "(address redeemer, uint64 requestedAmount, uint64 treasuryFee, uint64 txMaxFee, uint32 requestedAt) request";

export const bridgeAbi = createAbi([
  ...proofCalls,
  "function contractReferences() view returns (address bank, address relay, address ecdsaWalletRegistry, address reimbursementPool)",
  "function txProofDifficultyFactor() view returns (uint256 factor)",
  "function depositParameters() view returns (uint64 dustThreshold, uint64 treasuryFeeDivisor, uint64 txMaxFee, uint32 revealAheadPeriod)",
  "function redemptionParameters() view returns (uint64 dustThreshold, uint64 treasuryFeeDivisor, uint64 txMaxFee, uint64 txMaxTotalFee, uint32 timeout, uint96 timeoutSlashingAmount, uint32 timeoutNotifierRewardMultiplier)",
  "function wallets(bytes20 walletPubKeyHash) view returns ((bytes32 ecdsaWalletID, bytes32 mainUtxoHash, uint64 pendingRedemptionsValue, uint32 createdAt, uint32 movingFundsRequestedAt, uint32 closingStartedAt, uint32 pendingMovedFundsSweepRequestsCount, uint8 state, bytes32 movingFundsTargetWalletsCommitmentHash) wallet)",
  "function deposits(uint256 depositKey) view returns ((address depositor, uint64 amount, uint32 revealedAt, address vault, uint64 treasuryFee, uint32 sweptAt, bytes32 extraData) deposit)",
  `function pendingRedemptions(uint256 redemptionKey) view returns (${request})`,
  `function timedOutRedemptions(uint256 redemptionKey) view returns (${request})`,
  "function spentMainUTXOs(uint256 utxoKey) view returns (bool spent)",
  "event DepositRevealed(bytes32 fundingTxHash, uint32 fundingOutputIndex, address indexed depositor, uint64 amount, bytes8 blindingFactor, bytes20 indexed walletPubKeyHash, bytes20 refundPubKeyHash, bytes4 refundLocktime, address vault)",
  "event DepositsSwept(bytes20 walletPubKeyHash, bytes32 sweepTxHash)",
  "event RedemptionRequested(bytes20 indexed walletPubKeyHash, bytes redeemerOutputScript, address indexed redeemer, uint64 requestedAmount, uint64 treasuryFee, uint64 txMaxFee)",
  "event RedemptionsCompleted(bytes20 indexed walletPubKeyHash, bytes32 redemptionTxHash)",
  "event RedemptionTimedOut(bytes20 indexed walletPubKeyHash, bytes redeemerOutputScript)",
  "event MovingFundsCompleted(bytes20 indexed walletPubKeyHash, bytes32 movingFundsTxHash)",
  "event MovedFundsSwept(bytes20 indexed walletPubKeyHash, bytes32 sweepTxHash)",
  "event NewWalletRegistered(bytes32 indexed ecdsaWalletID, bytes20 indexed walletPubKeyHash)",
  "event WalletMovingFunds(bytes32 indexed ecdsaWalletID, bytes20 indexed walletPubKeyHash)",
  "event WalletClosing(bytes32 indexed ecdsaWalletID, bytes20 indexed walletPubKeyHash)",
  "event WalletClosed(bytes32 indexed ecdsaWalletID, bytes20 indexed walletPubKeyHash)",
  "event WalletTerminated(bytes32 indexed ecdsaWalletID, bytes20 indexed walletPubKeyHash)",
]);

export const maintainerProxyAbi = createAbi([
  ...proofCalls,
  "function bridge() view returns (address bridge)",
  "function reimbursementPool() view returns (address pool)",
  "function isSpvMaintainer(address maintainer) view returns (uint256 indexPlusOne)",
]);

export const relayAbi = createAbi([
  "function getCurrentEpochDifficulty() view returns (uint256 current)",
  "function getPrevEpochDifficulty() view returns (uint256 previous)",
  "function currentEpoch() view returns (uint64 epoch)",
]);

export const reimbursementPoolAbi = createAbi(["event SendingEtherFailed(uint256 refundAmount, address receiver)"]);

/** Wallet states as the Bridge numbers them. */
const walletStates = ["Unknown", "Live", "MovingFunds", "Closing", "Closed", "Terminated"] as const;
export type WalletState = (typeof walletStates)[number];
export const walletStateOf = (index: bigint): WalletState => walletStates[Number(index)] ?? "Unknown";
