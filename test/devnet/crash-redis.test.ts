/** The wake queue loses everything, or is away: nothing is lost, nothing is done twice. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { redisCommand } from "../support/redis.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";
import type { Running } from "../support/gantry-process.ts";

const lane = "tbtc-deposit-sweep";
const foundByAudit = `gantry_audit_findings_total{lane="${lane}",kind="wake_lost"}`;

describe("a Redis that forgets, and one that is away", () => {
  let stage: Stage;
  let gantry: Running;
  beforeAll(async () => {
    stage = await createStage();
    gantry = await stage.run();
  });
  afterEach(() => stage.devnet.ethereum.setBlocks({ everySeconds: 1 }));
  afterAll(() => stage.end());

  test("FLUSHALL while a transaction is on its way: the audit looks again, the effect comes once", async () => {
    const { devnet: { ethereum, servers: { redis } } } = stage;
    const before = await stage.nonce();
    const txid = await stage.sweep(await stage.deposit());
    await stage.devnet.bitcoin.mine(1);
    await stage.reaches(gantry, txid, () => true);
    await ethereum.setBlocks("none");
    await stage.bury();
    await until("the proof to be in the pool", async () => (await stage.inPool()) === 1n, { withinMs: 60_000 });

    // No chain moves, and no wake is left to fire: whoever looks at it now was sent by the audit.
    const flush = async (): Promise<void> => expect(await redisCommand(Number(new URL(redis.url).port), "FLUSHALL")).toContain("+OK");
    await flush();
    const first = await stage.reaches(gantry, txid, ({ state, wait }) => state === "sent" && wait !== null);
    await until("the audit to have found it", async () => {
      await flush();
      return ((await gantry.metric(foundByAudit)) ?? 0) > 0;
    }, { withinMs: 60_000, everyMs: 500 });
    await stage.reaches(gantry, txid, ({ wait }) => (wait?.until ?? 0) > (first.wait?.until ?? 0));

    await ethereum.setBlocks({ everySeconds: 1 });
    await stage.reaches(gantry, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });

  test("Redis away, with a delivery becoming due meanwhile: told, and done once without it", async () => {
    const { devnet: { servers: { redis } } } = stage;
    const before = await stage.nonce();
    const txid = await stage.sweep(await stage.deposit());
    await stage.devnet.bitcoin.mine(1);
    await stage.reaches(gantry, txid, () => true);

    await redis.kill();
    await stage.bury();
    await until("redis_up to be 0", async () => (await gantry.metric("gantry_redis_up")) === 0, { withinMs: 60_000 });
    expect((await gantry.client.ready()).reasons.join(" ")).toContain("Redis");
    await stage.reaches(gantry, txid, "delivered");
    await redis.start();
    await until("redis_up to be 1", async () => (await gantry.metric("gantry_redis_up")) === 1, { withinMs: 60_000 });
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });
});
