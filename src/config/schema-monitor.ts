/**
 * What the configuration says about what is still normal: from when on something is late, behind or low.
 * Always: the defaults are those of core/budgets.ts and of the bridges' journeys.
 * Never: alerts' own numbers; those compare with these.
 */
import { z } from "zod";
import { defaultBudgets as preset } from "../core/budgets.ts";
import type { ChainName } from "../core/values.ts";
import { whole } from "./leaf.ts";

const year = 31_536_000;
const seconds = (ms: number): number => ms / 1_000;

const chain = (name: ChainName) => {
  const { headMs, lagBlocks, skewMs } = preset.chains[name];
  return z.strictObject({
    headSeconds: whole(1, year, { description: "Longest time without a new block that is taken as normal." }).default(seconds(headMs)),
    lagBlocks: whole(0, 1_000_000, { description: "Blocks by which a node, or what Gantry has read, may be behind." }).default(lagBlocks),
    skewSeconds: whole(1, year, { description: "How far the time of a new block may be from this machine's clock." }).default(seconds(skewMs)),
  }).prefault({}).meta({ description: `What is normal on ${name}.` });
};

const step = z.strictObject({
  normalSeconds: whole(0, year, { description: "How long the step takes when nothing is wrong.", example: 54_000 }),
  lateSeconds: whole(1, year, { description: "From when on it is late and needs an explanation.", example: 86_400 }),
});

const stepKey = z.string().regex(/^[a-z]+\.[a-z-]+\.[a-z-]+$/u);

const day = 86_400;
const period = (description: string, example: number) => whole(1, year, { description, example, off: true }).optional();
const said = "Left out: as the Bridge says.";

const tbtc = z.strictObject({
  relayEpochBlocks: whole(0, 4_032, { description: "From how many Bitcoin blocks before tBTC's relay of difficulties may forget an epoch on people are told, while a proof still needs it. Larger: earlier, and sometimes for nothing." }).default(144),
  refundMarginSeconds: period("Wallets no longer sweep a deposit this long before its depositor may take it back. Left out: a day.", day),
  redemptionMarginSeconds: period("Wallets no longer pay a redemption this long before it times out. Left out: two hours.", 7_200),
  redemptionTimeoutSeconds: period(`After this a redemption counts as timed out. ${said}`, 5 * day),
  movingFundsTimeoutSeconds: period(`After this a wallet that did not move its funds is terminated. ${said}`, 7 * day),
  movedFundsSweepTimeoutSeconds: period(`After this a wallet that did not sweep what it got is terminated. ${said}`, 7 * day),
});

export const monitor = z.strictObject({
  chains: z.strictObject({ bitcoin: chain("bitcoin"), ethereum: chain("ethereum"), polkadot: chain("polkadot") }).prefault({}).meta({ description: "What is normal on each chain." }),
  backlogSeconds: whole(1, year, { description: "How long it may take to search older blocks." }).default(seconds(preset.backlogMs)),
  haltSeconds: whole(1, year, { description: "How long something may be stopped without anybody having looked (gantry acknowledge)." }).default(seconds(preset.haltMs)),
  runwaySeconds: whole(1, year, { description: "How long a signer's funds shall last at least, at the pace of the last day." }).default(seconds(preset.runwayMs)),
  slotSeconds: whole(1, year, { description: "How long a signer's lowest nonce may stay open." }).default(seconds(preset.slotMs)),
  overdueSeconds: whole(1, year, { description: "How long due work may lie in the queue." }).default(seconds(preset.overdueMs)),
  lightClientSeconds: whole(1, year, { description: "How long a light client may be more than two blocks behind Bitcoin; and tBTC's relay of difficulties without an epoch that it could have been told of, while a payment waits for it." }).default(seconds(preset.lightClientMs)),
  loopSeconds: whole(1, year, { description: "Longest time one turn of a loop may take; past it /healthz says no. Slow nodes are asked one after the other." }).default(seconds(preset.loopMs)),
  tbtc: tbtc.prefault({}).meta({ description: "tBTC's periods: those of its wallets' software, and what is put in place of the Bridge's own." }),
  steps: z.record(stepKey, step).default({}).meta({ description: "Budgets of single steps, as <bridge>.<kind>.<step>; docs/metrics.md and gantry show name them.", example: "tbtc.deposit.sweep", off: true }),
});
