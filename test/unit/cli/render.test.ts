/** What people read of the reports: the facts, and for what needs them the command to type. */
import { beforeEach, describe, expect, test } from "vitest";
import { showLines, statusLines } from "../../../src/cli/render.ts";
import { alertLines, transferLines } from "../../../src/cli/render-transfers.ts";
import { show } from "../../../src/monitor/show.ts";
import { status } from "../../../src/monitor/status.ts";
import { alertOf } from "../../support/alert.ts";
import { now } from "../../support/delivery.ts";
import { fakeTransfer } from "../../support/transfers.ts";
import { createSmallWorld, hashOf, lane, parkedBy, proved, signed, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const paint = (_colour: string, text: string): string => text;
let small: SmallWorld;
beforeEach(async () => {
  small = await createSmallWorld();
});
const statusText = async (): Promise<string> => statusLines(await status(small.world, new Map()), paint).join("\n");
const showText = async (id: string): Promise<string> => {
  const report = await show(small.world, id);
  return report === null ? "" : showLines(report, paint).join("\n");
};

describe("status", () => {
  test("of a world where nothing happened fits a screen and asks nothing of a person", async () => {
    const text = await statusText();
    expect(text.split("\n").length).toBeLessThan(15);
    expect(text).toContain("none yet");
    expect(text).toContain("SOURCE → TARGET");
    expect(text).not.toContain("→ gantry");
  });

  test("names for each parked delivery and each halt the command to type", async () => {
    await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
    const audit = { at: 0, who: "watch", what: "halt", subject: "x", because: null, detail: null };
    await small.ledger.halt({ scope: { kind: "chain", name: "bitcoin" }, code: "reorg-below-final", because: "block 5\u001b[2J vanished", since: 0 }, audit);
    const text = await statusText();
    expect(text).toContain(`gantry show ${lane}:b`);
    expect(text).toContain("gantry resume chain bitcoin --because");
    expect(text).not.toContain("\u001b");
  });

  test("says where a light client is, and what no relayer can tell it", async () => {
    const fine = { lane: null, bridge: "interbtc", chain: "polkadot", height: 4_030, lagBlocks: 0, lagBudgetBlocks: 2, behindSince: null, behindBudgetMs: 1, otherForkSince: null, blockedSince: null } as const;
    const since = small.clock.now();
    const text = async (more: object): Promise<string> => statusLines(await status(small.world, new Map(), [{ ...fine, ...more }]), paint).join("\n");
    expect(await text({})).toContain("interbtc's light client on polkadot knows Bitcoin up to height 4030, 0 behind\n");
    expect(await text({ lagBlocks: null })).toContain("not compared with Bitcoin");
    const stuck = await text({ lagBlocks: 5, behindSince: since, otherForkSince: since, blockedSince: since, retarget: { height: 4_032, because: "fork", since } });
    expect(stuck).toContain("5 behind since 2023-11-14 22:13:20 UTC");
    expect(stuck).toContain("another fork of Bitcoin since 2023");
    expect(stuck).toContain("stopped every proof since 2023");
    expect(stuck).toContain("cannot be told header 4032: on a fork it cannot check the first header of a difficulty period");
  });

  test("says which slot blocks a signer", async () => {
    await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
    expect(await statusText()).toContain(`slot 7 has to end first (gantry show ${lane}:a)`);
  });
});

test("an alert or a transfer that somebody looks at says who, since when and what he does", () => {
  const acknowledged = { at: now, who: "ada\u001b[2J", because: "asking the wallet's operators" };
  const said = /looked at by ada.* since 2023-11-14 22:13:20 UTC: asking the wallet's operators/u;
  for (const looks of [acknowledged, null]) {
    const alert = alertLines([alertOf({ acknowledged: looks })], paint).join("\n");
    const transfer = transferLines({ ...fakeTransfer(4, { done: 1, openedAt: 0, now }), acknowledged: looks }, paint).join("\n");
    expect([said.test(alert), said.test(transfer)]).toEqual([looks !== null, looks !== null]);
    expect(alert + transfer).not.toContain("\u001b");
  }
});

describe("show", () => {
  test("tells state, wait and its end, event, slot and history", async () => {
    await small.add("a", hashOf(1), [sourceFinal, { kind: "waiting", until: small.clock.now() + 60_000, waitsFor: { chain: "ethereum", height: 9, at: "final" }, code: "relay-behind" }]);
    const text = await showText(`${lane}:a`);
    expect(text).toMatch(/state +final since 2023-11-14 22:13:20 UTC/u);
    expect(text).toMatch(/waits +relay-behind for ethereum final height 9, looked at again 2023-11-14 22:14:20 UTC at the latest/u);
    expect(text).toMatch(/event +redemption on bitcoin, block 100 \(final\)/u);
    expect(text).toContain("relay: source-final");
  });

  test("of a parked delivery offers both ways out", async () => {
    await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
    const text = await showText(`${lane}:b`);
    expect(text).toContain("proof-refused");
    expect(text).toContain(`gantry resume ${lane}:b --because`);
    expect(text).toContain(`gantry abandon ${lane}:b --because`);
  });

  test("lists every transaction a slot ever had", async () => {
    await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
    expect(await showText(`${lane}:a`)).toContain(`${hashOf(0xeee)}  effect, costs at most 2.10e-14 ether, not sent`);
    const report = await show(small.world, `${lane}:a`);
    const onPolkadot = report === null ? [] : showLines({ ...report, deliveries: report.deliveries.map((one) => ({ ...one, target: "polkadot" })) }, paint);
    expect(onPolkadot.join("\n")).toMatch(/costs at most \d+ planck, not sent/u);
  });
});
