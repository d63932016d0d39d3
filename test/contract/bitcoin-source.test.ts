/**
 * The Bitcoin client and source over real nodes: bitcoind -regtest without wallet and transaction index, no peers.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRunFolder } from "../../devnet/processes.ts";
import type { RunFolder } from "../../devnet/processes.ts";
import { findServers, startBitcoind } from "../../devnet/servers.ts";
import type { BitcoinServer } from "../../devnet/servers.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { cookieLogin, passwordLogin } from "../../src/chains/bitcoin/login.ts";
import { checkNetwork } from "../../src/chains/bitcoin/network.ts";
import { fromDisplay, toDisplay } from "../../src/chains/bitcoin/order.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { checkSpvProof } from "../../relayer/proofs/bitcoin-spv-check.ts";
import { buildSpvProof } from "../../relayer/proofs/bitcoin-spv.ts";
import { createBitcoinSource } from "../../watchers/bitcoin/source.ts";
import { paymentReader, watching } from "../support/bitcoin-reader.ts";
import { createTestClock } from "../support/clock.ts";
import { createMemoryMeter } from "../support/quiet.ts";

const never = new AbortController().signal;
const finalDepth = 4;
/** anyone can spend it: an output script that needs no key */
const theirs = "raw(51)";
const ours: Hex = "0x522152";

let folder: RunFolder;
let node: BitcoinServer;
let second: BitcoinServer;

const mine = async (to: BitcoinServer, blocks: number, descriptor = theirs): Promise<readonly Hex[]> =>
  ((await to.rpc.call("generatetodescriptor", [blocks, descriptor], never, 60_000)) as string[]).map(fromDisplay);

const clientOf = (server: BitcoinServer, timeoutMs = 10_000): BitcoinClient =>
  createBitcoinClient(createJsonRpc({ name: server.name, url: server.url, authorization: cookieLogin(server.cookieFile), timeoutMs }));

function sourceOver(...clients: readonly BitcoinClient[]) {
  const clock = createTestClock();
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: clients.map((client) => ({ name: client.name, client })), clock, meter: createMemoryMeter() });
  return { endpoints, clock, source: createBitcoinSource({ endpoints, readers: [paymentReader], finalDepth, startHeight: 0, clock }) };
}

const failed = (work: Promise<unknown>): Promise<Failure> => work.then((value) => expect.fail(`it answered ${JSON.stringify(value)}`), failureOf);

