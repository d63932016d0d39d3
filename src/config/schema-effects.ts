/**
 * What the configuration says about acting: who signs, what it may cost, which bridges and lanes, how patiently.
 * Always: the defaults of a lane's policy are those of core/policy.ts; fees come out in wei.
 * Never: a key. Keys and passphrases are files.
 */
import { z } from "zod";
import { defaultPolicy } from "../core/policy.ts";
import { address, amount, choice, name, nameKey, path, planck, substrateAccount, whole, yesOrNo } from "./leaf.ts";

const preset = defaultPolicy("bitcoin", "ethereum");

const fees = z
  .strictObject({
    maxFeePerGasGwei: amount("gwei", "100", {
      description: "Never more than this per gas. At the cap the signer waits and is reported as blocked. Larger: goes on in dearer times. Smaller: waits for cheaper ones, perhaps past a deadline.",
    }),
    minPriorityFeePerGasGwei: amount("gwei", "0.01", {
      description: "Least tip offered. Smaller: some block builders ignore it.",
    }),
    budgetPerTxEther: amount("ether", "0.5", {
      description: "Never more than this for one transaction (gas limit times fee per gas).",
    }),
    gasMarginPercent: whole(0, 200, {
      description: "Added to the gas estimate, because contracts that refund need more gas than they use in the end. Smaller: transactions can run out of gas. Larger: the budget is reached earlier.",
    }).default(20),
  })
  .transform((given) => ({
    maxFeePerGasWei: given.maxFeePerGasGwei,
    minPriorityFeeWei: given.minPriorityFeePerGasGwei,
    budgetWei: given.budgetPerTxEther,
    gasMarginPercent: given.gasMarginPercent,
  }));

const extrinsicFees = z.strictObject({
  maxFeePlanck: planck("50000000000", {
    description: "Never more than this for one extrinsic, tip included, in the smallest unit of the chain's token (INTR and DOT have 10 decimals: 10000000000 is one whole token). At the cap the signer waits and is reported as blocked.",
  }),
  tipPlanck: whole(0, Number.MAX_SAFE_INTEGER, {
    description: "Tip of the first attempt. Only a later attempt in the same nonce needs a higher one; it is raised by itself.",
  }).default(0),
});

const signer = z.strictObject({
  chain: choice(["ethereum", "polkadot"], { description: "The chain this signer acts on.", example: "ethereum" }),
  keyFile: path({
    description: "Encrypted key: an Ethereum keystore (version 3), or for a Polkadot signer an sr25519 keystore (polkadot-js JSON). A plain one (0x and 64 hex digits; a mnemonic or //Name) is accepted on chain 31337 and on the Polkadot development chain only.", file: "secret", example: "secrets/ethereum-key.json",
  }),
  passphraseFile: path({ description: "File with the key's passphrase.", file: "secret", example: "secrets/ethereum-passphrase" }).optional(),
  maxOpenSlots: whole(1, 64, {
    description: "How many transactions may wait for a block at once. Larger: more at a time, and more to clear up when one is stuck. Nodes drop long queues of one account. Those in a block that is not final yet do not count; with them, four times as many may be open.",
  }).default(8),
  fees: fees.prefault({}).meta({ description: "What a transaction of an Ethereum signer may cost." }),
  extrinsicFees: extrinsicFees.prefault({}).meta({ description: "What an extrinsic of a Polkadot signer may cost.", off: true }),
});

export const signers = z.record(nameKey, signer).meta({ description: "The accounts that act, each under a name of its own.", example: "maintainer" });

const seconds = (ms: number): number => ms / 1_000;

/** Without defaults: a lane's own policy says only what differs. */
const policyKeys = {
  maxRedos: whole(0, 100, {
    description: "How often a delivery is proved anew after the target refused it, before it is parked for a person.", example: preset.maxRedos,
  }),
  backoffBaseSeconds: whole(1, 3_600, {
    description: "First pause after something was unavailable; it doubles with each failure.", example: seconds(preset.backoff.baseMs),
  }),
  backoffCapSeconds: whole(1, 86_400, {
    description: "Longest such pause. Larger: gentler to a sick node, later when it is well again.", example: seconds(preset.backoff.capMs),
  }),
  maxWaitSeconds: whole(1, 86_400, {
    description: "No wait is longer; then the chain is asked again, whatever was expected. Smaller: more questions.", example: seconds(preset.maxWaitMs),
  }),
  trackEverySeconds: whole(1, 3_600, {
    description: "How often a sent transaction is looked up when no new block says so earlier.", example: seconds(preset.trackEveryMs),
  }),
  bumpAfterSeconds: whole(1, 86_400, {
    description: "A transaction still pending after this, and after a further block of its chain, is offered again with a higher fee. Smaller: dearer. Larger: slower when fees rise.", example: seconds(preset.bumpAfterMs),
  }),
};

export const policy = z.strictObject({
  maxRedos: policyKeys.maxRedos.default(preset.maxRedos),
  backoffBaseSeconds: policyKeys.backoffBaseSeconds.default(seconds(preset.backoff.baseMs)),
  backoffCapSeconds: policyKeys.backoffCapSeconds.default(seconds(preset.backoff.capMs)),
  maxWaitSeconds: policyKeys.maxWaitSeconds.default(seconds(preset.maxWaitMs)),
  trackEverySeconds: policyKeys.trackEverySeconds.default(seconds(preset.trackEveryMs)),
  bumpAfterSeconds: policyKeys.bumpAfterSeconds.default(seconds(preset.bumpAfterMs)),
});

