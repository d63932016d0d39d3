/**
 * How far a transfer is, how late, and when it will probably be done.
 * Always: pure; lateness is derived from first-seen host times and budgets, never stored; 0 = fine.
 * Never: causes (explain.ts), or "late" for a transfer whose beginning was not seen and which nobody works on.
 */
import { deadlineOf } from "./transfer-clock.ts";
import type { Clocks } from "./transfer-clock.ts";
import { factsOf } from "./transfer-fold.ts";
import type { Journey, StepReport, StepSpec, StepState, Transfer } from "./transfer.ts";
import type { Millis } from "./values.ts";

export type Budget = { readonly normalMs: Millis; readonly lateAfterMs: Millis };
/** By "<bridge>.<kind>.<step>". */
export type Budgets = Readonly<Record<string, Budget>>;
export const budgetKey = ({ bridge, kind }: Pick<Journey, "bridge" | "kind">, step: string): string => `${bridge}.${kind}.${step}`;

/** The journey with the budgets of the configuration in place of its own. */
export const withBudgets = (journey: Journey, budgets: Budgets): Journey => ({
  ...journey,
  steps: journey.steps.map((step) => ({ ...step, ...budgets[budgetKey(journey, step.name)] })),
});

/** The step that goes on, with its spec; null once the transfer ended. */
export function currentStep(journey: Journey, transfer: Transfer): { readonly spec: StepSpec; readonly state: StepState } | null {
  const state = transfer.endedAt === null ? transfer.steps.at(-1) : undefined;
  const spec = journey.steps.find(({ name }) => name === state?.name);
  return state === undefined || spec === undefined ? null : { spec, state };
}

const lateBy = (spec: StepSpec, state: StepState, now: Millis): Millis => Math.max(0, (state.endedAt ?? now) - state.startedAt - spec.lateAfterMs);

/** Every step of the journey, also those not begun. */
export const progress = (journey: Journey, transfer: Transfer, clocks: Clocks): readonly StepReport[] =>
  journey.steps.map((spec) => {
    const { name, who, says, normalMs, lateAfterMs } = spec;
    const state = transfer.steps.find((one) => one.name === name);
    const times = { startedAt: state?.startedAt ?? null, endedAt: state?.endedAt ?? null };
    return { name, who, says, ...times, normalMs, lateAfterMs, lateMs: state === undefined ? 0 : lateBy(spec, state, clocks.now) };
  });

/** How late an open transfer is: past its step's budget, or past a protocol deadline, whichever is more. 0 = fine, or ended. */
export function late(transfer: Transfer, journey: Journey, clocks: Clocks): Millis {
  const step = currentStep(journey, transfer);
  if (step === null || !isFollowed(transfer)) return 0;
  const deadline = deadlineOf(transfer, clocks);
  const overdue = deadline?.passed === true ? Math.max(1, -(deadline.leftMs ?? 0)) : 0;
  return Math.max(stepLate(transfer, journey, clocks), overdue);
}

/** The same without its deadlines: how far its present step is past its own budget. */
export function stepLate(transfer: Transfer, journey: Journey, clocks: Clocks): Millis {
  const step = currentStep(journey, transfer);
  return step === null || !isFollowed(transfer) ? 0 : lateBy(step.spec, step.state, clocks.now);
}

/** Without its opening fact it may long be done: history before the first block read is not known. A delivery under way says it is not. */
function isFollowed(transfer: Transfer): boolean {
  const { opened, deliveries } = factsOf(transfer);
  return opened || Object.values(deliveries).some(({ state }) => state === "proven" || state === "sent" || state === "included" || state === "parked");
}

/** Durations of finished steps, newest last, by `budgetKey`; bounded by `learn`. */
export type StepHistory = Readonly<Record<string, readonly Millis[]>>;

const keptPerStep = 200;
const enough = 5;

/**
 * The history with the steps of a completed transfer. Give each transfer once.
 * Steps that were seen to begin and to end in one glance (history being read) teach nothing and are left out.
 */
export function learn(history: StepHistory, journey: Journey, transfer: Transfer): StepHistory {
  if (transfer.outcome !== "completed") return history;
  const learned = transfer.steps.flatMap(({ name, startedAt, endedAt }) => {
    const spec = journey.steps.find((one) => one.name === name);
    const took = endedAt === null ? 0 : endedAt - startedAt;
    if (spec === undefined || took <= spec.normalMs / 100) return [];
    const key = budgetKey(journey, name);
    return [[key, [...(history[key] ?? []), took].slice(-keptPerStep)] as const];
  });
  return { ...history, ...Object.fromEntries(learned) };
}

const quantile = (sorted: readonly Millis[], part: number): Millis => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? 0;

/** How long a step takes here; the journey's own budget until five were seen. */
export function usual(history: StepHistory, journey: Journey, spec: StepSpec): { readonly medianMs: Millis; readonly p90Ms: Millis } {
  const seen = (history[budgetKey(journey, spec.name)] ?? []).toSorted((a, b) => a - b);
  return seen.length < enough ? { medianMs: spec.normalMs, p90Ms: spec.lateAfterMs } : { medianMs: quantile(seen, 0.5), p90Ms: quantile(seen, 0.9) };
}

/** When it will be done, by what this installation saw so far: half of the time earlier than `medianAt`, nine times in ten before `p90At` (steps added up, so rather later). Null once it ended. */
export function eta(history: StepHistory, transfer: Transfer, journey: Journey, now: Millis): { readonly medianAt: Millis; readonly p90At: Millis } | null {
  const step = currentStep(journey, transfer);
  if (step === null) return null;
  const elapsed = now - step.state.startedAt;
  const rest = journey.steps.slice(journey.steps.indexOf(step.spec) + 1).map((spec) => usual(history, journey, spec));
  const current = usual(history, journey, step.spec);
  const sum = (pick: "medianMs" | "p90Ms") => Math.max(0, current[pick] - elapsed) + rest.reduce((total, one) => total + one[pick], 0);
  const medianAt = now + sum("medianMs");
  return { medianAt, p90At: Math.max(medianAt, now + sum("p90Ms")) };
}
