/** A look at mempools through the client and the readers: what is asked, how much, and what counts as gone. */
import { describe, expect, it } from "vitest";
import { createBitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import { parseTx } from "../../../src/chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import { fromDisplay, toDisplay } from "../../../src/chains/bitcoin/order.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import { RpcError } from "../../../src/chains/json-rpc.ts";
import type { JsonRpc, RpcCall } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { eventId, watchId } from "../../../src/core/values.ts";
import type { Hex, Outpoint, Watch } from "../../../src/core/values.ts";
import { createMempoolWatch } from "../../../watchers/bitcoin/mempool.ts";
import type { UnminedKnown } from "../../../watchers/bitcoin/mempool.ts";
import type { BitcoinReader } from "../../../watchers/bitcoin/source.ts";
import { madeTx, rawTx } from "../../support/bitcoin-blocks.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const script: Hex = `0x0014${"aa".repeat(20)}`;
const rawOf = (salt: number, to: Hex): Hex => rawTx(madeTx(salt, [to]));

/** A node with these transactions in its mempool, by txid. */
function nodeOf(name: string, mempool: Map<Hex, Hex>) {
  const asked: RpcCall[] = [];
  const answer = ({ method, params: [first] }: RpcCall): unknown => {
    const raw = (): Hex => mempool.get(fromDisplay(String(first))) ?? (() => { throw new RpcError(-5, "Transaction not in mempool", null); })();
    switch (method) {
      case "getmempoolinfo":
        return { size: mempool.size, mempoolminfee: 0.00001 };
      case "estimatesmartfee":
        return { errors: ["Insufficient data or no feerate found"], blocks: 0 };
      case "getblockcount":
        return 800;
      case "getrawmempool":
        return [...mempool.keys()].map(toDisplay);
      case "getmempoolentry":
        raw();
        return { vsize: 100, time: 1_700_000_000, ancestorsize: 200, descendantsize: 100, fees: { base: 0.000005, ancestor: 0.000004, descendant: 0.000005 } };
      case "getrawtransaction":
        return raw().slice(2);
      default: {
        const outputs = first as readonly { readonly txid: string; readonly vout: number }[];
        const spends = [...mempool.values()].map((one) => parseTx(one));
        return outputs.map(({ txid, vout }) => {
          const by = spends.find(({ inputs }) => inputs.some(({ outpoint }) => toDisplay(outpoint.txid) === txid && outpoint.index === vout));
          return { txid, vout, ...(by === undefined ? {} : { spendingtxid: toDisplay(by.txid) }) };
        });
      }
    }
  };
  const rpc: JsonRpc = {
    name,
    call: async (method, params) => answer({ method, params }),
    batch: async (calls) => calls.map((call) => {
      asked.push(call);
      try {
        return { ok: true, result: answer(call) };
      } catch (error) {
        if (error instanceof RpcError) return { ok: false, error };
        throw error;
      }
    }),
  };
  return { name, client: createBitcoinClient(rpc), asked, mempool };
}

/** Tells each transaction that hits a watch. */
const reader: BitcoinReader = {
  read: (tx, block, hits) => ({ events: hits.map(({ id }) => ({ id: eventId(`${id} by ${tx.txid}`), chain: "bitcoin", kind: "paid", at: block, payload: null })), births: [], watches: [] }),
  settle: () => ({ births: [], watches: [] }),
};
const watchOf = (target: Watch["target"], name = "w"): Watch => ({ id: watchId(name), chain: "bitcoin", target, forWhom: "somebody", heightHint: 0, detail: null });

type Staged = { readonly searchUpTo?: number; readonly watches?: readonly Watch[]; readonly nodes?: readonly ReturnType<typeof nodeOf>[]; readonly also?: readonly Outpoint[] };
function stageOf({ searchUpTo = 100, watches = [watchOf({ script })], nodes = [nodeOf("node", new Map())], also = [] }: Staged = {}) {
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: nodes, clock: createTestClock(), meter: createMemoryMeter() });
  let set = { version: 1, watches };
  const look = createMempoolWatch({ endpoints, readers: [reader], alsoSpent: () => also, searchUpTo, watchSet: async () => set });
  const [node] = nodes;
  if (node === undefined) throw new Error("one node at least");
  return { node, watch: (more: readonly Watch[]) => { set = { version: set.version + 1, watches: [...set.watches, ...more] }; }, look: (known: readonly UnminedKnown[] = []) => look(known, signal) };
}
const put = ({ mempool }: ReturnType<typeof nodeOf>, salt: number, to: Hex = script): BitcoinTx => {
  const raw = rawOf(salt, to);
  const tx = parseTx(raw);
  mempool.set(tx.txid, raw);
  return tx;
};
const methods = ({ asked }: ReturnType<typeof nodeOf>): readonly string[] => asked.splice(0).map(({ method }) => method);

