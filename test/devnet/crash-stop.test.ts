/** SIGTERM in the middle of work: the running step ends, the process ends with 0, the next start goes on; a second signal insists. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";

describe("a stop in the middle of work", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await createStage();
  });
  afterEach(() => stage.devnet.servers.ethereum.thaw());
  afterAll(() => stage.end());

  const stopped = { code: exitCodes.ok, signal: null }; // a step that does not end in time gives another code

  test("while a delivery moves: it ends with 0, sends nothing afterwards, and the next start finishes it", async () => {
    const before = await stage.nonce();
    const gantry = await stage.run();
    const txid = await stage.sweep(await stage.deposit());
    await stage.bury();
    await gantry.logged("the transaction is final on Bitcoin", ({ act, state }) => act === "note" && state === "final");
    gantry.signal("SIGTERM");
    expect(await gantry.ended, gantry.err()).toEqual(stopped);
    expect(gantry.log().at(-1)?.msg).toBe("stopped");

    const next = await stage.run();
    await stage.reaches(next, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
    next.signal("SIGINT");
    expect(await next.ended).toEqual(stopped);
  });

  test("while a node takes questions and never answers: it ends with 0 all the same, and nothing is lost", async () => {
    const before = await stage.nonce();
    const gantry = await stage.run();
    // what it asks Ethereum at its start is answered
    await until("readiness", async () => (await gantry.client.ready()).ok, { withinMs: 120_000 });
    const txid = await stage.sweep(await stage.deposit());
    stage.devnet.servers.ethereum.freeze();
    await stage.bury();
    await stage.reaches(gantry, txid, "final"); // the next step asks Ethereum
    gantry.signal("SIGTERM");
    expect(await gantry.ended, gantry.err()).toEqual(stopped);

    stage.devnet.servers.ethereum.thaw();
    const next = await stage.run();
    await stage.reaches(next, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
    await next.kill();
  });

  test("a second signal ends it at once, and nothing is lost then either", async () => {
    const before = await stage.nonce();
    const gantry = await stage.run();
    // what it asks Ethereum at its start is answered
    await until("readiness", async () => (await gantry.client.ready()).ok, { withinMs: 120_000 });
    const txid = await stage.sweep(await stage.deposit());
    stage.devnet.servers.ethereum.freeze();
    await stage.bury();
    await stage.reaches(gantry, txid, "final");
    gantry.signal("SIGTERM");
    await gantry.logged("stopping", ({ msg }) => msg.startsWith("stopping"));
    let over = false;
    gantry.ended.then(() => (over = true), () => undefined);
    // A keystroke can arrive twice, so an insisting signal counts only a moment after the first one.
    await until("an insisting signal to be heard", async () => {
      if (!over) gantry.signal("SIGTERM");
      return over;
    }, { withinMs: 60_000, everyMs: 100 });
    expect(await gantry.ended).toEqual({ code: exitCodes.temporary, signal: null });
    expect(gantry.log().map(({ msg }) => msg)).not.toContain("stopped");

    stage.devnet.servers.ethereum.thaw();
    const next = await stage.run();
    await stage.reaches(next, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });
});
