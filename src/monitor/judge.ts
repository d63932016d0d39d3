/**
 * Open transfers judged once per refresh: how late, why, how far from a deadline. Sums for gauges, the late ones for alerts.
 * Always: only what is late, pressed by a deadline, hinted at or held up by a delivery's trouble is explained; everything else is counted.
 * Never: holds up the process: it pauses between pieces.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Cause } from "../core/causes.ts";
import { explain } from "../core/explain.ts";
import { isUnminedTrouble } from "../core/explain-unmined.ts";
import type { DeliveryView, MonitoredWorld } from "../core/monitored-world.ts";
import { deadlineOf, isNear } from "../core/transfer-clock.ts";
import { factsOf } from "../core/transfer-fold.ts";
import { currentStep, late } from "../core/transfer-progress.ts";
import type { StepHistory } from "../core/transfer-progress.ts";
import type { Acknowledgement, Explanation, Journey, Transfer } from "../core/transfer.ts";
import type { DeliveryId, Millis } from "../core/values.ts";
import type { Ledger } from "../ports.ts";
import { acknowledgementFor } from "./acknowledged.ts";
import type { Observed } from "./observe.ts";

/** A transfer that something is wrong with. */
export type Troubled = { readonly transfer: Transfer; readonly lateMs: Millis; readonly explanation: Explanation; readonly acknowledged: Acknowledgement | null };

/** Sums of one step. */
export type StepSum = { readonly bridge: string; readonly kind: string; readonly step: string; open: number; oldestMs: Millis; readonly late: Map<Cause, number> };

export type Judgement = {
  readonly steps: readonly StepSum[];
  /** nearest deadline of each kind, as time left; null = none has one */
  readonly deadlines: readonly { readonly bridge: string; readonly kind: string; readonly leftMs: Millis | null }[];
  readonly troubled: readonly Troubled[];
};

const pieceSize = 200;

export type JourneyOf = (transfer: Pick<Transfer, "bridge" | "kind">) => Journey | null;

/** The world as explaining one transfer wants it: with its own deliveries. */
export async function worldFor(ledger: Ledger, world: MonitoredWorld, ids: readonly DeliveryId[]): Promise<MonitoredWorld> {
  const snapshots = await Promise.all(ids.map((id) => ledger.load(id, [])));
  const deliveries = snapshots.flatMap((one): DeliveryView[] => (one === null ? [] : [{ delivery: one.delivery, slot: one.slot, eventStanding: one.eventStanding }]));
  return { ...world, deliveries };
}

type Judging = { readonly ledger: Ledger; readonly journeys: readonly Journey[]; readonly journeyOf: JourneyOf; readonly history: StepHistory };

export async function judge(open: Iterable<Transfer>, { ledger, journeys, journeyOf, history }: Judging, { world, clocks }: Observed): Promise<Judgement> {
  const steps = new Map<string, StepSum>();
  for (const { bridge, kind, steps: specs } of journeys) {
    for (const { name: step } of specs) steps.set(`${bridge} ${kind} ${step}`, { bridge, kind, step, open: 0, oldestMs: 0, late: new Map() });
  }
  const nearest = new Map<string, Millis>();
  const troubled: Troubled[] = [];
  let seen = 0;
  for (const transfer of open) {
    seen += 1;
    if (seen % pieceSize === 0) await turn();
    const journey = journeyOf(transfer);
    const step = journey === null ? null : currentStep(journey, transfer);
    if (journey === null || step === null) continue;
    const kind = `${transfer.bridge} ${transfer.kind}`;
    const sum = steps.get(`${kind} ${step.spec.name}`);
    const lateMs = late(transfer, journey, clocks);
    const deadline = deadlineOf(transfer, clocks);
    if (sum !== undefined) {
      sum.open += 1;
      sum.oldestMs = Math.max(sum.oldestMs, clocks.now - step.state.startedAt);
    }
    if (deadline !== null && deadline.leftMs !== null) nearest.set(kind, Math.min(nearest.get(kind) ?? Infinity, deadline.leftMs));
    const isPressed = deadline !== null && (deadline.passed || isNear(transfer, deadline));
    const { hints, deliveries } = factsOf(transfer);
    if (lateMs === 0 && !isPressed && hints.length === 0 && !Object.values(deliveries).some(({ troubled }) => troubled) && !isUnminedTrouble({ transfer, spec: step.spec, world, clocks })) continue;
    const explanation = explain(transfer, journey, await worldFor(ledger, world, transfer.deliveries), clocks, history);
    if (explanation === null || explanation.cause === null) continue;
    troubled.push({ transfer, lateMs, explanation, acknowledged: await acknowledgementFor(ledger, transfer, explanation, clocks.now) });
    if (lateMs > 0) sum?.late.set(explanation.cause, (sum.late.get(explanation.cause) ?? 0) + 1);
  }
  return {
    steps: [...steps.values()], troubled,
    deadlines: journeys.map(({ bridge, kind }) => ({ bridge, kind, leftMs: nearest.get(`${bridge} ${kind}`) ?? null })),
  };
}
