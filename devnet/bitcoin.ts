/**
 * Bitcoin regtest as the devnet plays it: a miner who owns all coins, payments, reorganisations.
 * Always: our coins are what the node's own set of unspent outputs says, so a reorg needs no bookkeeping here; hashes are in
 * wire order; a replaced block is never mined again byte for byte (replacements pay another script).
 */
import * as ecc from "@bitcoinerlab/secp256k1";
import { Transaction, networks, payments, script } from "bitcoinjs-lib";
import { ECPairFactory } from "ecpair";
import type { ECPairInterface } from "ecpair";

import type { JsonRpc } from "../src/chains/json-rpc.ts";
import { parseTx, sha256 } from "../src/chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../src/chains/bitcoin/codec.ts";
import { fromDisplay, toDisplay } from "../src/chains/bitcoin/order.ts";
import { misconfigured } from "../src/core/errors.ts";
import { bytesOf, hexOf } from "../src/core/hex.ts";
import type { Hex, Outpoint } from "../src/core/values.ts";

export type Coin = { readonly outpoint: Outpoint; readonly valueSat: bigint };
type Payment = { readonly script: Hex; readonly valueSat: bigint };
/** A transaction that was handed to the node. `raw` has its witness. */
export type SentTx = { readonly raw: Hex; readonly tx: BitcoinTx };

export interface BitcoinDevnet {
  readonly rpc: JsonRpc;
  tip(): Promise<{ readonly height: number; readonly hash: Hex }>;
  /** mines at once, with everything in the mempool; hashes of the new blocks */
  mine(count?: number): Promise<readonly Hex[]>;
  /** mines one block every `seconds` until the returned function was called */
  mineEvery(seconds: number): () => Promise<void>;
  /** one transaction from the miner's coins, broadcast, not mined */
  pay(outputs: readonly Payment[], feeSat?: bigint): Promise<SentTx>;
  send(raw: Hex): Promise<SentTx>;
  /**
   * Replaces the last `depth` blocks by `depth + 1` others (or `length`). Their transactions go back to the mempool and are
   * mined again in the first new block, except `leaveOut` (txids), which stay in the mempool unmined until `putBack`.
   */
  reorg(depth: number, options?: { readonly length?: number; readonly leaveOut?: readonly Hex[] }): Promise<{ readonly dropped: readonly Hex[]; readonly added: readonly Hex[] }>;
  putBack(txids: readonly Hex[]): Promise<void>;
}

const ECPair = ECPairFactory(ecc);
const network = networks.regtest;
/** takes any fee far below what miners ask for */
const unmineableSat = 100_000_000;
/** change below this would not be relayed */
const dustSat = 1000n;
const coinbaseMaturity = 100;

/** The key of these 32 bytes. */
export const keyFrom = (secret: Uint8Array): ECPairInterface => ECPair.fromPrivateKey(secret, { network });

/** A key that is the same in every devnet. Worthless by design: regtest only. */
export const keyOf = (label: string): ECPairInterface => keyFrom(sha256(Buffer.from(`gantry devnet ${label}`)));

/** P2WPKH of a compressed public key. */
export function witnessScript(publicKey: Uint8Array): Hex {
  const { output } = payments.p2wpkh({ pubkey: publicKey, network });
  if (output === undefined) throw misconfigured("devnet-bad-key", "This public key has no P2WPKH script.");
  return hexOf(output);
}

function addressOf(publicKey: Uint8Array): string {
  const { address } = payments.p2wpkh({ pubkey: publicKey, network });
  if (address === undefined) throw misconfigured("devnet-bad-key", "This public key has no P2WPKH address.");
  return address;
}

/** Puts the signature for input `at`, a P2WPKH output of `key`, in its witness. */
export function signKeyInput(tx: Transaction, at: number, key: ECPairInterface, valueSat: bigint): void {
  const { output } = payments.p2pkh({ pubkey: key.publicKey, network });
  if (output === undefined) throw misconfigured("devnet-bad-key", "This public key has no P2PKH script.");
  const digest = tx.hashForWitnessV0(at, output, valueSat, Transaction.SIGHASH_ALL);
  tx.setWitness(at, [script.signature.encode(key.sign(digest), Transaction.SIGHASH_ALL), key.publicKey]);
}

type Scan = { readonly height: number; readonly unspents: readonly { readonly txid: string; readonly vout: number; readonly amount: number; readonly height: number; readonly coinbase?: boolean }[] };

type Call = (method: string, ...params: readonly unknown[]) => Promise<unknown>;
type Purse = { take(needSat: bigint): Promise<readonly Coin[]>; add(coin: Coin): void };

/** The open, mature coins of one address, the oldest first: they survive a reorg. */
function createPurse(call: Call, address: string): Purse {
  let spare: Coin[] = [];
  const isOpen = async ({ outpoint }: Coin): Promise<boolean> => (await call("gettxout", toDisplay(outpoint.txid), outpoint.index, true)) !== null;
  const refill = async (): Promise<void> => {
    const scan = (await call("scantxoutset", "start", [`addr(${address})`])) as Scan;
    spare = scan.unspents
      .filter((coin) => coin.coinbase !== true || scan.height - coin.height >= coinbaseMaturity)
      .sort((a, b) => b.height - a.height)
      .map((coin) => ({ outpoint: { txid: fromDisplay(coin.txid), index: coin.vout }, valueSat: BigInt(Math.round(coin.amount * 1e8)) }));
  };
  return {
    add: (coin) => spare.unshift(coin),
    take: async (needSat) => {
      const taken = new Map<string, Coin>();
      let sum = 0n;
      for (let refilled = false; sum < needSat; ) {
        const coin = spare.pop();
        if (coin === undefined) {
          if (refilled) throw misconfigured("devnet-no-coins", `The devnet's miner has no mature coins for ${needSat} sat. Mine some blocks.`);
          refilled = true;
          await refill();
          continue;
        }
        const id = `${coin.outpoint.txid}:${coin.outpoint.index}`;
        if (taken.has(id) || !(await isOpen(coin))) continue;
        taken.set(id, coin);
        sum += coin.valueSat;
      }
      return [...taken.values()];
    },
  };
}

