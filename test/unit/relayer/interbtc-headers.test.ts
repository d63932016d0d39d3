/** What the header lane sees of its two chains, and the order in which its updates get nonces: every case without a chain. */
import { beforeAll, describe, expect, test } from "vitest";
import { createInterbtcHeadersLane, inUpdateOrder } from "../../../relayer/lanes/interbtc-headers.ts";
import type { InterbtcHeadersOptions } from "../../../relayer/lanes/interbtc-headers.ts";
import { updateToJson } from "../../../relayer/lanes/interbtc-headers-update.ts";
import { createBitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import { parseHeader } from "../../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../../src/chains/bitcoin/order.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Delivery, Snapshot } from "../../../src/core/delivery.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { sliceHex } from "../../../src/core/hex.ts";
import type { BlockRef, Hex, Json, SourceEvent } from "../../../src/core/values.ts";
import { deliveryId, eventId, signerName } from "../../../src/core/values.ts";
import { hashOf, mineBlock, rawOf } from "../../support/bitcoin-blocks.ts";
import { createMemoryNode } from "../../support/bitcoin-node.ts";
import type { StoredBlock } from "../../support/bitcoin-node.ts";
import { createTestClock } from "../../support/clock.ts";
import { deliveryIn } from "../../support/delivery.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createMemoryInterbtc } from "../../support/memory-interbtc.ts";
import type { IssueChain } from "../../support/memory-interbtc.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";
import { createParts } from "../../support/relay-parts.ts";

const { signal } = new AbortController();
const start = 1_990;
type Block = StoredBlock & { readonly hash: Hex };

/** blocks of other `salt` differ at every height */
function grow(parent: Hex, first: number, last: number, salt = 0): readonly Block[] {
  const blocks: Block[] = [];
  for (let height = first; height <= last; height += 1) {
    const block = mineBlock(blocks.at(-1)?.hash ?? parent, height + salt * 1_000_000, []);
    blocks.push({ height, raw: rawOf(block), hash: hashOf(block) });
  }
  return blocks;
}
const main = grow(`0x${"11".repeat(32)}`, start, start + 200);
const at = (height: number): Block => main[height - start] ?? fail();
const upTo = (height: number): readonly Block[] => main.filter((block) => block.height <= height);
const fail = (): never => {
  throw new Error("no such block");
};
/** the main branch to `fork`, then other blocks to `last` */
const branch = (fork: number, last: number): readonly Block[] => [...upTo(fork), ...grow(at(fork).hash, fork + 1, last, 1)];

type Fork = { readonly chainId: number; readonly blocks: readonly Block[] };
/** A parachain whose light client has these blocks on its main chain, and these forks. */
function knowing(blocks: readonly Block[], more: { readonly forks?: readonly Fork[]; readonly relay?: { readonly [item: string]: Json }; readonly vaults?: readonly Hex[] } = {}): IssueChain {
  const best = blocks.at(-1);
  const forks = more.forks ?? [];
  const entry = (chainId: number) => ({ height, hash }: Block) => [hash, { blockHeight: height, chainId, paraHeight: 1 }] as const;
  return {
    best: 100, final: 98, prunedBelow: 0, request: null, executed: null, vaults: more.vaults ?? [],
    relay: {
      BestBlock: { content: best?.hash ?? `0x${"00".repeat(32)}` }, BestBlockHeight: best?.height ?? 0, StartBlockHeight: blocks[0]?.height ?? 0, ChainCounter: best === undefined ? 0 : 1 + forks.length,
      StableBitcoinConfirmations: 3, StableParachainConfirmations: 10, DisableDifficultyCheck: true, ActiveBlockCount: 100, ...more.relay,
    },
    headers: Object.fromEntries([...blocks.map(entry(0)), ...forks.flatMap(({ chainId, blocks: held }) => held.map(entry(chainId)))]),
    main: Object.fromEntries(blocks.map(({ height, hash }) => [height, hash])),
    forks: forks.map(({ chainId, blocks: held }) => ({ chainId, startHeight: held[0]?.height ?? 0, maxHeight: held.at(-1)?.height ?? 0 })),
  };
}

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

function stageOf(chain: IssueChain, bitcoin: readonly (readonly Block[])[], options: Partial<InterbtcHeadersOptions> = {}, on = runtime) {
  const polkadot = createMemoryInterbtc(on, chain);
  const clock = createTestClock();
  const nodes = bitcoin.map((blocks, index) => createMemoryNode(`node${index}`, blocks));
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: nodes.map(({ rpc }) => ({ name: rpc.name, client: createBitcoinClient(rpc) })), clock, meter: createMemoryMeter() });
  const lane = createInterbtcHeadersLane({
    signer: signerName("hot"), account: `0x${"ff".repeat(32)}`, bitcoin: endpoints, polkadot: polkadot.endpoints, rankedDelay: false, minDepth: 0, maxBatch: 4, maxInFlight: 4, initialiseAt: null, clock, ...options,
  });
  const look = (inFlight: readonly BlockRef[] = []) => lane.look(inFlight, clock.now(), signal);
  const follow = async (inFlight: readonly BlockRef[] = []) => {
    const sight = await look(inFlight);
    return sight.kind === "follow" ? sight : fail();
  };
  const bound = async (): Promise<unknown> => {
    const sight = await follow();
    return sight.make({ blocks: sight.best.slice(-1) }, null).proof;
  };
  return { ...polkadot, nodes, endpoints, lane, look, follow, bound };
}
const heights = (blocks: readonly BlockRef[]): readonly (number | undefined)[] => [blocks[0]?.height, blocks.at(-1)?.height];
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

