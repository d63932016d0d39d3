import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import type { PolkadotCall } from "../../src/chains/polkadot/runtime.ts";
import type { Needs } from "../../src/chains/polkadot/shape.ts";
import { checkPolkadot } from "../../src/chains/polkadot/start-check.ts";
import { createClock } from "../../src/clock.ts";
import { advance } from "../../src/core/chain-view.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { eventId } from "../../src/core/values.ts";
import type { ChainSource, Found, FoundEvent } from "../../src/ports.ts";
import { createPolkadotFileSigner } from "../../src/signer/polkadot.ts";
import type { PolkadotSigner } from "../../src/signer/polkadot.ts";
import { createPolkadotSource } from "../../watchers/polkadot/source.ts";
import type { PolkadotReader, PolkadotSourceOptions } from "../../watchers/polkadot/source.ts";
import { polkadotEndpoints, remark, startTestPolkadot } from "../support/polkadot.ts";
import type { TestPolkadot } from "../support/polkadot.ts";

let chain: TestPolkadot;
let bob: PolkadotSigner;
let folder = "";
const opened: { close(): void }[] = [];
const noWatches = { version: 0, watches: [] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-polkadot-"));
  await writeFile(join(folder, "key"), "//Bob", { mode: 0o600 });
  bob = await createPolkadotFileSigner({ keyFile: join(folder, "key"), isDevelopmentChain: true });
  chain = await startTestPolkadot();
});
afterAll(async () => {
  await chain.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** The event's id is the hash of what was remarked. */
const remarked: Needs = { events: { "System.Remarked": { sender: "[u8; 32]", hash: "[u8; 32]" } } };
const reader = (needs = remarked): PolkadotReader => ({
  needs: () => needs,
  async read(event, block, look): Promise<Found> {
    const payload = { sender: event.data["sender"] ?? null, height: await look.storage("System", "Number", []), by: await look.extrinsic(event.extrinsic), version: look.runtime.specVersion };
    const found: FoundEvent = { id: eventId(`remark-${event.data["hash"] as string}`), chain: "polkadot", kind: "test", at: block, payload };
    return { events: [found], births: [], watches: [] };
  },
  settle: () => ({ births: [], watches: [] }),
});
const sourceOver = (urls: Record<string, string>, more: Partial<PolkadotSourceOptions> = {}) => {
  const endpoints = polkadotEndpoints(urls);
  opened.push(endpoints);
  return { endpoints, source: createPolkadotSource({ endpoints, readers: [reader()], clock: createClock(), announcers: endpoints.clients, ...more }) };
};
const plain = (): ChainSource => sourceOver({ node: chain.url }).source;
const best = async (source = plain()): Promise<BlockRef> => (await source.head(chain.signal)).best;
const idsIn = (found: Found): string[] => found.events.map((event) => event.id);
const refusal = async (work: Promise<unknown>): Promise<Failure> => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

let names = 0;
/** a remark nobody made before, in the pool; the id of the event it will make */
async function putRemark(): Promise<string> {
  names += 1;
  const text = `remark ${names}`;
  await chain.put(bob, remark(text));
  return `remark-${blake2(Buffer.from(text))}`;
}
const scanAll = async (source: ChainSource, from: number, to: number): Promise<{ ids: string[]; blocks: BlockRef[] }> => {
  const all = { ids: [] as string[], blocks: [] as BlockRef[] };
  for (let next = from; next <= to; ) {
    const { scannedTo, found, blocks } = await source.scan(next, to, noWatches, chain.signal);
    all.ids.push(...idsIn(found));
    all.blocks.push(...blocks);
    next = scannedTo + 1;
  }
  return all;
};

describe("heads and blocks of a real chain", () => {
  it("grow, link to their parents, carry the chain's own time, and final lags behind the best", async () => {
    await chain.mine(5);
    const source = plain();
    const { best, final } = await source.head(chain.signal);
    expect(best.height - final.height).toBe(2);
    expect(await source.blockAt(final.height, chain.signal)).toEqual(final);
    const parent = await source.block(best.parent, chain.signal);
    expect(parent).toEqual(await source.blockAt(best.height - 1, chain.signal));
    expect(parent.time).toBeLessThan(best.time);
    expect(Math.abs(best.time - Date.now())).toBeLessThan(3_600_000);
  });

  it("final waits while finality stalls, though blocks come", async () => {
    const before = await plain().head(chain.signal);
    await chain.setFinalityLag(1_000);
    await chain.mine(3);
    const stalled = await plain().head(chain.signal);
    await chain.setFinalityLag(2);
    expect(stalled.final).toEqual(before.final);
    expect(stalled.best.height).toBe(before.best.height + 3);
    expect((await plain().head(chain.signal)).final.height).toBe(stalled.best.height - 2);
  });

  it("a chain that goes back below its final block is told as it is, and the view calls it unsafe", async () => {
    const before = await plain().head(chain.signal);
    await chain.mine(6);
    const { final } = await plain().head(chain.signal);
    await chain.setHead(before.best.hash);
    await chain.mine(6);
    const rival = await plain().blockAt(final.height, chain.signal);
    expect(rival.hash).not.toBe(final.hash);
    expect(advance({ final, tip: [] }, rival)).toMatchObject({ kind: "unsafe", final, rival });
  });

  it("an unknown hash or height is Unavailable", async () => {
    expect(await refusal(plain().block(`0x${"5a".repeat(32)}`, chain.signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
    expect(await refusal(plain().blockAt(999_999, chain.signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
  });
});

describe("events of one block", () => {
  it("are those of exactly this block, decoded, with its state at hand", async () => {
    const id = await putRemark();
    const [remarking] = await chain.client.pending(chain.signal);
    await chain.mine();
    const block = await best();
    await chain.mine();
    const found = await plain().read(block, noWatches, chain.signal);
    expect(idsIn(found)).toEqual([id]);
    const by = blake2(remarking ?? "0x");
    expect(found.events[0]).toMatchObject({ at: block, payload: { sender: bob.account, height: block.height, by, version: 1 } });
    expect(idsIn(await plain().read(await best(), noWatches, chain.signal))).toEqual([]);
  });

  it("move with a reorg between final and best: the old block keeps its own, the new one has them again", async () => {
    const id = await putRemark();
    await chain.mine();
    const old = await best();
    const { dropped, added } = await chain.reorg(1, { transactions: "again" });
    expect(dropped).toEqual([old.hash]);
    const source = plain();
    const now = await source.blockAt(old.height, chain.signal);
    expect(now.hash).toBe(added[0]);
    expect(now.parent).toBe(old.parent);
    expect(idsIn(await source.read(now, noWatches, chain.signal))).toEqual([id]);
  });

  it("of a head that was set back are told by the branch that is the best now", async () => {
    const before = await best();
    const id = await putRemark();
    await chain.mine();
    const left = await best();
    await chain.setHead(before.hash);
    expect(await best()).toEqual(before);
    await chain.mine();
    const rival = await best();
    expect([rival.height, rival.parent]).toEqual([left.height, before.hash]);
    expect(rival.hash).not.toBe(left.hash);
    expect(idsIn(await plain().read(rival, noWatches, chain.signal))).toEqual([id]);
  });
});

describe("history", () => {
  it("is read completely, each find in its canonical block", async () => {
    const from = (await best()).height + 1;
    const wanted: string[] = [];
    for (let at = 0; at < 6; at += 1) {
      wanted.push(await putRemark());
      await chain.mine(1 + (at % 2) * 12);
    }
    const to = (await best()).height;
    const source = plain();
    const all = await scanAll(source, from, to);
    expect(all.ids).toEqual(wanted);
    for (const block of all.blocks) expect(await source.blockAt(block.height, chain.signal)).toEqual(block);
  });

  it("across a runtime upgrade is read with the runtime of each block, the upgrading block with the old one", async () => {
    const from = (await best()).height + 1;
    const wanted = [await putRemark()];
    await chain.mine();
    const upgrading = await chain.upgrade(upgradedRuntime);
    wanted.push(await putRemark());
    await chain.mine(2);
    const { height } = await best();
    const { client } = chain;
    const before = await client.runtimeOf(upgrading.hash, chain.signal);
    const after = await client.runtimeAfter(upgrading.hash, chain.signal);
    expect(after.specVersion).toBeGreaterThan(before.specVersion);
    expect((await client.runtimeOf((await client.hashAt(upgrading.height + 1, chain.signal)) as Hex, chain.signal)).specVersion).toBe(after.specVersion);
    expect((await client.events(upgrading.hash, chain.signal)).map(({ pallet, name }) => `${pallet}.${name}`)).toContain("System.CodeUpdated");
    const fresh = plain();
    expect((await scanAll(fresh, from, height)).ids.toSorted()).toEqual(wanted.toSorted());
  });
});

describe("a runtime that is not as a reader knows it", () => {
  const odd = reader({ events: { "System.Remarked": { sender: "[u8; 32]", hash: "u64" } } });

  it("is refused with the item's name, and the block is not passed over", async () => {
    await putRemark();
    await chain.mine();
    const { source } = sourceOver({ node: chain.url }, { readers: [odd] });
    const failure = await refusal(source.read(await best(), noWatches, chain.signal));
    expect(failure).toMatchObject({ remedy: "Unsafe", code: "shape-changed", evidence: { item: "event System.Remarked" } });
    expect(failure.message).toContain("hash");
  });

  it("stops only that reader where the program takes it on itself to halt its lanes", async () => {
    const id = await putRemark();
    await chain.mine();
    const told: [PolkadotReader, number, string][] = [];
    const { source } = sourceOver({ node: chain.url }, { readers: [odd, reader()], onMisfit: async (which, block, failure) => void told.push([which, block.height, failure.code]) });
    const block = await best();
    expect(idsIn(await source.read(block, noWatches, chain.signal))).toEqual([id]);
    expect(told).toEqual([[odd, block.height, "shape-changed"]]);
  });
});

describe("values of the dev runtime's pallets", () => {
  const bytes32: Hex = `0x${"ab".repeat(32)}`;
  const hash = { content: bytes32 };
  const blockHeader = { merkleRoot: hash, target: `${2n ** 224n - 1n}`, timestamp: 5, version: -2, hash, hashPrevBlock: hash, nonce: 7 };
  const inputs = [
    { source: { FromOutput: [hash, 1] }, script: "0x12", sequence: 4_294_967_295, witness: ["0x01", "0x"] },
    { source: { Coinbase: null }, script: "0x", sequence: 0, witness: [] },
  ];
  const transaction = { version: 2, inputs, outputs: [{ value: "100", script: { bytes: "0x00" } }], lockAt: { Time: 0 } };
  const proof = { transaction, txEncodedLen: 100, merkleProof: { blockHeader, flagBits: [true, false], transactionsCount: 1, hashes: [hash] } };
  const vaultId = { accountId: bytes32, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } } };

  it.each<PolkadotCall>([
    { pallet: "BTCRelay", name: "store_block_header", args: { blockHeader, forkBound: 10 } },
    { pallet: "Issue", name: "execute_issue", args: { issueId: bytes32, uncheckedTransaction: { userTxProof: proof, coinbaseProof: proof } } },
    { pallet: "Redeem", name: "request_redeem", args: { amountWrapped: "5000", btcAddress: { P2WPKHv0: `0x${"11".repeat(20)}` }, vaultId } },
  ])("$pallet.$name comes back as it went in", async (call) => {
    const runtime = await chain.client.runtimeOf((await best()).hash, chain.signal);
    expect(runtime.call(runtime.encodeCall(call))).toEqual(call);
  });

  it("stand under keys made of values", async () => {
    const { hash: at } = await best();
    const { client, signal } = chain;
    expect(await client.storage("VaultRegistry", "Vaults", [vaultId], at, signal)).toBeNull();
    expect(await client.storage("Oracle", "Aggregate", [{ ExchangeRate: { Token: "DOT" } }], at, signal)).toMatch(/^[1-9][0-9]+$/);
  });
});

describe("the check at start", () => {
  it("passes on the configured chain, tells what it saw, and names what is not as configured", async () => {
    const { client, genesis, signal } = chain;
    const facts = await checkPolkadot(client, { genesis, ss58Format: 42, needs: [remarked] }, signal);
    expect(facts).toMatchObject({ genesis, properties: { ss58Format: 42 } });
    expect(facts.bestHeight - facts.finalHeight).toBe(2);
    const wrong: { genesis: Hex } = { genesis: `0x${"12".repeat(32)}` };
    expect(await refusal(checkPolkadot(client, wrong, signal))).toMatchObject({ remedy: "Misconfigured", code: "wrong-genesis" });
    expect(await refusal(checkPolkadot(client, { genesis, specName: "other" }, signal))).toMatchObject({ code: "wrong-runtime" });
    expect(await refusal(checkPolkadot(client, { genesis, ss58Format: 2032 }, signal))).toMatchObject({ code: "wrong-property" });
    expect(await refusal(checkPolkadot(client, { genesis, properties: { bitcoinNetwork: "bitcoin-mainnet" } }, signal))).toMatchObject({ code: "wrong-property" });
  });
});