describe("a search of the mempool", () => {
  it("finds what pays a watched script, with its fee and since when", async () => {
    const { node, look } = stageOf();
    const paid = put(node, 1);
    put(node, 2, `0x0014${"bb".repeat(20)}`);
    const found = await look();
    expect(found?.present).toMatchObject([{ txid: paid.txid, since: 1_700_000_000_000, satPerVb: 5, events: [{ id: `w by ${paid.txid}` }] }]);
    expect(found?.state).toEqual({ size: 2, minSatPerVb: 1, estimateSatPerVb: null, bestHeight: 800 });
  });

  it("fetches each transaction once, and finds what was there before its address was watched", async () => {
    const { node, look, watch } = stageOf();
    const early = put(node, 1, `0x0014${"bb".repeat(20)}`);
    expect((await look())?.present).toEqual([]);
    methods(node);
    watch([watchOf({ script: `0x0014${"bb".repeat(20)}` }, "later")]);
    expect((await look())?.present).toMatchObject([{ txid: early.txid }]);
    // once more for what is told of it now, and never for the search
    expect(methods(node).filter((method) => method === "getrawtransaction")).toHaveLength(1);
  });

  it("takes no more than 500 at a look, and the rest at the next", async () => {
    const { node, look } = stageOf({ searchUpTo: 2_000 });
    for (let salt = 0; salt < 510; salt += 1) put(node, salt, `0x0014${"bb".repeat(20)}`);
    await look();
    expect(methods(node).filter((method) => method === "getrawtransaction")).toHaveLength(500);
    await look();
    expect(methods(node).filter((method) => method === "getrawtransaction")).toHaveLength(10);
    await look();
    expect(methods(node)).not.toContain("getrawtransaction");
  });

  it("is left out of a mempool that is too big, and where it is switched off", async () => {
    for (const searchUpTo of [2, 0]) {
      const { node, look } = stageOf({ searchUpTo, watches: [watchOf({ script }), watchOf({ outpoint: { txid: script, index: 0 } }, "coin")] });
      for (let salt = 0; salt < 3; salt += 1) put(node, salt);
      expect((await look())?.present).toEqual([]);
      expect(methods(node)).not.toContain("getrawmempool");
    }
  });

  it("asks nobody while nothing is watched", async () => {
    const { node, look } = stageOf({ watches: [] });
    expect(await look()).toBeNull();
    expect(await stageOf({ searchUpTo: 0 }).look()).toBeNull();
    expect(methods(node)).toEqual([]);
  });
});

describe("what spends a watched output", () => {
  it("is found by that output, without a search", async () => {
    const node = nodeOf("node", new Map());
    const spending = put(node, 1, `0x0014${"bb".repeat(20)}`);
    const outpoint = spending.inputs[0]?.outpoint ?? { txid: script, index: 0 };
    const { look } = stageOf({ searchUpTo: 0, nodes: [node], watches: [watchOf({ outpoint }, "coin")] });
    expect((await look())?.present).toMatchObject([{ txid: spending.txid, events: [{ id: `coin by ${spending.txid}` }] }]);
  });

  it("is found by an output that is not watched in blocks, when it pays a watched script", async () => {
    const node = nodeOf("node", new Map());
    const spending = put(node, 1);
    const also = spending.inputs.map(({ outpoint }) => outpoint);
    expect((await stageOf({ searchUpTo: 0, nodes: [node], also }).look())?.present).toMatchObject([{ txid: spending.txid, events: [{ id: `w by ${spending.txid}` }] }]);
  });
});

describe("a payment known before", () => {
  const known = ({ txid, inputs }: BitcoinTx): UnminedKnown => ({ txid, inputs: inputs.map(({ outpoint }) => outpoint) });

  it("is gone only when no node has it any more", async () => {
    const nodes = [nodeOf("first", new Map()), nodeOf("second", new Map())] as const;
    const { look } = stageOf({ nodes });
    const paid = put(nodes[1], 1);
    expect((await look([known(paid)]))?.absent).toEqual([]);
    nodes[1].mempool.clear();
    expect((await look([known(paid)]))?.absent).toEqual([{ txid: paid.txid, spentBy: null }]);
  });

  it("names what took its coins", async () => {
    const { node, look } = stageOf();
    const paid = put(node, 1);
    node.mempool.clear();
    const double = madeTx(1, [`0x0014${"bb".repeat(20)}`]);
    const taken = parseTx(rawTx(double));
    node.mempool.set(taken.txid, rawTx(double));
    expect((await look([{ txid: paid.txid, inputs: taken.inputs.map(({ outpoint }) => outpoint) }]))?.absent).toEqual([{ txid: paid.txid, spentBy: taken.txid }]);
  });
});

it("a node that gives another transaction than was asked for is not believed", async () => {
  const mempool = new Map<Hex, Hex>([[`0x${"ab".repeat(32)}`, rawOf(1, script)]]);
  const { client } = nodeOf("liar", mempool);
  expect(await client.unmined([`0x${"ab".repeat(32)}`], signal).then(() => null, failureOf)).toMatchObject({ remedy: "Invalid", code: "transaction-id-mismatch" });
});
