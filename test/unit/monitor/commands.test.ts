/** Orders of people: carried out once, recorded with who and why, refused with what is possible instead. */
import { beforeEach, describe, expect, test } from "vitest";
import { createCommands } from "../../../src/commands.ts";
import type { Cause } from "../../../src/core/causes.ts";
import { conflict } from "../../../src/core/errors.ts";
import { deliveryId, transferId } from "../../../src/core/values.ts";
import { acknowledgementOf } from "../../../src/monitor/acknowledged.ts";
import type { Ledger } from "../../../src/ports.ts";
import type { Commands } from "../../../src/web/commands.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import { createSmallWorld, hashOf, lane, parkedBy, policy, proved, scopes, signed, signer, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const id = `${lane}:a`;
let small: SmallWorld;
let commands: Commands;
let level = "info";
let wrong: Cause | null = null;

const create = (ledger: Ledger): Commands => createCommands({
  ledger, queue: small.queue, clock: small.clock, log: createMemoryLog(), policyOf: () => policy, scopes,
  lanes: small.world.lanes, logLevels: ["debug", "info"], setLogLevel: (wanted) => void (level = wanted),
  causeOf: () => Promise.resolve(wrong),
});
const stateOf = async () => (await small.ledger.load(deliveryId(id), []))?.delivery;

beforeEach(async () => {
  small = await createSmallWorld();
  commands = create(small.ledger);
});

describe("a delivery", () => {
  test("is parked by a person, and resumed to the state it left", async () => {
    await small.add("a", hashOf(1), [sourceFinal]);
    expect(await commands.park(id, "asked to wait", "ada")).toMatchObject({ done: true, now: "parked" });
    expect((await stateOf())?.parked).toMatchObject({ from: "final", code: "parked-by-person", evidence: { who: "ada", because: "asked to wait" } });
    expect(await commands.resume(id, "may go on", "bob")).toMatchObject({ done: true, now: "final" });
    expect(await small.ledger.auditLog({ subject: id })).toEqual(expect.arrayContaining([
      expect.objectContaining({ who: "ada", what: "park", because: "asked to wait" }),
      expect.objectContaining({ who: "bob", what: "resume", because: "may go on" }),
    ]));
  });

  test("that waits is looked at at once after retry", async () => {
    await small.add("a", hashOf(1), [sourceFinal, { kind: "waiting", until: small.clock.now() + 300_000, waitsFor: null, code: "relay-behind" }]);
    expect((await stateOf())?.waitCode).toBe("relay-behind");
    await commands.retry(id, "relay is there", "ada");
    expect(await stateOf()).toMatchObject({ waitCode: null, wakeAt: small.clock.now() });
  });

  test("that is abandoned leaves its live slot to the signer", async () => {
    await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
    expect(await commands.abandon(id, "settled elsewhere", "ada")).toMatchObject({ done: true, now: "abandoned" });
    expect(await small.ledger.slots({ signer, open: true })).toMatchObject([{ ref: { slot: 7n }, delivery: null, state: "live" }]);
  });

  test("that is parked cannot be retried: the answer says what can be done", async () => {
    await small.add("a", hashOf(1), [sourceFinal, parkedBy("x")]);
    expect(await commands.retry(id, "now", "ada")).toMatchObject({ done: false, code: "not-possible-now", said: expect.stringContaining("resume, abandon") });
  });

  test("nobody knows is refused", async () => {
    expect(await commands.park("nothing", "why not", "ada")).toMatchObject({ done: false, code: "unknown-delivery" });
  });

  test("that moved meanwhile is loaded again; one that never stands still is a Conflict", async () => {
    await small.add("a", hashOf(1), [sourceFinal]);
    let races = 2;
    const racing: Ledger = { ...small.ledger, save: (save) => (races-- > 0 ? Promise.reject(conflict("version-moved", "moved")) : small.ledger.save(save)) };
    expect(await create(racing).park(id, "asked to wait", "ada")).toMatchObject({ done: true, now: "parked" });
    const always: Ledger = { ...small.ledger, save: () => Promise.reject(conflict("version-moved", "moved")) };
    await expect(create(always).resume(id, "go on", "ada")).rejects.toMatchObject({ failure: { remedy: "Conflict", code: "delivery-busy" } });
  });
});

