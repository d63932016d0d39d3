/**
 * The configuration an operator would write for a devnet, as a file in its folder.
 * Always: only what differs from the defaults, plus impatience: blocks come every second here.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Devnet } from "../../devnet/devnet.ts";

export type DevnetConfig = { readonly file: string; readonly ledgerPath: string };

/** @returns the file, mode 0600, and where its ledger will be */
export async function writeDevnetConfig({ folder, servers, polkadot, tbtc, relayer, start }: Devnet): Promise<DevnetConfig> {
  const file = join(folder, "gantry.yml");
  const ledgerPath = join(folder, "gantry.sqlite");
  const text = stringify({
    instance: "devnet",
    ledger: { path: ledgerPath },
    redis: { url: servers.redis.url },
    http: { port: 0 },
    chains: {
      bitcoin: {
        network: "regtest", pollMs: 1_000, startHeight: start.bitcoinHeight, mempoolUpTo: 10_000,
        endpoints: [{ name: "bitcoind", url: servers.bitcoin.url, cookieFile: servers.bitcoin.cookieFile }],
      },
      ethereum: { chainId: 31_337, pollMs: 1_000, startBlock: start.ethereumHeight, endpoints: [{ name: "anvil", url: servers.ethereum.url }] },
      ...(polkadot === null ? {} : { polkadot: { pollMs: 1_000, startBlock: 1, endpoints: [{ name: "chopsticks", url: polkadot.server.url }] } }),
    },
    signers: { relayer: { chain: "ethereum", ...keyOf(relayer) }, ...(polkadot === null ? {} : { vault: { chain: "polkadot", keyFile: polkadot.relayerKeyFile } }) },
    bridges: {
      // alone on this chain: there is nobody to let go first
      ...(polkadot === null ? {} : { interbtc: { signer: "vault", lanes: { headers: { initialiseAt: start.bitcoinHeight, rankedDelay: false }, issue: { rankedDelay: false } } } }),
      tbtc: {
        bridge: tbtc.bridge.address, maintainerProxy: tbtc.maintainerProxy.address, relay: tbtc.relay.address, bank: tbtc.bank.address, signer: "relayer",
      },
    },
    policy: { trackEverySeconds: 2, bumpAfterSeconds: 20, backoffCapSeconds: 10, maxWaitSeconds: 20 },
  });
  await writeFile(file, text, { mode: 0o600 });
  return { file, ledgerPath };
}

const keyOf = ({ plainFile, keystoreFile, passphraseFile }: Devnet["relayer"]) =>
  keystoreFile === null || passphraseFile === null ? { keyFile: plainFile } : { keyFile: keystoreFile, passphraseFile };
