/** Redeems and replaces: what the parachain's blocks and state say of them, and which Bitcoin transactions are the vault's payments. */
import { beforeAll, describe, expect, it } from "vitest";
import { opReturnScript } from "../../../src/bridges/interbtc/op-return.ts";
import { payoutFromJson, payoutToJson } from "../../../src/bridges/interbtc/payout.ts";
import type { PayoutKind, PayoutRequest } from "../../../src/bridges/interbtc/payout.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../../src/chains/bitcoin/order.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../../src/chains/polkadot/shape.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex, Json, SourceEvent, Watch } from "../../../src/core/values.ts";
import type { Found } from "../../../src/ports.ts";
import { createInterbtcBitcoinReader } from "../../../watchers/bitcoin/interbtc.ts";
import { createInterbtcPayoutBitcoinReader } from "../../../watchers/bitcoin/interbtc-payouts.ts";
import { createWatchIndex, matchBlock } from "../../../watchers/bitcoin/match.ts";
import { createInterbtcPayoutReader, interbtcPayoutCensus } from "../../../watchers/polkadot/interbtc-payouts.ts";
import type { PolkadotLook } from "../../../watchers/polkadot/source.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { blockOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { account, id, requester } from "../interbtc/facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const block = blockOf(50, "a", "polkadot");
const tx: Hex = `0x${"7e".repeat(32)}`;
const newVault: Hex = `0x${"ab".repeat(32)}`;
const script: Hex = "0x00149976874f125cfac32a3c5b32006066bc4525fff4";
const { signal } = new AbortController();
const vaultJson = (of: Hex): Json => ({ accountId: of, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } } });
const request = (kind: PayoutKind): PayoutRequest => ({
  kind, id, requester: kind === "redeem" ? requester : newVault, vault: { account, collateral: "DOT", wrapped: "IBTC" }, amountSat: 496_255n, script,
  openActive: 1_000, periodActive: 14_400, bitcoinHeight: 700, status: "pending",
});
/** as a node's bytes are decoded */
const stored = (kind: PayoutKind, status: Json = "Pending"): Json => {
  const common = { period: 14_400, btcAddress: { P2WPKHv0: "0x9976874f125cfac32a3c5b32006066bc4525fff4" }, btcHeight: 700, status };
  return kind === "redeem"
    ? { ...common, vault: vaultJson(account), opentime: 1_000, fee: "2500", transferFeeBtc: "1245", amountBtc: "496255", premium: 0, redeemer: requester }
    : { ...common, oldVault: vaultJson(account), newVault: vaultJson(newVault), amount: "496255", griefingCollateral: 5, collateral: 0, acceptTime: 1_000 };
};
const look = (state: Json): PolkadotLook => ({ runtime, storage: async () => state, extrinsic: async (index) => (index === null ? null : tx) });
const eventOf = (pallet: string, name: string, data: { readonly [field: string]: Json } = {}): PolkadotEvent => ({
  index: 0, extrinsic: 1, pallet, name,
  data: pallet === "Redeem" ? { redeemId: id, redeemer: requester, vaultId: vaultJson(account), ...data } : { replaceId: id, oldVaultId: vaultJson(account), newVaultId: vaultJson(newVault), ...data },
});
const opening = { redeem: eventOf("Redeem", "RequestRedeem"), replace: eventOf("Replace", "AcceptReplace") };
const all = createInterbtcPayoutReader({ watchVaults: "all" });
const requested = (kind: PayoutKind): SourceEvent => ({ id: "e" as SourceEvent["id"], chain: "polkadot", kind: `interbtc-${kind}-requested`, at: block, generation: 0, payload: payoutToJson(request(kind)) });
const watchesOf = (kind: PayoutKind): readonly Watch[] => all.settle(requested(kind)).watches;

