/**
 * A dev chain with one @polkadot/api client, for the tests of the devnet itself.
 * Always: blocks only when told, so that a test decides what happens when.
 */
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";
import type { ApiOptions } from "@polkadot/api/types";
import { cryptoWaitReady } from "@polkadot/util-crypto";

import { startPolkadot } from "../../devnet/polkadot/server.ts";
import type { PolkadotServer } from "../../devnet/polkadot/server.ts";
import { createRunFolder } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import type { Hex } from "../../src/core/values.ts";

export const soon = { withinMs: 60_000 };
export const account = (name: string): ReturnType<Keyring["addFromUri"]> => new Keyring({ type: "sr25519" }).addFromUri(name);

export type Refusal = { readonly code: number; readonly data?: string; readonly message: string };
export type Following = { readonly heights: readonly number[]; readonly stop: () => void };

export interface TestChain {
  readonly folder: string;
  readonly chain: PolkadotServer;
  readonly provider: WsProvider;
  readonly api: ApiPromise;
  ask(method: string, ...params: readonly unknown[]): Promise<unknown>;
  send(raw: Hex): Promise<unknown>;
  nonceOf(name: string): Promise<number>;
  /** a remark with an event */
  signed(name: string, nonce: number, tip?: number): Promise<Hex>;
  /** every height a subscription says, in order */
  following(what: "subscribeNewHeads" | "subscribeFinalizedHeads"): Promise<Following>;
  stop(): Promise<void>;
}

export async function startTestChain(): Promise<TestChain> {
  await cryptoWaitReady();
  const folder = await createRunFolder();
  const chain = await startPolkadot({ folder: folder.path, blocks: "manual" });
  const provider = new WsProvider(chain.url, 500, {}, 20_000);
  const api = await ApiPromise.create({ provider, noInitWarn: true } as ApiOptions);
  const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> => provider.send(method, [...params]);
  return {
    folder: folder.path,
    chain,
    provider,
    api,
    ask,
    send: (raw) => ask("author_submitExtrinsic", raw),
    nonceOf: async (name) => Number(await ask("system_accountNextIndex", account(name).address)),
    signed: async (name, nonce, tip = 0) => (await api.tx["system"]?.["remarkWithEvent"]?.("0xabababab").signAsync(account(name), { nonce, tip }))?.toHex() ?? "0x",
    following: async (what) => {
      const heights: number[] = [];
      const stop = await api.rpc.chain[what]((header) => void heights.push(header.number.toNumber()));
      await until("a first head", () => Promise.resolve(heights.length > 0), soon);
      return { heights, stop };
    },
    stop: async () => {
      await api.disconnect();
      await chain.stop();
      await folder.remove();
    },
  };
}

/** What the node said no with. */
export async function refusal(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    return error as Refusal;
  }
  return { code: 0, message: "it was taken" };
}
