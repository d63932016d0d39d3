/** Reorganisations below final: the effects that rest on that chain stop and say so, the other chain goes on, a person resumes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
let gantry: Gantry;
beforeEach(async () => {
  story = await startStory();
  gantry = await story.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterEach(() => story.stop());

const cursor = (chain: string): Promise<number> => gantry.metric("chain_height", { chain, at: "cursor" });
const halted = (chain: string): Promise<number> => gantry.metric("halted", { scope: `chain:${chain}`, code: "reorg-below-final" });
const grows = async (chain: string): Promise<void> => {
  const before = await cursor(chain);
  await until(`${chain} to go on`, async () => (await cursor(chain)) > before + 1);
};
const resume = (chain: string) => gantry.order({ verb: "resume", subject: `chain:${chain}`, because: "both nodes agree on the new chain", who: "test" });

test("on Bitcoin: nothing is sent, Ethereum goes on, and after a resume every sweep is proved in the block it is in now", async () => {
  const { bitcoin } = story.devnet;
  const first = await story.sweep();
  await gantry.reaches(first.txid, "delivered");
  const second = await story.sweep(2);
  await gantry.reaches(second.txid, "seen");
  const { dropped } = await bitcoin.reorg(9);
  await until("the halt to be shown", async () => (await halted("bitcoin")) === 1);
  const told = await until("the halt to be told", () =>
    Promise.resolve(gantry.lines.find(({ level, fields, message }) => level === "error" && fields["code"] === "reorg-below-final" && message.startsWith("chain halted"))));
  const { final } = told.fields["evidence"] as { readonly final: string };
  expect(dropped).toContain(final);
  await bitcoin.mine(8);
  await grows("ethereum");
  expect(await gantry.delivery(second.txid)).toMatchObject({ state: "seen", slots: [], halts: [{ code: "reorg-below-final" }] });
  expect(await story.nonce()).toBe(1n);

  expect(await resume("bitcoin")).toMatchObject({ done: true });
  expect(await gantry.reaches(second.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(second.deposit)).toBe(true);
  expect(await story.nonce()).toBe(2n);
  await until("the halt to be over", async () => (await halted("bitcoin")) === 0);
  expect(await gantry.delivery(first.txid)).toMatchObject({ state: "delivered", eventStanding: "final" });
});

test("on Ethereum: nothing is sent, Bitcoin goes on, and after a resume the next sweep arrives", async () => {
  const { bitcoin, ethereum } = story.devnet;
  const first = await story.sweep();
  await gantry.reaches(first.txid, "delivered");
  await ethereum.reorg(8, { keepTransactions: true });
  await until("the halt to be shown", async () => (await halted("ethereum")) === 1);
  await until("the halt to be told", () => Promise.resolve(gantry.said("chain halted: ethereum: a node now shows block")));
  const second = await story.sweep();
  await until("the second sweep to wait", async () => (await gantry.delivery(second.txid))?.wait?.code === "halted");
  await bitcoin.mine(2);
  const { height } = await bitcoin.tip();
  await until("Bitcoin to be followed", async () => (await cursor("bitcoin")) === height);
  expect(await story.nonce()).toBe(1n);

  expect(await resume("ethereum")).toMatchObject({ done: true });
  expect(await gantry.reaches(second.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(first.deposit)).toBe(true);
  expect(await story.isSwept(second.deposit)).toBe(true);
  expect(await story.nonce()).toBe(2n);
  await until("the halt to be over", async () => (await halted("ethereum")) === 0);
});

test.each([["bitcoin"], ["ethereum"]] as const)("on %s below the first block a young ledger remembers: after a resume history is read again, and all arrives", async (chain) => {
  const { bitcoin, ethereum } = story.devnet;
  await gantry.stop();
  const early = await story.sweep(8);
  await ethereum.mine(8);
  await story.forget();
  gantry = await story.gantry();
  await gantry.reaches(early.txid, "included", "delivered");
  // past the first remembered block, and past the sweep or the reveal
  if (chain === "bitcoin") await bitcoin.reorg(9);
  else await ethereum.reorg(16, { keepTransactions: true });
  await until("the halt to be shown", async () => (await halted(chain)) === 1);
  const next = await story.sweep();
  expect(await resume(chain)).toMatchObject({ done: true });
  expect(await gantry.reaches(early.txid, "delivered")).toMatchObject({ by: "us" });
  expect(await gantry.reaches(next.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.nonce()).toBe(2n);
  expect(gantry.said("no-common-ancestor")).toBe(false);
  // of Ethereum, older blocks with events are remembered
  if (chain === "bitcoin") expect(gantry.said("the view begins anew")).toBe(true);
});

test("while a person has paused Bitcoin: the resume does not pass over it, but halts", async () => {
  const { bitcoin } = story.devnet;
  const order = { subject: "chain:bitcoin", because: "a node is moved", who: "test" };
  const first = await story.sweep(2);
  await gantry.reaches(first.txid, "seen");
  await bitcoin.mine(4);
  await gantry.reaches(first.txid, "delivered");
  expect(await gantry.order({ ...order, verb: "pause" })).toMatchObject({ done: true });
  await until("the pause to be shown", async () => (await gantry.metric("halted", { scope: "chain:bitcoin", code: "paused" })) === 1);
  await bitcoin.reorg(9);
  expect(await gantry.order({ ...order, verb: "resume" })).toMatchObject({ done: true });
  await until("the halt to be shown", async () => (await halted("bitcoin")) === 1);
  expect(gantry.said("view-rederived")).toBe(false);
});

test("on Ethereum, taking a final proof with it: after a resume a person is told which, and it is made again, with no hole in the nonces", async () => {
  const { ethereum } = story.devnet;
  const { txid, deposit } = await story.sweep();
  const { id, includedIn } = await gantry.reaches(txid, "delivered");
  await ethereum.setBlocks("none");
  const depth = (await ethereum.height()) - (includedIn?.height ?? 0) + 1;
  await ethereum.reorg(depth);
  await ethereum.setBlocks({ everySeconds: 1 });
  expect(await story.isSwept(deposit)).toBe(false);
  await until("the halt to be shown", async () => (await halted("ethereum")) === 1);
  expect(await story.nonce()).toBe(0n);
  expect(await resume("ethereum")).toMatchObject({ done: true });
  const told = await until("the person to be told", async () => gantry.lines.find(({ level, fields }) => level === "error" && fields["code"] === "effect-undone"));
  expect(told.fields["deliveries"]).toEqual([id]);
  await until("the proof to be there again", () => story.isSwept(deposit));
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });

  const next = await story.sweep();
  expect(await gantry.reaches(next.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(next.deposit)).toBe(true);
});