const laneKeys = (what: string) => ({
  enabled: yesOrNo({ description: `Whether ${what} are relayed here. Off: they are still watched and shown.` }).default(true),
  concurrency: whole(1, 64, {
    description: "How many deliveries of this lane are worked on at once. Larger: more calls to the nodes at a time.",
  }).default(8),
  policy: z.strictObject(policyKeys).partial().prefault({}).meta({ description: "What differs from the policy section, for this lane.", off: "brief" }),
});

const lane = (what: string) => z.strictObject(laneKeys(what)).prefault({}).meta({ description: `The lane of ${what}.` });

const tbtc = z.strictObject({
  bridge: address({ description: "The Bridge contract.", example: "0x5e4861a80B55f035D899f66772117F00FA0E8e7B" }),
  maintainerProxy: address({
    description: "Proofs go through this contract, which refunds gas to authorised maintainers. Either maintainerProxy or direct: true.", example: "0x535E01F948458E0b64F9dB2A01Da6F32E240140f",
  }).optional(),
  direct: z.literal(true).meta({ description: "Proofs go straight to the Bridge, without a refund.", allowed: "true, or leave it out", example: true, off: true }).optional(),
  relay: address({ description: "The light relay the Bridge must name; checked at the start.", example: "0x836cdFE63fe2d63f8Bdb69b96f6097F36635896E", off: true }).optional(),
  bank: address({ description: "The Bank the Bridge must name; checked at the start.", example: "0x65Fbae61ad2C8836fFbFB502A0dA41b0789D9Fc6", off: true }).optional(),
  signer: name({ description: "Which of the signers acts for this bridge.", example: "maintainer" }),
  minHeaders: whole(1, 100, {
    description: "Fewest headers in a proof. It matters on regtest alone, where one header already has all the work the Bridge asks for; elsewhere the Bridge's own requirement is more.",
  }).default(1),
  lanes: z
    .strictObject({ "deposit-sweep": lane("deposit sweeps"), redemption: lane("redemptions") })
    .prefault({})
    .meta({ description: "The directions of this bridge." }),
});

const rankedDelay = (what: string) => yesOrNo({
  description: `Whether ${what} wait a few blocks while relayers of a lower rank, drawn anew each time, go first. Off: every relayer sends at once, and all but one pay for nothing.`,
}).default(true);

const headersLane = z
  .strictObject({
    ...laneKeys("Bitcoin headers"),
    rankedDelay: rankedDelay("single new headers"),
    minDepth: whole(0, 100, {
      description: "Blocks that must be on top of a header before it is relayed. Larger: fewer forks are relayed, and every proof waits longer.",
    }).default(0),
    maxBatch: whole(1, 16, { description: "Headers in one extrinsic while catching up." }).default(16),
    maxInFlight: whole(1, 16, { description: "Extrinsics with headers on their way at once while catching up." }).default(4),
    initialiseAt: whole(1, 100_000_000, {
      description: "Start the light client at this Bitcoin height when it was never started. Its chain asks for a multiple of 2016, except where the difficulty check is off.", example: 840_672, off: true,
    }).optional(),
  })
  .prefault({})
  .meta({ description: "The lane of Bitcoin headers to the parachain's light client." });

const interbtc = z.strictObject({
  signer: name({ description: "Which of the signers acts for this bridge; one of chain polkadot.", example: "vault" }),
  watchVaults: choice(["all", "own", "none"], {
    description: "Whose deposit addresses are watched: every vault's, so that no user waits for a vault that sleeps; only those of vaultAccounts; or nobody's. Redeems and replaces of the same vaults are followed, the others' are not shown.",
  }).default("all"),
  vaultAccounts: z.array(substrateAccount({ description: "One account of a vault.", example: "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty" })).meta({
    description: "Accounts of your own vaults: those meant by watchVaults: own, and those whose near deadlines page. Empty: the signer's own account.", allowed: "a list of accounts",
  }).default([]),
  watchExecutedBlocks: whole(1, 1_000_000, {
    description: "Bitcoin blocks for which an issue's deposit address is still watched after the issue was executed: another payment to it mints nothing, and you are told. Likewise for a second payment of a redeem or a replace. Larger: more memory.",
  }).default(144),
  watchOverBlocks: whole(1, 1_000_000, {
    description: "Bitcoin blocks for which an issue's deposit address is still watched after the time of the request was over on both clocks, cancelled or not: a late payment may still be executed. Likewise for a redeem or a replace, and after it was cancelled. At the start nothing older is searched for; a larger number brings back what ended under a smaller one. Larger: more memory, and a longer first search.",
  }).default(4_320),
  lanes: z
    .strictObject({ headers: headersLane, issue: z.strictObject({ ...laneKeys("payments of issues"), rankedDelay: rankedDelay("executions") }).prefault({}).meta({ description: "The lane of issue payments." }) })
    .prefault({})
    .meta({ description: "The directions of this bridge." }),
});

export const bridges = z.strictObject({
  tbtc: tbtc.meta({ description: "tBTC v2: Bitcoin transactions proved to Ethereum. Needs chains.bitcoin and chains.ethereum." }).optional(),
  interbtc: interbtc.meta({ description: "interBTC: Bitcoin headers and issue payments proved to a parachain. Needs chains.bitcoin and chains.polkadot.", off: true }).optional(),
});
