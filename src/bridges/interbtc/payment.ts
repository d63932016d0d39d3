/**
 * Whether a Bitcoin transaction pays an issue, and when an issue may be cancelled.
 * Always: as the pallet finds it: the first output that pays the deposit address counts, alone; both clocks must have run out.
 * Never: decides whether it is proved; less than asked for only the requester can settle.
 */
import type { BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { usualBlockMs } from "../../core/policy.ts";
import type { BlockRef, Millis } from "../../core/values.ts";
import { totalSat } from "./issue-request.ts";
import type { IssueRequest } from "./issue-request.ts";

/** how many blocks of the parachain the protocol reckons for one of Bitcoin's */
const blocksPerBitcoinBlock = 50;
/** a payment cannot be older than its request, but the light client may have been ahead of a branch that was replaced since */
const paidEarlierBlocks = 6;

/** When a request was opened, and how long it has. */
export type Opened = Pick<IssueRequest, "openActive" | "periodActive" | "bitcoinHeight">;

/** `index` of the output that counts. */
export type IssuePayment = { readonly kind: "exact" | "over" | "under"; readonly paidSat: bigint; readonly index: number };

/** Null: no output pays the deposit address. */
export function judgePayment(request: IssueRequest, tx: Pick<BitcoinTx, "outputs">): IssuePayment | null {
  const index = tx.outputs.findIndex(({ script }) => script === request.script);
  const paidSat = tx.outputs[index]?.valueSat;
  if (paidSat === undefined) return null;
  const asked = totalSat(request);
  return { kind: paidSat === asked ? "exact" : paidSat > asked ? "over" : "under", paidSat, index };
}

/** `globalPeriod`: Issue.IssuePeriod; `parachainBlocksPerBitcoinBlock`: the constant of BTCRelay. */
export type ExpiryRule = { readonly globalPeriod: number; readonly parachainBlocksPerBitcoinBlock: number };
/** While the present period is not known: a request has its own at least. */
export const ownPeriod: ExpiryRule = { globalPeriod: 0, parachainBlocksPerBitcoinBlock: blocksPerBitcoinBlock };
/** `bitcoinHeight`: the light client's best. */
export type ExpiryClocks = { readonly activeBlocks: number; readonly bitcoinHeight: number };

/** The last active block, and the last best Bitcoin height of the light client, at which the request is not expired. One of them suffices to keep it. */
export function expiryOf(request: Opened, { globalPeriod, parachainBlocksPerBitcoinBlock }: ExpiryRule): { readonly active: number; readonly bitcoinHeight: number } {
  const period = Math.max(globalPeriod, request.periodActive);
  return { active: request.openActive + period, bitcoinHeight: request.bitcoinHeight + Math.ceil(period / Math.max(1, parachainBlocksPerBitcoinBlock)) };
}

/** May anybody cancel it? Both clocks strictly past their ends. */
export function isExpired(request: Opened, clocks: ExpiryClocks & ExpiryRule): boolean {
  const last = expiryOf(request, clocks);
  return clocks.activeBlocks > last.active && clocks.bitcoinHeight > last.bitcoinHeight;
}

/**
 * For how many blocks of Bitcoin its time has been over, by the clock that passed its end last; 0 or less: nobody may cancel it yet.
 * A clock that stands still keeps it.
 */
export function overForBlocks(request: Opened, clocks: ExpiryClocks & ExpiryRule): number {
  const last = expiryOf(request, clocks);
  const byActive = Math.floor((clocks.activeBlocks - last.active) / Math.max(1, clocks.parachainBlocksPerBitcoinBlock));
  return Math.min(clocks.bitcoinHeight - last.bitcoinHeight, byActive);
}

/** About when a request that is paid in `block` runs out, by Bitcoin's clock alone. For the order among payments that nobody has looked at yet. */
export const runsOutAbout = (request: Opened, block: Pick<BlockRef, "height" | "time">): Millis =>
  block.time + (expiryOf(request, ownPeriod).bitcoinHeight - block.height) * usualBlockMs.bitcoin;

/** The first Bitcoin block that can hold the payment of a request which was made at this best height of the light client. */
export const paidFromHeight = ({ bitcoinHeight }: Pick<Opened, "bitcoinHeight">): number => Math.max(0, bitcoinHeight - paidEarlierBlocks);
