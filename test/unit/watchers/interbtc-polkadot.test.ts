/** What the parachain's blocks and state say of issues becomes events, and watches of deposit addresses. */
import metadata from "@polkadot/types-support/metadata/static-substrate";
import { beforeAll, describe, expect, it } from "vitest";
import { requestToJson } from "../../../src/bridges/interbtc/issue-request.ts";
import type { Endpoints } from "../../../src/chains/endpoints.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { createRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../../src/chains/polkadot/shape.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex, Json, SourceEvent } from "../../../src/core/values.ts";
import { createInterbtcPolkadotReader, interbtcCensus } from "../../../watchers/polkadot/interbtc.ts";
import type { PolkadotLook } from "../../../watchers/polkadot/source.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { blockOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { account, id, request } from "../interbtc/facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const block = blockOf(50, "a", "polkadot");
const tx: Hex = `0x${"7e".repeat(32)}`;
const { signal } = new AbortController();
/** Issue.IssueRequests as a node's bytes are decoded. */
const stored = (status: string, hash = "9976874f125cfac32a3c5b32006066bc4525fff4"): Json => ({
  vault: { accountId: account, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } } }, opentime: request.openActive, period: request.periodActive,
  griefingCollateral: "5", griefingCurrency: { Token: "INTR" }, amount: `${request.amountSat}`, fee: `${request.feeSat}`, requester: request.requester,
  btcAddress: { P2WPKHv0: `0x${hash}` }, btcPublicKey: `0x${"02".repeat(33)}`, btcHeight: request.bitcoinHeight, status,
});
const look = (state: Json): PolkadotLook => ({ runtime, storage: async () => state, extrinsic: async (index) => (index === null ? null : tx) });
const eventOf = (name: string, data: { readonly [field: string]: Json } = {}, extrinsic: number | null = 1): PolkadotEvent => ({ index: 0, extrinsic, pallet: "Issue", name, data: { issueId: id, ...data } });
const all = createInterbtcPolkadotReader({ watchVaults: "all" });
const requested: SourceEvent = { id: "e" as SourceEvent["id"], chain: "polkadot", kind: "interbtc-issue-requested", at: block, generation: 0, payload: requestToJson(request) };

describe("the reader", () => {
  it("needs what its dialect names, all of which the runtime of today has", () => {
    const needs = all.needs(runtime);
    checkShape(runtime, needs);
    expect(Object.keys(needs.events ?? {})).toEqual(["Issue.RequestIssue", "Issue.ExecuteIssue", "Issue.CancelIssue"]);
  });

  it("knows no runtime without the bridge", () => {
    const other = createRuntime({ specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() }, metadata);
    expect(() => all.needs(other)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: "shape-changed" }) }));
  });

  it("tells a request as the state after its block holds it, whatever the event says", async () => {
    const { events, births, watches } = await all.read(eventOf("RequestIssue", { amount: "1", fee: "1" }), block, look(stored("Pending")));
    expect(events).toEqual([{ id: `interbtc:issue-request:${id}`, chain: "polkadot", kind: "interbtc-issue-requested", at: block, payload: requestToJson(request) }]);
    expect([...births, ...watches]).toEqual([]);
  });

  it("does not believe a node whose state lacks the request of its own event", async () => {
    const refused = await all.read(eventOf("RequestIssue"), block, look(null)).then(() => null, failureOf);
    expect(refused).toMatchObject({ remedy: "Invalid", code: "interbtc-request-missing" });
  });

  it("tells who caused an execution, and how much was minted", async () => {
    const { events } = await all.read(eventOf("ExecuteIssue", { amount: "100000", fee: "150" }), block, look(null));
    expect(events).toEqual([{ id: `interbtc:issue-executed:${id}`, chain: "polkadot", kind: "interbtc-issue-executed", at: block, payload: { issueId: id, tx, amountSat: "100000", feeSat: "150" } }]);
  });

  it("tells a cancellation, also one without an extrinsic", async () => {
    const { events } = await all.read(eventOf("CancelIssue", {}, null), block, look(null));
    expect(events).toEqual([{ id: `interbtc:issue-cancelled:${id}`, chain: "polkadot", kind: "interbtc-issue-cancelled", at: block, payload: { issueId: id, tx: null } }]);
  });
});

