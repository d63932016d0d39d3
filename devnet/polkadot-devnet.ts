/**
 * The Polkadot dev chain with what a bridge needs on it: a registered vault, and an oracle whose prices stay fresh.
 * Always: loaded only by a devnet that has the chain, because its packages take a second to load.
 */
import { keyOf } from "./bitcoin.ts";
import { connectInterbtc } from "./interbtc/chain.ts";
import { dotPair, registerVault } from "./interbtc/parties.ts";
import type { Vault } from "./interbtc/parties.ts";
import { startPolkadot } from "./polkadot/server.ts";
import type { PolkadotServer } from "./polkadot/server.ts";
import { misconfigured } from "../src/core/errors.ts";

export type PolkadotDevnet = { readonly server: PolkadotServer; readonly vault: Vault };

/** a well-known account that is neither sudo and oracle (//Alice) nor a user's */
const vaultAccount = "//Charlie";
/** 100,000 DOT: enough for some bitcoin at the preset's 10,000 DOT each */
const collateralPlanck = 10n ** 15n;

export const startPolkadotServer = (folder: string): Promise<PolkadotServer> => startPolkadot({ folder });

/** Throws Misconfigured "devnet-bad-runtime" when the oracle has no price, Rejected "devnet-call-failed" when the vault is refused. */
export async function openVault(url: string): Promise<Vault> {
  const chain = await connectInterbtc(url);
  try {
    const price = await chain.read("oracle", "aggregate", { ExchangeRate: dotPair.collateral });
    if (price === null) throw misconfigured("devnet-bad-runtime", "The oracle of the dev chain has no price of DOT: its genesis preset must feed one.");
    return await registerVault(chain, { who: vaultAccount, key: keyOf(`vault of ${vaultAccount}`), collateralPlanck });
  } finally {
    await chain.close();
  }
}
