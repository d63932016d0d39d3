/**
 * What a sync lane tells the engine about its two chains, so that one engine serves every light client.
 * Always: data and questions; each question ends. Never: a plan; src/core/plan.ts makes it.
 */
import type { SyncPolicy, Update } from "../src/core/plan.ts";
import type { BlockRef, ChainName, DeliveryId, Hex, Json, LaneName, Millis, SignerName } from "../src/core/values.ts";

/** The stored form of a planned update: its event's payload, and the proof its delivery is born with. */
export type Made = { readonly payload: Json; readonly proof: Json };
/** `after`: the update that is on its way before it, null for none. */
export type Make = (update: Pick<Update, "blocks">, after: DeliveryId | null) => Made;
export type Reason = { readonly code: string; readonly message: string };

export type Sight =
  /** nothing can be told now */
  | { readonly kind: "wait"; readonly reason: Reason }
  /** the target knows nothing yet: this block shall be its first */
  | { readonly kind: "begin"; readonly block: BlockRef; readonly make: Make }
  | {
      readonly kind: "follow";
      readonly start: number;
      /** every block of `best` and of what is in flight that the target knows */
      readonly known: ReadonlySet<Hex>;
      /** from a block that the target knows; as long as a plan can use */
      readonly best: readonly BlockRef[];
      /** why `best` ends before Bitcoin's, or why nothing new goes now; null: no reason */
      readonly held: (Reason & { readonly isNothingNew: boolean }) | null;
      readonly make: Make;
    };

export interface SyncSide {
  readonly name: LaneName;
  readonly source: ChainName;
  readonly target: ChainName;
  readonly signer: SignerName;
  /** kind of the events that carry updates, and how their ids begin */
  readonly eventKind: string;
  readonly eventPrefix: string;
  readonly policy: Pick<SyncPolicy, "maxBatch" | "maxInFlight">;
  /** the blocks of a stored update, oldest first */
  blocksIn(payload: Json): readonly BlockRef[];
  /** both chains as they are now; `inFlight` are the blocks on their way */
  look(inFlight: readonly BlockRef[], now: Millis, signal: AbortSignal): Promise<Sight>;
}
