/**
 * The JSON-RPC face of the dev chain: what chopsticks answers, except where a real node answers otherwise: finality, blocks it
 * does not know, the pool. Always: only the legacy methods, so that clients take those; an unknown block is said to be unknown.
 * Never: chainHead_v1 and its kin, whose finality chopsticks would report at once.
 */
import { ResponseError, allHandlers } from "@acala-network/chopsticks";
import { blake2AsHex, decodeAddress, xxhashAsHex } from "@polkadot/util-crypto";

import { concatHex, hexOf, isHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DevBlock, HeadMove } from "./blocks.ts";
import type { DevChain } from "./chain.ts";
import type { ChainProperties } from "./genesis.ts";
import type { RpcRefusal } from "./pool-errors.ts";
import type { Pool } from "./pool.ts";
import type { Production } from "./production.ts";
import type { Submissions, Watcher } from "./submissions.ts";

export type Subscriptions = { readonly subscribe: (method: string, id: string, onCancel?: () => void) => (data: unknown) => void; readonly unsubscribe: (id: string) => void };
export type RpcMethod = (params: readonly unknown[], subscriptions: Subscriptions) => Promise<unknown>;

type Parts = { readonly chain: DevChain; readonly pool: Pool; readonly submissions: Submissions; readonly production: () => Production; readonly properties: ChainProperties };
/** The subscriptions of heads. */
export type Heads = { readonly methods: { readonly [name: string]: RpcMethod }; tell(move: HeadMove): Promise<void> };

/** Where a method takes the hash of a block; without one it means the head. */
const blockParam: { readonly [method: string]: number } = {
  chain_getHeader: 0, chain_getBlock: 0, state_getMetadata: 0, state_getRuntimeVersion: 0, state_getStorage: 1, state_getStorageAt: 1,
  state_getKeysPaged: 3, state_getKeysPagedAt: 3, state_queryStorageAt: 1, state_call: 2, state_getReadProof: 1, payment_queryInfo: 1, payment_queryFeeDetails: 1, system_dryRun: 1,
};
const hidden = /^(?:chainHead|chainSpec|archive|transaction|transactionWatch)_/;
const dev = /^dev_(?:newBlock|setHead|timeTravel|setBlockBuildMode)$/;

let ids = 0;
const newId = (): string => `dev${(ids += 1)}`;

/** What a refusal looks like on the wire, data included. */
class RefusedError extends ResponseError {
  readonly refusal: RpcRefusal;
  constructor(refusal: RpcRefusal) {
    super(refusal.code, refusal.message);
    this.refusal = refusal;
  }
  override toJSON(): RpcRefusal {
    return this.refusal;
  }
}

const accepted = (outcome: Hex | RpcRefusal): Hex => {
  if (typeof outcome === "string") return outcome;
  throw new RefusedError(outcome);
};

/** chopsticks' own answer. */
export function fromChopsticks(chain: DevChain, method: string, params: readonly unknown[], subscriptions: Subscriptions): Promise<unknown> {
  const handler = new Map(Object.entries(allHandlers)).get(method) as ((context: { chain: DevChain["blockchain"] }, params: readonly unknown[], subscriptions: Subscriptions) => Promise<unknown>) | undefined;
  if (handler === undefined) return Promise.reject(new ResponseError(-32601, `Method not found: ${method}`));
  return handler({ chain: chain.blockchain }, params, subscriptions);
}

const nothing: Subscriptions = { subscribe: () => () => undefined, unsubscribe: () => undefined };

type Push = (data: unknown) => void;

/** Best and finalized heads, each to who asked for it. In turn, so that nobody misses a head or hears one twice. */
export function createHeads(chain: DevChain): Heads {
  const told = { best: chain.tree.head(), final: chain.tree.final() };
  const followers = { best: new Map<string, Push>(), final: new Map<string, Push>() };
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const say = async (which: "best" | "final", block: DevBlock): Promise<void> => {
    const header = await fromChopsticks(chain, "chain_getHeader", [block.hash], nothing);
    told[which] = block;
    for (const push of followers[which].values()) push(header);
  };
  const following =
    (method: string, which: "best" | "final"): RpcMethod =>
    (_params, { subscribe }) => {
      const id = newId();
      const push = subscribe(method, id, () => void followers[which].delete(id));
      // after the answer with the id
      setImmediate(() => {
        void inTurn(async () => {
          push(await fromChopsticks(chain, "chain_getHeader", [told[which].hash], nothing));
          followers[which].set(id, push);
        });
      });
      return Promise.resolve(id);
    };
  const onBest = following("chain_newHead", "best");
  const onFinal = following("chain_finalizedHead", "final");
  return {
    methods: {
      chain_subscribeNewHead: onBest, chain_subscribeNewHeads: onBest, subscribe_newHead: onBest, chain_unsubscribeNewHead: ending, chain_unsubscribeNewHeads: ending, unsubscribe_newHead: ending,
      chain_subscribeAllHeads: following("chain_allHead", "best"), chain_unsubscribeAllHeads: ending,
      chain_subscribeFinalizedHeads: onFinal, chain_subscribeFinalisedHeads: onFinal, chain_unsubscribeFinalizedHeads: ending, chain_unsubscribeFinalisedHeads: ending,
    },
    tell: ({ head, finalized }) =>
      inTurn(async () => {
        if (head.hash !== told.best.hash) await say("best", head);
        for (const block of finalized) await say("final", block);
      }),
  };
}

