import metadata from "@polkadot/types-support/metadata/static-substrate";
import { describe, expect, it } from "vitest";
import { dryRunCall } from "../../../relayer/submit/polkadot-rehearse.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { apiId, createRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { failureOf, rejected } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const account: Hex = `0x${"d4".repeat(32)}`;
const call: Hex = "0x000004ff";

const plain = createRuntime({ specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() }, metadata);

async function ask(answer: Hex, apis: readonly [Hex, number][]) {
  const asked: [string, Hex][] = [];
  // only what a dry run asks for
  const client = { runtimeCall: async (method: string, input: Hex) => (asked.push([method, input]), answer) } as unknown as PolkadotClient;
  const runtime = { ...plain, apis: new Map(apis) };
  const classify = ({ name }: { readonly name: string }) => rejected("test-dispatch-failed", name);
  const failure = await dryRunCall(client, runtime, { account, call, at: "0x12", classify }, new AbortController().signal).then(() => null, failureOf);
  return { asked, failure };
}

describe("a dry run by the runtime's own API", () => {
  const version = (number: number): [Hex, number][] => [[apiId("DryRunApi"), number]];

  it("is not asked for where the runtime has none", async () => {
    expect(await ask("0x", [])).toEqual({ asked: [], failure: null });
  });

  it("asks as the account, and in its second version with an XCM version", async () => {
    const origin = `0x0001${account.slice(2)}${call.slice(2)}`;
    expect((await ask("0x000000", version(1))).asked).toEqual([["DryRunApi_dry_run_call", origin]]);
    expect((await ask("0x000000", version(2))).asked).toEqual([["DryRunApi_dry_run_call", `${origin}04000000`]]);
  });

  it.each<[string, Hex, string | null]>([
    ["that went well", "0x00000000", null],
    ["that the API declined", "0x01", null],
    ["that failed, without a weight", "0x0001000002", "BadOrigin"],
    ["that failed in a module, with a weight", "0x000101040800030602000000", "Balances.InsufficientBalance"],
  ])("%s", async (_name, answer, expected) => {
    expect((await ask(answer, version(1))).failure?.message ?? null).toBe(expected);
  });
});
