/**
 * Anvil as the devnet plays it: ten rich accounts the node signs for, contracts, block production, reorganisations.
 * Always: a transaction is waited for within a bound and its revert reason is in the error; the node orders nonces.
 * Never: the relayer's way to Ethereum; that is src/chains/ethereum and relayer/submit.
 */
import { HDNodeWallet, Interface, getAddress } from "ethers";
import type { InterfaceAbi } from "ethers";

import type { JsonRpc } from "../src/chains/json-rpc.ts";
import { rejected } from "../src/core/errors.ts";
import type { Hex } from "../src/core/values.ts";
import { until } from "./until.ts";

/** A deployed contract. `address` has no checksum capitals. */
export type Contract = { readonly address: Hex; readonly abi: Interface };
export type Receipt = {
  readonly transactionHash: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly status: Hex;
  readonly gasUsed: Hex;
  readonly contractAddress: Hex | null;
  readonly logs: readonly { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }[];
};

type Call = { readonly to: Hex | null; readonly data?: Hex; readonly valueWei?: bigint };

/** A block for each transaction, none at all (the chain stalls, transactions wait), or one every so many seconds. */
export type BlockProduction = "each-transaction" | "none" | { readonly everySeconds: number };

export interface EthereumDevnet {
  readonly rpc: JsonRpc;
  /** the ten accounts of the development mnemonic, lower case */
  readonly accounts: readonly Hex[];
  account(index: number): Hex;
  /** worthless by design: the development mnemonic is public */
  privateKey(index: number): Hex;
  deploy(from: Hex, abi: InterfaceAbi, creationCode: Hex, args: readonly unknown[]): Promise<Contract>;
  /** throws Rejected "devnet-call-failed" with the revert reason */
  call(contract: Contract, fn: string, args: readonly unknown[]): Promise<readonly unknown[]>;
  /** sends, waits until mined, throws Rejected "devnet-call-failed" when it reverts (gas is estimated first) */
  transact(from: Hex, contract: Contract, fn: string, args: readonly unknown[], valueWei?: bigint): Promise<Receipt>;
  /** plain calldata or money */
  transactRaw(from: Hex, tx: Call): Promise<Receipt>;
  setBlocks(production: BlockProduction): Promise<void>;
  /** what was set last; a restarted node has forgotten it */
  blocks(): BlockProduction;
  mine(count?: number): Promise<void>;
  /**
   * Replaces the last `depth` blocks, final ones too, by as many others. Their transactions are gone, from the pool too,
   * unless `keepTransactions`: then all of them are in the first new block.
   */
  reorg(depth: number, options?: { readonly keepTransactions?: boolean }): Promise<void>;
  /** moves the clock of the next block forward */
  passTime(seconds: number): Promise<void>;
  height(): Promise<number>;
}

const mnemonic = "test test test test test test test test test test test junk";
const lower = (address: string): Hex => getAddress(address).toLowerCase() as Hex;

type Ask = (what: string, method: string, params: readonly unknown[]) => Promise<unknown>;

function blockVerbs(ask: Ask): Pick<EthereumDevnet, "setBlocks" | "blocks" | "mine" | "reorg" | "passTime" | "height"> {
  const height = async (): Promise<number> => Number(await ask("height", "eth_blockNumber", []));
  const rawTransactions = async (depth: number): Promise<readonly string[]> => {
    const raws: string[] = [];
    const tip = await height();
    for (let at = tip - depth + 1; at <= tip; at += 1) {
      const block = (await ask("block", "eth_getBlockByNumber", [`0x${at.toString(16)}`, false])) as { readonly transactions: readonly Hex[] };
      for (const hash of block.transactions) raws.push(String(await ask("transaction", "eth_getRawTransactionByHash", [hash])));
    }
    return raws;
  };
  let blocks: BlockProduction = "each-transaction";
  return {
    blocks: () => blocks,
    setBlocks: async (production) => {
      blocks = production;
      const seconds = typeof production === "object" ? production.everySeconds : 0;
      await ask("interval mining", "evm_setIntervalMining", [seconds]);
      if (typeof production === "string") await ask("automatic mining", "evm_setAutomine", [production === "each-transaction"]);
    },
    mine: async (count = 1) => {
      await ask("mining", "anvil_mine", [`0x${count.toString(16)}`]);
    },
    reorg: async (depth, { keepTransactions = false } = {}) => {
      // a block that comes by the clock between the look and the reorg would move what the reorg replaces
      const seconds = keepTransactions && typeof blocks === "object" ? blocks.everySeconds : 0;
      if (seconds > 0) await ask("interval mining", "evm_setIntervalMining", [0]);
      try {
        const kept = keepTransactions ? await rawTransactions(depth) : [];
        await ask("reorg", "anvil_reorg", [depth, kept.map((raw) => [raw, 0])]);
      } finally {
        if (seconds > 0) await ask("interval mining", "evm_setIntervalMining", [seconds]);
      }
    },
    passTime: async (seconds) => {
      await ask("time", "evm_increaseTime", [seconds]);
      await ask("time", "anvil_mine", ["0x1"]);
    },
    height,
  };
}

