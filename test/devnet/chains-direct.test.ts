/** Straight to the Bridge, without the MaintainerProxy; and a wallet that becomes known while the block of its sweep is read. */
import { afterEach, expect, test } from "vitest";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import type { Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
afterEach(() => story.stop());

test("with direct: true and the right to prove on the Bridge itself, sweep and redemption arrive", async () => {
  story = await startStory();
  const { ethereum, tbtc, relayer, redeemer, wallet, bitcoin } = story.devnet;
  await ethereum.transact(tbtc.governance, tbtc.bridge, "setSpvMaintainerStatus", [relayer.address, true]);
  const gantry = await story.gantry({
    change: ({ bridges }) => {
      if (bridges.tbtc === undefined) return;
      delete bridges.tbtc.maintainerProxy;
      bridges.tbtc.direct = true;
    },
  });
  const { txid, deposit } = await story.sweep();
  const swept = await gantry.reaches(txid, "delivered");
  const proof = (await ethereum.rpc.call("eth_getTransactionByHash", [swept.effectTx], AbortSignal.timeout(5_000))) as { readonly to: string };
  expect(proof.to).toBe(tbtc.bridge.address);
  expect(await story.isSwept(deposit)).toBe(true);

  const mainUtxo = await wallet.proved();
  if (mainUtxo === null) throw new Error("the sweep left no main UTXO");
  const account = ethereum.account(4);
  const request = await redeemer.request({ redeemer: account, amountSat: 2_000_000n, outputScript: "0x0014aabbccddeeff00112233445566778899aabbccdd", walletPubKeyHash: wallet.pubKeyHash, mainUtxo });
  const { tx } = await wallet.redeem([request]);
  await bitcoin.mine(6);
  expect(await gantry.reaches(tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.nonce()).toBe(2n);
  const [pending] = (await ethereum.call(tbtc.bridge, "pendingRedemptions", [request.key])) as readonly [readonly unknown[]];
  expect(pending[4]).toBe(0n);
});

test("a watch that is added while the block that pays it is being read finds it all the same", async () => {
  story = await startStory({ liveWallet: false });
  const { bitcoin, ethereum, depositor, wallet, servers } = story.devnet;
  const proxy = await createBitcoinProxy(servers.bitcoin.url);
  try {
    const gantry = await story.gantry({ bitcoin: [{ name: "bitcoind", url: proxy.url }], change: ({ chains }) => void (chains.bitcoin !== undefined && (chains.bitcoin.timeoutMs = 60_000)) });
    await until("readiness", async () => (await gantry.ready()).ok);
    const [deposit] = await depositor.fund([{ depositor: ethereum.account(4), valueSat: 10_000_000n, walletPubKeyHash: wallet.pubKeyHash }]);
    if (deposit === undefined) throw new Error("one wish gives one deposit");
    await bitcoin.mine();
    const { tx } = await wallet.sweep([deposit]);

    let release = (): void => undefined;
    let isHeld = false;
    const released = new Promise<void>((resolve) => (release = resolve));
    // the next block that is read is the sweep's: the funding block was read before
    await until("the funding block to be read", async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "cursor" })) === (await bitcoin.tip()).height);
    proxy.use(async ({ method }, ask) => {
      const answer = await ask();
      if (method !== "getblock") return answer;
      isHeld = true;
      await released;
      return answer;
    });
    await bitcoin.mine();
    await until("the sweep's block to be read", async () => isHeld);
    await wallet.register();
    const { blockNumber } = await depositor.reveal(deposit);
    await until("wallet and reveal to be final for Gantry", async () => (await gantry.metric("chain_height", { chain: "ethereum", at: "final" })) >= Number(blockNumber));
    expect(await gantry.delivery(tx.txid)).toBeNull();
    proxy.use((_call, ask) => ask());
    release();
    await gantry.reaches(tx.txid, "seen");
    await bitcoin.mine(5);
    expect(await gantry.reaches(tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
    expect(await story.nonce()).toBe(1n);
  } finally {
    await proxy.close();
  }
});