describe.each(["redeem", "replace"] as const)("the reader of a %s", (kind) => {
  it("needs what the runtime of today has", () => {
    checkShape(runtime, all.needs(runtime));
    expect(Object.keys(all.needs(runtime).events ?? {})).toHaveLength(7);
  });

  it("tells a request as the state after its block holds it", async () => {
    const { events, births, watches } = await all.read(opening[kind], block, look(stored(kind)));
    expect(events).toEqual([{ id: `interbtc:${kind}-requested:${id}`, chain: "polkadot", kind: `interbtc-${kind}-requested`, at: block, payload: payoutToJson(request(kind)) }]);
    expect([...births, ...watches]).toEqual([]);
  });

  it("tells the same when the very block went on to end it: that is told by another event", async () => {
    const { events } = await all.read(opening[kind], block, look(stored(kind, "Completed")));
    expect(events).toEqual((await all.read(opening[kind], block, look(stored(kind)))).events);
  });

  it("does not believe a node whose state lacks the request of its own event", async () => {
    expect(await all.read(opening[kind], block, look(null)).then(() => null, failureOf)).toMatchObject({ remedy: "Invalid", code: "interbtc-request-missing" });
  });

  it("has the output with the request's id watched once it is final, from six blocks below the light client's height", () => {
    expect(all.settle(requested(kind))).toEqual({
      births: [],
      watches: [{ id: `interbtc:payout:${id}`, chain: "bitcoin", target: { script: opReturnScript(id) }, forWhom: `interbtc:payout:${id}`, heightHint: 694, detail: payoutToJson(request(kind)) }],
    });
    expect(all.settle({ ...requested(kind), kind: `interbtc-${kind}-executed`, payload: { [`${kind}Id`]: id, tx } }).watches).toEqual([]);
  });

  it.each([
    ["of all vaults", "all", 1],
    ["of the vault that pays", [`0x${"99".repeat(32)}`, account], 1],
    ["of the vault that takes over", [newVault], kind === "redeem" ? 0 : 1],
    ["of somebody else's vault", [`0x${"99".repeat(32)}`], 0],
    ["of no vault", "none", 0],
  ] as const)("%s tells what is configured: whose payment nobody would see is not told at all", async (_what, watchVaults, count) => {
    const reader = createInterbtcPayoutReader({ watchVaults });
    const endings = kind === "redeem" ? [eventOf("Redeem", "ExecuteRedeem"), eventOf("Redeem", "CancelRedeem", { status: "Retried" })] : [eventOf("Replace", "ExecuteReplace"), eventOf("Replace", "CancelReplace")];
    for (const event of [opening[kind], ...endings]) expect((await reader.read(event, block, look(stored(kind)))).events).toHaveLength(count);
  });
});

describe("what ends a redeem or a replace", () => {
  it.each([
    ["interbtc-redeem-executed", { redeemId: id, tx }, 144], ["interbtc-redeem-cancelled", { redeemId: id, tx, status: "retried" }, 4_320],
    ["interbtc-replace-executed", { replaceId: id, tx }, 144], ["interbtc-replace-cancelled", { replaceId: id, tx, status: "cancelled" }, 4_320],
  ] as const)("%s ends the watch after as many Bitcoin blocks as are configured", (kind, payload, afterBlocks) => {
    const kept = createInterbtcPayoutReader({ watchVaults: "all", keep: { executedBlocks: 144, overBlocks: 4_320 } });
    expect(kept.settle({ ...requested("redeem"), kind, payload }).ends).toEqual([{ watch: `interbtc:payout:${id}`, afterBlocks }]);
    expect(all.settle({ ...requested("redeem"), kind, payload }).ends).toBeUndefined();
  });

  it.each([
    ["Redeem", "ExecuteRedeem", {}, "interbtc-redeem-executed", { redeemId: id, tx }],
    ["Redeem", "CancelRedeem", { status: { Reimbursed: true } }, "interbtc-redeem-cancelled", { redeemId: id, tx, status: "reimbursed" }],
    ["Redeem", "CancelRedeem", { status: "Retried" }, "interbtc-redeem-cancelled", { redeemId: id, tx, status: "retried" }],
    ["Redeem", "MintTokensForReimbursedRedeem", {}, "interbtc-redeem-minted", { redeemId: id, tx }],
    ["Replace", "ExecuteReplace", {}, "interbtc-replace-executed", { replaceId: id, tx }],
    ["Replace", "CancelReplace", {}, "interbtc-replace-cancelled", { replaceId: id, tx, status: "cancelled" }],
  ] as const)("%s.%s", async (pallet, name, data, kind, payload) => {
    expect((await all.read(eventOf(pallet, name, data), block, look(null))).events).toMatchObject([{ kind, at: block, payload }]);
  });
});