/** Sends from an account the node signs for; the node gives the nonce. */
function sender(rpc: JsonRpc, ask: Ask, signal: AbortSignal, minedWithinMs: number): (what: string, from: Hex, tx: Call) => Promise<Receipt> {
  return async (what, from, tx) => {
    const fields = { from, ...(tx.to === null ? {} : { to: tx.to }), data: tx.data ?? "0x", value: `0x${(tx.valueWei ?? 0n).toString(16)}` };
    // half as much again: a refunding call costs more once the transaction has a gas price, which an estimate has not
    const gas = (BigInt(String(await ask(what, "eth_estimateGas", [fields]))) * 3n) / 2n;
    const hash = await ask(what, "eth_sendTransaction", [{ ...fields, gas: `0x${gas.toString(16)}` }]);
    const receiptNow = async (): Promise<Receipt | null> => (await rpc.call("eth_getTransactionReceipt", [hash], signal)) as Receipt | null;
    const receipt = await until(`${what} to be mined`, receiptNow, { withinMs: minedWithinMs, everyMs: 10, signal });
    if (receipt.status !== "0x1") throw rejected("devnet-call-failed", `${what}: reverted on chain in ${String(hash)}`);
    return receipt;
  };
}

export function createEthereumDevnet(options: { readonly rpc: JsonRpc; readonly signal: AbortSignal; readonly minedWithinMs?: number }): EthereumDevnet {
  const { rpc, signal, minedWithinMs = 90_000 } = options;
  const keys = Array.from({ length: 10 }, (_, index) => HDNodeWallet.fromPhrase(mnemonic, undefined, `m/44'/60'/0'/0/${index}`));
  const keyAt = (index: number): HDNodeWallet => {
    const key = keys[index];
    if (key === undefined) throw new RangeError(`The devnet has the accounts 0 to ${keys.length - 1}, not ${index}.`);
    return key;
  };
  const ask: Ask = async (what, method, params) => {
    try {
      return await rpc.call(method, params, signal);
    } catch (cause) {
      throw rejected("devnet-call-failed", `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  const submit = sender(rpc, ask, signal, minedWithinMs);

  return {
    rpc,
    accounts: keys.map((key) => lower(key.address)),
    account: (index) => lower(keyAt(index).address),
    privateKey: (index) => keyAt(index).privateKey as Hex,
    deploy: async (from, abi, creationCode, args) => {
      const face = new Interface(abi);
      const receipt = await submit("deployment", from, { to: null, data: `${creationCode}${face.encodeDeploy(args).slice(2)}` });
      if (receipt.contractAddress === null) throw rejected("devnet-call-failed", "deployment: no contract address in the receipt");
      return { address: lower(receipt.contractAddress), abi: face };
    },
    call: async (contract, fn, args) => {
      const data = await ask(fn, "eth_call", [{ to: contract.address, data: contract.abi.encodeFunctionData(fn, args) }, "latest"]);
      return contract.abi.decodeFunctionResult(fn, String(data)).toArray();
    },
    transact: (from, contract, fn, args, valueWei = 0n) =>
      submit(fn, from, { to: contract.address, data: contract.abi.encodeFunctionData(fn, args) as Hex, valueWei }),
    transactRaw: (from, tx) => submit("transaction", from, tx),
    ...blockVerbs(ask),
  };
}
