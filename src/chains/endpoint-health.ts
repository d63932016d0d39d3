/**
 * What is known of each endpoint of one chain, and the order to ask them in.
 * Always: demoted ones last, then those resting after trouble, then those lagging behind; ties in configured order.
 * Never: excludes an endpoint. With nobody better left, even a demoted one is asked; answers are checked anyway.
 */
import type { Failure } from "../core/errors.ts";
import type { ChainName, Millis } from "../core/values.ts";
import type { Clock, Meter } from "../ports.ts";

export type EndpointState = {
  readonly name: string;
  /** it answered last time */
  readonly up: boolean;
  readonly head: number | null;
  /** behind the highest head that a trusted endpoint showed */
  readonly lagBlocks: number | null;
  /** out of favour until then because it said something that cannot be true */
  readonly demotedUntil: Millis | null;
  readonly lastFailure: Failure | null;
};

/** Worth asking for a second word: not known to be away, not out of favour. */
export const isTrusted = ({ up, lastFailure, demotedUntil }: EndpointState): boolean => (up || lastFailure === null) && demotedUntil === null;

export type Entry<C> = {
  readonly name: string;
  readonly client: C;
  up: boolean;
  head: number | null;
  demotedUntil: Millis | null;
  /** passed over until then because it did not answer */
  restUntil: Millis;
  failuresInRow: number;
  lastFailure: Failure | null;
};

export interface Health<C> {
  inOrder(): readonly Entry<C>[];
  find(name: string): Entry<C> | undefined;
  answered(entry: Entry<C>): void;
  failed(entry: Entry<C>, failure: Failure): void;
  demote(entry: Entry<C>, failure: Failure): void;
  sawHead(entry: Entry<C>, height: number): void;
  states(): readonly EndpointState[];
}

const firstRestMs = 2_000;
const longestRestMs = 60_000;

/** Did the endpoint itself fail? Other Unavailable failures are an answer, e.g. "block-pruned". */
export const isDown = (failure: Failure): boolean => failure.remedy === "Unavailable" && failure.code.startsWith("endpoint-");

type Limits = { readonly demoteMs: Millis; readonly maxLagBlocks: number };

const demoted = (entry: Entry<unknown>, now: Millis): boolean => entry.demotedUntil !== null && entry.demotedUntil > now;

/** A demoted endpoint's head counts for nobody: it may be made up. */
function lagOf(entry: Entry<unknown>, entries: readonly Entry<unknown>[], now: Millis): number | null {
  if (entry.head === null) return null;
  const best = Math.max(0, ...entries.filter((other) => !demoted(other, now)).map((other) => other.head ?? 0));
  return Math.max(0, best - entry.head);
}

function rankOf(entry: Entry<unknown>, entries: readonly Entry<unknown>[], now: Millis, limits: Limits): number {
  if (demoted(entry, now)) return 3;
  if (entry.restUntil > now) return 2;
  return (lagOf(entry, entries, now) ?? 0) > limits.maxLagBlocks ? 1 : 0;
}

const stateOf = (entry: Entry<unknown>, entries: readonly Entry<unknown>[], now: Millis): EndpointState => ({
  name: entry.name,
  up: entry.up,
  head: entry.head,
  lagBlocks: lagOf(entry, entries, now),
  demotedUntil: demoted(entry, now) ? entry.demotedUntil : null,
  lastFailure: entry.lastFailure,
});

export function createHealth<C>(
  chain: ChainName,
  endpoints: readonly { readonly name: string; readonly client: C }[],
  clock: Clock,
  meter: Meter,
  limits: Limits,
): Health<C> {
  const entries: readonly Entry<C>[] = endpoints.map(({ name, client }) => ({
    name, client, up: false, head: null, demotedUntil: null, restUntil: 0, failuresInRow: 0, lastFailure: null,
  }));
  const setUp = (entry: Entry<C>, up: boolean): void => {
    entry.up = up;
    meter.set("endpoint_up", { chain, endpoint: entry.name }, up ? 1 : 0);
  };
  const setLags = (): void => {
    for (const entry of entries) meter.set("endpoint_lag_blocks", { chain, endpoint: entry.name }, lagOf(entry, entries, clock.now()) ?? 0);
  };
  const answered = (entry: Entry<C>): void => {
    entry.failuresInRow = 0;
    entry.restUntil = 0;
    setUp(entry, true);
  };
  const noted = (entry: Entry<C>, failure: Failure): void => {
    meter.count("errors_total", { where: chain, code: failure.code });
    entry.lastFailure = failure;
  };
  const demote = (entry: Entry<C>, failure: Failure): void => {
    noted(entry, failure);
    entry.demotedUntil = clock.now() + limits.demoteMs;
    meter.count("endpoint_demotions_total", { chain, endpoint: entry.name });
    setLags();
  };

  for (const entry of entries) setUp(entry, false);
  setLags();
  return {
    inOrder: () => entries.toSorted((a, b) => rankOf(a, entries, clock.now(), limits) - rankOf(b, entries, clock.now(), limits)),
    find: (name) => entries.find((entry) => entry.name === name),
    answered,
    failed(entry, failure) {
      if (!isDown(failure)) answered(entry);
      if (failure.remedy === "Invalid") return demote(entry, failure);
      noted(entry, failure);
      if (!isDown(failure)) return;
      entry.failuresInRow += 1;
      const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(10, entry.failuresInRow - 1));
      entry.restUntil = clock.now() + Math.max(restMs, Math.min(longestRestMs, failure.retryAfterMs ?? 0));
      setUp(entry, false);
    },
    demote,
    sawHead(entry, height) {
      entry.head = height;
      setLags();
    },
    states: () => entries.map((entry) => stateOf(entry, entries, clock.now())),
  };
}
