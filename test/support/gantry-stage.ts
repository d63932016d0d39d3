/**
 * A devnet with everybody's part in a tBTC story but the relayer's, and Gantry processes to kill, stop and start on it.
 * Always: promises are read from the chain (the Bridge's events, the relayer's account), not from Gantry's words; whatever
 * was launched here ends with `end`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import { roles, startDevnet } from "../../devnet/devnet.ts";
import type { Devnet, DevnetOptions } from "../../devnet/devnet.ts";
import { findServers } from "../../devnet/servers.ts";
import type { Deposit } from "../../devnet/tbtc/depositor.ts";
import type { RedemptionRequest } from "../../devnet/tbtc/redeemer.ts";
import { until } from "../../devnet/until.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { writeDevnetConfig } from "../../src/cli/devnet-config.ts";
import type { DevnetConfig } from "../../src/cli/devnet-config.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DeliveryReport, ShowReport } from "../../src/monitor/show.ts";
import { launch, mainFile, whenServing } from "./gantry-process.ts";
import type { GantryProcess, Running } from "./gantry-process.ts";
import type { Point } from "./gantry-points.ts";

export const killedFile = fileURLToPath(new URL("./gantry-killed.ts", import.meta.url));
/** blocks that make a Bitcoin transaction final for the default configuration */
const burial = 6;

export interface Stage {
  readonly devnet: Devnet;
  readonly config: DevnetConfig;
  /** `gantry run` with its API answering */
  run(): Promise<Running>;
  /** `gantry run`, as launched */
  launch(): GantryProcess;
  /** Gantry that kills itself at `point`, or whose disk is full from then on */
  launchKilled(point: Point, how?: "killed" | "full"): GantryProcess;
  /** paid, revealed, both mined */
  deposit(valueSat?: bigint): Promise<Deposit>;
  /** broadcast, not mined */
  sweep(deposit: Deposit): Promise<Hex>;
  /** a request of the one who deposited, mined; needs a proved sweep */
  request(amountSat: bigint): Promise<RedemptionRequest>;
  /** broadcast, not mined */
  redeem(request: RedemptionRequest): Promise<Hex>;
  /** makes Bitcoin final up to here */
  bury(blocks?: number): Promise<void>;
  /** how many proofs of this Bitcoin transaction the Bridge accepted */
  effects(txid: Hex): Promise<number>;
  /** transactions of the relayer's account in blocks; with "pending" those in the pool too */
  nonce(at?: "latest" | "pending"): Promise<bigint>;
  /** transactions of the relayer's account that wait in the pool */
  inPool(): Promise<bigint>;
  /** what Gantry says about a Bitcoin transaction's delivery; null while it has none */
  delivery(gantry: Running, txid: Hex): Promise<DeliveryReport | null>;
  /** resolves when the delivery of a Bitcoin transaction satisfies `wanted`, e.g. is in a state */
  reaches(gantry: Running, txid: Hex, wanted: DeliveryReport["state"] | ((delivery: DeliveryReport) => boolean), withinMs?: number): Promise<DeliveryReport>;
  end(): Promise<void>;
}

/** An operator's configuration as plain data, to be changed. */
export type ConfigText = Record<string, Record<string, unknown>>;

/** `edit` changes the configuration before it is used. Redis is always one of ours: it is going to be emptied and stopped. */
export async function createStage(options: { readonly devnet?: DevnetOptions; readonly edit?: (config: ConfigText) => void } = {}): Promise<Stage> {
  const found = await findServers();
  const paths = { ...found, redisUrl: null, redisServer: found.redisServer ?? "redis-server" };
  const devnet = await startDevnet({ paths, ...options.devnet });
  const config = await writeDevnetConfig(devnet);
  await editConfig(config.file, (text) => {
    // A slow machine must not look like a fee market: only tests about it pay more for the same slot.
    // A lost wake must not be healed by impatience: no wait ends by itself while a test looks.
    Object.assign(text["policy"] ?? {}, { bumpAfterSeconds: 600, maxWaitSeconds: 600 });
    options.edit?.(text);
  });
  const launched: GantryProcess[] = [];
  const keep = (one: GantryProcess): GantryProcess => {
    launched.push(one);
    return one;
  };
  const start = (): GantryProcess => keep(launch([mainFile, "run", "--config", config.file]));
  return {
    devnet, config,
    launch: start,
    run: () => whenServing(start(), config.ledgerPath),
    launchKilled: (point, how = "killed") => keep(launch([killedFile, config.file, point, how])),
    ...storyVerbs(devnet),
    delivery, reaches,
    end: async () => {
      await Promise.all(launched.map((one) => one.kill()));
      await devnet.stop();
    },
  };
}

