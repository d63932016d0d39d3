/** A light client that nobody has started, and a parachain of another Bitcoin: Gantry waits and says so, begins it, or refuses to run. */
import { afterEach, expect, test } from "vitest";
import type { Line } from "../../src/cli/doctor-check.ts";
import { gantry as command } from "../support/gantry-process.ts";
import { until } from "../support/chains-story.ts";
import { rivalOf, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
afterEach(() => stage.stop());

const isExecutedAfter = async (work: () => Promise<unknown>): Promise<boolean> => {
  const issue = await stage.request();
  await stage.pay(issue);
  await stage.bitcoin.mine(6);
  await work();
  return until("the execution", () => stage.isExecuted(issue));
};

test("a light client that was never started: Gantry says so and waits; when somebody starts it, headers and issues follow", async () => {
  stage = await startInterbtcGantry({ initialised: false });
  const gantry = await stage.gantry();
  await until("Gantry to say what it waits for", () => Promise.resolve(gantry.said("relay-not-initialised")));
  expect(gantry.lines.filter(({ fields }) => fields["code"] === "relay-not-initialised")).toMatchObject([{ level: "info", message: expect.stringContaining("initialiseAt") }]);
  const nonce = await stage.nonce();
  const rival = await rivalOf(stage);
  expect((await rival.relay.initialize()).failure).toBeNull();
  await rival.close();
  await stage.bitcoin.mine(3);
  await told(stage);
  expect(await stage.nonce()).toBeGreaterThan(nonce);
  expect(await isExecutedAfter(() => gantry.status())).toBe(true);
  expect(gantry.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("with initialiseAt Gantry starts it itself, at that height, and goes on from there", async () => {
  stage = await startInterbtcGantry({ initialised: false });
  const start = (await stage.bitcoin.tip()).height - 5;
  const gantry = await stage.gantry(({ bridges }) => {
    if (bridges.interbtc !== undefined) bridges.interbtc.lanes.headers.initialiseAt = start;
  });
  await told(stage);
  expect(await stage.chain.read("btcRelay", "startBlockHeight")).toBe(start);
  expect(await isExecutedAfter(() => gantry.status())).toBe(true);
});

test("a parachain that follows another Bitcoin network: run ends with 78 and one clear line, and so says the doctor", async () => {
  stage = await startInterbtcGantry({ bitcoinNetwork: "bitcoin-mainnet" });
  const nonce = await stage.nonce();
  const run = await command("run", "--config", stage.file);
  expect(run.code).toBe(78);
  // what a person reads: not the log, which is JSON
  const lines = run.err.trimEnd().split("\n").filter((line) => !line.startsWith("{"));
  expect(lines).toEqual([expect.stringMatching(/bitcoinNetwork "bitcoin-mainnet".*"bitcoin-regtest" is configured.*\[wrong-property\]$/u)]);
  const { code, out } = await command("doctor", "--config", stage.file, "--json");
  expect(code).toBe(78);
  const { checks } = JSON.parse(out) as { readonly checks: readonly Line[] };
  expect(checks.find(({ what }) => what === "polkadot chopsticks")).toMatchObject({ verdict: "fail", code: "wrong-property" });
  expect(await stage.nonce()).toBe(nonce);
});
