import { describe, expect, it } from "vitest";

import { parseBlock, parseTx } from "../../../src/chains/bitcoin/codec.ts";
import { hexOf } from "../../../src/core/hex.ts";
import type { Hex, Watch } from "../../../src/core/values.ts";
import { createIndexOf, createWatchIndex, matchBlock } from "../../../watchers/bitcoin/match.ts";
import { blockRef } from "../../../watchers/bitcoin/head.ts";
import { madeTx, mineBlock, rawOf, rawTx } from "../../support/bitcoin-blocks.ts";
import { paymentReader, scriptWatch, watching } from "../../support/bitcoin-reader.ts";

const ours: Hex = "0x0014aabb";
const block = (...txs: Parameters<typeof mineBlock>[2]) => {
  const { header, txs: parsed } = parseBlock(rawOf(mineBlock(`0x${"11".repeat(32)}`, 5, txs)));
  return { txs: parsed, ref: blockRef(header, 5) };
};
const kinds = (found: ReturnType<typeof matchBlock>): readonly string[] => found.events.map(({ kind }) => kind);

describe("matching a block", () => {
  it("finds an output's spending in the very block that pays it", () => {
    const pays = madeTx(1, ["0x51", ours]);
    const { txs, ref } = block(pays, madeTx(2), madeTx(3, ["0x52"], { txid: hexOf(pays.getHash()), index: 1 }));
    expect(kinds(matchBlock(txs, ref, createWatchIndex(watching(1, ours).watches), [paymentReader]))).toEqual(["paid", "spent"]);
  });

  it("does not take another output of the same transaction for the watched one", () => {
    const pays = madeTx(1, ["0x51", ours]);
    const { txs, ref } = block(pays, madeTx(3, ["0x52"], { txid: hexOf(pays.getHash()), index: 0 }));
    expect(kinds(matchBlock(txs, ref, createWatchIndex(watching(1, ours).watches), [paymentReader]))).toEqual(["paid"]);
  });

  it("needs the whole script, not a part of it", () => {
    const { txs, ref } = block(madeTx(1, [`${ours}00`, "0x0014aa", "0x"]));
    expect(kinds(matchBlock(txs, ref, createWatchIndex(watching(1, ours).watches), [paymentReader]))).toEqual([]);
  });

  it("keeps what a block brought out of the set it was matched with", () => {
    const base = createWatchIndex(watching(1, ours).watches);
    const pays = madeTx(1, [ours]);
    const spends = parseTx(rawTx(madeTx(3, ["0x52"], { txid: hexOf(pays.getHash()), index: 0 })));
    const { txs, ref } = block(pays);
    const overlay = createWatchIndex([], base);
    matchBlock(txs, ref, overlay, [paymentReader]);
    expect([overlay.hits(spends)?.size, base.hits(spends)]).toEqual([1, null]);
  });

  it("gives a transaction each of its watches once, of whatever kind", () => {
    const index = createWatchIndex([scriptWatch(ours), scriptWatch("0x51"), { ...scriptWatch(ours), id: scriptWatch("0x99").id, forWhom: "another" }]);
    expect([...(index.hits(parseTx(rawTx(madeTx(1, [ours, ours, "0x51"])))) ?? new Map()).keys()]).toEqual([scriptWatch(ours).id, scriptWatch("0x99").id, scriptWatch("0x51").id]);
  });

  it("finds every one of thousands of scripts, whatever their kind and length, and none that only looks like one", () => {
    const hash = (number: number): string => number.toString(16).padStart(8, "0").repeat(5);
    const kinds = [(h: string): Hex => `0x0014${h}`, (h: string): Hex => `0xa914${h}87`, (h: string): Hex => `0x76a914${h}88ac`, (h: string): Hex => `0x5120${h}${h.slice(0, 24)}`];
    const scripts = Array.from({ length: 4_000 }, (_, at): Hex => kinds[at % kinds.length]?.(hash(at)) ?? "0x");
    const short: readonly Hex[] = ["0x", "0x51", "0x6a0401"];
    const index = createWatchIndex([...scripts, ...short].map((script) => scriptWatch(script)));
    // the same digits where they are looked at first, another end
    const alike = scripts.map((script): Hex => `${script.slice(0, -2)}${script.endsWith("ff") ? "00" : "ff"}` as Hex);
    const found = [...scripts, ...short].filter((script) => index.hits(parseTx(rawTx(madeTx(1, [script])))) !== null);
    expect(found).toEqual([...scripts, ...short]);
    expect(alike.filter((script) => index.hits(parseTx(rawTx(madeTx(1, [script])))) !== null)).toEqual([]);
  });

  it("builds the index of a set once, and anew for a version that does not tell what changed", () => {
    const indexOf = createIndexOf();
    const set = watching(1, ours);
    expect(indexOf({ ...set })).toBe(indexOf(set));
    expect(indexOf(watching(2, ours))).not.toBe(indexOf(set));
  });

  it("brings the index up to date by what came and went, and reads nothing else of the set", () => {
    const indexOf = createIndexOf();
    const [first, second] = [scriptWatch(ours), { ...scriptWatch(ours), id: scriptWatch("0x99").id }];
    const outpoint: Watch = { ...scriptWatch("0x77"), target: { outpoint: { txid: `0x${"ab".repeat(32)}`, index: 1 } } };
    const hits = (index: ReturnType<typeof indexOf>) => [...(index.hits(parseTx(rawTx(madeTx(1, [ours, "0x51"], { txid: `0x${"ab".repeat(32)}`, index: 1 })))) ?? new Map()).keys()];
    const built = indexOf({ version: 1, watches: [first, outpoint] });
    expect(hits(built)).toEqual([outpoint.id, first.id]);
    // `watches` of the newer sets is empty on purpose: a look at all of it would find nothing
    const next = (version: number, added: readonly Watch[], over: readonly Watch[]) =>
      indexOf({ version, watches: [], since: (before) => (before === version - 1 ? { added, over } : null) });
    expect(hits(next(2, [second], [outpoint]))).toEqual([first.id, second.id]);
    expect(hits(next(3, [scriptWatch("0x51")], [first]))).toEqual([second.id, scriptWatch("0x51").id]);
    expect(indexOf({ version: 3, watches: [] })).toBe(built);
  });

  it("is made anew once more came out of it than is in it, so that the sieve does not fill up for ever", () => {
    const indexOf = createIndexOf();
    const built = indexOf({ version: 0, watches: [scriptWatch(ours)] });
    let version = 0;
    let index = built;
    while (index === built && version < 5_000) {
      version += 1;
      const [before, gone] = [version - 1, scriptWatch(`0x0014${version.toString(16).padStart(40, "0")}`)];
      index = indexOf({ version, watches: [scriptWatch(ours)], since: (asked) => (asked === before ? { added: [], over: [gone] } : null) });
    }
    expect(version).toBe(1_001);
    expect(index.hits(parseTx(rawTx(madeTx(1, [ours]))))?.size).toBe(1);
  });
});
