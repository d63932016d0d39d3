/**
 * A transfer as people think of it (an issue, a deposit, a redemption): its journey as data, its folded state, and what is
 * told about it.
 * Always: JSON-able, so that the folded state can be stored and printed as it is; times are host times at which a fact was first seen.
 * Never: behaviour; folding is in transfer-fold.ts, lateness in transfer-progress.ts, ranks of causes in explain.ts.
 */
import type { Actor, Cause } from "./causes.ts";
import type { ChainName, DeliveryId, Json, LaneName, Millis, TransferId } from "./values.ts";

/** What is kept in the clock of the chain that enforces it: a Bitcoin height, a parachain's count of active blocks, or Unix milliseconds. */
export type DeadlineClock = "height" | "active-blocks" | "time";

/** In the clock of the chain that enforces it; `at` = derived host time for people, null when it cannot be said. */
export type Deadline = {
  /** what may happen then, e.g. "the issue may be cancelled" */
  readonly what: string;
  readonly chain: ChainName;
  readonly clock: DeadlineClock;
  readonly value: number;
  readonly at: Millis | null;
};

/** What kind of leg a step is: it decides what can hold it up. */
export const phases = ["request-final", "payment", "payment-final", "provable", "send", "include", "final"] as const;
export type Phase = (typeof phases)[number];

/** One leg of a journey. `says` completes "It …": "waits for the user's payment". */
export type StepSpec = {
  readonly name: string;
  readonly phase: Phase;
  /** where the fact that ends it is seen */
  readonly chain: ChainName;
  readonly who: Actor;
  readonly normalMs: Millis;
  readonly lateAfterMs: Millis;
  readonly says: string;
};

/** `lane`: the one whose deliveries serve it; null when nothing is relayed for it. */
export type Journey = { readonly bridge: string; readonly kind: string; readonly lane: LaneName | null; readonly steps: readonly StepSpec[] };

/** Host times: when the step was first seen to begin, and to end (null: it goes on). */
export type StepState = { readonly name: string; readonly startedAt: Millis; readonly endedAt: Millis | null };

export const transferOutcomes = ["completed", "cancelled", "expired", "orphaned"] as const;
export type TransferOutcome = (typeof transferOutcomes)[number];

export type Transfer = {
  readonly id: TransferId;
  readonly bridge: string;
  readonly kind: string;
  readonly openedAt: Millis;
  /** null while open */
  readonly endedAt: Millis | null;
  readonly outcome: TransferOutcome | null;
  /** those begun, in the journey's order; at most the last one goes on */
  readonly steps: readonly StepState[];
  readonly deadlines: readonly Deadline[];
  /** "all": it has run out only when every clock has passed; "any": the first one decides */
  readonly deadlineRule: "all" | "any";
  readonly deliveries: readonly DeliveryId[];
  /** everything a person may look it up by: ids, txids in both byte orders, addresses, accounts; lower case where case means nothing */
  readonly keys: readonly string[];
  /** what the fold remembers, and what is worth showing */
  readonly facts: Json;
};

/** What to do next; `command` is to be typed as it is. */
export type Action = { readonly text: string; readonly command: string | null };

/** A person looks at it. */
export type Acknowledgement = { readonly at: Millis; readonly who: string; readonly because: string | null };

export type Explanation = {
  readonly step: string;
  readonly waitingFor: string;
  readonly who: Actor;
  readonly since: Millis;
  readonly normalMs: Millis;
  readonly deadline: Deadline | null;
  /** null: nothing is wrong, it takes its normal time */
  readonly cause: Cause | null;
  /** plain and short: what it waits for, who must act until when, and why it does not go on */
  readonly sentence: string;
  /** ids, heights, last error */
  readonly evidence: Json;
  readonly action: Action | null;
};

/** When it will be done: half of the time earlier than `medianAt`, nine times in ten before `p90At`. `afterDeadlineMs`: how long after its deadline `medianAt` is; 0: it is not. */
export type Expected = { readonly medianAt: Millis; readonly p90At: Millis; readonly afterDeadlineMs: Millis };

export type StepReport = {
  readonly name: string;
  readonly who: Actor;
  readonly says: string;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis | null;
  readonly normalMs: Millis;
  readonly lateAfterMs: Millis;
  /** how far past `lateAfterMs` it is, or was when it ended; 0 = fine */
  readonly lateMs: Millis;
};

/** One transfer as the command line, the API, the page and notifications print it. */
export type TransferReport = {
  readonly id: TransferId;
  readonly bridge: string;
  readonly kind: string;
  readonly state: "open" | "ended";
  readonly outcome: TransferOutcome | null;
  readonly openedAt: Millis;
  readonly endedAt: Millis | null;
  /** every step of the journey, also those not begun */
  readonly steps: readonly StepReport[];
  readonly lateMs: Millis;
  readonly deadline: { readonly at: Millis | null; readonly text: string; readonly passed: boolean } | null;
  /** null once it ended */
  readonly explanation: Explanation | null;
  /** who looks at what is wrong with it now; null: nobody, or nothing is */
  readonly acknowledged: Acknowledgement | null;
  readonly eta: Expected | null;
  readonly deliveries: readonly DeliveryId[];
  readonly keys: readonly string[];
  readonly facts: Json;
};