/** A signed payment from P2WPKH coins of `key`; the change is the last output. */
export function paymentOf(key: ECPairInterface, coins: readonly Coin[], outputs: readonly Payment[], feeSat: bigint): { readonly raw: Hex; readonly changeSat: bigint } {
  const tx = new Transaction();
  tx.version = 2;
  for (const { outpoint } of coins) tx.addInput(bytesOf(outpoint.txid), outpoint.index, 0xfffffffd);
  for (const output of outputs) tx.addOutput(bytesOf(output.script), output.valueSat);
  const changeSat = coins.reduce((sum, { valueSat }) => sum + valueSat, 0n) - outputs.reduce((sum, { valueSat }) => sum + valueSat, feeSat);
  tx.addOutput(bytesOf(witnessScript(key.publicKey)), changeSat);
  coins.forEach((coin, at) => signKeyInput(tx, at, key, coin.valueSat));
  return { raw: hexOf(tx.toBuffer()), changeSat };
}

/** The miner of one node, with `matureCoins` spendable coins of 50 BTC from the start. */
export async function createBitcoinDevnet(options: { readonly rpc: JsonRpc; readonly signal: AbortSignal; readonly matureCoins?: number }): Promise<BitcoinDevnet> {
  const { rpc, signal, matureCoins = 30 } = options;
  const miner = keyOf("miner");
  const minerAddress = addressOf(miner.publicKey);
  const otherAddress = addressOf(keyOf("other miner").publicKey);
  const call: Call = (method, ...params) => rpc.call(method, params, signal, 60_000);
  const mineTo = async (address: string, count: number): Promise<readonly Hex[]> => ((await call("generatetoaddress", count, address)) as string[]).map(fromDisplay);
  const purse = createPurse(call, minerAddress);

  const send = async (raw: Hex): Promise<SentTx> => {
    await call("sendrawtransaction", raw.slice(2));
    return { raw, tx: parseTx(raw) };
  };
  const payNow = async (outputs: readonly Payment[], feeSat: bigint): Promise<SentTx> => {
    const coins = await purse.take(outputs.reduce((sum, { valueSat }) => sum + valueSat, feeSat) + dustSat);
    const { raw, changeSat } = paymentOf(miner, coins, outputs, feeSat);
    const sent = await send(raw);
    purse.add({ outpoint: { txid: sent.tx.txid, index: outputs.length }, valueSat: changeSat });
    return sent;
  };
  // one payment after the other: two at once would take the same coin
  let queue: Promise<unknown> = Promise.resolve();
  const tip = async (): Promise<{ readonly height: number; readonly hash: Hex }> => {
    const info = (await call("getblockchaininfo")) as { readonly blocks: number; readonly bestblockhash: string };
    return { height: info.blocks, hash: fromDisplay(info.bestblockhash) };
  };
  const weigh = async (txids: readonly Hex[], deltaSat: number): Promise<void> => {
    for (const txid of txids) await call("prioritisetransaction", toDisplay(txid), 0, deltaSat);
  };

  await mineTo(minerAddress, coinbaseMaturity + matureCoins);
  return {
    rpc,
    tip,
    mine: (count = 1) => mineTo(minerAddress, count),
    mineEvery: (seconds) => repeatedly(seconds * 1000, () => mineTo(minerAddress, 1), signal),
    pay: (outputs, feeSat = 10_000n) => {
      const paid = queue.then(() => payNow(outputs, feeSat));
      queue = paid.catch(() => undefined);
      return paid;
    },
    send,
    reorg: async (depth, { length = depth + 1, leaveOut = [] } = {}) => {
      const { height } = await tip();
      const dropped: Hex[] = [];
      for (let at = height - depth + 1; at <= height; at += 1) dropped.push(fromDisplay(String(await call("getblockhash", at))));
      const first = dropped[0];
      if (first === undefined) throw misconfigured("devnet-bad-reorg", `A reorg replaces at least 1 block, not ${depth}.`);
      await weigh(leaveOut, -unmineableSat);
      await call("invalidateblock", toDisplay(first));
      return { dropped, added: await mineTo(otherAddress, length) };
    },
    putBack: (txids) => weigh(txids, unmineableSat),
  };
}

/** Runs `work` every `everyMs`, never twice at once; the returned function ends it and resolves when the last run is over. */
function repeatedly(everyMs: number, work: () => Promise<unknown>, signal: AbortSignal): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let ended = false;
  const turn = (): void => {
    // a node that is stopped or frozen for a while must not end the miner
    running = work().catch(() => undefined).finally(() => {
      if (!ended && !signal.aborted) timer = setTimeout(turn, everyMs);
    });
  };
  timer = setTimeout(turn, everyMs);
  const end = async (): Promise<void> => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
  signal.addEventListener("abort", () => void end(), { once: true });
  return end;
}
