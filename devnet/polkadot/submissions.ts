/**
 * What happens to an extrinsic between a client and a block: validation by the runtime, the pool, and what its sender is told.
 * Always: a status is told in the order it came true; after an end (finalized, usurped, dropped, invalid) nothing more comes.
 * Never: builds a block.
 */
import { blake2AsHex } from "@polkadot/util-crypto";

import { bytesOf, isHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DevBlock, HeadMove } from "./blocks.ts";
import type { DevChain } from "./chain.ts";
import { poolErrors } from "./pool-errors.ts";
import type { RpcRefusal } from "./pool-errors.ts";
import type { Pool, Validity } from "./pool.ts";

/** As a node writes it in author_extrinsicUpdate. */
export type TxStatus = string | { readonly [status: string]: Hex | readonly string[] };
export type Watcher = (status: TxStatus) => void;

export interface Submissions {
  /** the extrinsic's hash, or why not. The watcher is told only of an accepted one */
  submit(raw: unknown, watcher?: Watcher): Promise<Hex | RpcRefusal>;
  unwatch(watcher: Watcher): void;
  /** after the head moved: what was in blocks leaves the pool, what was in retracted ones comes back unless it is lost */
  moved(move: HeadMove, retracted: "pool" | "lost"): Promise<void>;
  /** out of the pool without a word on chain; banned: the pool refuses it from now on */
  drop(hash: Hex, banned: boolean): readonly Hex[];
}

export const hashOf = (raw: Hex): Hex => blake2AsHex(bytesOf(raw), 256);

/** Signed extrinsics have the top bit of the version byte set; it follows the compact length. */
function isSigned(raw: Hex): boolean {
  const bytes = bytesOf(raw);
  const mode = (bytes[0] ?? 0) & 3;
  return ((bytes[mode === 0 ? 1 : mode === 1 ? 2 : 4] ?? 0) & 0x80) !== 0;
}

const told = (name: unknown): string => String(name);

/** What the runtime says at the head. A call that fails is the runtime's refusal to decode it. */
async function validate(chain: DevChain, raw: Hex): Promise<Validity> {
  try {
    const validity = await chain.blockchain.validateExtrinsic(raw);
    if (validity.isOk) {
      const { priority, requires, provides, longevity } = validity.asOk;
      const tags = (list: typeof requires): readonly string[] => [...list].map((tag) => tag.toHex());
      return { ok: true, priority: priority.toBigInt(), requires: tags(requires), provides: tags(provides), longevity: longevity.toBigInt() };
    }
    const error = validity.asErr;
    if (error.isUnknown) return { ok: false, unknown: true, refusal: poolErrors.unknown(told(error.asUnknown.type)) };
    const why = error.asInvalid;
    return { ok: false, unknown: false, refusal: poolErrors.invalid(told(why.type), why.isCustom ? why.asCustom.toNumber() : null) };
  } catch (cause) {
    return { ok: false, unknown: true, refusal: poolErrors.unverifiable(cause instanceof Error ? cause.message : told(cause)) };
  }
}

type Watchers = { add(hash: Hex, watcher: Watcher): void; tell(hash: Hex, status: TxStatus, last?: boolean): void; remove(watcher: Watcher): void };

function createWatchers(): Watchers {
  const watching = new Map<Hex, Set<Watcher>>();
  return {
    add: (hash, watcher) => void watching.set(hash, (watching.get(hash) ?? new Set()).add(watcher)),
    tell: (hash, status, last = false) => {
      for (const watcher of watching.get(hash) ?? []) watcher(status);
      if (last) watching.delete(hash);
    },
    remove: (watcher) => {
      for (const some of watching.values()) some.delete(watcher);
    },
  };
}

export function createSubmissions(chain: DevChain, pool: Pool): Submissions {
  const watchers = createWatchers();
  const height = (): number => chain.tree.head().height;
  const signedIn = async (blocks: readonly DevBlock[]): Promise<readonly { raw: Hex; hash: Hex; block: DevBlock }[]> => {
    const found: { raw: Hex; hash: Hex; block: DevBlock }[] = [];
    for (const block of blocks) for (const raw of await chain.extrinsics(block.hash)) if (isSigned(raw)) found.push({ raw, hash: hashOf(raw), block });
    return found;
  };

  return {
    unwatch: (watcher) => watchers.remove(watcher),
    submit: async (raw, watcher) => {
      if (!isHex(raw) || raw.length < 10) return poolErrors.badFormat("Not enough data to fill buffer");
      const hash = hashOf(raw);
      const known = pool.known(hash, Date.now());
      if (known !== null) return known.refusal;
      const outcome = pool.submit({ hash, raw }, await validate(chain, raw), height(), Date.now());
      if (!outcome.ok) return outcome.refusal;
      if (watcher !== undefined) watchers.add(hash, watcher);
      watchers.tell(hash, outcome.state);
      for (const other of outcome.replaced) watchers.tell(other, { usurped: hash }, true);
      for (const other of outcome.promoted) watchers.tell(other, "ready");
      for (const other of outcome.dropped) watchers.tell(other, "dropped", true);
      return hash;
    },
    moved: async ({ retracted, enacted, finalized }, lot) => {
      const back = await signedIn(retracted);
      for (const { hash, block } of back) watchers.tell(hash, { retracted: block.hash });
      const included = await signedIn(enacted);
      const inBlock = new Set(included.map(({ hash }) => hash));
      const waiting = [...pool.ready(), ...pool.future(), ...(lot === "pool" ? back.toReversed() : [])].filter(({ hash }) => !inBlock.has(hash));
      const entries = await Promise.all(waiting.map(async ({ hash, raw }) => ({ hash, raw, validity: await validate(chain, raw) })));
      for (const hash of pool.renew(entries, [...inBlock], height(), Date.now())) watchers.tell(hash, "invalid", true);
      for (const { hash, block } of included) watchers.tell(hash, { inBlock: block.hash });
      for (const { hash, block } of await signedIn(finalized)) watchers.tell(hash, { finalized: block.hash }, true);
      if (lot === "lost") for (const { hash } of back) if (!inBlock.has(hash)) watchers.tell(hash, "dropped", true);
    },
    drop: (hash, banned) => {
      const dropped = pool.drop(hash);
      if (banned) pool.ban(dropped, Date.now());
      for (const one of dropped) watchers.tell(one, "dropped", true);
      return dropped;
    },
  };
}
