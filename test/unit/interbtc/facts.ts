/** Values that the tests of this folder share. */
import type { IssueRequest } from "../../../src/bridges/interbtc/issue-request.ts";
import type { Hex } from "../../../src/core/values.ts";

export const id: Hex = `0x${"1d".repeat(32)}`;
export const account: Hex = `0x${"d4".repeat(32)}`;
export const requester: Hex = `0x${"8e".repeat(32)}`;

/** 100,000 sat are asked for; it can be cancelled after active block 8,200 and Bitcoin height 844. */
export const request: IssueRequest = {
  id, requester, vault: { account, collateral: "DOT", wrapped: "IBTC" }, amountSat: 99_850n, feeSat: 150n,
  script: "0x00149976874f125cfac32a3c5b32006066bc4525fff4", openActive: 1_000, periodActive: 7_200, bitcoinHeight: 700, status: "pending",
};
