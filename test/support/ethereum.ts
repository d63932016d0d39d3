/**
 * A real anvil with one tiny contract, for tests of the Ethereum adapters. Blocks come only when asked for.
 * The contract, hand-assembled: calldata topic(32) data → LOG1(topic, data); 0xff… → revert with the rest; 0xfd → closes the
 * gate; 0xfe… → reverts with the rest once the gate is closed, else does nothing.
 */
import { createRunFolder } from "../../devnet/processes.ts";
import { startAnvil } from "../../devnet/servers.ts";
import { until } from "../../devnet/until.ts";
import { createEthereumClient } from "../../src/chains/ethereum/client.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import { createClock } from "../../src/clock.ts";
import type { Hex } from "../../src/core/values.ts";
import { createMemoryMeter } from "./quiet.ts";

const runtime =
  "60003560001a8060ff14602c578060fe14603a5760fd14604257" + // which mode
  "60203603806020600037600035906000a100" + // log
  "5b600136038060016000376000fd" + // 0x2c: revert
  "5b600054602c5700" + // 0x3a: gate
  "5b600160005500"; // 0x42: close
const creation: Hex = `0x604980600b6000396000f3${runtime}`;

export const topicOf = (number: number): Hex => `0x01${number.toString(16).padStart(62, "0")}`;
/** Error(string) as revert data */
export const errorData = (reason: string): string =>
  `08c379a0${"20".padStart(64, "0")}${reason.length.toString(16).padStart(64, "0")}${Buffer.from(reason).toString("hex").padEnd(64, "0")}`;

export type TestChain = {
  readonly url: string;
  readonly contract: Hex;
  readonly client: EthereumClient;
  readonly signal: AbortSignal;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  mine(blocks?: number): Promise<void>;
  /** puts a transaction of anvil's second account (or `from`) into the pool; its hash */
  send(data: Hex, more?: { readonly from?: Hex; readonly to?: Hex; readonly nonce?: string; readonly maxFeePerGas?: string; readonly maxPriorityFeePerGas?: string }): Promise<Hex>;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
};

export const first: Hex = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
export const second: Hex = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

export async function startTestChain(): Promise<TestChain> {
  const folder = await createRunFolder();
  const anvil = await startAnvil({ folder: folder.path });
  const { signal } = new AbortController();
  const rpc = (method: string, ...params: unknown[]): Promise<unknown> => anvil.rpc.call(method, params, signal);
  const created = await rpc("eth_sendTransaction", { from: second, data: creation });
  const { contractAddress: contract } = await until("the test contract", async () => (await rpc("eth_getTransactionReceipt", created)) as { contractAddress: Hex } | null, { withinMs: 60_000 });
  await rpc("evm_setAutomine", false);
  return {
    url: anvil.url,
    contract,
    client: createEthereumClient(anvil.rpc),
    signal,
    rpc,
    mine: async (blocks = 1) => void (await rpc("anvil_mine", `0x${blocks.toString(16)}`)),
    send: async (data, more = {}) => (await rpc("eth_sendTransaction", { from: second, to: contract, data, gas: "0x30d40", ...more })) as Hex,
    freeze: () => anvil.freeze(),
    thaw: () => anvil.thaw(),
    async close() {
      await anvil.stop();
      await folder.remove();
    },
  };
}

/** Endpoints by name and URL, in this order, as the program composes them. */
export function endpointsOf(urls: Readonly<Record<string, string>>, timeoutMs = 20_000): Endpoints<EthereumClient> & { readonly meter: ReturnType<typeof createMemoryMeter> } {
  const meter = createMemoryMeter();
  const endpoints = Object.entries(urls).map(([name, url]) => ({ name, client: createEthereumClient(createJsonRpc({ name, url, timeoutMs })) }));
  return { ...createEndpoints({ chain: "ethereum", endpoints, clock: createClock(), meter }), meter };
}
