/**
 * Alerts as people get them: real Prometheus and Alertmanager on the files of ops/, a running Gantry, real stalls made on the
 * devnet. Each raises exactly its own alert, and is over after the repair. Durations are a 120th of those in the files.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { startAlerting } from "../support/alerting.ts";
import type { Alerting } from "../support/alerting.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";
import type { Running } from "../support/gantry-process.ts";

/** a gauge is read every ten seconds, a node is called down after its time-out */
const raisedWithinMs = 100_000;
const factor = 1 / 120;

let stage: Stage;
let gantry: Running;
let alerting: Alerting;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  // the same address after a restart: it is Prometheus' target
  const port = await freePort();
  stage = await createStage({ edit: (config) => Object.assign(config["http"] ?? {}, { port }) });
  ends.push(() => stage.end());
  gantry = await stage.run();
  alerting = await startAlerting({ folder: stage.devnet.folder, target: new URL(gantry.url).host, factor });
  ends.push(() => alerting.end());
});
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

/** Raised with this cause, told alone, and over after the repair. */
const one = (name: string, labels: Readonly<Record<string, string>>, repair: () => Promise<unknown>): Promise<unknown> => alerting.alone(name, labels, repair, { withinMs: raisedWithinMs });

test("a healthy installation that proves a deposit raises none", async () => {
  const listener = alerting.listen();
  const txid = await stage.sweep(await stage.deposit());
  await stage.bury();
  await stage.reaches(gantry, txid, "delivered");
  // the longest `for` is half an hour: every rule had its time
  await until("the rules to have looked for long enough", async () => ((await alerting.query('count_over_time(up{job="gantry"}[5m])'))[0]?.value ?? 0) > 1_800 * factor + 5 || null, { withinMs: raisedWithinMs });
  expect(await listener.end()).toEqual([]);
  await alerting.quiet(raisedWithinMs);
});

test("node-stalled: the only Bitcoin node is away", async () => {
  const { bitcoin } = stage.devnet.servers;
  await bitcoin.stop();
  await one("NodeStalled", { cause: "node-stalled", severity: "page", chain: "bitcoin" }, () => bitcoin.start());
});

test("redis-down: Redis is away", async () => {
  const { redis } = stage.devnet.servers;
  await redis.stop();
  await one("RedisDown", { cause: "redis-down", severity: "page" }, () => redis.start());
});

test("signer-without-funds: the relayer's account is empty", async () => {
  const { ethereum, relayer } = stage.devnet;
  const fund = (wei: string) => ethereum.rpc.call("anvil_setBalance", [relayer.address, wei], new AbortController().signal);
  await fund("0x0");
  await one("SignerWithoutFunds", { cause: "signer-without-funds", signer: "relayer" }, () => fund("0x21e19e0c9bab2400000"));
});

test("proof-refused: a delivery is parked", async () => {
  const txid = await stage.sweep(await stage.deposit());
  await stage.devnet.bitcoin.mine(1);
  const { id } = await stage.reaches(gantry, txid, ({ state }) => state === "seen" || state === "final");
  await gantry.client.order({ verb: "park", subject: id, because: "to see the alert", who: "test" });
  await one("ProofRefused", { cause: "proof-refused", lane: "tbtc-deposit-sweep" }, async () => {
    await gantry.client.order({ verb: "resume", subject: id, because: "seen", who: "test" });
  });
});

test("relayer-dead: the process is killed", async () => {
  await gantry.kill();
  await one("GantryDown", { cause: "relayer-dead", severity: "page" }, async () => {
    gantry = await stage.run();
  });
});
