/**
 * How patient, how stubborn and how careful a lane is. Values come from config; the defaults are here.
 * Always: every wait ends (maxWaitMs), every kind of retry is bounded or backed off.
 * Never: read from anywhere but a caller's argument.
 */
import type { Backoff } from "./backoff.ts";
import type { ChainName, Millis } from "./values.ts";

export type Policy = {
  readonly source: ChainName;
  readonly target: ChainName;
  /** times a delivery may go back to `final` because the target refused it, before it parks */
  readonly maxRedos: number;
  readonly backoff: Backoff;
  /** no wait is longer: after it the chain is asked again whatever was promised */
  readonly maxWaitMs: Millis;
  /** how often a sent transaction is looked up when no new target block says so earlier */
  readonly trackEveryMs: Millis;
  /** a transaction still pending this long after it was signed is outbid in the same slot */
  readonly bumpAfterMs: Millis;
};

/** What a block of each chain usually takes: for about when a height comes, never for whether it has. */
export const usualBlockMs: Readonly<Record<ChainName, Millis>> = { bitcoin: 600_000, ethereum: 12_000, polkadot: 12_000 };

export const defaultPolicy = (source: ChainName, target: ChainName): Policy => ({
  source,
  target,
  maxRedos: 5,
  backoff: { baseMs: 1_000, capMs: 120_000 },
  maxWaitMs: 600_000,
  trackEveryMs: 15_000,
  bumpAfterMs: 90_000,
});
