/**
 * What the monitor looks at: the ledger, the queue, the chains' heads, and what the configuration names.
 * Always: read only. The same value feeds gauges, `gantry status`, `gantry show` and the API.
 * Never: a relayer or watcher; the monitor stays true when they are dead.
 */
import type { Failure } from "../core/errors.ts";
import type { BlockRef, ChainName, EventId, Hex, LaneName, Millis, SignerName, SourceEvent, TransferId } from "../core/values.ts";
import type { TransferReport } from "../core/transfer.ts";
import type { Clock, Ledger, WakeQueue } from "../ports.ts";

/** One endpoint as its pool sees it. */
export type EndpointSeen = {
  readonly name: string;
  readonly up: boolean;
  readonly head: number | null;
  readonly lagBlocks: number | null;
  readonly demotedUntil: Millis | null;
  readonly lastFailure: Failure | null;
};

export type WatchedChain = {
  readonly name: ChainName;
  head(signal: AbortSignal): Promise<{ readonly best: BlockRef; readonly final: BlockRef }>;
  endpoints(): readonly EndpointSeen[];
};

export type KnownLane = {
  readonly name: LaneName;
  readonly source: ChainName;
  readonly target: ChainName;
  readonly signer: SignerName;
  describe(event: SourceEvent): string;
};

export type KnownSigner = {
  readonly name: SignerName;
  readonly chain: ChainName;
  readonly maxOpenSlots: number;
  /** funds in whole coins (ether, bitcoin, DOT), for display */
  balance(signal: AbortSignal): Promise<number>;
  /** digits of a whole coin after the point; default: those of the chain's own coin */
  readonly decimals?: number;
};

export type World = {
  readonly ledger: Ledger;
  readonly queue: WakeQueue;
  readonly clock: Clock;
  readonly chains: readonly WatchedChain[];
  readonly lanes: readonly KnownLane[];
  readonly signers: readonly KnownSigner[];
  /** the queue's eviction policy when it may drop wakes, else null; missing: the queue has none */
  readonly evicts?: () => Promise<string | null>;
  /** events a hash may stand for in some bridge (both byte orders are tried), e.g. the sweep a Bitcoin txid makes */
  readonly eventsOf?: (hash: Hex) => readonly EventId[];
  /** sentences about a transfer that its steps do not tell, e.g. what was paid and what can become of it */
  readonly notesOf?: (transfer: TransferReport) => Promise<readonly string[]>;
  /** transfers a hash may stand for, e.g. the deposits a Bitcoin transaction funds */
  readonly transfersOf?: (hash: Hex) => readonly TransferId[];
};

/** What was last heard of a chain. `seenAt` = host time at which `best` last changed. */
export type HeadSeen = {
  readonly best: BlockRef;
  readonly final: BlockRef;
  readonly seenAt: Millis;
  readonly askedAt: Millis;
};
