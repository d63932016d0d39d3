/** The devnet's user at the desk: orders are carried out, and one that a stalled chain does not take is not waited for without a word. */
import { expect, test } from "vitest";
import type { InterbtcUser } from "../../../devnet/interbtc/user.ts";
import type { Issue } from "../../../devnet/interbtc/parties.ts";
import { createUserDesk } from "../../../src/cli/interbtc-verbs.ts";
import { hashOf } from "../../support/world.ts";

const issue = { id: hashOf(1), script: "0x0014", totalSat: 1_000_000n } as unknown as Issue;
const paid = { tx: { txid: hashOf(2) } } as Awaited<ReturnType<InterbtcUser["pay"]>>;
const desk = (request: InterbtcUser["request"], withinMs?: number) =>
  createUserDesk({ request, pay: async () => paid, tokensSat: async () => 5n, knownBitcoinHeight: async () => 0, close: async () => undefined }, () => "bcrt1q…", withinMs);

test("an issue that was asked for is paid by how its id begins; another one is refused with those there are", async () => {
  const order = desk(async () => issue);
  await expect(order({ do: "pay", issue: "0x", valueSat: null })).rejects.toMatchObject({ failure: { code: "devnet-unknown-issue", message: expect.stringContaining("none was requested") } });
  expect(await order({ do: "request", amountSat: "1000000" })).toMatchObject({ said: expect.stringContaining("pay 0.01000000 BTC to bcrt1q…") });
  expect(await order({ do: "pay", issue: issue.id.slice(0, 6), valueSat: null })).toMatchObject({ facts: { issue: issue.id } });
  await expect(order({ do: "pay", issue: "0xff", valueSat: null })).rejects.toMatchObject({ failure: { message: expect.stringContaining(`requested were ${issue.id}`) } });
});

test("a chain that takes nothing is told after a while; once it goes on, the issue can be paid", async () => {
  let goOn: (issue: Issue) => void = () => undefined;
  const order = desk(() => new Promise((resolve) => {
    goOn = resolve;
  }), 1);
  await expect(order({ do: "request", amountSat: "1000000" })).rejects.toMatchObject({ failure: { code: "devnet-user-waits", message: expect.stringContaining("stall off") } });
  await expect(order({ do: "request", amountSat: "2000000" })).rejects.toMatchObject({ failure: { code: "devnet-user-waits", message: expect.stringContaining("asked before") } });
  goOn(issue);
  await expect.poll(() => order({ do: "pay", issue: issue.id, valueSat: null }).then(() => "paid", () => "unknown")).toBe("paid");
});
