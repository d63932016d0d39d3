/**
 * An issue request as the parachain stores it, the same for every dialect, and as it travels in events and watches.
 * Always: amounts in satoshi; `totalSat` is what the user must pay; heights named "active" count the parachain's active blocks.
 * Never: judges a request; payment.ts does.
 */
import type { Hex, Json } from "../../core/values.ts";

/** Currencies as short words ("DOT", "ForeignAsset:1"), for display and comparison. */
export type VaultId = { readonly account: Hex; readonly collateral: string; readonly wrapped: string };
export type IssueStatus = "pending" | "completed" | "cancelled";

export type IssueRequest = {
  readonly id: Hex;
  readonly requester: Hex;
  readonly vault: VaultId;
  /** what is minted for the user, and the fee that is minted beside it */
  readonly amountSat: bigint;
  readonly feeSat: bigint;
  /** output script of the deposit address */
  readonly script: Hex;
  /** active block at which it was opened, and after how many more it may expire */
  readonly openActive: number;
  readonly periodActive: number;
  /** best Bitcoin height of the light client when it was opened */
  readonly bitcoinHeight: number;
  readonly status: IssueStatus;
};

/** What must be paid to the deposit address, in one output. */
export const totalSat = ({ amountSat, feeSat }: Pick<IssueRequest, "amountSat" | "feeSat">): bigint => amountSat + feeSat;

/** For event payloads and watch details: bigints as decimal text. */
export const requestToJson = (request: IssueRequest): Json => ({ ...request, amountSat: `${request.amountSat}`, feeSat: `${request.feeSat}` });

/** The inverse. For what this program stored itself. */
export function requestFromJson(json: Json): IssueRequest {
  const stored = json as unknown as Omit<IssueRequest, "amountSat" | "feeSat"> & { readonly amountSat: string; readonly feeSat: string };
  return { ...stored, amountSat: BigInt(stored.amountSat), feeSat: BigInt(stored.feeSat) };
}
