/** The devnet's parties make transactions that production tBTC contracts accept, on real servers. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import { until } from "../../devnet/until.ts";
import { noVault } from "../../devnet/tbtc/depositor.ts";
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import type { Coin } from "../../devnet/bitcoin.ts";
import { parseBlock } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay, toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Hex } from "../../src/core/values.ts";
import { plainProof } from "../support/plain-proof.ts";

let devnet: Devnet;
const signal = new AbortController().signal;
beforeAll(async () => {
  devnet = await startDevnet({ blocks: "each-transaction" });
});
afterAll(() => devnet.stop());

const proofOf = async (blockHash: Hex, txid: Hex): Promise<readonly [readonly unknown[], readonly unknown[]]> => {
  const raw = String(await devnet.bitcoin.rpc.call("getblock", [toDisplay(blockHash), 0], signal));
  const block = parseBlock(`0x${raw}`);
  return plainProof(block, txid, [block.header.raw]);
};
const utxo = (coin: Coin | null): readonly unknown[] => (coin === null ? [`0x${"00".repeat(32)}`, 0, 0n] : [coin.outpoint.txid, coin.outpoint.index, coin.valueSat]);
const mineOne = async (): Promise<Hex> => (await devnet.bitcoin.mine())[0] ?? "0x";
const proveSweep = (proof: readonly unknown[], main: Coin | null): Promise<unknown> =>
  devnet.ethereum.transact(devnet.relayer.address, devnet.tbtc.maintainerProxy, "submitDepositSweepProof", [...proof, utxo(main), noVault]);
const proveRedemption = (proof: readonly unknown[], main: Coin | null): Promise<unknown> =>
  devnet.ethereum.transact(devnet.relayer.address, devnet.tbtc.maintainerProxy, "submitRedemptionProof", [...proof, utxo(main), devnet.wallet.pubKeyHash]);
const payee = (label: string): Hex => witnessScript(keyOf(label).publicKey);

describe("deposits", () => {
  test("of both script kinds, with and without extra data, are swept and credited to the satoshi", async () => {
    const { depositor, wallet, ethereum, redeemer } = devnet;
    const [alice, bob] = [ethereum.account(4), ethereum.account(5)];
    const funded = await depositor.fund([
      { depositor: alice, valueSat: 50_000_000n, walletPubKeyHash: wallet.pubKeyHash },
      { depositor: bob, valueSat: 20_000_000n, walletPubKeyHash: wallet.pubKeyHash, kind: "p2sh", extraData: `0x${"11".repeat(32)}` },
    ]);
    for (const deposit of funded) await depositor.reveal(deposit);
    await devnet.bitcoin.mine();
    const sweep = await wallet.sweep(funded);
    await proveSweep(await proofOf(await mineOne(), sweep.tx.txid), sweep.spends);
    // 1/2000 treasury fee and half of the 4000 sat miners' fee each
    expect(await redeemer.balanceSat(alice)).toBe(50_000_000n - 25_000n - 2000n);
    expect(await redeemer.balanceSat(bob)).toBe(20_000_000n - 10_000n - 2000n);
    expect(await wallet.proved()).toEqual(sweep.makes);
  });

  test("are swept together with the main UTXO", async () => {
    const { depositor, wallet, ethereum, redeemer } = devnet;
    const before = await redeemer.balanceSat(ethereum.account(4));
    const deposit = await depositor.deposit({ depositor: ethereum.account(4), valueSat: 30_000_000n, walletPubKeyHash: wallet.pubKeyHash });
    await devnet.bitcoin.mine();
    const sweep = await wallet.sweep([deposit]);
    expect(sweep.spends).not.toBeNull();
    await proveSweep(await proofOf(await mineOne(), sweep.tx.txid), sweep.spends);
    expect(await redeemer.balanceSat(ethereum.account(4))).toBe(before + 30_000_000n - 15_000n - 2000n);
  });
});

describe("redemptions", () => {
  test("requested in both ways are paid in one transaction with change and proved", async () => {
    const { wallet, ethereum, redeemer, tbtc } = devnet;
    const main = await wallet.proved();
    if (main === null) throw new Error("the sweep was proved");
    const wish = { walletPubKeyHash: wallet.pubKeyHash, mainUtxo: main };
    const requests = [
      await redeemer.request({ ...wish, redeemer: ethereum.account(4), amountSat: 7_000_000n, outputScript: payee("one") }),
      await redeemer.request({ ...wish, redeemer: ethereum.account(5), amountSat: 5_000_000n, outputScript: payee("two"), through: "approveBalanceAndCall" }),
    ];
    expect(requests.map(({ treasuryFeeSat }) => treasuryFeeSat)).toEqual([3500n, 2500n]);
    const payment = await wallet.redeem(requests, { changeFirst: true });
    await proveRedemption(await proofOf(await mineOne(), payment.tx.txid), payment.spends);
    for (const { key } of requests) {
      const [pending] = (await ethereum.call(tbtc.bridge, "pendingRedemptions", [key])) as [readonly unknown[]];
      expect(pending[4]).toBe(0n); // requestedAt: the request is gone
    }
    expect(await wallet.proved()).toEqual(payment.makes);
  });
});

describe("a restart of the Ethereum node", () => {
  test("keeps contracts and history, and goes on making blocks as before", async () => {
    const { ethereum, servers, tbtc, wallet } = devnet;
    await ethereum.setBlocks({ everySeconds: 1 });
    const height = await ethereum.height();
    await servers.ethereum.stop();
    await servers.ethereum.start();
    expect(await ethereum.height()).toBeGreaterThanOrEqual(height);
    expect(await ethereum.call(tbtc.bridge, "wallets", [wallet.pubKeyHash])).not.toHaveLength(0);
    await until("two more blocks", async () => (await ethereum.height()) >= height + 2, { withinMs: 60_000 });
    await ethereum.setBlocks("none");
    const stalled = await ethereum.height();
    await ethereum.mine(1);
    expect(await ethereum.height()).toBe(stalled + 1);
    await ethereum.setBlocks("each-transaction");
  });
});

describe("reorganisations", () => {
  test("of Bitcoin move a transaction to another block, or leave it out until it is put back", async () => {
    const { bitcoin } = devnet;
    const paid = await bitcoin.pay([{ script: payee("three"), valueSat: 1_000_000n }]);
    const [old] = await bitcoin.mine(2);
    const { height } = await bitcoin.tip();
    const holds = async (hash: Hex | undefined): Promise<boolean> => {
      const block = (await bitcoin.rpc.call("getblock", [toDisplay(hash ?? "0x"), 1], signal)) as { tx: string[] };
      return block.tx.map(fromDisplay).includes(paid.tx.txid);
    };
    expect(await holds(old)).toBe(true);
    const moved = await bitcoin.reorg(2);
    expect(moved.dropped[0]).toBe(old);
    expect((await bitcoin.tip()).height).toBe(height + 1);
    expect(await holds(moved.added[0])).toBe(true);
    const left = await bitcoin.reorg(3, { leaveOut: [paid.tx.txid] });
    for (const hash of left.added) expect(await holds(hash)).toBe(false);
    await bitcoin.putBack([paid.tx.txid]);
    expect(await holds((await bitcoin.mine())[0])).toBe(true);
  });

  test("of Ethereum forget transactions, or keep them in another block", async () => {
    const { ethereum, depositor, wallet, tbtc } = devnet;
    const wish = { depositor: ethereum.account(6), valueSat: 10_000_000n, walletPubKeyHash: wallet.pubKeyHash };
    const revealed = async (key: Hex): Promise<boolean> => ((await ethereum.call(tbtc.bridge, "deposits", [key])) as [readonly unknown[]])[0][2] !== 0n;
    const [kept] = await depositor.fund([wish]);
    if (kept === undefined) throw new Error("one wish, one deposit");
    const first = await depositor.reveal(kept);
    await ethereum.mine(2);
    await ethereum.reorg(3, { keepTransactions: true });
    expect(await revealed(kept.key)).toBe(true);
    const again = (await ethereum.rpc.call("eth_getTransactionReceipt", [first.transactionHash], signal)) as { blockHash: Hex };
    expect(again.blockHash).not.toBe(first.blockHash);
    await ethereum.reorg(3);
    expect(await revealed(kept.key)).toBe(false);
  });
});
