/** Whatever comes and goes: an end only after a beginning, nothing twice within its interval, and nothing that is wrong for long is left untold. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { causeNames } from "../../src/core/causes.ts";
import { afterSending, dueNow } from "../../src/monitor/notify.ts";
import type { Told, Wish } from "../../src/monitor/notify.ts";
import { alertOf } from "../support/alert.ts";

const wish: Wish = { severities: ["page", "ticket", "info"], repeatMs: 50, resolved: true, holdMs: 5 };
const some = causeNames.slice(0, 3);
/** time that passes, what is wrong then, and whether the webhook takes the message */
const turns = fc.array(fc.record({ passes: fc.integer({ min: 1, max: 20 }), wrong: fc.subarray([...some]), takes: fc.boolean() }), { maxLength: 80 });

test("ends follow beginnings, repeats keep their distance, and a webhook that listens knows what lasts", () => {
  fc.assert(fc.property(turns, (all) => {
    let [told, now]: [readonly Told[], number] = [[], 0];
    const began = new Map<string, number>();
    const since = new Map<string, number>();
    for (const { passes, wrong, takes } of all) {
      now += passes;
      for (const cause of some) if (!wrong.includes(cause)) since.delete(cause);
      for (const cause of wrong) since.set(cause, since.get(cause) ?? now);
      const judged = dueNow(wrong.map((cause) => alertOf({ cause, id: cause, since: since.get(cause) ?? now })), told, wish, now);
      told = judged.told;
      for (const due of takes ? judged.due : []) {
        const id = due.status === "firing" ? due.alert.id : due.told.id;
        const last = began.get(id);
        if (due.status === "resolved") expect(last).toBeDefined();
        else expect(last === undefined || now - last >= wish.repeatMs).toBe(true);
        if (due.status === "resolved") began.delete(id);
        else began.set(id, now);
        told = afterSending(told, due, now);
      }
      if (takes) for (const [cause, from] of since) expect(now - from < wish.holdMs || began.has(cause)).toBe(true);
      expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
      told = JSON.parse(JSON.stringify(told)) as readonly Told[];
    }
  }));
});
