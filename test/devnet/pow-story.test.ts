/**
 * Work rules, held by the whole program: a recorded chain with real work and a retarget (difficulty 1, then 2), production
 * contracts, mainnet's LightRelay, factor 3. Blocks are shown one by one; nothing is sent before it can be accepted, and then once.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { startPowDevnet } from "../../devnet/pow-devnet.ts";
import type { PowDevnet } from "../../devnet/pow-devnet.ts";
import { depositSweepLane, redemptionLane } from "../../src/bridges/tbtc/names.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Hex, LaneName } from "../../src/core/values.ts";
import type { DeliveryReport } from "../../src/monitor/show.ts";
import type { Gantry } from "../support/chains-story.ts";
import { runGantry, until } from "../support/chains-story.ts";

const block = { deposits: 812_446, sweep: 812_447, newEpoch: 812_448, redemption: 812_449, second: 812_450, third: 812_451 } as const;

let devnet: PowDevnet;
let gantry: Gantry;
beforeAll(async () => {
  devnet = await startPowDevnet();
  await devnet.story.revealDeposits();
  devnet.node.setHeight(block.deposits);
  gantry = await startGantry();
});
afterAll(async () => {
  await gantry.stop();
  await devnet.stop();
});

async function startGantry(): Promise<Gantry> {
  const { folder, servers, story, relayer, node } = devnet;
  const { tbtc } = story;
  const file = join(folder, "gantry.yml");
  const ledgerPath = join(folder, "gantry.sqlite");
  const text = stringify({
    instance: "pow", ledger: { path: ledgerPath }, redis: { url: servers.redis.url }, http: { port: 0 },
    chains: {
      // every block is final at once here, so that nothing but the Bridge's own rules holds a proof back
      bitcoin: { network: "regtest", finalDepth: 1, startHeight: block.deposits, pollMs: 1_000, endpoints: [{ name: "recorded", url: node.url }] },
      ethereum: { chainId: 31_337, startBlock: 0, pollMs: 1_000, endpoints: [{ name: "anvil", url: servers.ethereum.url }] },
    },
    signers: { relayer: { chain: "ethereum", keyFile: relayer.plainFile } },
    bridges: { tbtc: { bridge: tbtc.bridge.address, maintainerProxy: tbtc.maintainerProxy.address, relay: tbtc.relay.address, bank: tbtc.bank.address, signer: "relayer" } },
    policy: { trackEverySeconds: 1, bumpAfterSeconds: 30, backoffCapSeconds: 2, maxWaitSeconds: 2 },
  });
  await writeFile(file, text, { mode: 0o600 });
  return runGantry(await loadConfig(file), ledgerPath);
}

const nonce = async (tag: "latest" | "pending" = "pending"): Promise<number> =>
  Number(await devnet.ethereum.rpc.call("eth_getTransactionCount", [devnet.relayer.address, tag], AbortSignal.timeout(10_000)));

/** Shows the chain up to a block and waits until the watcher has read it. */
async function show(height: number): Promise<void> {
  devnet.node.setHeight(height);
  await until(`block ${height} to be read`, async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "cursor" })) === height);
}

/** The delivery as it waits for this reason, decided after this call: an answer from before would prove nothing. */
async function refusedNow(txid: Hex, code: string): Promise<DeliveryReport> {
  const asked = Date.now();
  return until(`a fresh wait for ${code}`, async () => {
    const found = await gantry.delivery(txid);
    return found?.wait?.code === code && (found.history.at(-1)?.at ?? 0) > asked ? found : null;
  });
}

/** Why the lane's oldest delivery waits, as `gantry status` tells it. */
const laneWaitsFor = async (lane: LaneName): Promise<string | null> =>
  (await gantry.status()).lanes.find(({ name }) => name === lane)?.oldest?.waitCode ?? null;

async function mainUtxoOnBridge(): Promise<unknown> {
  const { story, ethereum } = devnet;
  const [record] = (await ethereum.call(story.tbtc.bridge, "wallets", [story.walletPubKeyHash])) as readonly [readonly unknown[]];
  return record[1];
}

test("a sweep with one header is not sent; with the first header of an epoch the relay does not know yet it is, once", async () => {
  const { sweepTxid } = devnet.story;
  await show(block.sweep);
  const before = await mainUtxoOnBridge();
  expect(await refusedNow(sweepTxid, "not-enough-work")).toMatchObject({ state: "final", wait: { for: { chain: "bitcoin", height: block.newEpoch, at: "best" } } });
  expect(await laneWaitsFor(depositSweepLane)).toBe("not-enough-work");
  expect(await nonce()).toBe(0);

  await show(block.newEpoch);
  expect(await gantry.reaches(sweepTxid, "delivered")).toMatchObject({ by: "us", redos: 0, tries: 0 });
  expect(await mainUtxoOnBridge()).not.toBe(before);
  expect(await nonce()).toBe(1);
});

test("a redemption in the new epoch waits for the relay's retarget, then for the third header, and is sent once", async () => {
  const { story } = devnet;
  const { redemptionTxid } = story;
  await story.requestRedemptions();
  const swept = await mainUtxoOnBridge();
  for (const height of [block.redemption, block.second]) {
    await show(height);
    expect(await refusedNow(redemptionTxid, "epoch-not-relayed")).toMatchObject({ state: "final" });
    expect(await laneWaitsFor(redemptionLane)).toBe("epoch-not-relayed");
    expect(await nonce()).toBe(1);
  }

  await story.retarget();
  expect(await refusedNow(redemptionTxid, "not-enough-work")).toMatchObject({ state: "final", wait: { for: { chain: "bitcoin", height: block.third, at: "best" } } });
  expect(await nonce()).toBe(1);

  await show(block.third);
  expect(await gantry.reaches(redemptionTxid, "delivered")).toMatchObject({ by: "us", redos: 0, tries: 0 });
  expect(await mainUtxoOnBridge()).not.toBe(swept);
});

test("all that was sent are two transactions, none of which reverted", async () => {
  expect(await nonce()).toBe(2);
  expect(await nonce("latest")).toBe(2);
  for (const txid of [devnet.story.sweepTxid, devnet.story.redemptionTxid]) {
    const [slot, ...more] = await until("its slot to be over", async () => {
      const slots = (await gantry.delivery(txid))?.slots ?? [];
      return slots.length > 0 && slots.every(({ state }) => state === "spent") ? slots : null;
    });
    expect(more).toEqual([]);
    expect(slot).toMatchObject({ state: "spent", attempts: [{ purpose: "effect" }] });
    const [receipt] = await Promise.all((slot?.attempts ?? []).map(({ hash }) => devnet.ethereum.rpc.call("eth_getTransactionReceipt", [hash], AbortSignal.timeout(10_000))));
    expect(receipt).toMatchObject({ status: "0x1" });
  }
  expect(await gantry.metric("submissions_total", { result: "sent" })).toBe(2);
  expect(await gantry.metric("submissions_total", { result: "reverted" })).toBe(0);
});
