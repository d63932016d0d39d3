/** kill -9 between any two steps, each on a delivery of its own, for both kinds of proof: one effect, one transaction, no gap. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import type { Hex } from "../../src/core/values.ts";
import type { StatusReport } from "../../src/monitor/status.ts";
import type { GantryProcess } from "../support/gantry-process.ts";
import { deliveryPoints } from "../support/gantry-points.ts";
import type { DeliveryPoint } from "../support/gantry-points.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";

const all = Object.keys(deliveryPoints) as readonly DeliveryPoint[];

describe("a delivery whose process is killed once", () => {
  let stage: Stage;
  let running: GantryProcess | null = null;
  beforeAll(async () => {
    stage = await createStage();
  });
  afterEach(() => running?.kill());
  afterAll(() => stage.end());

  async function diesOnce(point: DeliveryPoint, txid: Hex): Promise<void> {
    const before = await stage.nonce();
    await stage.bury();
    const dying = stage.launchKilled(point);
    running = dying;
    expect(await dying.ended, dying.err()).toEqual({ code: null, signal: "SIGKILL" });
    const gantry = await stage.run();
    running = gantry;
    // who finds the effect final before its own view says so leaves the slot to the signer
    const delivery = await stage.reaches(gantry, txid, ({ state, slots }) => state === "delivered" && slots.every((slot) => slot.state === "spent"));
    expect(delivery.by).toBe("us");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
    expect(delivery.slots.map(({ state }) => state)).toEqual(["spent"]);
    await until("every slot to be closed", async () => ((await gantry.client.status()) as StatusReport).signers.every(({ openSlots }) => openSlots === 0), { withinMs: 60_000 });
    gantry.signal("SIGTERM");
    expect(await gantry.ended).toEqual({ code: 0, signal: null });
  }

  test.each(all)("a sweep, killed %s", async (point) => {
    await diesOnce(point, await stage.sweep(await stage.deposit()));
  });

  test.each(all)("a redemption, killed %s", async (point) => {
    await diesOnce(point, await stage.redeem(await stage.request(1_000_000n)));
  });
});
