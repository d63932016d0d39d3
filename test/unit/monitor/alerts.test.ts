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
  lateMs, transfer: { id: transferId(name), bridge: "tbtc", kind: "deposit" } as Troubled["transfer"],
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
