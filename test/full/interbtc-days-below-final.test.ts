/** Chains that take back what was final: that chain halts and is not acted upon, a person resumes, and all is derived anew. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, settled, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeEach(async () => {
  stage = await startInterbtcGantry({ edit: (config) => void Object.assign(config["policy"] as object, { bumpAfterSeconds: 5 }) });
  gantry = await stage.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterEach(() => stage.stop());

const height = async (): Promise<number> => (await stage.polkadot.state()).head.height;
const halted = (chain: string): Promise<number> => gantry.metric("halted", { scope: `chain:${chain}`, code: "reorg-below-final" });
const halts = (chain: string): Promise<unknown> => until(`the halt of ${chain} to be shown`, async () => (await halted(chain)) === 1);
/** what went out before the halt is in a block */
const nonceAtRest = async (): Promise<number> => {
  await until("the pool to be empty", async () => {
    const { ready, future } = await stage.polkadot.state();
    return ready.length + future.length === 0;
  }, 300_000);
  return stage.nonce();
};
const resume = (chain: string) => gantry.order({ verb: "resume", subject: `chain:${chain}`, because: "the nodes agree on the new chain", who: "test" });

test("the parachain goes back below its final block, with an execution that was delivered: nothing is sent, and after a resume it is there once", async () => {
  const before = await height();
  const [issue, tokens] = [await stage.request(), await mintedSat(stage)];
  // the request itself stays: only what came after it is taken back
  await stage.polkadot.mine(3);
  const last = await height();
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(6);
  await gantry.reaches(tx.txid, "delivered");
  await stage.polkadot.stall(true);
  await stage.polkadot.reorg((await height()) - last, { transactions: "lost" });
  await stage.polkadot.stall(false);
  await halts("polkadot");
  await until("the halt to be told", () => Promise.resolve(gantry.said("chain halted: polkadot: ")));
  const nonce = await nonceAtRest();
  await stage.bitcoin.mine(2);
  await stage.polkadot.mine(3);
  expect(await stage.nonce()).toBe(nonce);
  expect(await stage.isExecuted(issue)).toBe(false);

  expect(await resume("polkadot")).toMatchObject({ done: true });
  // headers that were final with it are told again once the signer has filled the nonces that came back: seconds. What went out between the
  // reorg and the halt waits in the pool for those nonces until its era is over; nonceAtRest above may wait 64 blocks for that
  await told(stage, 300_000);
  const repaired = await until("the execution on the new branch", () => stage.isExecuted(issue), 300_000);
  expect(repaired).toBe(true);
  await until("the delivery of the new execution", async () => (await gantry.delivery(tx.txid))?.state === "delivered");
  expect(await stage.executions(issue, before)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await until("the halt to be over", async () => (await halted("polkadot")) === 0);
  await settled(gantry);
});

test("Bitcoin goes back below final, under a payment that was executed: nothing is told or sent until a person resumes, and the execution stays the only one", async () => {
  const before = await height();
  const [issue, waiting] = [await stage.request(), await stage.request()];
  const tokens = await mintedSat(stage);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(6);
  await gantry.reaches(tx.txid, "delivered");
  const next = await stage.pay(waiting);
  await stage.bitcoin.mine(2);
  await gantry.reaches(next.tx.txid, "seen");
  await told(stage);
  await stage.bitcoin.reorg(9, { leaveOut: [tx.txid] });
  await halts("bitcoin");
  const nonce = await nonceAtRest();
  await stage.bitcoin.mine(8);
  await stage.polkadot.mine(5);
  expect(await stage.nonce()).toBe(nonce);
  expect(await gantry.delivery(next.tx.txid)).toMatchObject({ state: "seen", slots: [], halts: [{ code: "reorg-below-final" }] });

  expect(await resume("bitcoin")).toMatchObject({ done: true });
  await told(stage);
  expect(await gantry.reaches(next.tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await stage.executions(waiting, before)).toBe(1);
  expect(await stage.executions(issue, before)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat + waiting.amountSat);
  expect(await gantry.delivery(tx.txid)).toMatchObject({ state: "delivered", eventStanding: "dropped" });
  await until("people to be told of tokens without bitcoin", async () => {
    const notes = Object.values((await gantry.show(issue.id))?.notes ?? {}).flat();
    return notes.some((note) => /in no block of Bitcoin's chain now, though tokens were minted for it.*tell its operator at once/u.test(note));
  });
});
