/** Which chain is the right one, with and without a configured genesis hash. The clients only say who they are. */
import { describe, expect, it } from "vitest";
import { polkadotCheck } from "../../../src/app/polkadot.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const hashOf = (digit: string): Hex => `0x${digit.repeat(64)}`;
const { signal } = new AbortController();

function node(genesis: Hex, specName = "gantry-dev", all: { readonly [name: string]: string } = {}): PolkadotClient {
  const block = { chain: "polkadot", height: 1, hash: hashOf("9"), parent: genesis, time: 0 };
  const runtime = { specName, specVersion: 1, transactionVersion: 1 };
  const said = { name: "node", genesis: async () => genesis, head: async () => block, properties: async () => ({ all }), runtimeAfter: async () => runtime };
  return said as unknown as PolkadotClient;
}
const chain = (genesis?: Hex): Parameters<typeof polkadotCheck>[0] => ({
  endpoints: [{ name: "node", url: "ws://127.0.0.1:1" }], pollMs: 6_000, timeoutMs: 1_000, maxLagBlocks: 2, demoteSeconds: 600, ...(genesis === undefined ? {} : { genesis }),
});
type Around = Parameters<typeof polkadotCheck>[1];
const alone = { chains: {}, bridges: {} } as Around;
/** interBTC on a configured Bitcoin network */
const interbtcOn = (network: string): Around => ({ chains: { bitcoin: { network } }, bridges: { interbtc: {} } }) as unknown as Around;
const codeOf = async (work: Promise<unknown>): Promise<string> => work.then(() => "right", (thrown: unknown) => failureOf(thrown).code);

describe("with a genesis hash", () => {
  it("takes that chain, whatever its runtime is called, and no other", async () => {
    const check = polkadotCheck(chain(hashOf("a")), alone);
    expect(await codeOf(check(node(hashOf("a"), "interlay-parachain"), signal))).toBe("right");
    expect(await codeOf(check(node(hashOf("b")), signal))).toBe("wrong-genesis");
  });
});

describe("without one", () => {
  it("takes the development chain only: its keys are worth nothing", async () => {
    expect(await codeOf(polkadotCheck(chain(), alone)(node(hashOf("a"), "interlay-parachain"), signal))).toBe("wrong-runtime");
  });
  it("takes one chain only, although all endpoints are asked at once", async () => {
    const check = polkadotCheck(chain(), alone);
    const codes = await Promise.all([node(hashOf("a")), node(hashOf("b")), node(hashOf("a"))].map((client) => codeOf(check(client, signal))));
    expect(codes).toEqual(["right", "wrong-genesis", "right"]);
  });
});

describe("for interBTC", () => {
  it("refuses a parachain whose light client follows another Bitcoin network", async () => {
    const onRegtest = node(hashOf("a"), "gantry-dev", { bitcoinNetwork: "bitcoin-regtest" });
    expect(await codeOf(polkadotCheck(chain(), interbtcOn("regtest"))(onRegtest, signal))).toBe("right");
    expect(await codeOf(polkadotCheck(chain(), interbtcOn("mainnet"))(onRegtest, signal))).toBe("wrong-property");
    expect(await codeOf(polkadotCheck(chain(), interbtcOn("regtest"))(node(hashOf("a")), signal))).toBe("wrong-property");
    expect(await codeOf(polkadotCheck(chain(), alone)(onRegtest, signal))).toBe("right");
  });
});