const ending: RpcMethod = (params, { unsubscribe }) => {
  unsubscribe(String(params[0]));
  return Promise.resolve(true);
};

function chainMethods({ chain, production, properties }: Parts): { readonly [name: string]: RpcMethod } {
  const hashAt = (at: unknown): Hex | null => (at === null || at === undefined ? chain.tree.head() : chain.tree.at(Number(at)))?.hash ?? null;
  const getHash: RpcMethod = ([at]) => Promise.resolve(Array.isArray(at) ? at.map(hashAt) : hashAt(at));
  return {
    chain_getBlockHash: getHash, chain_getHead: getHash,
    chain_getFinalizedHead: () => Promise.resolve(chain.tree.final().hash),
    chain_getFinalisedHead: () => Promise.resolve(chain.tree.final().hash),
    system_syncState: () => {
      const { height } = chain.tree.head();
      return Promise.resolve({ startingBlock: 0, currentBlock: height, highestBlock: height });
    },
    system_properties: () => Promise.resolve(properties),
    rpc_methods: () => Promise.resolve({ methods: Object.keys(allHandlers).filter((name) => !hidden.test(name)).toSorted() }),
    dev_newBlock: async ([options]) => (await production().mine((options as { readonly count?: number } | undefined)?.count ?? 1)).at(-1)?.hash,
    dev_setHead: async ([at]) => (await production().setHead(at as Hex | number)).hash,
    dev_timeTravel: ([time]) => {
      chain.setTime(typeof time === "string" ? Date.parse(time) : Number(time));
      return Promise.resolve(time);
    },
  };
}

const accountsKey = concatHex(xxhashAsHex("System", 128), xxhashAsHex("Account", 128));

/** As frame_system keeps it, which is what AccountNonceApi says; read from storage, since chopsticks takes some 30 ms for any runtime call. */
async function nonceOf({ blockchain }: DevChain, account: Uint8Array): Promise<number> {
  const info = await blockchain.head.get(concatHex(accountsKey, blake2AsHex(account, 128), hexOf(account)));
  return info === undefined ? 0 : Buffer.from(info.slice(2), "hex").readUInt32LE(0);
}

function authorMethods({ chain, pool, submissions, production }: Parts): { readonly [name: string]: RpcMethod } {
  const pending = new Map<string, Watcher>();
  return {
    author_submitExtrinsic: async ([raw]) => {
      const hash = accepted(await submissions.submit(raw));
      production().poke();
      return hash;
    },
    author_submitAndWatchExtrinsic: async ([raw], { subscribe }) => {
      const id = newId();
      let push: (data: unknown) => void = () => undefined;
      const watcher: Watcher = (status) => void setImmediate(() => push(status)); // after the id
      accepted(await submissions.submit(raw, watcher));
      pending.set(id, watcher);
      push = subscribe("author_extrinsicUpdate", id, () => {
        submissions.unwatch(watcher);
        pending.delete(id);
      });
      production().poke();
      return id;
    },
    author_unwatchExtrinsic: ([id], { unsubscribe }) => {
      const watched = pending.has(String(id));
      unsubscribe(String(id));
      return Promise.resolve(watched);
    },
    author_pendingExtrinsics: () => Promise.resolve(pool.ready().map(({ raw }) => raw)),
    system_accountNextIndex: async ([address]) => {
      const account = decodeAddress(String(address));
      let nonce = await nonceOf(chain, account);
      const given = new Set(pool.ready().flatMap(({ provides }) => provides));
      const tag = (): Hex => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setUint32(0, nonce, true);
        return concatHex(hexOf(account), hexOf(bytes));
      };
      while (given.has(tag())) nonce += 1;
      return nonce;
    },
  };
}

/** The whole face. `lateMs()`: how long each answer is held back. */
export function createRpc(parts: Parts & { readonly heads: Heads; readonly lateMs: () => number }): (request: { readonly method: string; readonly params: readonly unknown[] }, subscriptions: Subscriptions) => Promise<unknown> {
  const { chain } = parts;
  const own: { readonly [name: string]: RpcMethod } = { ...chainMethods(parts), ...authorMethods(parts), ...parts.heads.methods };
  const answer = async (method: string, params: readonly unknown[], subscriptions: Subscriptions): Promise<unknown> => {
    const at = blockParam[method];
    const hash = at === undefined ? undefined : params[at];
    if (hash !== undefined && hash !== null && !(isHex(hash) && chain.tree.get(hash) !== null)) {
      if (method.startsWith("chain_")) return null;
      throw new ResponseError(4003, `Client error: UnknownBlock: Header was not found in the database: ${typeof hash === "string" ? hash : JSON.stringify(hash)}`);
    }
    const ours = own[method];
    if (ours !== undefined) return ours(params, subscriptions);
    if (hidden.test(method) || dev.test(method)) throw new ResponseError(-32601, "Method not found");
    return fromChopsticks(chain, method, params, subscriptions);
  };
  return async ({ method, params }, subscriptions) => {
    const late = parts.lateMs();
    if (late > 0) await new Promise((resolve) => setTimeout(resolve, late));
    return answer(method, params, subscriptions);
  };
}

