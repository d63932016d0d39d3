/**
 * Reads what deadlines are made of from the Bridge, its relay and its watchtower, all at one block.
 * Always: the contracts' own values; what a Bridge or a relay does not have (test networks, older versions) is null.
 * Never: judges, remembers, or writes.
 */
import { hexAt, numberAt } from "../../src/chains/ethereum/abi.ts";
import type { Abi, AbiRecord } from "../../src/chains/ethereum/abi.ts";
import { bridgeAbi, relayAbi, watchtowerAbi } from "../../src/bridges/tbtc/contracts.ts";
import { noAddress } from "../../src/bridges/tbtc/keys.ts";
import type { ReadPeriods } from "../../src/bridges/tbtc/periods.ts";
import type { RelayEpochs } from "../../src/bridges/tbtc/relay-epochs.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import { failureOf, unavailable } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";

type At = "latest" | { readonly blockHash: Hex };

const msPerSecond = 1_000;

const caller = (client: EthereumClient, at: At, signal: AbortSignal) =>
  async (abi: Abi, to: Hex, fn: string): Promise<AbiRecord> => abi.decodeResult(fn, await client.call({ to, data: abi.encode(fn, []) }, at, signal));

/** Null where the contract does not have this function. */
function nullIfAbsent(thrown: unknown): null {
  const { code } = failureOf(thrown);
  if (code === "call-reverted" || code === "abi-undecodable") return null;
  throw thrown;
}

/** The watchtower that the Bridge names; null: none. */
export async function watchtowerOf(client: EthereumClient, bridge: Hex, at: At, signal: AbortSignal): Promise<Hex | null> {
  const found = await caller(client, at, signal)(bridgeAbi, bridge, "getRedemptionWatchtower").catch(nullIfAbsent);
  const address = found === null ? noAddress : hexAt(found, "watchtower");
  return address === noAddress ? null : address;
}

/** Throws Unavailable when the node cannot answer now. */
export async function readTbtcPeriods(client: EthereumClient, bridge: Hex, signal: AbortSignal): Promise<ReadPeriods> {
  const head = await client.blockBy("latest", signal);
  if (head === null) throw unavailable("unknown-block", `Endpoint ${client.name} has no latest block. Another one is asked.`);
  const at = { blockHash: head.hash };
  const ask = caller(client, at, signal);
  const [redemption, movingFunds, references, watchtower] = await Promise.all([
    ask(bridgeAbi, bridge, "redemptionParameters"), ask(bridgeAbi, bridge, "movingFundsParameters"), ask(bridgeAbi, bridge, "contractReferences"), watchtowerOf(client, bridge, at, signal),
  ]);
  const delays = watchtower === null ? null : await delaysOf(ask, watchtower);
  return {
    redemptionTimeoutMs: numberAt(redemption, "timeout") * msPerSecond,
    movingFundsTimeoutMs: numberAt(movingFunds, "timeout") * msPerSecond,
    movedFundsSweepTimeoutMs: numberAt(movingFunds, "sweepTimeout") * msPerSecond,
    redemptionDelaysMs: delays,
    relayProofLength: (await epochsAt(ask, hexAt(references, "relay")))?.proofLength ?? null,
  };
}

/** Where the relay of difficulties is; null: it does not number its epochs. */
export async function readRelayEpochs(client: EthereumClient, bridge: Hex, signal: AbortSignal): Promise<RelayEpochs | null> {
  const ask = caller(client, "latest", signal);
  return epochsAt(ask, hexAt(await ask(bridgeAbi, bridge, "contractReferences"), "relay"));
}

type Ask = ReturnType<typeof caller>;

async function epochsAt(ask: Ask, relay: Hex): Promise<RelayEpochs | null> {
  const [epoch, length] = await Promise.all([ask(relayAbi, relay, "currentEpoch").catch(nullIfAbsent), ask(relayAbi, relay, "proofLength").catch(nullIfAbsent)]);
  return epoch === null || length === null ? null : { epoch: numberAt(epoch, "epoch"), proofLength: numberAt(length, "headers") };
}

async function delaysOf(ask: Ask, watchtower: Hex): Promise<ReadPeriods["redemptionDelaysMs"]> {
  const [enabled, disabled, none, one, two] = await Promise.all(["watchtowerEnabledAt", "watchtowerDisabledAt", "defaultDelay", "levelOneDelay", "levelTwoDelay"].map((fn) => ask(watchtowerAbi, watchtower, fn)));
  const seconds = (found: AbiRecord | undefined): number => (found === undefined ? 0 : numberAt(found, "delay"));
  const isOn = enabled !== undefined && numberAt(enabled, "at") > 0 && disabled !== undefined && numberAt(disabled, "at") === 0;
  return isOn ? [seconds(none) * msPerSecond, seconds(one) * msPerSecond, seconds(two) * msPerSecond] : null;
}