/** accepts connections, reads, and never answers */
async function createStalled() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", () => undefined).on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const rpc = createJsonRpc({ name: "stalled", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 200 });
  return {
    client: createBitcoinClient(rpc),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

beforeAll(async () => {
  const paths = await findServers();
  folder = await createRunFolder();
  node = await startBitcoind({ folder: folder.path, paths, name: "bitcoind-a" });
  second = await startBitcoind({ folder: folder.path, paths, name: "bitcoind-b" });
});

afterAll(async () => {
  await Promise.all([node.stop(), second.stop()]);
  await folder.remove();
});

/** gives `to` the blocks of `from` it lacks; the nodes have no peers */
async function copyBlocks(from: BitcoinServer, to: BitcoinServer): Promise<void> {
  const best = Number(await from.rpc.call("getblockcount", [], never));
  for (let height = 1; height <= best; height += 1) {
    const hash = await from.rpc.call("getblockhash", [height], never);
    await to.rpc.call("submitblock", [await from.rpc.call("getblock", [hash, 0], never)], never);
  }
}

describe("a real bitcoind", () => {
  it("on its first day has only its genesis block, best and final at once, and is on the network it says", async () => {
    const client = clientOf(node);
    const { best, final } = await sourceOver(client).source.head(never);
    expect([best.height, final.height, best.hash]).toEqual([0, 0, final.hash]);
    await checkNetwork(client, "regtest", never);
    expect(await failed(checkNetwork(client, "mainnet", never))).toMatchObject({ remedy: "Misconfigured", code: "wrong-genesis" });
  });

  it("grows: head, final block, blocks by hash and height are one linked chain", async () => {
    const hashes = await mine(node, 110);
    const { source } = sourceOver(clientOf(node));
    const { best, final } = await source.head(never);
    expect([best.height, best.hash, final.height, final.hash]).toEqual([110, hashes[109], 107, hashes[106]]);
    let walked: BlockRef = best;
    while (walked.height > final.height) walked = await source.block(walked.parent, never);
    expect(walked).toEqual(final);
    expect(await source.blockAt(50, never)).toMatchObject({ height: 50, hash: hashes[49], parent: hashes[48] });
  });

  it("has no block above its tip, no unknown block, and says so in the classified way", async () => {
    const client = clientOf(node);
    expect(await client.hashAt(5_000, never)).toBeNull();
    expect(await client.header(`0x${"11".repeat(32)}`, never)).toBeNull();
    expect(await client.headers(5_000, 3, never)).toEqual([]);
    expect((await client.headers(109, 9, never)).map(({ height }) => height)).toEqual([109, 110]);
    expect((await failed(client.block(`0x${"11".repeat(32)}`, never))).code).toBe("block-unknown");
    expect((await failed(sourceOver(client).source.blockAt(5_000, never))).code).toBe("height-out-of-range");
    expect((await failed(sourceOver(client).source.scan(100, 5_000, watching(1), never))).code).toBe("height-not-reached");
  });

  it("is searched block by block, and what is found proves itself", async () => {
    const [paying] = await mine(node, 1, "raw(522152)");
    await mine(node, finalDepth);
    const { source } = sourceOver(clientOf(node));
    const { final } = await source.head(never);
    const found: string[] = [];
    for (let next = 0; next <= final.height;) {
      const piece = await source.scan(next, final.height, watching(1, ours), never);
      found.push(...piece.found.events.map(({ at }) => at?.hash ?? ""));
      next = piece.scannedTo + 1;
    }
    expect(found).toEqual([paying]);

    const client = clientOf(node);
    const block = await client.block(paying ?? "0x", never);
    const headers = (await client.headers(block.height, 3, never)).map(({ header }) => header);
    const txid = block.txs[0]?.txid ?? "0x";
    expect(checkSpvProof(buildSpvProof(block, txid, headers), { txid, requiredDifficulty: 0n, minHeaders: 3 })).toBeNull();
    expect(await client.prevouts(block.header.hash, txid, never)).toEqual([]);
    expect(await failed(client.prevouts(block.header.hash, `0x${"11".repeat(32)}`, never))).toMatchObject({ remedy: "Invalid", code: "transaction-not-in-block" });
  });

  it("tells what a transaction spent from its own undo data, without an index", async () => {
    const client = clientOf(node);
    const old = await client.block((await client.hashAt(1, never)) ?? "0x", never);
    const coin = old.txs[0];
    const input = `${coin?.txid.slice(2)}00000000`;
    const value = Buffer.alloc(8);
    value.writeBigInt64LE((coin?.outputs[0]?.valueSat ?? 0n) - 10_000n);
    const witness = `0014${"ab".repeat(20)}`;
    const raw = `0200000001${input}00ffffffff01${value.toString("hex")}16${witness}00000000`;
    const [hash] = [((await node.rpc.call("generateblock", [theirs, [raw]], never)) as { hash: string }).hash].map(fromDisplay);
    const spender = (await client.block(hash ?? "0x", never)).txs[1];
    expect(spender?.inputs[0]?.outpoint).toEqual({ txid: coin?.txid, index: 0 });
    expect(await client.prevouts(hash ?? "0x", spender?.txid ?? "0x", never)).toEqual([coin?.outputs[0]]);
  });

  it("reorganises: the new branch is best, the old one is still known by hash and no longer canonical", async () => {
    const { source } = sourceOver(clientOf(node));
    const before = await source.head(never);
    const parent = await source.block(before.best.parent, never);
    await node.rpc.call("invalidateblock", [toDisplay(before.best.hash)], never);
    const [first] = await mine(node, 2, "raw(5152)");
    const after = await source.head(never);
    expect(after.best.height).toBe(before.best.height + 1);
    expect(await source.blockAt(before.best.height, never)).toMatchObject({ hash: first, parent: parent.hash });
    expect(await source.block(before.best.hash, never)).toEqual(before.best);
    expect((await clientOf(node).header(before.best.hash, never))?.confirmations).toBe(-1);
    expect((await source.read(before.best, watching(1, ours), never)).events).toEqual([]);
  });

  it("nudges when a block comes, and stops with the signal", async () => {
    const ending = new AbortController();
    const nudges = sourceOver(clientOf(node)).source.nudges?.(ending.signal)[Symbol.asyncIterator]();
    const nudge = nudges?.next();
    const mined: Promise<unknown>[] = [];
    const miner = setInterval(() => void mined.push(mine(node, 1)), 300);
    expect(await nudge).toEqual({ done: false, value: undefined });
    clearInterval(miner);
    await Promise.all(mined);
    const next = nudges?.next();
    ending.abort();
    // a block that came before the end may have its nudge still
    let last = await next;
    while (last?.done === false) last = await nudges?.next();
    expect(last).toEqual({ done: true, value: undefined });
  });

  it("comes back from a restart with a new cookie without being told", async () => {
    const client = clientOf(node);
    const height = (await client.chainInfo(never)).blocks;
    const cookie = await readFile(node.cookieFile, "utf8");
    await node.stop();
    expect((await failed(client.chainInfo(never))).remedy).toBe("Unavailable");
    await node.start();
    expect(await readFile(node.cookieFile, "utf8")).not.toBe(cookie);
    expect((await client.chainInfo(never)).blocks).toBe(height);
  });

  it("refuses a wrong password, and neither the password nor the URL is in what is said", async () => {
    const wrong = createBitcoinClient(createJsonRpc({ name: "a", url: node.url, authorization: passwordLogin("someone", node.cookieFile), timeoutMs: 5_000 }));
    const told = await failed(wrong.chainInfo(never));
    expect(told.code).toBe("endpoint-unauthorized");
    expect(JSON.stringify(told)).not.toContain((await readFile(node.cookieFile, "utf8")).trim());
    const none = createBitcoinClient(createJsonRpc({ name: "a", url: node.url, authorization: cookieLogin(`${node.cookieFile}.missing`), timeoutMs: 5_000 }));
    expect((await failed(none.chainInfo(never))).code).toBe("endpoint-unauthorized");
  });
});

describe("two real nodes", () => {
  it("stand in for each other: one stops, the other answers, and both are asked again when it is back", async () => {
    await copyBlocks(node, second);
    const { source, endpoints, clock } = sourceOver(clientOf(node), clientOf(second));
    const head = await source.head(never);
    await node.stop();
    expect(await source.head(never)).toEqual(head);
    expect(endpoints.states().map(({ up }) => up)).toEqual([false, true]);
    await node.start();
    await clock.advance(60_000);
    expect((await endpoints.ask((client, signal) => client.chainInfo(signal), never)).endpoint).toBe("bitcoind-a");
  });

  it("are compared by their heads: the one that lags is asked only when the other is gone", async () => {
    await copyBlocks(node, second);
    await mine(second, 5);
    const { source, endpoints, clock } = sourceOver(clientOf(node), clientOf(second));
    const { best } = await source.head(never);
    await expect.poll(() => endpoints.states().map(({ lagBlocks }) => lagBlocks), { timeout: 30_000 }).toEqual([5, 0]);
    await clock.advance(60_000);
    expect((await source.head(never)).best.height).toBe(best.height + 5);
    await second.stop();
    expect((await source.head(never)).best.height).toBe(best.height);
    await second.start();
  });

  it("go on when one falls silent without closing its connections", async () => {
    await copyBlocks(second, node);
    const frozen = clientOf(node, 2_000);
    const { source, endpoints } = sourceOver(frozen, clientOf(second));
    await source.head(never);
    node.freeze();
    try {
      const { best } = await source.head(never);
      expect((await source.read(best, watching(1, ours), never)).births).toEqual([]);
      expect(endpoints.states().map(({ up }) => up)).toEqual([false, true]);
      expect(endpoints.states()[0]?.lastFailure?.code).toBe("endpoint-timeout");
    } finally {
      node.thaw();
    }
  });
});

describe("an endpoint that accepts and never answers", () => {
  it("costs one time-out, then the other one is used and the silent one shown as down", async () => {
    const stalled = await createStalled();
    try {
      const { source, endpoints } = sourceOver(stalled.client, clientOf(second));
      expect((await source.head(never)).best.height).toBeGreaterThan(100);
      expect(endpoints.states()[0]).toMatchObject({ name: "stalled", up: false, lastFailure: { code: "endpoint-timeout" } });
    } finally {
      await stalled.close();
    }
  });

  it("alone is told as no endpoint to ask, not as an empty chain", async () => {
    const stalled = await createStalled();
    try {
      const { source } = sourceOver(stalled.client);
      expect(await failed(source.head(never))).toMatchObject({ remedy: "Unavailable", code: "no-endpoint" });
      expect((await failed(source.scan(0, 10, watching(1, ours), never))).code).toBe("no-endpoint");
    } finally {
      await stalled.close();
    }
  });
});
