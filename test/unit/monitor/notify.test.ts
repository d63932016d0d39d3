/** Who is told when: each thing once, again after the interval, and when it is over for good. */
import { describe, expect, test } from "vitest";
import { transferId } from "../../../src/core/values.ts";
import type { Alert } from "../../../src/monitor/alerts.ts";
import { firing, notification, resolved, trial } from "../../../src/monitor/notification.ts";
import { afterSending, dueNow } from "../../../src/monitor/notify.ts";
import type { Due, Told, Wish } from "../../../src/monitor/notify.ts";
import { placeOf } from "../../../page/src/router.ts";
import { alertOf } from "../../support/alert.ts";

const minute = 60_000;
const wish: Wish = { severities: ["page", "ticket"], repeatMs: 30 * minute, resolved: true, holdMs: minute };
const stalled = alertOf();
const skewed = alertOf({ cause: "clock-skew" });

/** A webhook that takes everything. */
function listener(change: Partial<Wish> = {}) {
  let told: readonly Told[] = [];
  return {
    told: () => told,
    at(now: number, alerts: readonly Alert[]): readonly string[] {
      const judged = dueNow(alerts, told, { ...wish, ...change }, now);
      told = judged.due.reduce((all: readonly Told[], due) => afterSending(all, due, now), judged.told);
      return judged.due.map((due: Due) => `${due.status} ${due.status === "firing" ? due.alert.id : due.told.id}`);
    },
  };
}

