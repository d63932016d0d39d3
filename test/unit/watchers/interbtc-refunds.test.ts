/** What a parachain of the first dialect says of refunds becomes events and watches; payments that name one become deliveries. */
import { describe, expect, it } from "vitest";
import { createInterbtcJourneys } from "../../../src/bridges/interbtc/journeys.ts";
import { isRefundWatch, refundDelivery, refundLane, refundPaymentEvent, refundTransfer } from "../../../src/bridges/interbtc/names.ts";
import { opReturnScript } from "../../../src/bridges/interbtc/op-return.ts";
import { withRefunds } from "../../../src/bridges/interbtc/refund-journey.ts";
import { parseBlock } from "../../../src/chains/bitcoin/codec.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Facts } from "../../../src/core/transfer-fold.ts";
import { factsOf, foldTransfer } from "../../../src/core/transfer-fold.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import type { Hex, Json, SourceEvent } from "../../../src/core/values.ts";
import type { FoundEvent } from "../../../src/ports.ts";
import { createInterbtcRefundPayments } from "../../../watchers/bitcoin/interbtc-refunds.ts";
import { createInterbtcRefundReader, refundCensus } from "../../../watchers/polkadot/interbtc-refunds.ts";
import type { PolkadotLook } from "../../../watchers/polkadot/source.ts";
import { madeTx, mineBlock, rawOf } from "../../support/bitcoin-blocks.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";
import { blockOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { account, id, request, requester } from "../interbtc/facts.ts";

const runtime = createV1Runtime();
const block = blockOf(50, "a", "polkadot");
const tx: Hex = `0x${"7e".repeat(32)}`;
const issueId: Hex = `0x${"2d".repeat(32)}`;
const payee: Hex = `0xa914${"5c".repeat(20)}87`;
const { signal } = new AbortController();
const vault = { accountId: account, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "INTERBTC" } } };
const stored = (completed: boolean): Json => ({ vault, amountBtc: "40000", fee: "200", transferFeeBtc: "498", issuer: requester, btcAddress: { P2SH: `0x${"5c".repeat(20)}` }, issueId, completed });
const issue: Json = {
  vault, opentime: 1_000, period: 7_200, griefingCollateral: "5", amount: "99850", fee: "150", requester, btcAddress: { P2WPKHv0: `0x${request.script.slice(6)}` },
  btcPublicKey: `0x${"02".repeat(33)}`, btcHeight: 700, status: { Completed: id },
};
const look: PolkadotLook = { runtime, storage: async (pallet) => (pallet === "Refund" ? stored(false) : issue), extrinsic: async (index) => (index === null ? null : tx) };
const eventOf = (name: string, data: PolkadotEvent["data"] = {}): PolkadotEvent => ({ index: 0, extrinsic: 1, pallet: "Refund", name, data: { refundId: id, ...data } });
const all = createInterbtcRefundReader({ watchVaults: "all" });
const payload = { id, issueId, requester, vault: { account, collateral: "DOT", wrapped: "INTERBTC" }, amountSat: "40000", feeSat: "200", script: payee, isCompleted: false, bitcoinHeight: 700 };
const requested: FoundEvent = { id: `interbtc:refund-request:${id}` as FoundEvent["id"], chain: "polkadot", kind: "interbtc-refund-requested", at: block, payload };
const watch = { id: `interbtc:refund:${id}`, chain: "bitcoin", target: { script: opReturnScript(id) }, forWhom: `interbtc:refund:${id}`, heightHint: 694, detail: payload };

describe("the parachain", () => {
  it("of today is asked for nothing, nor is one of the first dialect without the pallet", async () => {
    for (const one of [await createDevRuntime(), createV1Runtime("Refund")]) {
      expect(all.needs(one)).toEqual({});
      expect(await refundCensus(poolOf(one, []), { watchVaults: "all" }, block, signal)).toEqual({ events: [], births: [], watches: [] });
    }
  }, 60_000);

  it("tells a request as its state holds it, from the height of the issue that was overpaid", async () => {
    expect(await all.read(eventOf("RequestRefund", { amount: "1" }), block, look)).toEqual({ events: [requested], births: [], watches: [] });
  });

  it("tells who settled one", async () => {
    const { events } = await all.read(eventOf("ExecuteRefund", { amount: "40000", fee: "200" }), block, look);
    expect(events).toEqual([{ id: `interbtc:refund-executed:${id}`, chain: "polkadot", kind: "interbtc-refund-executed", at: block, payload: { refundId: id, tx, amountSat: "40000", feeSat: "200" } }]);
  });

  it("is watched for so many Bitcoin blocks more once it is settled", async () => {
    const bounded = { watchVaults: "all", keep: { executedBlocks: 20, overBlocks: 100 } } as const;
    const executed = { ...requested, generation: 0, kind: "interbtc-refund-executed", payload: { refundId: id, tx } };
    const ends = [{ watch: watch.id, afterBlocks: 20 }];
    expect(createInterbtcRefundReader(bounded).settle(executed)).toEqual({ births: [], watches: [], ends });
    expect(await refundCensus(poolOf(runtime, [{ keys: [id], value: stored(true) }]), bounded, block, signal)).toEqual({ events: [], births: [], watches: [], ends });
  });

  it("tells the same of every open refund, whoever saw its event", async () => {
    const entries = [{ keys: [id], value: stored(false) }, { keys: [requester], value: stored(true) }];
    const found = await refundCensus(poolOf(runtime, entries), { watchVaults: "all" }, block, signal);
    expect(found).toEqual({ events: [requested], births: [], watches: [watch] });
  });
});

