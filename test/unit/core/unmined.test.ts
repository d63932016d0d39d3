/** What becomes of a payment in no block, look after look: a table of everything a mempool can show. */
import { describe, expect, it } from "vitest";
import { foldUnmined, hasMoved, unminedFor } from "../../../src/core/unmined.ts";
import type { MempoolLook, UnminedPayment } from "../../../src/core/unmined.ts";
import { eventId, transferId } from "../../../src/core/values.ts";
import type { Hex } from "../../../src/core/values.ts";

const hour = 3_600_000;
const now = 1_700_000_000_000;
const txid = (digit: string): Hex => `0x${digit.repeat(64)}`;
const [issue, other] = [transferId("interbtc-issue-1"), transferId("interbtc-issue-2")];
const coin = { txid: txid("c"), index: 1 };
const paying = (digit: string, more: Partial<UnminedPayment> = {}): UnminedPayment => ({
  txid: txid(digit), events: [eventId(`paid:${digit}`)], transfers: [issue], inputs: [coin], since: now, satPerVb: 5, gone: null, ...more,
});
const look = (more: Partial<MempoolLook> = {}): MempoolLook => ({ at: now + hour, height: 800, present: [], absent: [], ...more });
const none = (): boolean => false;
const bare = ({ gone: _gone, ...one }: UnminedPayment): Omit<UnminedPayment, "gone"> => one;
const gone = (height = 800, at = now + hour): UnminedPayment["gone"] => ({ at, height, spentBy: null });

describe("a look at the mempool", () => {
  const [a, b] = [paying("a"), paying("b")];
  it.each<readonly [string, readonly UnminedPayment[], MempoolLook, readonly UnminedPayment[]]>([
    ["finds a payment", [], look({ present: [bare(a)] }), [a]],
    ["finds it again, with another fee", [a], look({ present: [{ ...bare(a), satPerVb: 9 }] }), [{ ...a, satPerVb: 9 }]],
    ["keeps since when it was first there, whatever a restarted node says", [a], look({ present: [{ ...bare(a), since: now + 5 }] }), [a]],
    ["learns of an earlier time from a node that had it longer", [a], look({ present: [{ ...bare(a), since: now - 5 }] }), [{ ...a, since: now - 5 }]],
    ["says nothing of one it did not ask for", [a], look(), [a]],
    ["finds it gone", [a], look({ absent: [{ txid: a.txid, spentBy: null }] }), [{ ...a, gone: gone() }]],
    ["finds it still gone: since the first look without it", [{ ...a, gone: gone() }], look({ at: now + 2 * hour, height: 801, absent: [{ txid: a.txid, spentBy: null }] }), [{ ...a, gone: gone() }]],
    ["finds what took its coins", [a], look({ absent: [{ txid: a.txid, spentBy: txid("d") }] }), [{ ...a, gone: { at: now + hour, height: 800, spentBy: txid("d") } }]],
    ["remembers what took its coins when that is mined", [{ ...a, gone: { at: now + hour, height: 800, spentBy: txid("d") } }], look({ absent: [{ txid: a.txid, spentBy: null }] }), [{ ...a, gone: { at: now + hour, height: 800, spentBy: txid("d") } }]],
    ["finds it back", [{ ...a, gone: gone() }], look({ present: [bare(a)] }), [a]],
    ["finds it replaced by another that pays: the new one counts alone", [a], look({ present: [bare(b)], absent: [{ txid: a.txid, spentBy: b.txid }] }), [b]],
    ["finds one more payment from other coins: both are kept", [a], look({ present: [{ ...bare(b), inputs: [{ txid: txid("e"), index: 0 }] }], absent: [{ txid: a.txid, spentBy: null }] }), [{ ...b, inputs: [{ txid: txid("e"), index: 0 }] }, { ...a, gone: gone() }]],
    ["finds its coins in a payment for somebody else: gone it is", [a], look({ present: [{ ...bare(b), transfers: [other] }], absent: [{ txid: a.txid, spentBy: b.txid }] }), [{ ...b, transfers: [other] }, { ...a, gone: { at: now + hour, height: 800, spentBy: b.txid } }]],
    ["forgets one that is gone for a week", [{ ...a, gone: gone() }], look({ at: now + 8 * 24 * hour, absent: [{ txid: a.txid, spentBy: null }] }), []],
  ])("%s", (_, before, seen, after) => {
    expect(foldUnmined(before, seen, none)).toEqual(after);
  });

  it("lets go of what is in a block, gone or not: its events tell of it then", () => {
    const isMined = (event: string): boolean => event === "paid:a";
    expect(foldUnmined([a, b], look({ absent: [{ txid: a.txid, spentBy: null }] }), isMined)).toEqual([b]);
    expect(foldUnmined([], look({ present: [bare(a)] }), isMined)).toEqual([]);
  });

  it("is worth remembering when a payment came, went or was displaced, not for its fee", () => {
    const displaced = { ...a, gone: { at: now, height: 800, spentBy: txid("d") } };
    expect([hasMoved(undefined, a), hasMoved(a, { ...a, gone: gone() }), hasMoved({ ...a, gone: gone() }, a), hasMoved({ ...a, gone: gone() }, displaced)]).toEqual([true, true, true, true]);
    expect([hasMoved(a, { ...a, satPerVb: 9 }), hasMoved(displaced, { ...displaced, satPerVb: 9 })]).toEqual([false, false]);
  });
});

describe("the payment that a transfer waits for", () => {
  const [a, b] = [paying("a"), paying("b", { since: now + 1 })];

  it("is the newest that is there; one that is gone only when there is no other", () => {
    expect(unminedFor([a, b], issue, 800)).toBe(b);
    expect(unminedFor([a, { ...b, gone: gone() }], issue, 800)).toBe(a);
    expect(unminedFor([a, b], other, 800)).toBeNull();
  });

  it("is not called gone before the ledger has read as far as the node that lost it: it may just have been mined", () => {
    const lost = { ...a, gone: gone(801) };
    expect(unminedFor([lost], issue, 800)).toBeNull();
    expect(unminedFor([lost], issue, 801)).toBe(lost);
  });
});