describe("something that is wrong", () => {
  test("is told once it has lasted, not again before the interval, and again after it", () => {
    const webhook = listener();
    expect(webhook.at(minute - 1, [stalled])).toEqual([]);
    expect(webhook.at(minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
    expect(webhook.at(31 * minute - 1, [stalled])).toEqual([]);
    expect(webhook.at(31 * minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
    expect(webhook.at(32 * minute, [stalled])).toEqual([]);
  });

  test("is told at once when it has lasted before anybody looked", () => {
    expect(listener().at(90 * minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
  });

  test("is told beside what was told before, and only to who wants its severity", () => {
    const [both, pages] = [listener(), listener({ severities: ["page"] })];
    both.at(minute, [stalled]);
    expect(both.at(2 * minute, [stalled, skewed])).toEqual(["firing clock-skew chain:bitcoin"]);
    expect(pages.at(2 * minute, [skewed])).toEqual([]);
    expect(pages.at(9 * minute, [])).toEqual([]);
  });

  test("is not told again while somebody looks at it, is told when he does not any more, and when it is over", () => {
    const webhook = listener();
    const looked = alertOf({ acknowledged: { at: 2 * minute, who: "ada", because: "asking" } });
    expect(webhook.at(minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
    expect(webhook.at(60 * minute, [looked])).toEqual([]);
    expect(webhook.at(61 * minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
    expect(webhook.at(120 * minute, [looked])).toEqual([]);
    expect([...webhook.at(121 * minute, []), ...webhook.at(122 * minute, [])]).toEqual(["resolved node-stalled chain:bitcoin"]);
    expect(listener().at(minute, [looked])).toEqual(["firing node-stalled chain:bitcoin"]);
  });

  test("many parked deliveries are one message that counts them", () => {
    const parked = ["a", "b", "c"].map((name, at) => alertOf({ cause: "proof-refused", id: `proof-refused delivery:${name}`, since: at, sentence: `${name} was refused.`, transfers: [transferId(name)] }));
    const { due } = dueNow(parked, [], wish, minute + 9);
    expect(due).toMatchObject([{ status: "firing", alert: { id: "proof-refused", sentence: "a was refused. And 2 more like it.", since: 0, transfers: ["a", "b", "c"] } }]);
    const looked = parked.map((one) => ({ ...one, acknowledged: { at: 9, who: "ada", because: null } }));
    const isRepeated = (alerts: readonly Alert[]) => dueNow(alerts, afterSending([], { status: "firing", alert: alertOf({ id: "proof-refused" }) }, 0), wish, 99 * minute).due.length > 0;
    expect([isRepeated(looked), isRepeated([...looked.slice(0, 2), ...parked.slice(2)])]).toEqual([false, true]);
  });

  test("keeps the time since when it is wrong, also when a restart has forgotten it", () => {
    const webhook = listener();
    webhook.at(minute, [stalled]);
    const { due } = dueNow([alertOf({ since: 30 * minute })], webhook.told(), wish, 31 * minute);
    expect(due).toMatchObject([{ alert: { since: 0 } }]);
  });
});

describe("something that is over", () => {
  test("is told once, when it has stayed away", () => {
    const webhook = listener();
    webhook.at(minute, [stalled]);
    expect(webhook.at(5 * minute, [])).toEqual([]);
    expect(webhook.at(6 * minute - 1, [])).toEqual([]);
    expect(webhook.at(6 * minute, [])).toEqual(["resolved node-stalled chain:bitcoin"]);
    expect(webhook.at(9 * minute, [])).toEqual([]);
    expect(webhook.told()).toEqual([]);
  });

  test("is not told when it came back meanwhile, nor told to begin again", () => {
    const webhook = listener();
    webhook.at(minute, [stalled]);
    for (let at = 2; at < 20; at += 1) expect(webhook.at(at * minute, at % 2 === 0 ? [] : [stalled])).toEqual(at % 2 === 0 ? [] : []);
  });

  test("is not told when nobody was told that it began, or nobody wants to know", () => {
    const [never, unwilling] = [listener(), listener({ resolved: false })];
    never.at(0, [stalled]);
    unwilling.at(minute, [stalled]);
    for (const at of [2, 4, 6]) expect([...never.at(at * minute, []), ...unwilling.at(at * minute, [])]).toEqual([]);
    expect(unwilling.told()).toEqual([]);
    expect(unwilling.at(8 * minute, [stalled])).toEqual(["firing node-stalled chain:bitcoin"]);
  });

  test("is given up when it could not be delivered for a day", () => {
    const before: Told = { ...stalled, lastAt: minute, goneAt: 2 * minute };
    expect(dueNow([], [before], wish, 24 * 60 * minute).due).toHaveLength(1);
    expect(dueNow([], [before], wish, 24 * 60 * minute + 3 * minute)).toEqual({ due: [], told: [] });
  });
});

describe("the message", () => {
  const sender = { instance: "main", pageUrl: "https://gantry.example/" };
  const places = (url: string) => placeOf(new URL(url).hash);

  test("holds everything a person needs, in the form that is promised", () => {
    const deadline = { what: "the issue may be cancelled", chain: "bitcoin", clock: "height", value: 9, at: 3_600_000 } as const;
    const message = firing(alertOf({ deadline, transfers: [transferId("a"), transferId("b")] }), sender, minute);
    expect(notification.parse(message)).toEqual(message);
    expect(message).toMatchObject({
      version: 1, status: "firing", cause: "node-stalled", severity: "page", who: "operator", since: "1970-01-01T00:00:00.000Z", sentAt: "1970-01-01T00:01:00.000Z",
      deadline: { what: "the issue may be cancelled", at: "1970-01-01T01:00:00.000Z" }, action: { command: "gantry doctor" },
      text: "[page] main: No bitcoin node has shown a new block for 90 min.",
    });
    expect(places(message.url)).toEqual({ view: "alerts" });
  });

  test("links to the transfer when it is about one", () => {
    const { url } = firing(alertOf({ transfers: [transferId("interbtc-issue-0xab")] }), sender, 0);
    expect(url).toMatch(/^https:\/\/gantry\.example\/#\//u);
    expect(places(url)).toEqual({ view: "transfer", id: "interbtc-issue-0xab" });
  });

  test("of an end says what it was and when; of a test that nothing is wrong", () => {
    const over = resolved({ ...stalled, lastAt: 0, goneAt: null }, 2 * minute, sender, 3 * minute);
    expect(notification.parse(over)).toMatchObject({ status: "resolved", id: stalled.id, endedAt: "1970-01-01T00:02:00.000Z", text: "[resolved] main: no new block from any node. It was: No bitcoin node has shown a new block for 90 min." });
    expect(notification.parse(trial(sender, 0))).toMatchObject({ status: "test", cause: null, severity: "info" });
  });
});