describe("what is to be told", () => {
  test("is nothing at the tip, and costs no question about headers", async () => {
    const { follow, asked } = stageOf(knowing(upTo(2_010)), [upTo(2_010)]);
    expect(await follow()).toMatchObject({ start, best: [{ hash: at(2_010).hash }], held: null });
    expect([asked.get("BlockHeaders"), asked.get("ChainsHashes")]).toEqual([undefined, undefined]);
  });

  test("begins with the newest block that both have, as raw headers with their heights and the least fork bound", async () => {
    const { follow } = stageOf(knowing(upTo(2_010)), [upTo(2_013)]);
    const sight = await follow();
    expect(heights(sight.best)).toEqual([2_010, 2_013]);
    expect(sight.known).toEqual(new Set([at(2_010).hash]));
    const headers = [2_011, 2_012].map((height) => sliceHex(at(height).raw, 0, 80));
    expect(sight.make({ blocks: sight.best.slice(1, 3) }, deliveryId("before"))).toEqual({ payload: { headers, firstHeight: 2_011, after: "before", initialise: false }, proof: { forkBound: 2 } });
  });

  test("reaches as far as updates may be in flight, and no further", async () => {
    expect(heights((await stageOf(knowing(upTo(2_000)), [main]).follow()).best)).toEqual([2_000, 2_016]);
  });

  test.each([1, 40, 180])("after a reorg of %i blocks begins at the fork, and asks for at most twice as many hashes", async (depth) => {
    const top = start + 199;
    const { follow, nodes, asked } = stageOf(knowing(upTo(top)), [branch(top - depth, top + 2)]);
    const sight = await follow();
    expect(heights(sight.best)[0]).toBe(top - depth);
    expect(sight.known).toEqual(new Set([at(top - depth).hash]));
    expect(asked.get("ChainsHashes")).toBeLessThanOrEqual(depth * 2 + 64);
    expect(nodes[0]?.calls.filter(({ method }) => method === "getblockchaininfo")).toHaveLength(1);
  });

  test("goes on behind the part of a fork that is told already", async () => {
    const best = branch(2_008, 2_014);
    const fork = { chainId: 1, blocks: best.filter(({ height }) => height > 2_008 && height <= 2_011) };
    const stage = stageOf(knowing(upTo(2_010), { forks: [fork] }), [best]);
    const sight = await stage.follow();
    expect(sight.best.filter(({ hash }) => !sight.known.has(hash)).map(({ height }) => height)).toEqual([2_012, 2_013, 2_014]);
    expect(await stage.bound()).toEqual({ forkBound: 3 });
  });

  test("needs a higher bound when its first header opens a fork", async () => {
    expect(await stageOf(knowing(upTo(2_010)), [branch(2_008, 2_012)]).bound()).toEqual({ forkBound: 3 });
    expect(await stageOf(knowing(upTo(2_010)), [upTo(2_012)]).bound()).toEqual({ forkBound: 2 });
  });

  test("does not include what lacks the depth asked for", async () => {
    const { follow } = stageOf(knowing(upTo(2_010)), [upTo(2_015)], { minDepth: 2 });
    expect(heights((await follow()).best)).toEqual([2_010, 2_013]);
    expect((await stageOf(knowing(upTo(2_010)), [upTo(2_011)], { minDepth: 2 }).follow()).best).toHaveLength(1);
  });

  test("is nothing while the Bitcoin node is behind the light client", async () => {
    expect((await stageOf(knowing(upTo(2_010)), [upTo(2_004)]).follow()).best).toMatchObject([{ hash: at(2_004).hash }]);
    expect(await refusal(stageOf(knowing(main.slice(20)), [upTo(2_004)]).look())).toMatchObject({ remedy: "Unavailable", code: "bitcoin-below-relay-start" });
  });

  test("ends before the first header of a period that a fork cannot have checked", async () => {
    const checked = { relay: { DisableDifficultyCheck: false } };
    const sight = await stageOf(knowing(upTo(2_020), checked), [branch(2_012, 2_022)]).follow();
    expect(heights(sight.best)).toEqual([2_012, 2_015]);
    expect(sight.held).toMatchObject({ code: "retarget-on-fork", isNothingNew: false });
    expect(sight.held?.message).toContain("2016");
    expect((await stageOf(knowing(upTo(2_020)), [branch(2_012, 2_022)]).follow()).held).toBeNull();
  });
});