describe("a scope", () => {
  const scope = { kind: "lane", name: lane } as const;

  test("is paused once and resumed once, each with its reason", async () => {
    expect(await commands.pause(scope, "upgrade", "ada")).toMatchObject({ done: true, now: "paused" });
    expect(await small.ledger.halts()).toMatchObject([{ scope, code: "paused", because: "upgrade" }]);
    expect(await commands.pause(scope, "again", "bob")).toMatchObject({ done: false, code: "already-halted" });
    expect(await commands.resumeScope(scope, "done", "ada")).toMatchObject({ done: true, now: "running" });
    expect(await commands.resumeScope(scope, "done", "ada")).toMatchObject({ done: false, code: "not-halted" });
    expect(await small.ledger.halts()).toEqual([]);
  });

  test("a pause never covers an unsafe halt", async () => {
    const audit = { at: 0, who: "watch", what: "halt", subject: "x", because: null, detail: null };
    await small.ledger.halt({ scope, code: "reorg-below-final", because: "block 5 vanished", since: 0 }, audit);
    expect(await commands.pause(scope, "upgrade", "ada")).toMatchObject({ done: false, said: expect.stringContaining("reorg-below-final") });
    expect(await small.ledger.halts()).toMatchObject([{ code: "reorg-below-final" }]);
  });

  test("that goes on has the deliveries it held looked at now, and no others", async () => {
    await small.add("a", hashOf(1), [sourceFinal, { kind: "waiting", until: small.clock.now() + 300_000, waitsFor: null, code: "halted" }]);
    await small.add("b", hashOf(2), [sourceFinal, { kind: "waiting", until: small.clock.now() + 300_000, waitsFor: null, code: "relay-behind" }]);
    await commands.pause({ kind: "chain", name: "ethereum" }, "upgrade", "ada");
    expect(await commands.resumeScope({ kind: "chain", name: "ethereum" }, "done", "ada")).toMatchObject({ said: expect.stringContaining("1 waiting") });
    expect(await stateOf()).toMatchObject({ waitCode: null, wakeAt: small.clock.now() });
    expect(await small.ledger.find({ dueBefore: small.clock.now() })).toHaveLength(1);
  });

  test("that is stopped is looked at by a person, on record and nothing else; one that is not is refused", async () => {
    const audit = { at: 0, who: "watch", what: "halt", subject: "x", because: null, detail: null };
    expect(await commands.acknowledge(`lane:${lane}`, "looking", "ada")).toMatchObject({ done: false, code: "not-halted" });
    await small.ledger.halt({ scope, code: "reorg-below-final", because: "block 5 vanished", since: small.clock.now() }, audit);
    expect(await acknowledgementOf(small.ledger, `lane:${lane}`, small.clock.now())).toBeNull();
    expect(await commands.acknowledge(`lane:${lane}`, "looking", "ada")).toMatchObject({ done: true, now: "acknowledged" });
    expect(await acknowledgementOf(small.ledger, `lane:${lane}`, small.clock.now())).toEqual({ at: small.clock.now(), who: "ada", because: "looking" });
    expect(await acknowledgementOf(small.ledger, `lane:${lane}`, small.clock.now() + 1)).toBeNull();
    expect(await small.ledger.halts()).toHaveLength(1);
    expect(await commands.acknowledge("chain:nowhere", "looking", "ada")).toMatchObject({ done: false, code: "unknown-scope" });
  });

  test("nobody configured is refused with what there is", async () => {
    expect(await commands.pause({ kind: "lane", name: "other" }, "x", "ada")).toMatchObject({ done: false, code: "unknown-scope", said: expect.stringContaining(lane) });
  });
});

test("a transfer is acknowledged by anything that names it; what nobody has is refused", async () => {
  const id = transferId("tbtc-deposit-0x01");
  await small.ledger.putTransfers([{
    id, bridge: "tbtc", kind: "deposit", openedAt: 1, endedAt: null, outcome: null, steps: [], deadlines: [], deadlineRule: "all", deliveries: [], keys: [id, hashOf(9)], facts: null,
  }], { cursor: 1, fold: "f" }, { cursor: 0, fold: "" });
  wrong = "wallet-silent";
  expect(await commands.acknowledge(hashOf(9).toUpperCase().replace("0X", ""), "looking", "ada")).toMatchObject({ done: true, subject: id, said: expect.stringContaining("wallet-silent") });
  expect(await small.ledger.auditLog({ subject: id })).toMatchObject([{ who: "ada", what: "acknowledge", because: "looking", detail: { cause: "wallet-silent" } }]);
  const at = small.clock.now();
  expect(await acknowledgementOf(small.ledger, id, at, "wallet-silent")).toEqual({ at, who: "ada", because: "looking" });
  expect([await acknowledgementOf(small.ledger, id, at, "deadline-passed"), await acknowledgementOf(small.ledger, id, at + 1, "wallet-silent")]).toEqual([null, null]);
  wrong = null;
  expect(await commands.acknowledge(id, "looking", "ada")).toMatchObject({ done: false, code: "not-possible-now" });
  expect(await commands.acknowledge("nothing", "looking", "ada")).toMatchObject({ done: false, code: "unknown-transfer" });
});

test("the log level changes only to one that exists", async () => {
  expect(await commands.logLevel("debug", "looking", "ada")).toMatchObject({ done: true });
  expect(level).toBe("debug");
  expect(await commands.logLevel("loud", "looking", "ada")).toMatchObject({ done: false, code: "unknown-level" });
  expect(level).toBe("debug");
});
