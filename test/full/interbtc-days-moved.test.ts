/**
 * The payment's block leaves the light client's main chain between our check and our execution's block, so that the pallet refuses it
 * with InvalidChainID: proved anew at once, and executed once when the block is back.
 */
import { Keyring } from "@polkadot/api";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { branchOn, minedUntil, mintedSat, rivalOf, settled } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { pending, withoutHeaders } from "../support/interbtc-pending.ts";
import type { Hex, Json } from "../../src/core/values.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry({ edit: withoutHeaders });
  [rival, gantry] = [await rivalOf(stage), await stage.gantry()];
});
afterEach(() => stage.polkadot.stall(false));
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

/** A branch from below `block` on, as far ahead as the light client asks for, into the pool and better paid than anything of ours. */
async function overtake(block: Hex): Promise<void> {
  const { chain, relay } = rival;
  const [below, { height }] = [await relay.header(block), await stage.bitcoin.tip()];
  // its best block is one below Bitcoin's tip, which nobody told it of; 3 ahead of it win
  const best = await relay.bestHeight();
  const branch = await branchOn(stage, below.parent, best + 3 - (height - 5) + 1);
  const bound = Number(await chain.read("btcRelay", "chainCounter")) + 2;
  const pair = new Keyring({ type: "sr25519" }).addFromUri("//Ferdie");
  await chain.call("utility", "batchAll", branch.map((header) => chain.call("btcRelay", "storeBlockHeader", header, bound))).signAndSend(pair, { nonce: -1, tip: 10n ** 11n });
}

const storedChain = async (block: Hex): Promise<number> => ((await stage.chain.read("btcRelay", "blockHeaders", { content: block })) as { readonly chainId: number }).chainId;

test("refused in a block with the pallet's own InvalidChainID: built anew without any pause, executed once when its block is on the main chain again", async () => {
  const tokens = await mintedSat(stage);
  const { issue, txid, sent, from } = await pending(stage, gantry, rival);
  const block = (await gantry.delivery(txid))?.event.at?.hash ?? "0x";
  expect(await storedChain(block)).toBe(0);
  await overtake(block);
  await stage.polkadot.stall(false);
  const waiting = await gantry.waitsFor(txid, "on-relay-fork");
  expect(await storedChain(block)).not.toBe(0);
  // what was signed and put off before it was ever sent counts as well
  const putOff = waiting.history.filter(({ detail }) => (detail as { readonly outcome?: Json } | null)?.outcome === "put-off").length;
  expect(waiting).toMatchObject({ state: "final", parked: null, redos: 1 + putOff, lastError: { code: "interbtc-block-moved", evidence: { error: "BTCRelay.InvalidChainID" } } });
  expect((await doneBy(stage, from + 1)).filter(({ call }) => call === "issue.executeIssue")).toMatchObject([{ hash: sent, ok: false }]);

  const steps = waiting.history.map(({ what, detail }) => ({ what, ...(detail as { readonly outcome: Json; readonly code: Json }) }));
  const refused = steps.findIndex(({ outcome }) => outcome === "reverted");
  // no pause was saved with it, and what comes next is the look at the light client
  expect(steps.slice(refused, refused + 2)).toMatchObject([{ what: "sent → final", outcome: "reverted", code: null }, { what: "final → final", outcome: "waiting", code: "on-relay-fork" }]);

  await stage.bitcoin.mine(6);
  await rival.relay.follow();
  expect(await storedChain(block)).toBe(0);
  await minedUntil(stage, "the execution", () => stage.isExecuted(issue));
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });
  await settled(gantry);
  const done = await doneBy(stage, from + 1);
  expect(done.filter(({ call }) => call === "issue.executeIssue").map(({ ok }) => ok)).toEqual([false, true]);
  expect(isGapless(done)).toBe(true);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
});
