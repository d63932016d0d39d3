/** The dev chain as clients see it: a real runtime, late finality, forks, upgrades, and the network's bad days. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import { until } from "../../devnet/until.ts";
import { refusal, soon, startTestChain } from "../support/polkadot-chain.ts";
import type { TestChain } from "../support/polkadot-chain.ts";

let run: TestChain;
beforeAll(async () => {
  run = await startTestChain();
});
afterAll(() => run.stop());

describe("blocks and finality", () => {
  test("every header's hash is its own and names its parent, down to the runtime's genesis", async () => {
    await run.chain.mine(3);
    let hash = String(await run.ask("chain_getBlockHash"));
    for (let height = (await run.chain.state()).head.height; height >= 0; height -= 1) {
      const header = await run.api.rpc.chain.getHeader(hash);
      expect([header.hash.toHex(), header.number.toNumber()]).toEqual([hash, height]);
      if (height === 0) expect(hash).toBe(run.api.genesisHash.toHex());
      hash = header.parentHash.toHex();
    }
  });

  test("@polkadot/api sees each final head once, in order, two blocks behind", async () => {
    const [best, final] = [await run.following("subscribeNewHeads"), await run.following("subscribeFinalizedHeads")];
    const [start, finalStart] = [best.heights[0] ?? 0, final.heights[0] ?? 0];
    expect(start - finalStart).toBe(2);
    await run.chain.mine(4);
    await until("the last heads", () => Promise.resolve(final.heights.at(-1) === start + 2 && best.heights.at(-1) === start + 4), soon);
    expect(best.heights).toEqual([0, 1, 2, 3, 4].map((step) => start + step));
    expect(final.heights).toEqual([0, 1, 2, 3, 4].map((step) => finalStart + step));
    expect(await run.ask("chain_getFinalizedHead")).toBe(await run.ask("chain_getBlockHash", start + 2));
    best.stop();
    final.stop();
  });

  test("finality can stop and catch up", async () => {
    await run.chain.setFinalityLag(1_000);
    const before = (await run.chain.state()).final;
    await run.chain.mine(3);
    expect((await run.chain.state()).final).toEqual(before);
    await run.chain.setFinalityLag(2);
    const { head, final } = await run.chain.state();
    expect(final.height).toBe(head.height - 2);
  });

  test("the chain's time can be moved on, never back", async () => {
    const later = (await run.chain.state()).head.timeMs + 3_600_000;
    await run.chain.setTime(later);
    await run.chain.mine(1);
    expect((await run.api.query.timestamp.now()).toString()).toBe(String((await run.chain.state()).head.timeMs));
    expect((await run.chain.state()).head.timeMs).toBeGreaterThanOrEqual(later);
    await expect(run.chain.setTime(later - 1)).rejects.toMatchObject({ failure: { code: "devnet-time-passed" } });
  });

  test("what the chain does not know is unknown, not genesis", async () => {
    const nowhere = `0x${"77".repeat(32)}`;
    expect(await run.ask("chain_getHeader", nowhere)).toBeNull();
    expect(await run.ask("chain_getBlock", nowhere)).toBeNull();
    expect(await run.ask("chain_getBlockHash", 1_000_000)).toBeNull();
    expect((await refusal(run.ask("state_getMetadata", nowhere))).code).toBe(4003);
    expect((await refusal(run.ask("chainHead_v1_follow", true))).code).toBe(-32601);
  });
});

describe("reorgs", () => {
  test("above final: the same transactions in other blocks, final unmoved, both branches readable", async () => {
    const raw = await run.signed("//Bob", await run.nonceOf("//Bob"));
    await run.send(raw);
    const [old] = await run.chain.mine(1);
    const { final } = await run.chain.state();
    const { dropped, added } = await run.chain.reorg(1);
    expect(dropped).toEqual([old?.hash]);
    expect(added).toHaveLength(2);
    expect(added).not.toContain(old?.hash);
    for (const hash of [...dropped, ...added.slice(0, 1)]) expect(JSON.stringify(await run.ask("chain_getBlock", hash))).toContain(raw);
    expect(await run.ask("chain_getBlockHash", old?.height)).toBe(added[0]);
    expect((await run.chain.state()).final.height).toBeGreaterThanOrEqual(final.height);
    expect(await run.ask("chain_getBlockHash", final.height)).toBe(final.hash);
  });

  test("a transaction of a dropped block goes back to the pool, or is lost, as asked", async () => {
    const raw = await run.signed("//Bob", await run.nonceOf("//Bob"));
    await run.send(raw);
    await run.chain.mine(1);
    await run.chain.reorg(1, { transactions: "pool" });
    expect(await run.ask("author_pendingExtrinsics")).toEqual([raw]);
    await run.chain.mine(1);
    await run.chain.reorg(1, { transactions: "lost" });
    expect(await run.ask("author_pendingExtrinsics")).toEqual([]);
  });

  test("the watcher of a transaction is told of its block, its retreat and its next block", async () => {
    const told: unknown[] = [];
    const raw = await run.signed("//Bob", await run.nonceOf("//Bob"));
    await run.provider.subscribe("author_extrinsicUpdate", "author_submitAndWatchExtrinsic", [raw], (_error: Error | null, status: unknown) => void told.push(status));
    const [first] = await run.chain.mine(1);
    const { added } = await run.chain.reorg(1);
    await run.chain.mine(2);
    await until("the end", () => Promise.resolve(told.length >= 5), soon);
    expect(told).toEqual(["ready", { inBlock: first?.hash }, { retracted: first?.hash }, { inBlock: added[0] }, { finalized: added[0] }]);
  });

  test("below final: the finalized head is on another branch than before", async () => {
    await run.chain.mine(4);
    const { head, final } = await run.chain.state();
    await run.chain.setHead(final.height - 1);
    await run.chain.mine(head.height - final.height + 3);
    const now = (await run.chain.state()).final;
    expect(now.height).toBeGreaterThanOrEqual(final.height);
    expect(await run.ask("chain_getBlockHash", final.height)).not.toBe(final.hash);
    expect(await run.ask("chain_getFinalizedHead")).toBe(now.hash);
  });
});

describe("bad days", () => {
  test("a silent socket stays open and says nothing while the chain goes on", async () => {
    const { heights, stop } = await run.following("subscribeNewHeads");
    await run.chain.silence(true);
    let answered = false;
    const call = run.ask("chain_getHeader").finally(() => {
      answered = true;
    });
    const [block] = await run.chain.mine(1);
    expect([answered, run.provider.isConnected, heights.includes(block?.height ?? 0)]).toEqual([false, true, false]);
    await run.chain.silence(false);
    await call;
    await until("the head that was held back", () => Promise.resolve(heights.includes(block?.height ?? 0)), soon);
    stop();
  });

  test("a socket cut in the middle of a subscription comes back with it", async () => {
    const { heights, stop } = await run.following("subscribeNewHeads");
    expect(await run.chain.cut()).toBeGreaterThan(0);
    const [block] = await run.chain.mine(1);
    await until("the head after the cut", () => Promise.resolve(heights.includes(block?.height ?? 0)), soon);
    stop();
  });

  test("answers can come late", async () => {
    await run.chain.answerLate(6_000);
    let answered = false;
    const late = run.ask("system_chain").finally(() => {
      answered = true;
    });
    await run.chain.mine(1);
    expect(answered).toBe(false);
    await late;
    await run.chain.answerLate(0);
  });

  test("killed while it writes a block, it comes back with all the others; its pool is gone", async () => {
    await run.send(await run.signed("//Alice", await run.nonceOf("//Alice")));
    const before = await run.chain.state();
    await run.chain.kill();
    expect(run.chain.pid()).toBeNull();
    await appendFile(join(run.folder, "polkadot.blocks"), '{"hash":"0x');
    await run.chain.start();
    expect(await run.chain.state()).toMatchObject({ head: before.head, final: before.final, ready: [] });
    await until("the client to be back", async () => (await run.ask("chain_getBlockHash")) === before.head.hash, soon);
    expect(await run.ask("chain_getBlockHash", 0)).toBe(run.api.genesisHash.toHex());
    await run.chain.mine(1);
  });

  test("made by itself, a block comes for each transaction and each second; stalled, none does", async () => {
    const head = async (): Promise<number> => (await run.chain.state()).head.height;
    await run.chain.setBlocks({ everySeconds: null });
    let height = await head();
    await run.send(await run.signed("//Alice", await run.nonceOf("//Alice")));
    await until("a block for the transaction", async () => (await head()) === height + 1, soon);
    await run.chain.stall(true);
    height = await head();
    await run.send(await run.signed("//Alice", await run.nonceOf("//Alice")));
    await run.chain.setBlocks({ everySeconds: 0.05 });
    await run.ask("system_health");
    expect([await head(), (await run.chain.state()).ready.length]).toEqual([height, 1]);
    await run.chain.stall(false);
    await until("blocks again", async () => (await head()) > height + 1 && (await run.chain.state()).ready.length === 0, soon);
    await run.chain.setBlocks("manual");
  });
});

test("the oracle says a new price from the next block on", async () => {
  const priceOf = async (key: unknown): Promise<string> => String(await run.api.query["oracle"]?.["aggregate"]?.(key));
  await run.chain.setPrice("DOT", 2_000_000);
  await run.chain.setPrice("fee", 7.5);
  await run.chain.mine(1);
  expect(await priceOf({ ExchangeRate: { Token: "DOT" } })).toBe(String(2_000_000n * 10n ** 18n));
  expect(await priceOf("FeeEstimation")).toBe(String(75n * 10n ** 17n));
});

test("a runtime upgrade: the state after the block that carries it has the new runtime, and clients are told", async () => {
  const versions: number[] = [];
  const stop = await run.api.rpc.state.subscribeRuntimeVersion(({ specVersion }) => void versions.push(specVersion.toNumber()));
  const before = (await run.chain.state()).specVersion;
  const block = await run.chain.upgrade(upgradedRuntime);
  await run.chain.mine(1);
  const specAt = async (height: number): Promise<number> => ((await run.ask("state_getRuntimeVersion", await run.ask("chain_getBlockHash", height))) as { specVersion: number }).specVersion;
  expect([await specAt(block.height - 1), await specAt(block.height)]).toEqual([before, before + 1]);
  const events = await (await run.api.at(String(await run.ask("chain_getBlockHash", block.height)))).query.system.events();
  expect(events.map(({ event }) => event.method)).toContain("CodeUpdated");
  await until("the client to know", () => Promise.resolve(versions.at(-1) === before + 1), soon);
  stop();
  await expect(run.chain.upgrade(upgradedRuntime)).rejects.toMatchObject({ failure: { code: "devnet-upgrade-refused" } });
});

test("nothing is left when the process that started it is killed", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const parent = `
    const { createRunFolder } = await import("./devnet/processes.ts");
    const { startPolkadot } = await import("./devnet/polkadot/server.ts");
    const folder = await createRunFolder();
    const chain = await startPolkadot({ folder: folder.path });
    console.log(JSON.stringify({ folder: folder.path, pid: chain.pid() }));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", parent], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`ended early with ${code}`)));
  });
  const { folder: path, pid } = JSON.parse(line) as { folder: string; pid: number };
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  expect(alive()).toBe(true);
  child.kill("SIGKILL");
  await until("the chain to be gone", () => Promise.resolve(!alive()), soon);
  await until("its folder to be gone", () => Promise.resolve(!existsSync(path)), soon);
});
