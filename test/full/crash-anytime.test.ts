/** Several wallets' proofs at once under one signer, while the process is killed at any moment and Redis forgets: once each, no gap. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { roles } from "../../devnet/devnet.ts";
import { createWallet } from "../../devnet/tbtc/wallet.ts";
import type { Hex } from "../../src/core/values.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";
import { createRandom } from "../support/random.ts";
import { redisCommand } from "../support/redis.ts";

const walletCount = 5;
const deaths = 14;

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ devnet: { liveWallet: false } });
});
afterAll(() => stage.end());

async function sweepsOfAll(): Promise<readonly Hex[]> {
  const { devnet: { bitcoin, ethereum, tbtc, depositor } } = stage;
  const wallets = Array.from({ length: walletCount }, (_, at) => createWallet({ bitcoin, ethereum, tbtc, label: `wallet ${at}` }));
  const txids: Hex[] = [];
  for (const wallet of wallets) {
    await wallet.register();
    const deposit = await depositor.deposit({ depositor: ethereum.account(roles.depositors[0]), valueSat: 10_000_000n, walletPubKeyHash: wallet.pubKeyHash });
    txids.push((await wallet.sweep([deposit])).tx.txid);
  }
  return txids;
}

test("killed again and again at any moment, with five deliveries on their way: each effect once, a transaction each, no nonce left out", async () => {
  const { devnet: { bitcoin, servers: { redis } } } = stage;
  const seed = Date.now() % 1_000_000;
  const random = createRandom(seed);
  const before = await stage.nonce();
  const txids = await sweepsOfAll();
  const stopMining = bitcoin.mineEvery(1);
  for (let death = 0; death < deaths; death++) {
    const gantry = stage.launch();
    await pause(random.between(1_500, 5_000));
    if (random.chance(0.3)) await redisCommand(Number(new URL(redis.url).port), "FLUSHALL");
    await gantry.kill();
  }
  const gantry = await stage.run();
  for (const txid of txids) {
    expect((await stage.reaches(gantry, txid, "delivered", 240_000)).by, `seed ${seed}`).toBe("us");
    expect(await stage.effects(txid), `seed ${seed}`).toBe(1);
  }
  await stopMining();
  expect(await stage.nonce("pending"), `seed ${seed}`).toBe(before + BigInt(walletCount));
});
