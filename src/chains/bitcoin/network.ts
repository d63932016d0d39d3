/**
 * Is this endpoint on the network we were told? Asked before the first answer of an endpoint is believed.
 * Always: bitcoind's own name of the network, and its genesis block where the node has one, must both agree.
 */
import { misconfigured } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";
import type { BitcoinClient } from "./client.ts";
import { fromDisplay, toDisplay } from "./order.ts";

const bitcoinNetworks = ["mainnet", "testnet4", "signet", "regtest"] as const;
export type BitcoinNetwork = (typeof bitcoinNetworks)[number];

/** name in getblockchaininfo, and genesis hash in display order (chainparams of Bitcoin Core 30) */
const known: Readonly<Record<BitcoinNetwork, { readonly chain: string; readonly genesis: string }>> = {
  mainnet: { chain: "main", genesis: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f" },
  testnet4: { chain: "testnet4", genesis: "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043" },
  signet: { chain: "signet", genesis: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6" },
  regtest: { chain: "regtest", genesis: "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206" },
};

/**
 * Throws Misconfigured "wrong-genesis" when the endpoint is on another network, Unavailable when it cannot say.
 * A node whose chain begins late has no genesis block to show; then its name of the network decides.
 */
export async function checkNetwork(client: BitcoinClient, expected: BitcoinNetwork, signal: AbortSignal): Promise<void> {
  const want = known[expected];
  const { chain } = await client.chainInfo(signal);
  const genesis: Hex | null = await client.hashAt(0, signal);
  if (chain === want.chain && (genesis === null || genesis === fromDisplay(want.genesis))) return;
  const shown = genesis === null ? "none" : toDisplay(genesis);
  throw misconfigured(
    "wrong-genesis",
    `Bitcoin endpoint "${client.name}" is on "${chain}" with genesis ${shown}; the configured network "${expected}" has genesis ${want.genesis}. Change the endpoint or the network (${bitcoinNetworks.join(", ")}).`,
    { evidence: { endpoint: client.name, chain, genesis } },
  );
}
