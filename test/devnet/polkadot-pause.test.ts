/** Calls that root stopped on the dev chain, as a client that sends them sees it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Hex } from "../../src/core/values.ts";
import { account, startTestChain } from "../support/polkadot-chain.ts";
import type { TestChain } from "../support/polkadot-chain.ts";

const filtered = "system.CallFiltered";
let run: TestChain;
beforeAll(async () => {
  run = await startTestChain();
});
afterAll(() => run.stop());

/** Sends it as //Bob, mines it, and says how it ended: an error's name, or what the batch stopped at, or "done". */
async function endOf(section: string, method: string, ...args: readonly unknown[]): Promise<string> {
  const call = run.api.tx[section]?.[method]?.(...args);
  const raw = (await call?.signAsync(account("//Bob"), { nonce: await run.nonceOf("//Bob") }))?.toHex() ?? "0x";
  await run.send(raw);
  const [block] = await run.chain.mine(1);
  const events = await (await run.api.at(block?.hash ?? "0x")).query.system.events();
  for (const { event } of events) {
    const failed = run.api.events.system.ExtrinsicFailed.is(event) ? event.data[0] : run.api.events.utility.BatchInterrupted.is(event) ? event.data[1] : null;
    if (failed === null) continue;
    const { section: pallet, name } = run.api.registry.findMetaError(failed.asModule);
    return `${pallet}.${name}`;
  }
  return "done";
}

const transfer = (): readonly unknown[] => [account("//Charlie").address, { Token: "INTR" }, 1];
const noted = async (): Promise<readonly string[]> => {
  const prefix = run.api.query["txPause"]?.["pausedCalls"]?.keyPrefix() ?? "0x";
  return (await run.ask("state_getKeysPaged", prefix, 100)) as readonly Hex[];
};

describe("a paused call", () => {
  test("fails with System.CallFiltered, alone and in a batch, until it is unpaused; its neighbours go on", async () => {
    expect(await endOf("tokens", "transfer", ...transfer())).toBe("done");
    await run.chain.pause("Tokens", "transfer");
    expect(await endOf("tokens", "transfer", ...transfer())).toBe(filtered);
    expect(await endOf("utility", "batch", [run.api.tx["tokens"]?.["transfer"]?.(...transfer())])).toBe(filtered);
    expect(await endOf("system", "remarkWithEvent", "0x00")).toBe("done");
    await run.chain.unpause("Tokens", "transfer");
    expect(await endOf("tokens", "transfer", ...transfer())).toBe("done");
    expect(await noted()).toEqual([]);
  });

  test("of a whole pallet comes back with the pallet, not alone", async () => {
    await run.chain.pause("Utility", "batch");
    await run.chain.pause("Utility");
    expect(await endOf("utility", "batchAll", [])).toBe(filtered);
    await expect(run.chain.unpause("Utility", "batch")).rejects.toMatchObject({ failure: { code: "devnet-call-failed" } });
    expect(await endOf("utility", "batch", [])).toBe(filtered);
    await run.chain.unpause("Utility");
    expect([await endOf("utility", "batchAll", []), await endOf("utility", "batch", [])]).toEqual(["done", "done"]);
    expect(await noted()).toEqual([]);
  });
});

test("what is so already takes no block", async () => {
  await run.chain.unpause("Tokens");
  const { head } = await run.chain.pause("Tokens").then(() => run.chain.state());
  for (const call of [undefined, "transfer"]) expect((await run.chain.pause("Tokens", call)).height).toBe(head.height);
  expect((await run.chain.state()).head.height).toBe(head.height);
  await run.chain.unpause("Tokens");
  expect(await noted()).toEqual([]);
});

test("core calls work whatever is paused", async () => {
  for (const pallet of ["System", "Timestamp", "Sudo"]) await run.chain.pause(pallet);
  expect(await endOf("system", "remarkWithEvent", "0x00")).toBe("done");
  for (const pallet of ["System", "Timestamp", "Sudo"]) await run.chain.unpause(pallet);
});

test.each([
  ["Token", undefined, /no pallet "Token"; those with calls are System, Timestamp, .*Tokens/u],
  ["Tokens", "transferAll", /Tokens has no call "transferAll"; its calls are transfer, set_balance/u],
])("%s %s, which is not there, is named with what is", async (pallet, call, words) => {
  await expect(run.chain.pause(pallet, call)).rejects.toMatchObject({ failure: { code: "devnet-unknown-call", message: expect.stringMatching(words) as unknown } });
});

test("the pause of pauses is refused", async () => {
  await expect(run.chain.pause("TxPause")).rejects.toMatchObject({ failure: { code: "devnet-call-failed" } });
});
