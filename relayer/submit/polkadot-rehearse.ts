/**
 * Asks the runtime about an extrinsic without changing anything: its fee, whether the account can pay, how it would end.
 * Always: what the chain does not offer is passed over; only a dispatch that would fail is a refusal.
 * Never: hands signed bytes to a node before they are durable.
 */
import { nativeBalance } from "../../src/chains/polkadot/balance.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { littleEndian } from "../../src/chains/polkadot/client.ts";
import { palletBy } from "../../src/chains/polkadot/items.ts";
import { pausedCalls, pausedIn } from "../../src/chains/polkadot/paused.ts";
import { apiId } from "../../src/chains/polkadot/runtime.ts";
import type { DispatchFailure, PolkadotCall, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { SignedTx } from "../../src/core/delivery.ts";
import type { Failure, GantryError } from "../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf, sizeOf, sliceHex } from "../../src/core/hex.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { checkFunds } from "./polkadot-fees.ts";

type Classify = (failure: DispatchFailure) => GantryError;

const dryRunApi = apiId("DryRunApi");

const u32 = (value: number): Hex => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return hexOf(bytes);
};

/** Inclusion fee in planck, without a tip, as TransactionPaymentApi tells it. The signature of `extrinsic` need not be valid. */
export async function feeOf(client: PolkadotClient, extrinsic: Hex, at: Hex, signal: AbortSignal): Promise<bigint> {
  const info = await client.runtimeCall("TransactionPaymentApi_query_info", concatHex(extrinsic, u32(sizeOf(extrinsic))), at, signal);
  // weight, class, and last the fee: u128
  return littleEndian(sliceHex(info, sizeOf(info) - 16));
}

type Cost = { readonly account: Hex; readonly at: Hex; readonly costPlanck: bigint };

/** Throws Unavailable "insufficient-funds". Where the balance is not known, the runtime's own word at sending counts. */
export async function checkCost(client: PolkadotClient, { account, at, costPlanck }: Cost, signal: AbortSignal): Promise<void> {
  const balance = await nativeBalance(client, account, at, signal);
  if (balance !== null) checkFunds(balance, costPlanck);
}

type Paused = { readonly call: PolkadotCall; readonly at: Hex; readonly classify: Classify };

/** Throws what `classify` makes of System.CallFiltered when root has paused the call, or one inside it: without a signature nothing else tells. */
export async function checkPaused(client: PolkadotClient, runtime: PolkadotRuntime, { call, at, classify }: Paused, signal: AbortSignal): Promise<void> {
  const found = pausedIn(call, await pausedCalls(client, runtime, at, signal));
  if (found !== null) throw classify({ name: "System.CallFiltered", about: `${found} is in TxPause.PausedCalls` });
}

type Rehearsal = { readonly account: Hex; readonly call: Hex; readonly at: Hex; readonly classify: Classify };

/** The call as the account, by DryRunApi, where the runtime has it: nothing is signed for it. Throws what `classify` makes of a failure. */
export async function dryRunCall(client: PolkadotClient, runtime: PolkadotRuntime, { account, call, at, classify }: Rehearsal, signal: AbortSignal): Promise<void> {
  const version = runtime.apis.get(dryRunApi);
  if (version === undefined) return;
  const system = palletBy(runtime.registry, "System")?.index.toNumber() ?? 0;
  // OriginCaller::system(RawOrigin::Signed(account)); the second version also wants an XCM version
  const origin = concatHex(hexOf(Uint8Array.of(system, 1)), account);
  const answer = await client.runtimeCall("DryRunApi_dry_run_call", concatHex(origin, call, ...(version >= 2 ? [u32(4)] : [])), at, signal);
  if (answer.startsWith("0x01")) return; // the API itself declined
  failIn(runtime, sliceHex(answer, 1), classify);
}

/** DispatchResultWithPostInfo: the error stands after the post info (weight option and fee choice). */
function failIn(runtime: PolkadotRuntime, bytes: Hex, classify: Classify): void {
  const raw = bytesOf(bytes);
  if (raw[0] !== 1) return;
  const info = runtime.registry.createTypeUnsafe("(Option<WeightV2>, bool)", [raw.slice(1)]);
  throw classify(dispatchIn(runtime, raw.slice(1 + info.encodedLength)));
}

const dispatchIn = (runtime: PolkadotRuntime, raw: Uint8Array): DispatchFailure => runtime.dispatchFailure(runtime.plain("SpRuntimeDispatchError", raw));

/** The saved bytes by system_dryRun, where the node offers it: why the runtime would fail them now. A validity error is the pool's to tell: submitting says it better. */
export async function refusalOf(client: PolkadotClient, tx: SignedTx, classify: Classify, { best, runtime }: { readonly best: BlockRef; readonly runtime: PolkadotRuntime }, signal: AbortSignal): Promise<Failure | null> {
  const answer = await client.dryRun(tx.raw, best.hash, signal);
  if (answer === null || !answer.startsWith("0x0001")) return null;
  return classify(dispatchIn(runtime, bytesOf(sliceHex(answer, 2)))).failure;
}
