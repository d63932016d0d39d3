/** A node that is down at the start holds up its own chain only, and everything completes when it comes. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Gantry, Story } from "../support/chains-story.ts";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
let gantry: Gantry;
/** Who waits for a node does not hang: nobody may be told to restart the process. */
const turns = (...loops: readonly string[]): Promise<unknown> =>
  until(`turns of ${loops.join(", ")}`, async () => (await Promise.all(loops.map((loop) => gantry.metric("loop_last_turn_timestamp_seconds", { loop })))).every((at) => at > 0));
const up = (chain: string): Promise<unknown> => until(`${chain} to be up`, async () => (await gantry.metric("endpoint_up", { chain })) === 1);
beforeAll(async () => {
  story = await startStory();
});
afterEach(() => gantry.stop());
afterAll(() => story.stop());

test("Bitcoin down at the start: Ethereum is followed, Gantry says what it waits for, and the sweep arrives once the node is there", async () => {
  const { txid, deposit } = await story.sweep();
  const { bitcoin } = story.devnet.servers;
  await bitcoin.stop();
  gantry = await story.gantry();
  await until("Ethereum to be followed", async () => (await gantry.metric("chain_height", { chain: "ethereum", at: "cursor" })) > 0);
  await until("the wait to be said", () => Promise.resolve(gantry.said("waiting for bitcoin")));
  expect(await gantry.ready()).toMatchObject({ ok: false, reasons: expect.arrayContaining([expect.stringMatching(/^bitcoin: no fresh endpoint \(bitcoind is down\)/u)]) as unknown });
  expect(await gantry.metric("endpoint_up", { chain: "bitcoin" })).toBe(0);
  await turns("watch-bitcoin", "watch-ethereum", "audit", "upkeep", "monitor");
  await up("ethereum");

  await bitcoin.start();
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(1n);
  await until("readiness", async () => (await gantry.ready()).ok);
  await up("bitcoin");
});

test("Ethereum down at the start: Bitcoin is followed past a sweep nobody is known to wait for, which arrives once the node is there", async () => {
  const { txid, deposit } = await story.sweep(15);
  const { ethereum } = story.devnet.servers;
  await ethereum.stop();
  await story.forget();
  gantry = await story.gantry();
  await until("Bitcoin to be followed", async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "cursor" })) > 0);
  await until("the wait to be said", () => Promise.resolve(gantry.said("waiting for ethereum")));
  await until("Ethereum alone to be what is missing", async () => {
    const { ok, reasons } = await gantry.ready();
    expect(ok).toBe(false);
    return reasons.includes("ethereum: no fresh endpoint (anvil is down)") && !reasons.some((reason) => reason.startsWith("bitcoin"));
  });
  await turns("watch-bitcoin", "watch-ethereum", "audit", "upkeep", "monitor");

  await ethereum.start();
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(2n);
});

test("a Bitcoin node that comes late and is on another network: not believed, told, waited for; the sweep arrives once it is the right one", async () => {
  const before = await story.nonce();
  const { txid } = await story.sweep();
  const proxy = await createBitcoinProxy(story.devnet.servers.bitcoin.url);
  try {
    proxy.use(() => Promise.resolve(null));
    gantry = await story.gantry({ bitcoin: [{ name: "late", url: proxy.url }], timeoutMs: 1_500 });
    proxy.use(async ({ method }, ask) => {
      const answer = await ask();
      return method === "getblockchaininfo" && "result" in answer ? { result: { ...(answer.result as object), chain: "main" } } : answer;
    });
    await until("the refusal", () => Promise.resolve(gantry.said("endpoint-refused")));
    const cursor = await gantry.metric("chain_height", { chain: "ethereum", at: "cursor" });
    await until("Ethereum to be followed", async () => (await gantry.metric("chain_height", { chain: "ethereum", at: "cursor" })) > cursor);
    expect(await story.nonce()).toBe(before);

    proxy.use((_call, ask) => ask());
    expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });
  } finally {
    await gantry.stop();
    await proxy.close();
  }
});
