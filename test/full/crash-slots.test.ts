/** kill -9 while a slot is outbid, and while the signer fills one that nobody needs any more: the nonce is used once. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import type { Hex } from "../../src/core/values.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";
import type { Point } from "../support/gantry-points.ts";

const bumpAfterMs = 2_000;
let stage: Stage;
beforeAll(async () => {
  // impatient: a pending transaction is outbid while somebody watches
  stage = await createStage({ edit: (config) => Object.assign(config["policy"] ?? {}, { bumpAfterSeconds: bumpAfterMs / 1_000 }) });
});
afterEach(() => stage.devnet.ethereum.setBlocks({ everySeconds: 1 }));
afterAll(() => stage.end());

/** hashes of the relayer's transactions in the pool, with where they go */
async function pool(): Promise<readonly { readonly hash: Hex; readonly to: Hex; readonly from: Hex }[]> {
  type Pool = { readonly pending: Readonly<Record<string, Readonly<Record<string, { readonly hash: Hex; readonly to: Hex; readonly from: Hex }>>>> };
  const { pending } = (await stage.devnet.ethereum.rpc.call("txpool_content", [], new AbortController().signal)) as Pool;
  return Object.values(pending).flatMap((byNonce) => Object.values(byNonce)).filter(({ from }) => from === stage.devnet.relayer.address);
}

/** A block without this transaction, which waits in the pool as before. */
async function mineWithout(hash: Hex): Promise<void> {
  const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> => stage.devnet.ethereum.rpc.call(method, params, new AbortController().signal);
  const raw = await ask("eth_getRawTransactionByHash", hash);
  await ask("anvil_dropTransaction", hash);
  await stage.devnet.ethereum.mine(1);
  await ask("eth_sendRawTransaction", raw);
}

/** `meanwhile`: what is to happen every two seconds until it died. */
async function dies(inTurn: readonly Point[], meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  for (const point of inTurn) {
    const dying = stage.launchKilled(point);
    while ((await Promise.race([dying.ended, pause(2_000, null)])) === null) await meanwhile();
    expect(await dying.ended, dying.err()).toEqual({ code: null, signal: "SIGKILL" });
  }
}

test("an abandoned delivery's nonce, with the process killed at every step of filling it, is consumed by one empty transaction", async () => {
  const { devnet: { ethereum, relayer, wallet } } = stage;
  const before = await stage.nonce();
  const [first, second] = [await stage.deposit(), await stage.deposit()];
  const given = await stage.sweep(first);
  const gantry = await stage.run();
  await ethereum.setBlocks("none");
  await stage.bury();
  const { id } = await stage.reaches(gantry, given, "sent");
  await until("the proof to be in the pool", async () => (await pool()).length === 1, { withinMs: 60_000 });
  const answer = await gantry.client.order({ verb: "abandon", subject: id, because: "settled by hand", who: "tester" });
  await gantry.kill();
  expect(answer.done).toBe(true);

  await dies(["between signing a fill and its save", "between the fill's save and sending", "between sending a fill and its save", "between sending a fill and inclusion"]);
  expect((await pool()).map(({ to }) => to)).toEqual([relayer.address]);
  await ethereum.setBlocks({ everySeconds: 1 });
  const last = await stage.run();
  wallet.rewind(null);
  const next = await stage.sweep(second);
  await stage.bury();
  await stage.reaches(last, next, "delivered");
  expect(await stage.effects(given)).toBe(0);
  expect(await stage.nonce("pending")).toBe(before + 2n);
  await last.kill();
});

test("a pending transaction that is outbid, with the process killed on both sides of the save: one effect, one nonce", async () => {
  const { devnet: { ethereum } } = stage;
  const before = await stage.nonce();
  const txid = await stage.sweep(await stage.deposit());
  // Gantry must know the deposit's block as final before the chain stands still
  const gantry = await stage.run();
  await stage.devnet.bitcoin.mine(1);
  await stage.reaches(gantry, txid, () => true);
  await gantry.kill();
  await ethereum.setBlocks("none");
  await stage.bury();
  await dies(["between sending and inclusion"]);
  const original = (await pool())[0]?.hash ?? "0x";
  const patient = await stage.run();
  const looked = await stage.reaches(patient, txid, ({ slots, history }) => history.some(({ at }) => at > (slots[0]?.attempts[0]?.signedAt ?? Infinity) + 2 * bumpAfterMs));
  expect(looked.slots[0]?.attempts.map(({ hash }) => hash), "while the chain stands still nothing is outbid").toEqual([original]);
  await patient.kill();
  await dies(["between outbidding and its save", "between the outbid's save and sending"], () => mineWithout(original));
  expect((await pool()).map(({ hash }) => hash)).toEqual([original]);
  const last = await stage.run();
  await until("the outbid to take the first one's place", async () => {
    const waiting = await pool();
    return waiting.length === 1 && waiting[0]?.hash !== original;
  }, { withinMs: 60_000 });
  await ethereum.setBlocks({ everySeconds: 1 });
  const { slots, by } = await stage.reaches(last, txid, "delivered");
  expect(by).toBe("us");
  expect(slots).toHaveLength(1);
  expect(await stage.effects(txid)).toBe(1);
  expect(await stage.nonce("pending")).toBe(before + 1n);
});
