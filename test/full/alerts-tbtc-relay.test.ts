/**
 * What tBTC's relay of difficulties holds up, on mainnet's LightRelay and a recorded chain with real work: each raises its alert in a
 * real Alertmanager and clears after the repair. Durations are a 120th of those in ops/.
 * The margin before an epoch is forgotten is 2018 blocks here, because nobody can mine an epoch in a test: the budget is above it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { startPowDevnet } from "../../devnet/pow-devnet.ts";
import type { PowDevnet } from "../../devnet/pow-devnet.ts";
import { freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { depositSweepLane, depositTransfer, redemptionLane } from "../../src/bridges/tbtc/names.ts";
import { loadConfig } from "../../src/config/load.ts";
import { startAlerting } from "../support/alerting.ts";
import type { Alerting } from "../support/alerting.ts";
import { runGantry } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";

const block = { deposits: 812_446, sweep: 812_447, newEpoch: 812_448, redemption: 812_449, second: 812_450, third: 812_451 } as const;

let devnet: PowDevnet;
let gantry: Gantry;
let alerting: Alerting;
beforeAll(async () => {
  devnet = await startPowDevnet();
  await devnet.story.revealDeposits();
  devnet.node.setHeight(block.deposits);
  const port = await freePort();
  gantry = await startGantry(port);
  alerting = await startAlerting({ folder: devnet.folder, target: `127.0.0.1:${port}`, factor: 1 / 120 });
});
afterAll(async () => {
  await alerting.end();
  await gantry.stop();
  await devnet.stop();
});

async function startGantry(port: number): Promise<Gantry> {
  const { folder, servers, story: { tbtc }, relayer, node } = devnet;
  const file = join(folder, "gantry.yml");
  const ledgerPath = join(folder, "gantry.sqlite");
  const text = stringify({
    instance: "pow", ledger: { path: ledgerPath }, redis: { url: servers.redis.url }, http: { port },
    chains: {
      bitcoin: { network: "regtest", finalDepth: 1, startHeight: block.deposits, pollMs: 1_000, endpoints: [{ name: "recorded", url: node.url }] },
      ethereum: { chainId: 31_337, startBlock: 0, pollMs: 1_000, endpoints: [{ name: "anvil", url: servers.ethereum.url }] },
    },
    signers: { relayer: { chain: "ethereum", keyFile: relayer.plainFile } },
    bridges: { tbtc: { bridge: tbtc.bridge.address, maintainerProxy: tbtc.maintainerProxy.address, relay: tbtc.relay.address, bank: tbtc.bank.address, signer: "relayer" } },
    policy: { trackEverySeconds: 1, bumpAfterSeconds: 30, backoffCapSeconds: 2, maxWaitSeconds: 2 },
    monitor: { lightClientSeconds: 5, tbtc: { relayEpochBlocks: 2_020 } },
  });
  await writeFile(file, text, { mode: 0o600 });
  const config = await loadConfig(file);
  // the recorded blocks are years old
  Object.assign(config.monitor.chains.bitcoin, { skewSeconds: 1e9, headSeconds: 1e9 });
  return runGantry(config, ledgerPath);
}

async function show(height: number): Promise<void> {
  devnet.node.setHeight(height);
  await until(`block ${height} to be read`, async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "cursor" })) === height, { withinMs: 120_000 });
}
const explained = async (id: string) => (await gantry.show(id))?.transfers.find((one) => one.id === id) ?? null;

test("relay-epoch-leaving: a sweep waits for work, and its epoch is soon forgotten; the proof ends it", async () => {
  const deposit = depositTransfer(devnet.story.depositKeys[0] ?? "0x");
  await show(block.sweep);
  const alert = await alerting.alone("RelayEpochLeaving", { cause: "relay-epoch-leaving", severity: "page" }, async () => {
    await until("the margin to be shown", async () => (await gantry.metric("relay_epoch_margin_blocks", { lane: depositSweepLane })) === 2_018, { withinMs: 120_000 });
    const told = await until("the deadline to be told", async () => {
      const now = await explained(deposit);
      return now?.deadline?.text.includes("the relay may forget its epoch") === true ? now : null;
    }, { withinMs: 120_000 });
    expect(told.steps.findLast(({ startedAt }) => startedAt !== null)?.name).toBe("provable");
    await show(block.newEpoch);
    await gantry.reaches(devnet.story.sweepTxid, "delivered");
  }, { withinMs: 120_000 });
  expect(Object.values(alert.annotations).join(" ")).toContain("tbtc-deposit-sweep 2018");
  await until("no epoch to be waited for", async () => (await gantry.metric("relay_epoch_margin_blocks", { lane: depositSweepLane })) === 1e9, { withinMs: 120_000 });
});

test("light-client-behind: nobody tells the relay of the new epoch, which a redemption needs; the retarget ends it", async () => {
  await devnet.story.requestRedemptions();
  for (const height of [block.redemption, block.second]) await show(height);
  await alerting.alone("LightClientBehind", { cause: "light-client-behind", severity: "page" }, async () => {
    await gantry.waitsFor(devnet.story.redemptionTxid, "epoch-not-relayed");
    // told two blocks after the retarget at the earliest
    await until("both blocks to be counted", async () => (await gantry.metric("light_client_lag_blocks", { lane: redemptionLane })) === 2, { withinMs: 120_000 });
    await devnet.story.retarget();
  }, { withinMs: 120_000 });
  await show(block.third);
  await gantry.reaches(devnet.story.redemptionTxid, "delivered");
});
