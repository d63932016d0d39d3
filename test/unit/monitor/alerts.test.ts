/** Alerts: each root cause once, the gravest first, with what it holds up. */
import { expect, test } from "vitest";
import { alertsOf, createSightings } from "../../../src/monitor/alerts.ts";
import type { Finding } from "../../../src/core/finding.ts";
import type { Cause } from "../../../src/core/causes.ts";
import type { Troubled } from "../../../src/monitor/judge.ts";
import { transferId } from "../../../src/core/values.ts";

const finding = (cause: Cause, change: Partial<Finding> = {}): Finding => ({
  cause, scope: {}, stops: true, since: 5, sentence: `${cause} is so.`, evidence: null, action: { text: "do", command: null }, ...change,
});
const troubled = (name: string, cause: Cause, lateMs: number, sentence = "It waits.", at: number | null = null): Troubled => ({
  lateMs, acknowledged: null, transfer: { id: transferId(name), bridge: "tbtc", kind: "deposit" } as Troubled["transfer"],
  explanation: {
    step: "sweep", waitingFor: "x", who: "wallet", since: 1, normalMs: 1, cause, sentence, evidence: null, action: null,
    deadline: at === null ? null : { what: "it ends", chain: "bitcoin", clock: "time", value: at, at },
  },
});
const of = (findings: readonly Finding[], all: readonly Troubled[]) => alertsOf(findings, all, createSightings(), 9);

test("the gravest come first, then what lasts longest", () => {
  const alerts = of([finding("clock-skew", { since: 1 }), finding("node-stalled", { since: 7 }), finding("relayer-dead", { since: 3 })], []);
  expect(alerts.map(({ cause }) => cause)).toEqual(["relayer-dead", "node-stalled", "clock-skew"]);
});

test("a transfer that the installation holds up is told with that cause, not on its own", () => {
  const all = [troubled("a", "node-stalled", 3, "It waits. node-stalled is so.", 70), troubled("b", "node-stalled", 9, "It waits. node-stalled is so.", 50)];
  expect(of([finding("node-stalled", { scope: { chain: "bitcoin" } })], all)).toMatchObject([{
    id: "node-stalled chain:bitcoin", sentence: "node-stalled is so. It holds up 2 transfers.", transfers: ["a", "b"], deadline: { at: 50 }, who: "operator",
  }]);
});

test("a cause that lies in transfers is told once, by the one that is late for longest", () => {
  const [alert, ...more] = of([], [troubled("a", "wallet-silent", 3), troubled("b", "wallet-silent", 9), troubled("c", "user-has-not-paid", 9)]);
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ id: "wallet-silent", who: "wallet", transfers: ["b", "a"], since: 9 });
  expect(alert?.sentence).toMatch(/^2 transfers: .*tbtc deposit b: It waits\.$/u);
});

test("an alert is looked at when everything it tells of is; else it is told by one that nobody looks at", () => {
  const by = (one: Troubled, at: number, who: string): Troubled => ({ ...one, acknowledged: { at, who, because: "asked them" } });
  const [a, b] = [troubled("a", "wallet-silent", 3), troubled("b", "wallet-silent", 9)];
  expect(of([], [a, by(b, 4, "ada")])[0]).toMatchObject({ acknowledged: null, transfers: ["a", "b"], sentence: expect.stringMatching(/^2 transfers \(1 of them looked at\): .*tbtc deposit a: It waits\.$/u) as string });
  expect(of([], [by(a, 7, "bob"), by(b, 4, "ada")])[0]).toMatchObject({ acknowledged: { at: 7, who: "bob", because: "asked them" }, transfers: ["b", "a"] });
});

test("a parked delivery is looked at when its transfers are, a halt when it is itself, a node never", () => {
  const looks = { at: 7, who: "ada", because: null };
  const all = ["proof-refused", "node-stalled"].map((cause) => ({ ...troubled(cause, cause as Cause, 3, `It waits. ${cause} is so.`), acknowledged: looks }));
  const alerts = of([finding("proof-refused", { scope: { delivery: "d" } }), finding("lane-halted", { acknowledged: looks }), finding("chain-halted"), finding("node-stalled")], all);
  expect(alerts.map(({ cause, acknowledged }) => [cause, acknowledged])).toEqual([["proof-refused", looks], ["lane-halted", looks], ["chain-halted", null], ["node-stalled", null]]);
});

test("what holds up certain transfers alone is looked at when each of them is: a page that can never end may be silenced", () => {
  const looks = { at: 7, who: "ada", because: null };
  const held = { ...troubled("a", "relay-epoch-leaving", 3, "It waits. relay-epoch-leaving is so."), acknowledged: looks };
  const left = [finding("relay-epoch-leaving", { scope: { bridge: "tbtc" }, only: [transferId("a")] })];
  expect([of(left, [held])[0]?.acknowledged, of(left, [held, { ...held, acknowledged: null }])[0]?.acknowledged]).toEqual([looks, null]);
});

test("a finding may be less severe than its cause", () => {
  const alerts = of([finding("lane-halted", { severity: "info" }), finding("clock-skew")], []);
  expect(alerts.map(({ cause, severity }) => `${severity} ${cause}`)).toEqual(["ticket clock-skew", "info lane-halted"]);
});

test("two nodes that lie are two things", () => {
  const ids = of(["a", "b"].map((endpoint) => finding("node-lying", { scope: { chain: "bitcoin" }, evidence: { endpoint } })), []).map(({ id }) => id);
  expect(ids).toEqual(["node-lying chain:bitcoin endpoint:a", "node-lying chain:bitcoin endpoint:b"]);
});

test("a sighting is forgotten once it is over", () => {
  const sightings = createSightings();
  const since = (now: number, findings: readonly Finding[]) => alertsOf(findings, [], sightings, now)[0]?.since;
  const down = [finding("redis-down", { since: null })];
  expect([since(1, down), since(5, down), since(6, []), since(8, down)]).toEqual([1, 1, undefined, 8]);
});
