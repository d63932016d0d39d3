/** kill -9 between any two steps of one delivery, one after the other: one effect, one transaction, no gap. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";

const killed = { code: null, signal: "SIGKILL" };

describe("a delivery whose process is killed between any two of its steps", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await createStage();
  });
  afterAll(() => stage.end());

  test("a sweep: dying at every point in turn still gives one effect with one transaction", async () => {
    const { devnet: { ethereum } } = stage;
    const before = await stage.nonce();
    const deposit = await stage.deposit();
    const txid = await stage.sweep(deposit);
    await stage.bury();
    const dies = async (point: Parameters<Stage["launchKilled"]>[0]): Promise<void> => {
      const dying = stage.launchKilled(point);
      expect(await dying.ended, dying.err()).toEqual(killed);
    };

    await dies("between signing and its save");
    expect(await stage.nonce("pending")).toBe(before);
    await ethereum.setBlocks("none"); // from here on nothing is included unless the test says so
    await dies("between the save and sending");
    expect(await stage.nonce("pending")).toBe(before);
    await dies("between sending and its save");
    expect(await stage.inPool()).toBe(1n);
    await dies("between sending and inclusion");
    expect(await stage.inPool()).toBe(1n);
    expect(await stage.effects(txid)).toBe(0);
    await ethereum.mine();
    await dies("between inclusion and its save");
    await dies("between inclusion and finality");
    expect(await stage.effects(txid)).toBe(1);
    await ethereum.mine(3);
    await dies("between finality and its save");

    const gantry = await stage.run();
    // who finds the effect final before its own view says so leaves the slot to the signer
    const delivery = await stage.reaches(gantry, txid, ({ state, slots }) => state === "delivered" && slots.every((slot) => slot.state === "spent"));
    expect(delivery.by).toBe("us");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
    expect(delivery.slots.map(({ state, attempts }) => [state, attempts.length])).toEqual([["spent", 1]]);
  });
});
