/**
 * Was a request executed on the parachain, in which block, by which extrinsic, and with which payment?
 * Always: the request's own state answers first (two cheap questions while nothing happened); who did it is read from the block.
 * Never: takes the execution with another payment for ours, or searches more states than the logarithm of its age.
 */
import type { Executable } from "../../src/bridges/interbtc/executable.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { readExtrinsic } from "../../src/chains/polkadot/extrinsic.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../src/chains/polkadot/shape.ts";
import { holdsSince } from "../../src/chains/polkadot/since.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import type { Effect } from "../../src/ports.ts";

/** `by-another`: the request was executed with the payment `txid`, which is not the one asked about. */
export type Execution = { readonly kind: "none" } | { readonly kind: "effect"; readonly effect: Effect } | { readonly kind: "by-another"; readonly txid: Hex; readonly effect: Effect };
/** `id` of the request; `txid` in wire order */
export type ExecutionQuestion = { readonly executions: (runtime: PolkadotRuntime) => Executable; readonly id: Hex; readonly txid: Hex };

const checked = new WeakMap<PolkadotRuntime, Set<Executable>>();

/** The executions of a runtime, all that their lane uses of it looked at. Throws Unsafe "shape-changed". */
export function checkedExecutions({ executions }: Pick<ExecutionQuestion, "executions">, runtime: PolkadotRuntime): Executable {
  const found = executions(runtime);
  const fine = checked.get(runtime) ?? new Set();
  if (!fine.has(found)) checkShape(runtime, found.needs);
  checked.set(runtime, fine.add(found));
  return found;
}

/**
 * In the state of the best or the final block. Where the node no longer has the state before the execution, the head stands for
 * its block and nobody for its extrinsic (the caller may know more). Throws Unavailable "target-moved" when the chain changed meanwhile.
 */
export async function sightExecution(client: PolkadotClient, question: ExecutionQuestion, at: "best" | "final", signal: AbortSignal): Promise<Execution> {
  const head = await client.head(at, signal);
  const isExecuted = async (block: Hex): Promise<boolean> => {
    const known = checkedExecutions(question, await client.runtimeOf(block, signal));
    const value = await client.storage(known.pallet, known.item, [question.id], block, signal);
    return value !== null && known.read(question.id, value).isCompleted;
  };
  if (!(await isExecuted(head.hash))) return { kind: "none" };
  const block = await holdsSince(client, { head, holds: isExecuted }, signal);
  return block === null ? { kind: "effect", effect: { block: head, tx: null } } : whoDidIt(client, question, block, signal);
}

async function whoDidIt(client: PolkadotClient, question: ExecutionQuestion, block: BlockRef, signal: AbortSignal): Promise<Execution> {
  const [runtime, events, extrinsics] = await Promise.all([client.runtimeOf(block.hash, signal), client.events(block.hash, signal), client.extrinsics(block.hash, signal)]);
  const { id, txid } = question;
  const known = checkedExecutions(question, runtime);
  const event = events.find((one) => one.name === known.executedEvent && known.idOf(one) === id);
  const extrinsic = extrinsics.find(({ index }) => index === event?.extrinsic);
  // the chain did it by itself (a migration): nobody can have proved another payment
  if (extrinsic === undefined) return { kind: "effect", effect: { block, tx: null } };
  const effect = { block, tx: extrinsic.hash };
  const proven = known.provenTxid(readExtrinsic(runtime, extrinsic.raw).call, id);
  // hidden in a call that nobody can look into (a multisig's hash): the request is executed all the same
  return proven === null || proven === txid ? { kind: "effect", effect } : { kind: "by-another", txid: proven, effect };
}
