/**
 * One @polkadot/api connection to a chain with the interBTC pallets: calls by name, and what became of them.
 * Always: an outcome is of a block; errors and events have the names of the metadata ("Issue.IssueCompleted"); development
 * accounts only. Never: waits for finality; a devnet's story goes on at the head.
 */
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";
import type { ApiOptions, SubmittableExtrinsic } from "@polkadot/api/types";
import type { DispatchError, EventRecord } from "@polkadot/types/interfaces";
import { cryptoWaitReady } from "@polkadot/util-crypto";

import { camel } from "../../src/chains/polkadot/items.ts";
import { plainOf } from "../../src/chains/polkadot/plain.ts";
import { misconfigured, rejected, unavailable } from "../../src/core/errors.ts";
import type { Hex, Json } from "../../src/core/values.ts";

type Extrinsic = SubmittableExtrinsic<"promise">;
/** `data` as `plainOf` shows it, fields in camelCase */
export type ChainEvent = { readonly name: string; readonly data: { readonly [field: string]: Json } };
/** `failure`: "Pallet.Error", or the runtime's own word ("BadOrigin"); null when the call did what it says */
export type Outcome = { readonly block: Hex; readonly failure: string | null; readonly events: readonly ChainEvent[]; readonly feePlanck: bigint };

export interface InterbtcChain {
  readonly api: ApiPromise;
  /** A call by its names in @polkadot/api. Throws Misconfigured "devnet-bad-runtime" */
  call(section: string, method: string, ...args: readonly unknown[]): Extrinsic;
  /** signs, sends, and waits for the block. `who` is a development account ("//Bob"). Throws when the pool refuses */
  send(who: string, call: Extrinsic): Promise<Outcome>;
  /** the same; throws Rejected "devnet-call-failed" when the call fails, also inside sudo */
  done(who: string, call: Extrinsic): Promise<Outcome>;
  /** by the sudo key of the development presets, //Alice */
  sudo(call: Extrinsic): Promise<Outcome>;
  /** a storage value at the head, as `plainOf` shows it */
  read(section: string, item: string, ...keys: readonly unknown[]): Promise<Json>;
  /** 32 bytes of a development account */
  account(who: string): Hex;
  close(): Promise<void>;
}

function eventOf({ event }: EventRecord): ChainEvent {
  const names = event.data.names ?? [];
  const fields = [...event.data].map((value, at) => [camel(names[at] ?? String(at)), plainOf(value)] as const);
  return { name: `${palletName(event.registry.metadata.pallets, event.index[0])}.${event.method}`, data: Object.fromEntries(fields) };
}

const palletName = (pallets: readonly { readonly index: { toNumber(): number }; readonly name: { toString(): string } }[], index: number | undefined): string =>
  pallets.find((pallet) => pallet.index.toNumber() === index)?.name.toString() ?? `pallet ${index}`;

function failureName(error: DispatchError): string {
  if (!error.isModule) return error.isToken ? `Token.${error.asToken.type}` : error.isArithmetic ? `Arithmetic.${error.asArithmetic.type}` : error.type;
  const { registry } = error;
  return `${palletName(registry.metadata.pallets, error.asModule.index.toNumber())}.${registry.findMetaError(error.asModule).name}`;
}

/** Errors that a successful call carries in an event. */
const hiddenFailure = (events: readonly ChainEvent[]): Json =>
  events.map(({ name, data }) => {
    const result = name === "Sudo.Sudid" ? data["sudoResult"] : null;
    if (typeof result === "object" && result !== null && "Err" in result) return result["Err"] ?? null;
    return name === "Utility.BatchInterrupted" ? (data["error"] ?? null) : null;
  }).find((found) => found !== null) ?? null;

function outcomeOf(block: Hex, records: readonly EventRecord[]): Outcome {
  const events = records.map(eventOf);
  const paid = events.find(({ name }) => name === "TransactionPayment.TransactionFeePaid")?.data["actualFee"];
  const failed = records.find(({ event }) => event.section === "system" && event.method === "ExtrinsicFailed")?.event.data[0];
  const hidden = hiddenFailure(events);
  const failure = failed === undefined ? (hidden === null ? null : JSON.stringify(hidden)) : failureName(failed as DispatchError);
  return { block, failure, events, feePlanck: BigInt(typeof paid === "string" ? paid : 0) };
}

