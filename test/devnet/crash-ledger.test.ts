/** The ledger is full, taken, or gone: nothing is sent unsaved, nothing is done twice. */
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import { freeDisk } from "../support/full-disk.ts";
import { whenServing } from "../support/gantry-process.ts";
import type { GantryProcess } from "../support/gantry-process.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";

describe("a ledger with a bad day", () => {
  let stage: Stage;
  let running: GantryProcess | null = null;
  const started = <G extends GantryProcess>(gantry: G): G => {
    running = gantry;
    return gantry;
  };
  beforeAll(async () => {
    stage = await createStage();
  });
  afterEach(async () => {
    await running?.kill();
    running = null;
    await stage.devnet.ethereum.setBlocks({ everySeconds: 1 });
  });
  afterAll(() => stage.end());

  test("full between signing and its save: nothing is sent and it says so; with space again it goes on, once", async () => {
    const before = await stage.nonce();
    const txid = await stage.sweep(await stage.deposit());
    const gantry = started(await whenServing(stage.launchKilled("between signing and its save", "full"), stage.config.ledgerPath));
    await stage.bury();

    await until("ledger_up to be 0", async () => (await gantry.metric("gantry_ledger_up")) === 0, { withinMs: 60_000 });
    const told = await gantry.logged("the ledger cannot be written", ({ level, code }) => level === "error" && code === "ledger-unwritable");
    expect(told.msg).toContain("Free disk space");
    expect((await gantry.client.ready()).ok).toBe(false);
    expect((await stage.delivery(gantry, txid))?.state).toBe("proven"); // it wanted to send, and reading still works
    expect(await stage.nonce("pending")).toBe(before);

    await freeDisk(gantry.pid);
    await stage.reaches(gantry, txid, "delivered", 90_000);
    await until("ledger_up to be 1", async () => (await gantry.metric("gantry_ledger_up")) === 1, { withinMs: 60_000 });
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });

  test("taken: a second process says who is in the way in one line and ends with 75; the first is not disturbed", async () => {
    const first = started(await stage.run());
    const second = stage.launch();
    expect(await second.ended).toEqual({ code: exitCodes.temporary, signal: null });
    const lines = second.err().trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/another process uses the ledger .*\[ledger-locked\]$/u);
    expect((await first.client.ready()).reasons.filter((reason) => reason.includes("ledger"))).toEqual([]);
    const txid = await stage.sweep(await stage.deposit());
    await stage.bury();
    await stage.reaches(first, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
  });

  test("gone, with one effect delivered and another one sent: both are found on the chains, nothing is sent again", async () => {
    const { devnet: { ethereum }, config: { ledgerPath } } = stage;
    const before = await stage.nonce();
    const first = started(await stage.run());
    const done = await stage.sweep(await stage.deposit());
    await stage.bury();
    await stage.reaches(first, done, "delivered");
    const payment = await stage.redeem(await stage.request(1_000_000n));
    await ethereum.setBlocks("none");
    await stage.bury();
    await until("the redemption's proof to be in the pool", async () => (await stage.inPool()) === 1n, { withinMs: 60_000 });
    first.signal("SIGTERM");
    expect(await first.ended).toEqual({ code: exitCodes.ok, signal: null });
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${ledgerPath}${suffix}`, { force: true });

    const second = started(await stage.run());
    const waiting = await stage.reaches(second, payment, ({ wait }) => wait?.code === "signer-not-settled");
    expect(waiting.slots).toEqual([]);
    expect(await stage.inPool()).toBe(1n);
    await ethereum.setBlocks({ everySeconds: 1 });
    for (const txid of [done, payment]) {
      await stage.reaches(second, txid, "delivered");
      expect(await stage.effects(txid)).toBe(1);
    }
    expect(await stage.nonce("pending")).toBe(before + 2n);
  });
});