describe("the first version's runtime, which takes no first header of a period", () => {
  const checked = { relay: { DisableDifficultyCheck: false } };

  test("is told what is below, then its lane stops with the fault's explanation", async () => {
    const before = await stageOf(knowing(upTo(2_010), checked), [upTo(2_018)], {}, createV1Runtime()).follow();
    expect([heights(before.best), before.held]).toEqual([[2_010, 2_015], null]);
    const failure = await refusal(stageOf(knowing(upTo(2_015), checked), [upTo(2_018)], {}, createV1Runtime()).look());
    expect(failure).toMatchObject({ remedy: "Unsafe", code: "interbtc-v1-retarget", evidence: { height: 2_016 } });
    expect(heights((await stageOf(knowing(upTo(2_015), checked), [upTo(2_018)]).follow()).best)).toEqual([2_015, 2_018]);
  });
});

describe("a light client of another chain", () => {
  const foreign = grow(`0x${"22".repeat(32)}`, start, start + 9);

  test("is told with both hashes, as people write them, and never asked below its start", async () => {
    const stage = stageOf(knowing(foreign), [upTo(2_100)]);
    const failure = await refusal(stage.look());
    expect(failure).toMatchObject({ remedy: "Unsafe", code: "light-client-on-another-chain" });
    for (const hash of [foreign[0]?.hash ?? "0x", at(start).hash] as const) expect(failure.message).toContain(toDisplay(hash));
    expect(stage.nodes[0]?.calls.every(({ method, params }) => method !== "getblockhash" || Number(params[0]) >= start)).toBe(true);
  });

  test("is a lie of the node while another node has the light client's blocks", async () => {
    const stage = stageOf(knowing(upTo(1_999)), [foreign, upTo(2_003)]);
    expect(await refusal(stage.look())).toMatchObject({ remedy: "Unavailable", code: "endpoints-disagree" });
    expect(heights((await stage.follow()).best)).toEqual([1_999, 2_003]);
  });
});

describe("a light client that was never started", () => {
  test("is waited for, or begun at the height told, with a height its chain takes", async () => {
    const none = (relay: { readonly [item: string]: Json } = {}) => knowing([], { relay });
    expect(await stageOf(none(), [main]).look()).toMatchObject({ kind: "wait", reason: { code: "relay-not-initialised" } });
    const begin = await stageOf(none(), [main], { initialiseAt: 2_000 }).look();
    expect(begin).toMatchObject({ kind: "begin", block: { height: 2_000, hash: at(2_000).hash } });
    if (begin.kind !== "begin") fail();
    else expect(begin.make({ blocks: [begin.block] }, null).payload).toMatchObject({ firstHeight: 2_000, initialise: true });
    const failure = await refusal(stageOf(none({ DisableDifficultyCheck: false }), [main], { initialiseAt: 2_100 }).look());
    expect(failure).toMatchObject({ remedy: "Misconfigured", code: "initialise-height-refused" });
    expect(failure.message).toContain("2016");
    expect(await stageOf(none({ DisableDifficultyCheck: false }), [main], { initialiseAt: 2_016 }).look()).toMatchObject({ kind: "begin" });
  });
});

