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
  "function movingFundsParameters() view returns (uint64 txMaxTotalFee, uint64 dustThreshold, uint32 timeoutResetDelay, uint32 timeout, uint96 timeoutSlashingAmount, uint32 timeoutNotifierRewardMultiplier, uint16 commitmentGasOffset, uint64 sweepTxMaxTotalFee, uint32 sweepTimeout, uint96 sweepTimeoutSlashingAmount, uint32 sweepTimeoutNotifierRewardMultiplier)",
  "function getRedemptionWatchtower() view returns (address watchtower)",
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
  "event MovingFundsCommitmentSubmitted(bytes20 indexed walletPubKeyHash, bytes20[] targetWallets, address submitter)",
  "event MovingFundsTimeoutReset(bytes20 indexed walletPubKeyHash)",
  "event MovingFundsTimedOut(bytes20 indexed walletPubKeyHash)",
  "event MovingFundsBelowDustReported(bytes20 indexed walletPubKeyHash)",
  "event MovedFundsSweepTimedOut(bytes20 indexed walletPubKeyHash, bytes32 movingFundsTxHash, uint32 movingFundsTxOutputIndex)",
  "event RedemptionParametersUpdated(uint64 dustThreshold, uint64 treasuryFeeDivisor, uint64 txMaxFee, uint64 txMaxTotalFee, uint32 timeout, uint96 timeoutSlashingAmount, uint32 timeoutNotifierRewardMultiplier)",
  "event MovingFundsParametersUpdated(uint64 txMaxTotalFee, uint64 dustThreshold, uint32 timeoutResetDelay, uint32 timeout, uint96 timeoutSlashingAmount, uint32 timeoutNotifierRewardMultiplier, uint16 commitmentGasOffset, uint64 sweepTxMaxTotalFee, uint32 sweepTimeout, uint96 sweepTimeoutSlashingAmount, uint32 sweepTimeoutNotifierRewardMultiplier)",
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
  "function proofLength() view returns (uint64 headers)",
]);

/** The guardians' contract, which the Bridge names when there is one. Delays in seconds. */
export const watchtowerAbi = createAbi([
  "function watchtowerEnabledAt() view returns (uint32 at)",
  "function watchtowerDisabledAt() view returns (uint32 at)",
  "function defaultDelay() view returns (uint32 delay)",
  "function levelOneDelay() view returns (uint32 delay)",
  "function levelTwoDelay() view returns (uint32 delay)",
  "event ObjectionRaised(uint256 indexed redemptionKey, address indexed guardian)",
  "event VetoFinalized(uint256 indexed redemptionKey)",
  "event VetoedFundsWithdrawn(uint256 indexed redemptionKey, address indexed redeemer, uint64 amount)",
  "event WatchtowerParametersUpdated(uint32 watchtowerLifetime, uint64 vetoPenaltyFeeDivisor, uint32 vetoFreezePeriod, uint32 defaultDelay, uint32 levelOneDelay, uint32 levelTwoDelay, uint64 waivedAmountLimit)",
  "event WatchtowerEnabled(uint32 enabledAt, address manager)",
  "event WatchtowerDisabled(uint32 disabledAt, address executor)",
]);

export const reimbursementPoolAbi = createAbi(["event SendingEtherFailed(uint256 refundAmount, address receiver)"]);

/** Wallet states as the Bridge numbers them. */
const walletStates = ["Unknown", "Live", "MovingFunds", "Closing", "Closed", "Terminated"] as const;
export type WalletState = (typeof walletStates)[number];
export const walletStateOf = (index: bigint): WalletState => walletStates[Number(index)] ?? "Unknown";
