/**
 * Whether a Bitcoin transaction pays an issue, and when an issue may be cancelled.
 * Always: as the pallet finds it: the first output that pays the deposit address counts, alone; both clocks must have run out.
 * Never: decides whether it is proved; less than asked for only the requester can settle.
 */
import type { BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { totalSat } from "./issue-request.ts";
import type { IssueRequest } from "./issue-request.ts";

/** When a request was opened, and how long it has. */
type Opened = Pick<IssueRequest, "openActive" | "periodActive" | "bitcoinHeight">;

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