describe("letting others go first", () => {
  /** every other vault is before us */
  const vaults = Array.from({ length: 6 }, (_, index): Hex => `0x${index.toString(16).padStart(64, "0")}`);

  test("delays one new header by blocks of the parachain since it was first seen, never several at once", async () => {
    const stage = stageOf(knowing(upTo(2_010), { vaults }), [upTo(2_011)], { rankedDelay: true });
    expect((await stage.follow()).held).toMatchObject({ code: "ranked-delay", isNothingNew: true });
    stage.chain.best = 110;
    expect((await stage.follow()).held).toBeNull();
    expect((await stageOf(knowing(upTo(2_010), { vaults }), [upTo(2_012)], { rankedDelay: true }).follow()).held).toBeNull();
  });

  test("is over for everybody somewhere: not all of many relayers wait for the same header", async () => {
    const waits = await Promise.all(vaults.map(async (account) => (await stageOf(knowing(upTo(2_010), { vaults }), [upTo(2_011)], { rankedDelay: true, account }).follow()).held !== null));
    expect(waits.filter(Boolean)).toHaveLength(5);
  });
});

describe("headers without work", () => {
  test("are a lie of their endpoint", async () => {
    const stage = stageOf(knowing(upTo(2_010)), [upTo(2_011)]);
    const raw = sliceHex(at(2_011).raw, 0, 80);
    const easy: Hex = `${raw.slice(0, 2 + 144)}0100001d${raw.slice(-8)}` as Hex; // a target that no regtest hash meets
    const fake = parseHeader(easy).hash;
    stage.nodes[0]?.lie(({ method, params }) => {
      if (method === "getblockhash" && params[0] === 2_011) return toDisplay(fake);
      return method === "getblockheader" && params[0] === toDisplay(fake) ? easy.slice(2) : undefined;
    });
    expect(await refusal(stage.look())).toMatchObject({ remedy: "Invalid", code: "header-without-work" });
  });
});

describe("nonces in the order of the updates", () => {
  const before = deliveryId("interbtc-headers-1");
  const event = (after: string | null): SourceEvent => ({
    id: eventId("interbtc:headers:2"), chain: "bitcoin", kind: "interbtc-headers", at: null, generation: 0,
    payload: updateToJson({ headers: [sliceHex(at(2_012).raw, 0, 80)], firstHeight: 2_012, after: after === null ? null : deliveryId(after), initialise: false }),
  });
  async function rehearsals(earlier: Partial<Delivery> | null, known = 2_010, after: string | null = before): Promise<unknown> {
    const { calls, work } = createParts();
    const { endpoints } = createMemoryInterbtc(runtime, knowing(upTo(known)));
    const load = async (): Promise<Snapshot | null> => (earlier === null ? null : ({ delivery: deliveryIn(earlier.state ?? "proven", earlier) } as unknown as Snapshot));
    const ordered = inUpdateOrder(work.submitter, { load, polkadot: endpoints }, () => undefined);
    try {
      await ordered.rehearse(event(after), { forkBound: 2 }, signal);
      return calls;
    } catch (thrown) {
      return failureOf(thrown).code;
    }
  }

  test.each<[string, Partial<Delivery> | null, number, unknown]>([
    ["the first of a plan", null, 2_011, ["rehearse"]],
    ["behind one that has a nonce", { state: "proven", slot: { signer: signerName("hot"), slot: 5n } }, 2_010, []],
    ["behind one that was sent", { state: "sent" }, 2_010, []],
    ["behind one that is in a block", { state: "included" }, 2_011, ["rehearse"]],
    ["behind one without a nonce", { state: "proven", slot: null }, 2_010, "earlier-update-first"],
    ["behind one that ended, its headers unknown", { state: "orphaned", slot: null }, 2_010, "earlier-update-first"],
    ["behind one that ended, its headers told by another", { state: "orphaned", slot: null }, 2_011, ["rehearse"]],
  ])("%s", async (_what, earlier, known, expected) => {
    expect(await rehearsals(earlier, known)).toEqual(expected);
  });
});
