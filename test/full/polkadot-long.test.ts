/** A dev chain that ran for a while: old states stay readable, forks and restarts reach across its checkpoints (every 256 blocks). */
import { afterAll, beforeAll, expect, test } from "vitest";

import { until } from "../../devnet/until.ts";
import { account, soon, startTestChain } from "../support/polkadot-chain.ts";
import type { TestChain } from "../support/polkadot-chain.ts";

let run: TestChain;
beforeAll(async () => {
  run = await startTestChain();
});
afterAll(() => run.stop());

const heightIn = async (hash: unknown): Promise<number> => Number(await (await run.api.at(String(hash))).query["system"]?.["number"]?.());
const nonceIn = async (hash: unknown): Promise<number> => {
  const answer = await run.ask("state_call", "AccountNonceApi_account_nonce", `0x${Buffer.from(account("//Alice").publicKey).toString("hex")}`, hash);
  return Buffer.from(String(answer).slice(2), "hex").readUInt32LE(0);
};

test("every state is its block's own, before and after a checkpoint, a fork across it, and a restart", async () => {
  await run.send(await run.signed("//Alice", 0));
  await run.chain.mine(100);
  await run.chain.mine(100);
  await run.send(await run.signed("//Alice", 1));
  await run.chain.mine(70);
  const { dropped, added } = await run.chain.reorg(30);
  await run.send(await run.signed("//Alice", 2));
  await run.chain.mine(20);

  const look = async (): Promise<void> => {
    for (const [height, nonce] of [[1, 0], [2, 1], [201, 1], [202, 2], [255, 2], [256, 2], [257, 2], [272, 2], [273, 3], [290, 3]] as const) {
      const hash = await run.ask("chain_getBlockHash", height);
      expect([await heightIn(hash), await nonceIn(hash)], `at height ${height}`).toEqual([height, nonce]);
    }
    expect([await heightIn(dropped.at(-1)), await heightIn(added.at(-1))]).toEqual([271, 272]);
  };
  await look();
  const before = await run.chain.state();
  await run.chain.kill();
  await run.chain.start();
  expect(await run.chain.state()).toMatchObject({ head: before.head, final: before.final });
  await until("the client to be back", () => Promise.resolve(run.provider.isConnected), soon);
  await look();
  await run.chain.reorg(40, { length: 41 });
  expect((await run.chain.state()).head.height).toBe(before.head.height + 1);
  // the last transaction's era was born in a block that is gone: it cannot be in the new ones
  expect(await nonceIn(await run.ask("chain_getBlockHash"))).toBe(2);
});