type Status = string | { readonly [name: string]: unknown };

/** Gives the transaction to the pool and waits for its block. The watch ends here, so that none is open when the socket closes. */
async function blockOf(provider: WsProvider, raw: Hex): Promise<Hex> {
  let tell: (status: Status) => void = () => undefined;
  const last = new Promise<Status>((resolve) => {
    tell = resolve;
  });
  const type = "author_extrinsicUpdate";
  const id = await provider.subscribe(type, "author_submitAndWatchExtrinsic", [raw], (_, status: Status) => {
    if (typeof status === "string" ? !["ready", "future"].includes(status) : "inBlock" in status || "usurped" in status) tell(status);
  });
  const status = await last;
  await provider.unsubscribe(type, "author_unwatchExtrinsic", id);
  if (typeof status === "object" && "inBlock" in status) return status["inBlock"] as Hex;
  throw unavailable("devnet-call-failed", `The pool gave the transaction up: ${JSON.stringify(status)}.`);
}

/** The events of one extrinsic of a block. */
async function eventsOf(api: ApiPromise, block: Hex, raw: Hex): Promise<readonly EventRecord[]> {
  const { extrinsics } = (await api.rpc.chain.getBlock(block)).block;
  const index = extrinsics.findIndex((extrinsic) => extrinsic.toHex() === raw);
  const records = (await (await api.at(block)).query["system"]?.["events"]?.()) as unknown as readonly EventRecord[];
  return records.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index);
}

/** `url`: a websocket of a node. */
export async function connectInterbtc(url: string): Promise<InterbtcChain> {
  await cryptoWaitReady();
  const provider = new WsProvider(url, 500, {}, 30_000);
  const api = await ApiPromise.create({ provider, noInitWarn: true } as ApiOptions);
  const pairOf = (who: string): ReturnType<Keyring["addFromUri"]> => new Keyring({ type: "sr25519" }).addFromUri(who);
  const call = (section: string, method: string, ...args: readonly unknown[]): Extrinsic => {
    const build = api.tx[section]?.[method] as ((...args: readonly unknown[]) => Extrinsic) | undefined;
    if (build === undefined) throw misconfigured("devnet-bad-runtime", `The runtime has no call ${section}.${method}.`);
    return build(...args);
  };
  const send = async (who: string, extrinsic: Extrinsic): Promise<Outcome> => {
    const raw = (await extrinsic.signAsync(pairOf(who), { nonce: -1 })).toHex();
    const block = await blockOf(provider, raw);
    return outcomeOf(block, await eventsOf(api, block, raw));
  };
  const done = async (who: string, extrinsic: Extrinsic): Promise<Outcome> => {
    const outcome = await send(who, extrinsic);
    if (outcome.failure === null) return outcome;
    throw rejected("devnet-call-failed", `${extrinsic.method.section}.${extrinsic.method.method} by ${who} failed: ${outcome.failure}.`);
  };
  return {
    api,
    call,
    send,
    done,
    sudo: (extrinsic) => done("//Alice", call("sudo", "sudo", extrinsic)),
    read: async (section, item, ...keys) => {
      const query = api.query[section]?.[item];
      if (query === undefined) throw misconfigured("devnet-bad-runtime", `The runtime has no storage ${section}.${item}.`);
      return plainOf(await query(...keys));
    },
    account: (who) => `0x${Buffer.from(pairOf(who).publicKey).toString("hex")}`,
    close: () => api.disconnect(),
  };
}

/** The one event of that name. Throws Rejected "devnet-call-failed" when there is none. */
export function eventIn(outcome: Outcome, name: string): ChainEvent["data"] {
  const found = outcome.events.find((event) => event.name === name);
  if (found === undefined && outcome.failure !== null) throw rejected("devnet-call-failed", `The chain refused it: ${outcome.failure} (so there is no ${name}).`);
  if (found === undefined) throw rejected("devnet-call-failed", `No ${name} among ${outcome.events.map((event) => event.name).join(", ")}.`);
  return found.data;
}
