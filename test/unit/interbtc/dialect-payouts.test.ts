/** Redeems and replaces out of the bytes of both runtimes: one shape, whichever wrote them. */
import { beforeAll, describe, expect, it } from "vitest";
import { latest } from "../../../src/bridges/interbtc/dialect-latest.ts";
import { v1 } from "../../../src/bridges/interbtc/dialect-v1.ts";
import { payoutFromJson, payoutToJson } from "../../../src/bridges/interbtc/payout.ts";
import type { PayoutKind, PayoutRequest } from "../../../src/bridges/interbtc/payout.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../../src/chains/polkadot/shape.ts";
import { concatHex, reverseHex } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";
import { account, id, requester, thrownBy } from "./facts.ts";

const newVault: Hex = `0x${"ab".repeat(32)}`;
const little = (value: bigint | number, count: number): Hex => reverseHex(`0x${value.toString(16).padStart(2 * count, "0")}`);
/** DOT and token 1, which is the wrapped one in both */
const pair: Hex = "0x00000001";
const [payer, taker] = [concatHex(account, pair), concatHex(newVault, pair)];
const toAddress: Hex = "0x029976874f125cfac32a3c5b32006066bc4525fff4";
const script: Hex = "0x00149976874f125cfac32a3c5b32006066bc4525fff4";
const redeemBytes = (status: Hex): Hex =>
  concatHex(payer, little(1_000, 4), little(14_400, 4), little(2_500, 16), little(1_245, 16), little(496_255, 16), little(0, 16), requester, toAddress, little(700, 4), status);
const replaceBytes = (status: Hex): Hex =>
  concatHex(payer, taker, little(1_000_000, 16), little(5, 16), little(0, 16), little(2_000, 4), little(7_200, 4), toAddress, little(710, 4), status);

let dev: PolkadotRuntime;
beforeAll(async () => {
  dev = await createDevRuntime();
}, 60_000);
const genesis = createV1Runtime();

describe.each([["today's runtime", latest, () => dev, "IBTC", ["0x40", "0x41"]], ["the genesis runtime", v1, () => genesis, "INTERBTC", ["0x17", "0x18"]]] as const)("in %s", (_name, dialect, of, wrapped, pallets) => {
  const vault = { account, collateral: "DOT", wrapped };
  const read = (kind: PayoutKind, bytes: Hex): PayoutRequest => dialect.payoutRequest(kind, id, kind === "redeem" ? of().storageValue("Redeem", "RedeemRequests", bytes) : of().storageValue("Replace", "ReplaceRequests", bytes));
  const sign = (bytes: Hex) => {
    const [event] = of().events(concatHex("0x04", "0x00", little(2, 4), bytes, "0x00"));
    return event === undefined ? null : dialect.payoutSign(event);
  };

  it("all that is used of them is there", () => {
    expect(thrownBy(() => checkShape(of(), dialect.needs.payouts))).toBeNull();
  });

  it("a redeem is read from its bytes", () => {
    expect(read("redeem", redeemBytes("0x00"))).toEqual({ kind: "redeem", id, requester, vault, amountSat: 496_255n, script, openActive: 1_000, periodActive: 14_400, bitcoinHeight: 700, status: "pending" });
    expect((["0x01", "0x0200", "0x0201", "0x03"] as const).map((status) => read("redeem", redeemBytes(status)).status)).toEqual(["completed", "reimbursed", "reimbursed", "retried"]);
  });

  it("a replace is read from its bytes: the old vault owes it to the new one", () => {
    expect(read("replace", replaceBytes("0x00"))).toEqual({ kind: "replace", id, requester: newVault, vault, amountSat: 1_000_000n, script, openActive: 2_000, periodActive: 7_200, bitcoinHeight: 710, status: "pending" });
    expect((["0x01", "0x02"] as const).map((status) => read("replace", replaceBytes(status)).status)).toEqual(["completed", "cancelled"]);
  });

  it("is not guessed at when it is something else", () => {
    for (const kind of ["redeem", "replace"] as const) {
      for (const value of [null, "0x", { status: "Pending" }]) expect(thrownBy(() => dialect.payoutRequest(kind, id, value))).toMatchObject({ remedy: "Invalid", code: "interbtc-undecodable" });
    }
  });

  it.each([
    ["a request of a redeem", "requested", "redeem", 0, concatHex("0x00", id, requester, payer, little(496_255, 16), little(2_500, 16), little(0, 16), toAddress, little(1_245, 16)), null],
    ["its execution", "executed", "redeem", 0, concatHex("0x02", id, requester, payer, little(496_255, 16), little(2_500, 16), little(1_245, 16)), null],
    ["its cancellation for collateral", "cancelled", "redeem", 0, concatHex("0x03", id, requester, payer, little(9, 16), "0x0201"), "reimbursed"],
    ["its cancellation for the tokens", "cancelled", "redeem", 0, concatHex("0x03", id, requester, payer, little(9, 16), "0x03"), "retried"],
    ["the vault's tokens for a reimbursed one", "minted", "redeem", 0, concatHex("0x04", id, payer, little(500_000, 16)), null],
    ["the acceptance of a replace", "requested", "replace", 1, concatHex("0x02", id, payer, taker, little(1_000_000, 16), little(0, 16), toAddress), null],
    ["its execution", "executed", "replace", 1, concatHex("0x03", id, payer, taker), null],
    ["its cancellation", "cancelled", "replace", 1, concatHex("0x04", id, taker, payer, little(5, 16)), "cancelled"],
  ] as const)("%s is what an event says (%s)", (_what, stage, kind, pallet, event, status) => {
    expect(sign(concatHex(pallets[pallet], event))).toEqual({ kind, id, stage, status, vaults: kind === "redeem" ? [account] : [account, newVault] });
  });
});

it("other events say nothing of them", () => {
  const event = { index: 0, extrinsic: 1, pallet: "Replace", name: "RequestReplace", data: { oldVaultId: { accountId: account } } };
  expect([latest.payoutSign(event), latest.payoutSign({ ...event, name: "ExecuteReplace" }), v1.payoutSign({ ...event, pallet: "Issue", name: "RequestIssue", data: { issueId: id } })]).toEqual([null, null, null]);
});

it("travels in events and watches as it is", () => {
  const request: PayoutRequest = { kind: "redeem", id, requester, vault: { account, collateral: "DOT", wrapped: "IBTC" }, amountSat: 2n ** 60n, script, openActive: 1, periodActive: 2, bitcoinHeight: 3, status: "pending" };
  expect(payoutFromJson(JSON.parse(JSON.stringify(payoutToJson(request))) as never)).toEqual(request);
});