/** Writes a changed copy of a configuration; by default over itself. */
export async function editConfig(file: string, edit: (config: ConfigText) => void | Promise<void>, to = file): Promise<void> {
  const config = parse(await readFile(file, "utf8")) as ConfigText;
  await edit(config);
  await writeFile(to, stringify(config), { mode: 0o600 });
}

type StoryVerbs = Pick<Stage, "deposit" | "sweep" | "request" | "redeem" | "bury" | "effects" | "nonce" | "inPool">;

function storyVerbs({ bitcoin, ethereum, depositor, wallet, redeemer, relayer, tbtc }: Devnet): StoryVerbs {
  const user = ethereum.account(roles.depositors[0]);
  const nonce = async (at: "latest" | "pending" = "latest"): Promise<bigint> =>
    BigInt(String(await ethereum.rpc.call("eth_getTransactionCount", [relayer.address, at], new AbortController().signal)));
  return {
    deposit: async (valueSat = 10_000_000n) => {
      const paid = await depositor.deposit({ depositor: user, valueSat, walletPubKeyHash: wallet.pubKeyHash });
      await bitcoin.mine(1);
      return paid;
    },
    sweep: async (deposit) => (await wallet.sweep([deposit])).tx.txid,
    request: async (amountSat) => {
      const mainUtxo = await wallet.proved();
      if (mainUtxo === null) throw new Error("the Bridge knows no main output of the wallet: prove a sweep first");
      // a script of its own for each request: the Bridge takes one open request per script
      const outputScript = witnessScript(keyOf(`redeemer of ${amountSat} at ${mainUtxo.outpoint.txid}`).publicKey);
      return redeemer.request({ redeemer: user, amountSat, outputScript, walletPubKeyHash: wallet.pubKeyHash, mainUtxo });
    },
    redeem: async (request) => (await wallet.redeem([request])).tx.txid,
    bury: async (blocks = burial) => void (await bitcoin.mine(blocks)),
    effects: async (txid) => {
      const topics = [["DepositsSwept", "RedemptionsCompleted"].map((name) => tbtc.bridge.abi.getEvent(name)?.topicHash)];
      const filter = { address: tbtc.bridge.address, fromBlock: "0x0", toBlock: "latest", topics };
      const logs = (await ethereum.rpc.call("eth_getLogs", [filter], new AbortController().signal)) as readonly { readonly data: string }[];
      // the transaction's hash is the last word of both events' data
      return logs.filter(({ data }) => data.endsWith(txid.slice(2))).length;
    },
    nonce,
    inPool: async () => (await nonce("pending")) - (await nonce()),
  };
}

const delivery: Stage["delivery"] = async (gantry, txid) => ((await gantry.client.show(toDisplay(txid))) as ShowReport | null)?.deliveries[0] ?? null;

const reaches: Stage["reaches"] = (gantry, txid, wanted, withinMs = 120_000) => {
  const satisfies = typeof wanted === "string" ? ({ state }: DeliveryReport): boolean => state === wanted : wanted;
  return until(`the delivery of ${txid} to be ${String(wanted)}`, async () => {
    const found = await delivery(gantry, txid);
    return found !== null && satisfies(found) ? found : null;
  }, { withinMs, everyMs: 100 });
};