function poolOf(of: PolkadotRuntime, entries: readonly { readonly keys: readonly Json[]; readonly value: Json }[]) {
  const client: Partial<PolkadotClient> = { name: "memory", runtimeOf: async () => of, ...(entries.length === 0 ? {} : { entries: async () => entries, storages: async (items) => items.map(() => issue) }) };
  return createEndpoints({ chain: "polkadot", endpoints: [{ name: "memory", client: client as PolkadotClient }], clock: createTestClock(), meter: createMemoryMeter() });
}

describe("a final request", () => {
  it("has the output that names it watched, as far as its vault is", () => {
    const event: SourceEvent = { ...requested, generation: 0 };
    expect(all.settle(event)).toEqual({ births: [], watches: [watch] });
    expect(createInterbtcRefundReader({ watchVaults: [requester] }).settle(event).watches).toEqual([]);
    expect(createInterbtcRefundReader({ watchVaults: [account] }).settle(event).watches).toHaveLength(1);
  });
});

/** Outputs to the refund's address and with its name, with this value. */
function paying(valueSat: bigint, salt = 1) {
  const made = madeTx(salt, [payee, opReturnScript(id)]);
  made.outs.forEach((output, at) => {
    output.value = at === 0 ? valueSat : 0n;
  });
  const found = parseBlock(rawOf(mineBlock(`0x${"11".repeat(32)}`, 702_861, [made]))).txs[1];
  if (found === undefined) throw new Error("the block has a payment");
  return found;
}
const bitcoinBlock = blockOf(702_861, "a", "bitcoin");
const detail = { ...watch, id: watch.id as never, chain: "bitcoin" } as const;

describe("a transaction that names a refund", () => {
  const reader = createInterbtcRefundPayments();

  it("is a payment and a delivery when it is what was asked", () => {
    const paid = paying(40_000n);
    expect(isRefundWatch(detail)).toBe(true);
    expect(reader.read(paid, bitcoinBlock, [detail])).toMatchObject({
      events: [{ id: refundPaymentEvent(id, paid.txid), kind: "interbtc-refund-payment", at: bitcoinBlock, payload: { refundId: id, txid: paid.txid, paidSat: "40000", flaw: null } }],
      births: [{ id: refundDelivery(id, paid.txid), lane: refundLane, serves: [refundTransfer(id)] }],
    });
  });

  it("is told without a delivery when the parachain would refuse it", () => {
    const found = reader.read(paying(39_999n), bitcoinBlock, [detail]);
    expect(found).toMatchObject({ events: [{ payload: { flaw: "too-little" } }], births: [] });
  });
});

describe("the story of a refund", () => {
  const journeys = withRefunds(createInterbtcJourneys());
  const event = (found: Omit<FoundEvent, "id"> & { readonly id: string }): SourceEvent => ({ ...found, id: found.id as SourceEvent["id"], generation: 0 });
  const story = (events: readonly SourceEvent[]): Transfer | null => events.reduce<Transfer | null>((before, one) => foldTransfer(journeys, refundTransfer(id), before, { event: one, seenAt: one.at?.time ?? 0 }), null);
  const paymentOf = (valueSat: bigint) => createInterbtcRefundPayments().read(paying(valueSat), bitcoinBlock, [detail]).events.map((found) => event(found));
  const aboutOf = (transfer: Transfer | null): Facts => factsOf(transfer ?? { facts: {} });

  it("waits for the vault, knows its issue by key, and tells who is owed what", () => {
    const begun = story([event(requested)]);
    expect(begun).toMatchObject({ kind: "refund", outcome: null, deadlines: [], steps: [{ name: "request-final" }] });
    expect(begun?.keys).toEqual(expect.arrayContaining([id, issueId, requester, account, payee]));
    expect(aboutOf(begun).about).toMatchObject({ issueId, askedSat: "40000", vault: account });
  });

  it("goes on with the right payment, and names a wrong one as such", () => {
    expect(story([event(requested), ...paymentOf(40_000n)])?.steps.at(-1)?.name).toBe("payment-final");
    expect(aboutOf(story([event(requested), ...paymentOf(1n)])).hints).toMatchObject([{ cause: "payment-unusable", evidence: { paidSat: "1", askedSat: "40000", flaw: "too-little" } }]);
  });

  it("is about its own events and no issue's, in any order", () => {
    expect(journeys.subjects(event(requested))).toEqual([refundTransfer(id)]);
    expect(paymentOf(40_000n).flatMap((one) => journeys.subjects(one))).toEqual([refundTransfer(id)]);
    expect(journeys.kindOf(refundTransfer(id))).toBe("refund");
    const [first, second] = [story([event(requested), ...paymentOf(40_000n)]), story([...paymentOf(40_000n), event(requested)])];
    expect(second?.steps.map(({ name }) => name)).toEqual(first?.steps.map(({ name }) => name));
  });
});
