/** What the page reckons for itself: lengths of time, addresses, the samples behind the charts. */
import { describe, expect, test } from "vitest";
import { away, countdown, height, short, span } from "../../../page/src/format.ts";
import { lagLines, rateLines, remember } from "../../../page/src/history.ts";
import type { Sample } from "../../../page/src/history.ts";
import { hrefOf, placeOf, queryOf } from "../../../page/src/router.ts";
import type { Status } from "../../../src/web/answers.ts";

describe("lengths of time", () => {
  test.each([[0, "0 s"], [999, "0 s"], [1_000, "1 s"], [90_000, "1 min 30 s"], [3_600_000, "1 h"], [3_660_000, "1 h 1 min"], [90_000_000, "1 d 1 h"], [-5_000, "5 s"]])("%d ms: %s", (ms, said) => {
    expect(span(ms)).toBe(said);
  });
  test.each([[5_000, "0:00:05"], [3_725_000, "1:02:05"], [176_523_000, "2 d 01:02:03"]])("%d ms count down as %s", (ms, said) => expect(countdown(ms)).toBe(said));
  test("say whether it was or will be", () => expect([away(10_000, 0), away(0, 10_000)]).toEqual(["in 10 s", "10 s ago"]));
});

test("heights are grouped, long ids keep both ends", () => {
  expect([height(null), height(840_123)]).toEqual(["–", "840\u202f123"]);
  expect(short(`tbtc-deposit-0x${"a".repeat(60)}1234`, 30)).toMatch(/^tbtc-deposit-0xaaaa…a+1234$/u);
  expect(short("tbtc:1")).toBe("tbtc:1");
});

describe("addresses", () => {
  test.each(["tbtc-deposit-0xab", "a/b?c#d&e=f%", "tbtc:reveal:0x1"])("of %s lead back to it", (id) => {
    expect(placeOf(hrefOf.transfer(id))).toEqual({ view: "transfer", id });
    expect(placeOf(hrefOf.delivery(id))).toEqual({ view: "delivery", id });
  });
  test("of a filter lead back to it, without what is empty", () => {
    expect(placeOf(hrefOf.transfers({ state: "open", q: "a&b=c #", kind: "" }))).toEqual({ view: "transfers", filter: { state: "open", q: "a&b=c #" } });
    expect(placeOf("#/transfers?nonsense=1&q=x")).toEqual({ view: "transfers", filter: { q: "x" } });
    expect(queryOf({ a: undefined, b: "1" })).toBe("b=1");
  });
  test.each(["", "#", "#/", "#/nonsense/x", "#/deliveries"])("%s is the overview", (hash) => expect(placeOf(hash)).toEqual({ view: "overview" }));
  test("that cannot be decoded are taken as they are", () => expect(placeOf("#/transfers/%E0%A4%A")).toEqual({ view: "transfer", id: "%E0%A4%A" }));
});

describe("samples", () => {
  const status = (at: number, lag: number | null, delivered: number): Status => ({
    at, lightClients: null, signers: [], halts: [], queue: { reachable: true, failure: null, overdue: {} },
    chains: [{ name: "bitcoin", best: null, final: null, cursor: null, lagBlocks: lag, headAgeSeconds: null, endpoints: [], ranges: [] }],
    lanes: [{ name: "l", source: "bitcoin", target: "ethereum", signer: "s", counts: { delivered }, parked: [], oldest: null }],
  });
  const all = (...given: readonly Status[]): readonly Sample[] => given.reduce<readonly Sample[]>(remember, []);

  test("are bounded, and one for each second", () => {
    expect(all(status(0, 1, 0), status(500, 2, 0), status(1_600, 3, 0)).map(({ lag }) => lag["bitcoin"])).toEqual([2, 3]);
    const many = Array.from({ length: 2_000 }, (_, at) => status(at * 1_000, 0, 0));
    expect(all(...many)).toHaveLength(1_800);
  });
  test("of a chain not heard of are a gap", () => expect(lagLines(all(status(0, null, 0), status(2_000, 4, 0)))).toEqual({ names: ["bitcoin"], times: [0, 2], values: [[null, 4]] }));
  test("count what arrived in the minute before; a count that fell is no negative arrival", () => {
    const samples = all(status(0, 0, 10), status(30_000, 0, 12), status(60_000, 0, 15), status(90_000, 0, 15), status(120_000, 0, 3));
    expect(rateLines(samples).values).toEqual([[0, 2, 5, 3, 0]]);
  });
});
