/** Which chain is the right one, with and without a configured genesis hash. The clients only say who they are. */
import { describe, expect, it } from "vitest";
import { polkadotCheck } from "../../../src/app/polkadot.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const hashOf = (digit: string): Hex => `0x${digit.repeat(64)}`;
const { signal } = new AbortController();

function node(genesis: Hex, specName = "gantry-dev"): PolkadotClient {
  const block = { chain: "polkadot", height: 1, hash: hashOf("9"), parent: genesis, time: 0 };
  const runtime = { specName, specVersion: 1, transactionVersion: 1 };
  const said = { name: "node", genesis: async () => genesis, head: async () => block, properties: async () => ({ all: {} }), runtimeAfter: async () => runtime };
  return said as unknown as PolkadotClient;
}
const chain = (genesis?: Hex): Parameters<typeof polkadotCheck>[0] => ({
  endpoints: [{ name: "node", url: "ws://127.0.0.1:1" }], pollMs: 6_000, timeoutMs: 1_000, maxLagBlocks: 2, demoteSeconds: 600, ...(genesis === undefined ? {} : { genesis }),
});
const codeOf = async (work: Promise<unknown>): Promise<string> => work.then(() => "right", (thrown: unknown) => failureOf(thrown).code);

describe("with a genesis hash", () => {
  it("takes that chain, whatever its runtime is called, and no other", async () => {
    const check = polkadotCheck(chain(hashOf("a")));
    expect(await codeOf(check(node(hashOf("a"), "interlay-parachain"), signal))).toBe("right");
    expect(await codeOf(check(node(hashOf("b")), signal))).toBe("wrong-genesis");
  });
});

describe("without one", () => {
  it("takes the development chain only: its keys are worth nothing", async () => {
    expect(await codeOf(polkadotCheck(chain())(node(hashOf("a"), "interlay-parachain"), signal))).toBe("wrong-runtime");
  });
  it("takes one chain only, although all endpoints are asked at once", async () => {
    const check = polkadotCheck(chain());
    const codes = await Promise.all([node(hashOf("a")), node(hashOf("b")), node(hashOf("a"))].map((client) => codeOf(check(client, signal))));
    expect(codes).toEqual(["right", "wrong-genesis", "right"]);
  });
});
