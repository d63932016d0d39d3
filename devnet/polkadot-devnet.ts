/**
 * The Polkadot dev chain with what a bridge needs on it: a registered vault, an oracle whose prices stay fresh, a user, and the
 * relayer's key. Always: loaded only by a devnet that has the chain, because its packages take a second to load.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyOf } from "./bitcoin.ts";
import type { BitcoinDevnet } from "./bitcoin.ts";
import { connectInterbtc } from "./interbtc/chain.ts";
import { dotPair, registerVault } from "./interbtc/parties.ts";
import type { Vault } from "./interbtc/parties.ts";
import { createInterbtcUser } from "./interbtc/user.ts";
import type { InterbtcUser } from "./interbtc/user.ts";
import { startPolkadot } from "./polkadot/server.ts";
import type { PolkadotServer } from "./polkadot/server.ts";
import { misconfigured } from "../src/core/errors.ts";

export type PolkadotDevnet = {
  readonly server: PolkadotServer;
  readonly vault: Vault;
  readonly user: InterbtcUser;
  /** plain key file of the account that relays */
  readonly relayerKeyFile: string;
};

/** Well-known accounts; //Alice is sudo and oracle. */
export const polkadotRoles = { vault: "//Charlie", user: "//Dave", relayer: "//Eve" } as const;
/** 100,000 DOT: enough for some bitcoin at the preset's 10,000 DOT each */
const collateralPlanck = 10n ** 15n;

/** A registered vault, its user, and the relayer's key. Throws Misconfigured "devnet-bad-runtime", Rejected "devnet-call-failed". */
export async function openParties(options: { readonly folder: string; readonly server: PolkadotServer; readonly bitcoin: Promise<BitcoinDevnet> }): Promise<PolkadotDevnet> {
  const { folder, server } = options;
  const [vault, bitcoin] = await Promise.all([openVault(server.url), options.bitcoin]);
  const relayerKeyFile = join(folder, "polkadot-relayer.key");
  await writeFile(relayerKeyFile, `${polkadotRoles.relayer}\n`, { mode: 0o600 });
  return { server, vault, relayerKeyFile, user: createInterbtcUser({ url: server.url, bitcoin, who: polkadotRoles.user, vault }) };
}

export const startPolkadotServer = (folder: string): Promise<PolkadotServer> => startPolkadot({ folder });

/** Throws Misconfigured "devnet-bad-runtime" when the oracle has no price, Rejected "devnet-call-failed" when the vault is refused. */
async function openVault(url: string): Promise<Vault> {
  const chain = await connectInterbtc(url);
  try {
    const price = await chain.read("oracle", "aggregate", { ExchangeRate: dotPair.collateral });
    if (price === null) throw misconfigured("devnet-bad-runtime", "The oracle of the dev chain has no price of DOT: its genesis preset must feed one.");
    return await registerVault(chain, { who: polkadotRoles.vault, key: keyOf(`vault of ${polkadotRoles.vault}`), collateralPlanck });
  } finally {
    await chain.close();
  }
}