describe("the census", () => {
  const ids = ["01", "02", "03", "04"].map((byte): Hex => `0x${byte.repeat(32)}`);
  const over = (entries: Readonly<Record<string, readonly { readonly keys: readonly Json[]; readonly value: Json }[]>>, activeBlocks = 1_000, bitcoinHeight = 800) => {
    const client: Partial<PolkadotClient> = { name: "node", runtimeOf: async () => runtime, entries: async (pallet) => entries[pallet] ?? [], storages: async (items) => (items.length === 2 ? [activeBlocks, bitcoinHeight] : [0, 0, 0]) };
    return createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: client as PolkadotClient }], clock: createTestClock(), meter: createMemoryMeter() });
  };
  const many = {
    Redeem: ["Pending", "Completed", { Reimbursed: false }, "Retried"].map((status, at) => ({ keys: [ids[at] ?? null], value: stored("redeem", status) })),
    Replace: ["Pending", "Completed", "Cancelled"].map((status, at) => ({ keys: [ids[at] ?? null], value: stored("replace", status) })),
  };

  it("holds every request that is pending, as if its event had been seen", async () => {
    const { events, watches, births } = await interbtcPayoutCensus(over(many), { watchVaults: "all" }, block, signal);
    expect(events.map((event) => [event.id, event.at])).toEqual([[`interbtc:redeem-requested:${ids[0]}`, block], [`interbtc:replace-requested:${ids[0]}`, block]]);
    expect([watches.length, births.length]).toEqual([2, 0]);
    const seen = await all.read(opening.redeem, block, look(stored("redeem")));
    const one = await interbtcPayoutCensus(over({ Redeem: [{ keys: [id], value: stored("redeem") }] }), { watchVaults: "all" }, block, signal);
    expect([one.events, one.watches]).toEqual([seen.events, watchesOf("redeem")]);
  });

  it("ends the watches of what ended while nobody looked", async () => {
    const { ends } = await interbtcPayoutCensus(over({ Redeem: many.Redeem }), { watchVaults: "all", keep: { executedBlocks: 144, overBlocks: 4_320 } }, block, signal);
    expect(ends).toEqual([[1, 144], [2, 4_320], [3, 4_320]].map(([at = 0, afterBlocks]) => ({ watch: `interbtc:payout:${ids[at]}`, afterBlocks })));
  });

  const month = 4_320;
  it.each([
    [15_400 + month * 50 + 50, 700 + 288 + month, 1], [15_400 + month * 50 + 49, 700 + 288 + month + 1, 1], [15_400 + month * 50 + 50, 700 + 288 + month + 1, 0],
  ])("leaves out a redeem that nobody cancelled long after its time (active block %i, light client at %i)", async (activeBlocks, bitcoinHeight, count) => {
    const { events, watches } = await interbtcPayoutCensus(over({ Redeem: [{ keys: [id], value: stored("redeem") }] }, activeBlocks, bitcoinHeight), { watchVaults: "all", keep: { executedBlocks: 144, overBlocks: 4_320 } }, block, signal);
    expect([events.length, watches.length]).toEqual([count, count]);
  });

  it("leaves out the vaults that are not watched", async () => {
    const counts = async (watchVaults: "none" | readonly Hex[]) => (await interbtcPayoutCensus(over(many), { watchVaults }, block, signal)).events.length;
    expect(await Promise.all([counts("none"), counts([`0x${"99".repeat(32)}`]), counts([newVault]), counts([account])])).toEqual([0, 0, 1, 2]);
  });

  it("is not believed when its keys are no ids", async () => {
    const refused = await interbtcPayoutCensus(over({ Replace: [{ keys: [7], value: stored("replace") }] }), { watchVaults: "all" }, block, signal).then(() => null, failureOf);
    expect(refused).toMatchObject({ remedy: "Invalid", code: "interbtc-undecodable" });
  });
});

