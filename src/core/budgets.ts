/**
 * What is still taken as normal: the numbers that every judgement of the installation is compared with.
 * Always: milliseconds and blocks. Never: a step's budgets; those are in the journeys.
 */
import type { ChainName, Millis } from "./values.ts";

export type ChainBudget = {
  /** longest time without a new block */
  readonly headMs: Millis;
  /** blocks by which a node, or what is read, may be behind */
  readonly lagBlocks: number;
  readonly skewMs: Millis;
};

export type Budgets = {
  readonly chains: Readonly<Record<ChainName, ChainBudget>>;
  /** how long older blocks may take to be searched */
  readonly backlogMs: Millis;
  /** how long a halt may stay without anybody having looked */
  readonly haltMs: Millis;
  /** how long a signer's funds shall last at least */
  readonly runwayMs: Millis;
  /** how long a signer's lowest slot may stay open */
  readonly slotMs: Millis;
  /** how long due wakes may lie in the queue */
  readonly overdueMs: Millis;
  /** how long a light client may be behind Bitcoin */
  readonly lightClientMs: Millis;
  /** longest turn of a loop */
  readonly loopMs: Millis;
};

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export const defaultBudgets: Budgets = {
  chains: {
    // two hours without a block happen on Bitcoin once in three years; its block times may honestly be two hours off
    bitcoin: { headMs: 2 * hour, lagBlocks: 2, skewMs: 2 * hour },
    ethereum: { headMs: 3 * minute, lagBlocks: 25, skewMs: minute },
    polkadot: { headMs: 3 * minute, lagBlocks: 25, skewMs: minute },
  },
  backlogMs: hour,
  haltMs: 15 * minute,
  runwayMs: 3 * 24 * hour,
  slotMs: 30 * minute,
  overdueMs: 2 * minute,
  lightClientMs: hour,
  loopMs: 3 * minute,
};
