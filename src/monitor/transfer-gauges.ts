/**
 * The series about transfers and causes.
 * Always: set at every refresh, also to 0 or "none": a series that is missing or old must not look healthy.
 * Never: an id as a label.
 */
import { causeNames } from "../core/causes.ts";
import type { Cause } from "../core/causes.ts";
import type { MonitoredWorld } from "../core/monitored-world.ts";
import type { Journey } from "../core/transfer.ts";
import type { Meter } from "../ports.ts";
import { createFading } from "./gauges.ts";
import type { Fading } from "./gauges.ts";
import type { Judgement } from "./judge.ts";
import { far } from "./series.ts";

const second = 1_000;

/** The journeys' budgets, once. */
export function showSteps(journeys: readonly Journey[], meter: Meter): void {
  for (const { bridge, kind, steps } of journeys) {
    for (const { name: step, normalMs, lateAfterMs } of steps) {
      meter.set("step_budget_seconds", { bridge, kind, step, at: "normal" }, normalMs / second);
      meter.set("step_budget_seconds", { bridge, kind, step, at: "late" }, lateAfterMs / second);
    }
  }
}

export interface TransferGauges {
  show(judgement: Judgement, active: ReadonlySet<Cause>, world: MonitoredWorld): void;
}

export function createTransferGauges(meter: Meter): TransferGauges {
  const late: Fading = createFading(meter, "transfers_late");
  return {
    show({ steps, deadlines }, active, world) {
      for (const { bridge, kind, step, open, oldestMs } of steps) {
        meter.set("transfers_open", { bridge, kind, step }, open);
        meter.set("transfer_oldest_seconds", { bridge, kind, step }, oldestMs / second);
      }
      late(steps.flatMap(({ bridge, kind, step, late: causes }) =>
        [...causes].map(([cause, value]) => ({ labels: { bridge, kind, step, cause }, value }))));
      for (const { bridge, kind, leftMs } of deadlines) meter.set("transfer_deadline_seconds", { bridge, kind }, leftMs === null ? far : Math.min(far, leftMs / second));
      for (const cause of causeNames) meter.set("cause_active", { cause }, active.has(cause) ? 1 : 0);
      for (const { name: signer, runwayMs } of world.signers) {
        meter.set("signer_runway_seconds", { signer }, runwayMs === null ? far : Math.min(far, runwayMs / second));
      }
      // where no lane here feeds it, it is shown with those that wait for it
      for (const { lane, bridge, lagBlocks } of world.lightClients) {
        if (lane !== null || lagBlocks === null) continue;
        for (const { name } of world.lanes.filter((one) => one.bridge === bridge)) meter.set("light_client_lag_blocks", { lane: name }, lagBlocks);
      }
      for (const { name: bridge, epoch } of world.bridges) {
        for (const { name: lane } of world.lanes.filter((one) => one.bridge === bridge)) {
          meter.set("relay_epoch_margin_blocks", { lane }, epoch === null ? far : epoch.marginBlocks);
        }
      }
    },
  };
}