describe("a Bitcoin transaction", () => {
  const at = blockOf(800, "a", "bitcoin");
  const mark = { script: opReturnScript(id), valueSat: 0n };
  const txid: Hex = `0x${"5d".repeat(32)}`;
  const paying = (...outputs: BitcoinTx["outputs"]): BitcoinTx => ({ txid, inputs: [], outputs, version: "0x02000000", locktime: "0x00000000", stripped: "0x" }) as unknown as BitcoinTx;
  const seen = (txs: readonly BitcoinTx[], watches: readonly Watch[]): Found => matchBlock(txs, at, createWatchIndex(watches), [createInterbtcBitcoinReader(), createInterbtcPayoutBitcoinReader()]);

  it.each(["redeem", "replace"] as const)("with the id of a %s is an event that knows its request, and nobody's delivery", (kind) => {
    const { events, births, watches } = seen([paying(mark, { script, valueSat: 496_255n })], watchesOf(kind));
    expect(events).toEqual([{
      id: `interbtc:${kind}-payment:${id}:${toDisplay(txid)}`, chain: "bitcoin", kind: `interbtc-${kind}-payment`, at,
      payload: { [`${kind}Id`]: id, txid, paidSat: "496255", flaw: null, request: payoutToJson(request(kind)) },
    }]);
    expect(payoutFromJson((events[0]?.payload as { readonly request: Json } | undefined)?.request ?? null)).toEqual(request(kind));
    expect([...births, ...watches]).toEqual([]);
  });

  it.each([
    ["too little", [{ script, valueSat: 496_254n }], "too-little", "496254"],
    ["too much", [{ script, valueSat: 496_256n }], "too-much", "496256"],
    ["nothing to the address", [{ script: "0x00", valueSat: 9n }], "unknown-output", "0"],
  ] as const)("with the id that pays %s is told with its flaw", (_what, outputs, flaw, paidSat) => {
    expect(seen([paying(mark, ...outputs)], watchesOf("redeem")).events).toMatchObject([{ payload: { flaw, paidSat } }]);
  });

  it("that pays the address without the id is none, however often it does", () => {
    expect(seen([paying({ script, valueSat: 496_255n }), paying({ script, valueSat: 1n }, { script: opReturnScript(`0x${"02".repeat(32)}`), valueSat: 0n })], watchesOf("redeem")).events).toEqual([]);
  });

  it("is found among ten thousand watched requests to one and the same address, and only for its own", () => {
    const idOf = (index: number): Hex => `0x${index.toString(16).padStart(64, "0")}`;
    const watches = Array.from({ length: 10_000 }, (_, index): Watch[] => {
      const of = { ...request("redeem"), id: idOf(index) };
      return [...all.settle({ ...requested("redeem"), payload: payoutToJson(of) }).watches];
    }).flat();
    const wanted = idOf(7_777);
    const { events } = seen([paying({ script: opReturnScript(wanted), valueSat: 0n }, { script, valueSat: 496_255n })], watches);
    expect(events.map((event) => (event.payload as { readonly redeemId: Hex }).redeemId)).toEqual([wanted]);
  });
});
