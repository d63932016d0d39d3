/**
 * Calls stopped by root on the dev chain, as governance does it on the real one: sent all the same, they fail with System.CallFiltered.
 * Always: when it resolves it is so at the head. Never: a name the runtime does not have, which would stop nothing.
 */
import type { Block } from "@acala-network/chopsticks";
import { compactStripLength } from "@polkadot/util";

import { misconfigured, rejected } from "../../src/core/errors.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { DevBlock } from "./blocks.ts";
import type { DevChain } from "./chain.ts";
import type { Production } from "./production.ts";
import { bySudo } from "./sudo.ts";

/** Names as in the metadata, e.g. "BTCRelay" and "store_block_header"; no call: all calls of the pallet. */
export type Pausable = { readonly pallet: string; readonly call: string | null };

const list = (names: readonly string[]): string => names.join(", ");

/** Calls of the pallet. Throws Rejected "devnet-unknown-call", with the names there are. */
async function callsOf(block: Block, { pallet, call }: Pausable): Promise<readonly string[]> {
  const { metadata, lookup } = await block.registry;
  const namesOf = ({ calls }: (typeof metadata.pallets)[number]): readonly string[] =>
    calls.isNone ? [] : lookup.getSiType(calls.unwrap().type).def.asVariant.variants.map(({ name }) => name.toString());
  const found = metadata.pallets.find(({ name }) => name.toString() === pallet);
  if (found === undefined) {
    const withCalls = metadata.pallets.filter(({ calls }) => calls.isSome).map(({ name }) => name.toString());
    throw rejected("devnet-unknown-call", `The runtime has no pallet "${pallet}"; those with calls are ${list(withCalls)}.`);
  }
  const names = namesOf(found);
  if (call !== null && !names.includes(call)) throw rejected("devnet-unknown-call", `${pallet} has no call "${call}"; its calls are ${list(names)}.`);
  return names;
}

async function isNoted(block: Block, { pallet, call }: Pausable): Promise<boolean> {
  const item = (await block.meta).query["txPause"]?.["pausedCalls"];
  if (item === undefined) throw misconfigured("devnet-bad-runtime", "The runtime has no TxPause.PausedCalls: its calls cannot be paused.");
  return (await block.get(hexOf(compactStripLength(item([pallet, call]))[1]))) !== undefined;
}

/**
 * Pauses or unpauses. Unpausing a pallet takes back the pauses of its single calls, too. Throws Rejected "devnet-unknown-call", and
 * "devnet-call-failed" for what root's pallet refuses; Misconfigured "devnet-bad-runtime".
 */
export async function setPaused(chain: DevChain, production: Production, what: Pausable, on: boolean): Promise<DevBlock> {
  const { pallet, call } = what;
  const block = chain.blockchain.head;
  const calls = await callsOf(block, what);
  const whole: Pausable = { pallet, call: null };
  const wholeIsPaused = await isNoted(block, whole);
  if (!on && call !== null && wholeIsPaused) throw rejected("devnet-call-failed", `All calls of ${pallet} are paused, so ${call} cannot be unpaused alone; unpause ${pallet}.`);

  const candidates = on ? [what] : call === null ? [whole, ...calls.map((name): Pausable => ({ pallet, call: name }))] : [what];
  const changing: Pausable[] = [];
  for (const candidate of candidates) {
    if ((await isNoted(block, candidate)) !== on && !(on && wholeIsPaused)) changing.push(candidate);
  }
  if (changing.length === 0) return chain.tree.head();
  const method = on ? "pause" : "unpause";
  const after = await production.include(async () => [await bySudo(chain, changing.map((name) => ({ section: "txPause", method, args: [[name.pallet, name.call]] })))]);
  for (const name of changing) {
    if ((await isNoted(chain.blockchain.head, name)) !== on) throw rejected("devnet-call-failed", `TxPause refused to ${method} ${call === null ? pallet : `${pallet}.${call}`} in block ${after.height}.`);
  }
  return after;
}
