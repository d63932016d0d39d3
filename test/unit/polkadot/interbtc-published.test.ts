/**
 * The dev chain's runtime beside the interface of a published package (interbtc-published.json): the same items, fields, order, types
 * and names of types, but for what is listed here. The package is older than the interface the runtime was written to.
 */
import { readFile } from "node:fs/promises";

import { beforeAll, expect, it } from "vitest";

import { createDevRuntime } from "../../support/dev-runtime.ts";
import { interfaceOf } from "../../support/interface-of.ts";
import type { InterfaceLines, PalletLines } from "../../support/interface-of.ts";

/** published, and not here: bridge fees are not given out, and Tokens has what the bridge needs; versions of storage are not kept */
const leftOut: readonly string[] = [
  "fee.calls 0 withdraw_rewards(vaultId: InterbtcPrimitivesVaultId, index: Option<u32>)",
  "fee.calls 7 set_commission(currencies: InterbtcPrimitivesVaultCurrencyPair, commission: u128)",
  "fee.storage storageVersion: FeeVersion",
  "issue.storage storageVersion: IssueVersion",
  "oracle.storage storageVersion: OracleVersion",
  "redeem.storage storageVersion: RedeemVersion",
  "replace.storage storageVersion: ReplaceVersion",
  "tokens.calls 1 transfer_all(dest: AccountId32, currencyId: InterbtcPrimitivesCurrencyId, keepAlive: bool)",
  "tokens.calls 2 transfer_keep_alive(dest: AccountId32, currencyId: InterbtcPrimitivesCurrencyId, amount: Compact<u128>)",
  "tokens.calls 3 force_transfer(source: AccountId32, dest: AccountId32, currencyId: InterbtcPrimitivesCurrencyId, amount: Compact<u128>)",
  "tokens.events 1 DustLost(currencyId: InterbtcPrimitivesCurrencyId, who: AccountId32, amount: u128)",
  "tokens.events 5 ReserveRepatriated(currencyId: InterbtcPrimitivesCurrencyId, from: AccountId32, to: AccountId32, amount: u128, status: FrameSupportTokensMiscBalanceStatus)",
  "tokens.events 7 TotalIssuanceSet(currencyId: InterbtcPrimitivesCurrencyId, amount: u128)",
  "tokens.events 11 LockSet(lockId: [u8; 8], currencyId: InterbtcPrimitivesCurrencyId, who: AccountId32, amount: u128)",
  "tokens.events 12 LockRemoved(lockId: [u8; 8], currencyId: InterbtcPrimitivesCurrencyId, who: AccountId32)",
  "tokens.events 13 Locked(currencyId: InterbtcPrimitivesCurrencyId, who: AccountId32, amount: u128)",
  "tokens.events 14 Unlocked(currencyId: InterbtcPrimitivesCurrencyId, who: AccountId32, amount: u128)",
  "tokens.errors 1 AmountIntoBalanceFailed",
  "tokens.errors 2 LiquidityRestrictions",
  "tokens.errors 3 MaxLocksExceeded",
  "tokens.errors 4 KeepAlive",
  "tokens.errors 5 ExistentialDeposit",
  "tokens.errors 6 DeadAccount",
  "tokens.errors 7 TooManyReserves",
  "tokens.storage locks(AccountId32, InterbtcPrimitivesCurrencyId): Vec<OrmlTokensBalanceLock>",
  "tokens.storage reserves(AccountId32, InterbtcPrimitivesCurrencyId): Vec<OrmlTokensReserveData>",
  "tokens.constants maxLocks: u32",
  "tokens.constants maxReserves: u32",
  "vaultRegistry.storage storageVersion: VaultRegistryVersion",
];
/** here, and not in this package: an error of later runtimes, a plain book of collateral, and prices that stay fresh on a dev chain */
const onlyHere: readonly string[] = [
  "btcRelay.errors 51 InvalidCoinbasePosition",
  "vaultRegistry.storage vaultCollateral(InterbtcPrimitivesVaultId): u128",
  "oracle.storage neverExpires: bool",
];

let published: InterfaceLines;
let ours: InterfaceLines;
beforeAll(async () => {
  published = JSON.parse(await readFile(new URL("../../fixtures/polkadot/interbtc-published.json", import.meta.url), "utf8")) as InterfaceLines;
  ours = interfaceOf(await createDevRuntime(), ["BTCRelay", "Currency", "Fee", "Issue", "Oracle", "Redeem", "Replace", "Security", "Tokens", "TxPause", "VaultRegistry"]);
});

/** Every line with where it stands: "issue.calls 2 cancel_issue(issueId: H256)". */
const palletLines = ({ pallets }: InterfaceLines): readonly string[] =>
  Object.entries(pallets).flatMap(([pallet, kinds]) => Object.entries(kinds satisfies PalletLines).flatMap(([kind, lines]) => lines.map((line) => `${pallet}.${kind} ${line}`)));
const without = (lines: readonly string[], others: readonly string[]): readonly string[] => lines.filter((line) => !others.includes(line));

it("what the package has and the runtime does not is what is left out", () => {
  expect(without(palletLines(published), palletLines(ours))).toEqual(leftOut);
});

it("what the runtime has and the package does not is known", () => {
  expect(without(palletLines(ours), palletLines(published))).toEqual(onlyHere);
});

it("calls, events and errors stand in the published order", () => {
  for (const pallet of Object.keys(ours.pallets)) {
    for (const kind of ["calls", "events", "errors"] as const) {
      const [here, there] = [ours.pallets[pallet]?.[kind] ?? [], published.pallets[pallet]?.[kind] ?? []];
      expect(here.filter((line) => there.includes(line))).toEqual(there.filter((line) => here.includes(line)));
    }
  }
});

it("every type of the runtime has the published name, fields and variants", () => {
  expect(Object.keys(ours.types).length).toBeGreaterThan(30);
  for (const [type, lines] of Object.entries(ours.types)) expect([type, lines]).toEqual([type, published.types[type]]);
});
