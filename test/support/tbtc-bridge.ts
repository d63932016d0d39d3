/**
 * A Bridge of plain values, as far as the monitor asks it: its periods, its relay's epochs, its watchtower, the pool's balance.
 * Always: answers are encoded by ethers from their own signatures, not by the code under test.
 */
import { Interface } from "ethers";
import { noAddress } from "../../src/bridges/tbtc/keys.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { rejected, unavailable } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";

const contracts = new Interface([
  "function redemptionParameters() view returns (uint64,uint64,uint64,uint64,uint32,uint96,uint32)",
  "function movingFundsParameters() view returns (uint64,uint64,uint32,uint32,uint96,uint32,uint16,uint64,uint32,uint96,uint32)",
  "function contractReferences() view returns (address,address,address,address)",
  "function getRedemptionWatchtower() view returns (address)",
  "function currentEpoch() view returns (uint64)",
  "function proofLength() view returns (uint64)",
  "function watchtowerEnabledAt() view returns (uint32)",
  "function watchtowerDisabledAt() view returns (uint32)",
  "function defaultDelay() view returns (uint32)",
  "function levelOneDelay() view returns (uint32)",
  "function levelTwoDelay() view returns (uint32)",
]);
export const bridge: Hex = `0x${"b1".repeat(20)}`;
const tower: Hex = `0x${"3a".repeat(20)}`;

/** What it says; change it between questions. Seconds, as the contracts do. */
export type Says = {
  away: boolean; redemptionTimeout: number; movingFundsTimeout: number; sweepTimeout: number;
  /** null: the relay does not number its epochs */
  relay: { epoch: number; proofLength: number } | null;
  /** null: no watchtower */
  watchtower: { enabledAt: number; disabledAt: number; delays: readonly [number, number, number] } | null;
  balanceWei: bigint;
};

export function createTbtcBridge(change: Partial<Says> = {}) {
  const says: Says = { away: false, redemptionTimeout: 432_000, movingFundsTimeout: 604_800, sweepTimeout: 604_800, relay: null, watchtower: null, balanceWei: 10n ** 18n, ...change };
  let asked = 0;
  const values: Readonly<Record<string, () => readonly unknown[]>> = {
    redemptionParameters: () => [0, 0, 0, 0, says.redemptionTimeout, 0, 0],
    movingFundsParameters: () => [0, 0, 0, says.movingFundsTimeout, 0, 0, 0, 0, says.sweepTimeout, 0, 0],
    contractReferences: () => [noAddress, bridge, noAddress, noAddress],
    getRedemptionWatchtower: () => [says.watchtower === null ? noAddress : tower],
    currentEpoch: () => [says.relay?.epoch ?? missing()],
    proofLength: () => [says.relay?.proofLength ?? missing()],
    watchtowerEnabledAt: () => [says.watchtower?.enabledAt], watchtowerDisabledAt: () => [says.watchtower?.disabledAt],
    defaultDelay: () => [says.watchtower?.delays[0]], levelOneDelay: () => [says.watchtower?.delays[1]], levelTwoDelay: () => [says.watchtower?.delays[2]],
  };
  const client = {
    name: "fake",
    blockBy: async () => ({ chain: "ethereum", height: 1, hash: `0x${"0b".repeat(32)}`, parent: `0x${"0a".repeat(32)}`, time: 0 }),
    balance: async () => says.balanceWei,
    call: async ({ data }: { readonly data: Hex }) => {
      const fn = contracts.parseTransaction({ data })?.name ?? missing();
      return contracts.encodeFunctionResult(fn, values[fn]?.() ?? missing()) as Hex;
    },
  } as unknown as EthereumClient;
  const ethereum = {
    ask: async (call: (client: EthereumClient, signal: AbortSignal) => Promise<unknown>, signal: AbortSignal) => {
      asked += 1;
      if (says.away) throw unavailable("no-endpoint", "nobody answers");
      return { value: await call(client, signal), endpoint: "fake" };
    },
  } as unknown as Endpoints<EthereumClient>;
  return { says, ethereum, asked: () => asked };
}

function missing(): never {
  throw rejected("call-reverted", "no such function", { evidence: { reason: null, data: "0x" } });
}
