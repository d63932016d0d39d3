/**
 * The plain values every folder shares.
 * Always: data only, no behaviour beyond constructors and comparisons; hashes are lower-case hex with 0x;
 * Bitcoin hashes are in wire order (display order exists only at the edge, in chains/bitcoin/order.ts).
 * Never: a clock, chance, I/O, or a bare height where a block is meant.
 */

declare const brand: unique symbol;
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Lower-case hex with 0x, whole bytes. */
export type Hex = `0x${string}`;
/** Milliseconds since 1970, or a span of milliseconds. */
export type Millis = number;
/** What can be stored: bigints travel as decimal strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const chainNames = ["bitcoin", "polkadot", "ethereum"] as const;
export type ChainName = (typeof chainNames)[number];

export type LaneName = Brand<string, "LaneName">;
export type EventId = Brand<string, "EventId">;
export type DeliveryId = Brand<string, "DeliveryId">;
export type TransferId = Brand<string, "TransferId">;
export type WatchId = Brand<string, "WatchId">;
export type SignerName = Brand<string, "SignerName">;

export const laneName = (text: string): LaneName => text as LaneName;
export const eventId = (text: string): EventId => text as EventId;
export const deliveryId = (text: string): DeliveryId => text as DeliveryId;
export const transferId = (text: string): TransferId => text as TransferId;
export const watchId = (text: string): WatchId => text as WatchId;
export const signerName = (text: string): SignerName => text as SignerName;

/** One block of one chain. `time` is the block's own timestamp. A height never travels without its hash. */
export type BlockRef = {
  readonly chain: ChainName;
  readonly height: number;
  readonly hash: Hex;
  readonly parent: Hex;
  readonly time: Millis;
};


/**
 * Something that happened on a source chain. `id` survives a reorg; `at` is the canonical block that holds it now,
 * or null while no canonical block does; `generation` counts how often `at` moved.
 */
export type SourceEvent = {
  readonly id: EventId;
  readonly chain: ChainName;
  readonly kind: string;
  readonly at: BlockRef | null;
  readonly generation: number;
  readonly payload: Json;
};

/** A Bitcoin output: transaction id in wire order and output index. */
export type Outpoint = { readonly txid: Hex; readonly index: number };

/** What a Bitcoin block is searched for: a script that is paid, or an output that is spent. */
export type WatchTarget = { readonly script: Hex } | { readonly outpoint: Outpoint };

/** `forWhom` is the bridge's own key (e.g. `tbtc:0x<wallet>`); `heightHint` is the first height that can match. */
export type Watch = {
  readonly id: WatchId;
  readonly chain: ChainName;
  readonly target: WatchTarget;
  readonly forWhom: string;
  readonly heightHint: number;
  /** the last height that can matter: once it is final and searched the watch is over; absent: it stays until its end is told */
  readonly untilHeight?: number;
  readonly detail: Json;
};

/** How a block stands in our view of its chain. `unknown` = not in the view (above it, or never seen): wait. */
export type Standing = "final" | "tip" | "dropped" | "unknown";

/** What a waiting delivery is waiting for besides `wakeAt`. */
export type Wait =
  | { readonly chain: ChainName; readonly height: number; readonly at: "best" | "final" }
  | { readonly fact: string }
  /** a slot that this signer, which may have so many transactions on their way, can hand out */
  | { readonly signer: SignerName; readonly maxOpenSlots: number };

/** The smallest thing an unsafe fact stops. */
export type Scope = {
  readonly kind: "lane" | "signer" | "chain";
  readonly name: string;
};

/** `pause` is a person's wish, `unsafe` and `bug` are facts. All of them stop the scope until resumed. */
export type Halt = {
  readonly scope: Scope;
  readonly code: string;
  readonly because: string;
  readonly since: Millis;
};

/** What was done and why, kept for people: the steps of deliveries, orders, halts. */
export type AuditEntry = {
  readonly at: Millis;
  /** "relay", "watch", "monitor" or the person's login */
  readonly who: string;
  readonly what: string;
  readonly subject: string;
  readonly because: string | null;
  readonly detail: Json;
};