describe("a final request", () => {
  it("has its deposit address watched from six blocks below the light client's height", () => {
    expect(all.settle(requested)).toEqual({
      births: [],
      watches: [{ id: `interbtc:deposit:${id}`, chain: "bitcoin", target: { script: request.script }, forWhom: `interbtc:issue:${id}`, heightHint: 694, detail: requestToJson(request) }],
    });
    const young = { ...requested, payload: requestToJson({ ...request, bitcoinHeight: 2 }) };
    expect(all.settle(young).watches.map(({ heightHint }) => heightHint)).toEqual([0]);
  });

  it.each([
    ["of all vaults", "all", 1],
    ["of the operator's own vault", [`0x${"99".repeat(32)}`, account], 1],
    ["of somebody else's vault", [`0x${"99".repeat(32)}`], 0],
    ["of no vault", "none", 0],
  ] as const)("%s is watched as configured", (_what, watchVaults, count) => {
    expect(createInterbtcPolkadotReader({ watchVaults }).settle(requested).watches).toHaveLength(count);
  });

  const keep = { executedBlocks: 20, overBlocks: 100 };
  const bounded = createInterbtcPolkadotReader({ watchVaults: "all", keep });

  it("is watched until both clocks say that its time is over, whether it is cancelled or not", () => {
    expect(bounded.settle(requested)).toEqual(all.settle(requested));
    expect(bounded.settle({ ...requested, kind: "interbtc-issue-cancelled", payload: { issueId: id, tx: null } })).toEqual({ births: [], watches: [] });
  });

  it("that is executed is watched for so many Bitcoin blocks more", () => {
    const executed = { ...requested, kind: "interbtc-issue-executed", payload: { issueId: id, tx } };
    expect(bounded.settle(executed)).toEqual({ births: [], watches: [], ends: [{ watch: `interbtc:deposit:${id}`, afterBlocks: 20 }] });
  });

  it.each(["interbtc-issue-executed", "interbtc-issue-cancelled"])("is all that brings something: %s does not", (kind) => {
    expect(all.settle({ ...requested, kind, payload: { issueId: id, tx: null } })).toEqual({ births: [], watches: [] });
  });
});

describe("the census", () => {
  const ids = ["01", "02", "03"].map((byte): Hex => `0x${byte.repeat(32)}`);
  let clocks = { active: 0, bitcoin: 0 };
  const endpointsOver = (entries: readonly { readonly keys: readonly Json[]; readonly value: Json }[], of = runtime): Endpoints<PolkadotClient> => {
    const client: Partial<PolkadotClient> = { name: "node", runtimeOf: async () => of, entries: async () => entries, storages: async (items) => (items.length === 2 ? [clocks.active, clocks.bitcoin] : [0, 0, 0]) };
    return createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: client as PolkadotClient }], clock: createTestClock(), meter: createMemoryMeter() });
  };
  const three = (): Endpoints<PolkadotClient> => endpointsOver(["Pending", "Completed", "Cancelled"].map((status, at) => ({ keys: [ids[at] ?? null], value: stored(status) })));

  it("holds every request that is not completed, cancelled ones too", async () => {
    const { events, births, watches } = await interbtcCensus(three(), { watchVaults: "all" }, block, signal);
    expect(events.map((event) => [event.id, event.kind, event.at])).toEqual([0, 2].map((at) => [`interbtc:issue-request:${ids[at] ?? ""}`, "interbtc-issue-requested", block]));
    expect(watches.map((watch) => watch.id)).toEqual([0, 2].map((at) => `interbtc:deposit:${ids[at] ?? ""}`));
    expect(births).toEqual([]);
  });

  it("does not search for a request whose time has been over for too long, and says of the completed ones that they are over", async () => {
    const options = { watchVaults: "all", keep: { executedBlocks: 20, overBlocks: 100 } } as const;
    // 50 blocks of the parachain for each of Bitcoin's
    const last = { active: request.openActive + request.periodActive + 100 * 50, bitcoin: request.bitcoinHeight + request.periodActive / 50 + 100 };
    const at = async (active: number, bitcoin: number) => {
      clocks = { active: last.active + active, bitcoin: last.bitcoin + bitcoin };
      return interbtcCensus(three(), options, block, signal);
    };
    const [still, stopped, unrelayed, over] = [await at(0, 0), await at(0, 90_000), await at(900_000, 0), await at(50, 1)];
    expect([still, stopped, unrelayed, over].map(({ watches }) => watches.length)).toEqual([2, 2, 2, 0]);
    expect(over.events).toEqual(still.events);
    expect(still.ends).toEqual([{ watch: `interbtc:deposit:${ids[1] ?? ""}`, afterBlocks: 20 }]);
  });

  it("gives the same events and watches as requests that were seen", async () => {
    const census = await interbtcCensus(endpointsOver([{ keys: [id], value: stored("Pending") }]), { watchVaults: "all" }, block, signal);
    const { events } = await all.read(eventOf("RequestIssue"), block, look(stored("Pending")));
    expect(census.events).toEqual(events);
    expect(census.watches).toEqual(all.settle(requested).watches);
  });

  it("shows the requests of vaults that are not watched, without watches", async () => {
    const { events, watches } = await interbtcCensus(three(), { watchVaults: "none" }, block, signal);
    expect([events.length, watches.length]).toEqual([2, 0]);
  });

  it("is not taken from a runtime that nobody here knows", async () => {
    const other = createRuntime({ specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() }, metadata);
    const refused = await interbtcCensus(endpointsOver([], other), { watchVaults: "all" }, block, signal).then(() => null, failureOf);
    expect(refused).toMatchObject({ remedy: "Unsafe", code: "shape-changed" });
  });

  it("is not believed when its keys are no issue ids", async () => {
    const refused = await interbtcCensus(endpointsOver([{ keys: [7], value: stored("Pending") }]), { watchVaults: "all" }, block, signal).then(() => null, failureOf);
    expect(refused).toMatchObject({ remedy: "Invalid", code: "interbtc-undecodable" });
  });
});
