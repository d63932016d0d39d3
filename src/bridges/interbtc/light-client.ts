/**
 * The parachain's Bitcoin light client (BTCRelay) at one parachain block, and what it says about a block's proofs.
 * Always: the answers are the pallet's own rules; "active" counts are active parachain blocks.
 * Never: I/O, or a wait in seconds: how fast either chain goes is not known here.
 */
import type { BlockRef, Hex } from "../../core/values.ts";
import type { StoredHeader } from "./dialect.ts";

/** One chain of BTCRelay.ChainsIndex: the main chain is 0, the others are forks. */
export type RelayChain = { readonly chainId: number; readonly startHeight: number; readonly maxHeight: number };

/** `forks` are all chains but 0; a chain that lost stays among them for ever. Hashes in wire order. */
export type LightClient = {
  /** the parachain block it was read at */
  readonly at: BlockRef;
  readonly isInitialised: boolean;
  /** height of its first block: nothing below can be told or proved */
  readonly start: number;
  readonly best: { readonly height: number; readonly hash: Hex };
  /** number of chains it ever had, the main chain among them */
  readonly chainCounter: number;
  readonly forks: readonly RelayChain[];
  /** how many Bitcoin blocks (the payment's own is the first) and how many active blocks a proof needs */
  readonly stable: { readonly bitcoin: number; readonly parachain: number };
  readonly activeBlocks: number;
  readonly isDifficultyChecked: boolean;
};

/** A fork whose height is less than `stable.bitcoin` below the best height stops every proof (OngoingFork). The highest such fork, or null. */
export function blockingFork({ forks, best, stable }: LightClient): RelayChain | null {
  const highest = forks.reduce<RelayChain | null>((before, fork) => (before === null || fork.maxHeight > before.maxHeight ? fork : before), null);
  return highest !== null && best.height < highest.maxHeight + stable.bitcoin ? highest : null;
}

export type NotYetCode = "block-not-relayed" | "on-relay-fork" | "bitcoin-confirmations" | "parachain-confirmations" | "ongoing-fork" | "relay-not-initialised";
export type Inclusion =
  /** `sinceActive`: active block since which the proof would have been taken, forks that came and went aside */
  | { readonly kind: "provable"; readonly sinceActive: number }
  /** `untilActive`: active block at which this reason ends by itself, where that can be known */
  | { readonly kind: "not-yet"; readonly code: NotYetCode; readonly untilActive: number | null };

/**
 * Would a proof for a transaction of this block be taken now? `header` is the block as the light client stores it; null: it does not.
 * `stableAt`: paraHeight of the main chain's header at `header.height + stable.bitcoin - 1`; null: that height is not there yet.
 * With several reasons the one is named that needs another party or another Bitcoin block; the clock comes last.
 */
export function inclusionOf(client: LightClient, header: StoredHeader | null, stableAt: number | null): Inclusion {
  const notYet = (code: NotYetCode, untilActive: number | null = null): Inclusion => ({ kind: "not-yet", code, untilActive });
  if (!client.isInitialised) return notYet("relay-not-initialised");
  if (header === null) return notYet("block-not-relayed");
  if (header.chainId !== 0) return notYet("on-relay-fork");
  const sinceClock = header.paraHeight + client.stable.parachain;
  if (client.best.height < header.height + client.stable.bitcoin - 1) return notYet("bitcoin-confirmations");
  if (blockingFork(client) !== null) return notYet("ongoing-fork");
  if (client.activeBlocks < sinceClock) return notYet("parachain-confirmations", sinceClock);
  return { kind: "provable", sinceActive: Math.max(sinceClock, stableAt ?? 0) };
}

/** Blocks between two changes of Bitcoin's target. */
const retargetBlocks = 2016;

/**
 * Which of `count` new headers on top of `ancestor` (the last one the light client knows) it can never check, because they
 * are the first of a period and the period before began on another of its chains (MissingBlockHeight). Heights, lowest first.
 * A header whose parent is on the main chain can be checked; so can those after the fork has become the main chain.
 */
export function retargetOnFork(client: LightClient, ancestor: StoredHeader, count: number): readonly number[] {
  if (!client.isDifficultyChecked) return [];
  const { best, forks, stable } = client;
  const parents = forks.find(({ chainId }) => chainId === ancestor.chainId);
  const parentTip = ancestor.chainId === 0 ? best.height : (parents?.maxHeight ?? ancestor.height);
  const extendsParent = parentTip === ancestor.height;
  if (extendsParent && ancestor.chainId === 0) return [];
  const first = ancestor.height + 1;
  const forkStart = extendsParent ? (parents?.startHeight ?? first) : first;
  const parentStart = ancestor.chainId === 0 ? client.start : (parents?.startHeight ?? first);
  const heights = Array.from({ length: count }, (_, index) => first + index);
  return heights.filter((height) => {
    if (height % retargetBlocks !== 0) return false;
    const isFirst = height === first;
    // a fork this much higher than the main chain has become the main chain before this header comes
    const hasWon = !isFirst && height - 1 >= best.height + Math.max(1, stable.bitcoin);
    const isOnMain = hasWon || (isFirst && ancestor.chainId === 0);
    const begins = isFirst ? parentStart : forkStart;
    return !isOnMain && begins > height - retargetBlocks;
  });
}

/**
 * Which of `count` new headers from height `first` on the genesis runtime (dialect v1) refuses by its own fault, on every chain and
 * for ever: it looks for the start of a period at the new header's own height. Nothing from there on can be told before an upgrade.
 */
export const retargetOnV1 = ({ isDifficultyChecked }: LightClient, first: number, count: number): readonly number[] =>
  isDifficultyChecked ? Array.from({ length: count }, (_, index) => first + index).filter((height) => height % retargetBlocks === 0) : [];
