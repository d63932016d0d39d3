import { beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../../../src/core/errors.ts";
import { checkTbtc } from "../../../src/app/tbtc-start-check.ts";
import type { ConfiguredTbtc } from "../../../src/app/tbtc-start-check.ts";
import { addresses, createFakeEthereum } from "../../support/tbtc-fakes.ts";
import type { FakeEthereum } from "../../support/tbtc-fakes.ts";

const { signal } = new AbortController();
const { bridge, bank, relay, registry: walletRegistry, pool: reimbursementPool, proxy: maintainerProxy, maintainer } = addresses;
const good: ConfiguredTbtc = { bridge, bank, relay, walletRegistry, reimbursementPool, maintainerProxy, maintainer };
let ethereum: FakeEthereum;
beforeEach(() => {
  ethereum = createFakeEthereum();
});
const failure = async (change: Partial<ConfiguredTbtc>) =>
  failureOf(await checkTbtc(ethereum.client, { ...good, ...change }, signal).then(() => null, (thrown: unknown) => thrown));

describe("start check", () => {
  it("passes when all is as configured, and tells what the Bridge refers to", async () => {
    expect(await checkTbtc(ethereum.client, good, signal)).toEqual({ bank, relay, walletRegistry, reimbursementPool, watchtower: null });
  });

  it("compares only what is configured", async () => {
    const bare = { ...good, bank: null, relay: null, walletRegistry: null, reimbursementPool: null, maintainerProxy: null, maintainer: null };
    expect(await checkTbtc(ethereum.client, bare, signal)).toMatchObject({ relay });
  });

  it.each([
    ["bank", { bank: relay }], ["relay", { relay: bank }], ["walletRegistry", { walletRegistry: bank }], ["reimbursementPool", { reimbursementPool: bank }],
  ] as const)("names %s when the Bridge uses another one, with both values", async (key, change) => {
    const found = await failure(change);
    expect(found).toMatchObject({ remedy: "Misconfigured", code: "tbtc-reference-differs" });
    for (const part of [`bridges.tbtc.${key}`, Object.values(change)[0], good[key]]) expect(found.message).toContain(part);
  });

  it("refuses an address without a contract", async () => {
    expect(await failure({ bridge: `0x${"99".repeat(20)}` })).toMatchObject({ remedy: "Misconfigured", code: "tbtc-contract-without-code" });
    expect(await failure({ maintainerProxy: `0x${"99".repeat(20)}` })).toMatchObject({ code: "tbtc-contract-without-code" });
  });

  it("refuses an account that is no maintainer", async () => {
    ethereum.says.maintainers = [];
    const found = await failure({});
    expect(found).toMatchObject({ remedy: "Misconfigured", code: "tbtc-maintainer-not-authorized" });
    expect(found.message).toContain(maintainer);
  });
});
