/**
 * Asks the Bridge, before anything is sent, whether the configured contracts are the ones it works with and whether our
 * account may submit proofs.
 * Always: what is wrong is Misconfigured and names the key, the value and what is allowed.
 * Never: changes anything.
 */
import { bigintAt, hexAt } from "../chains/ethereum/abi.ts";
import type { Abi, AbiRecord, AbiValue } from "../chains/ethereum/abi.ts";
import { bridgeAbi, maintainerProxyAbi } from "../bridges/tbtc/contracts.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import { failureOf, misconfigured } from "../core/errors.ts";
import type { Hex } from "../core/values.ts";
import { watchtowerOf } from "../../relayer/reads/tbtc-periods.ts";

/** Addresses lower case. Those that are null are not compared (`maintainerProxy` null: proofs go straight to the Bridge). */
export type ConfiguredTbtc = {
  readonly bridge: Hex;
  readonly bank: Hex | null;
  readonly relay: Hex | null;
  readonly walletRegistry: Hex | null;
  readonly reimbursementPool: Hex | null;
  readonly maintainerProxy: Hex | null;
  /** the account that sends proofs; null when this process sends none */
  readonly maintainer: Hex | null;
};
/** What the Bridge refers to. */
export type TbtcReferences = {
  readonly bank: Hex; readonly relay: Hex; readonly walletRegistry: Hex; readonly reimbursementPool: Hex;
  /** null: the Bridge names no watchtower of redemptions, or is too old to have one */
  readonly watchtower: Hex | null;
};

const keys = { bank: "bank", relay: "relay", walletRegistry: "ecdsaWalletRegistry", reimbursementPool: "reimbursementPool" } as const;

/**
 * Throws Misconfigured "tbtc-contract-without-code", "tbtc-not-a-bridge", "tbtc-reference-differs", "tbtc-proxy-differs" or
 * "tbtc-maintainer-not-authorized". Straight to the Bridge there is no getter for the right to submit: the rehearsal of the first proof tells.
 */
export async function checkTbtc(client: EthereumClient, configured: ConfiguredTbtc, signal: AbortSignal): Promise<TbtcReferences> {
  const ask = async (abi: Abi, key: string, to: Hex, fn: string, args: readonly AbiValue[] = []): Promise<AbiRecord> => {
    if ((await client.code(to, signal)) === "0x") {
      throw misconfigured("tbtc-contract-without-code", `bridges.tbtc.${key} is ${to}, where there is no contract. Set the address of tBTC's ${key} on this chain.`, { evidence: { key, address: to } });
    }
    try {
      return abi.decodeResult(fn, await client.call({ to, data: abi.encode(fn, args) }, "latest", signal));
    } catch (thrown) {
      const { code } = failureOf(thrown);
      if (code !== "call-reverted" && code !== "abi-undecodable") throw thrown;
      throw misconfigured("tbtc-not-a-bridge", `bridges.tbtc.${key} is ${to}, a contract that does not answer ${fn}(). Set the address of tBTC's ${key} (its proxy).`, { evidence: { key, address: to, fn }, cause: thrown });
    }
  };

  const found = await ask(bridgeAbi, "bridge", configured.bridge, "contractReferences");
  const references = {
    bank: hexAt(found, keys.bank), relay: hexAt(found, keys.relay), walletRegistry: hexAt(found, keys.walletRegistry), reimbursementPool: hexAt(found, keys.reimbursementPool),
    watchtower: await watchtowerOf(client, configured.bridge, "latest", signal),
  };
  for (const key of ["bank", "relay", "walletRegistry", "reimbursementPool"] as const) {
    const value = configured[key];
    if (value === null || value === references[key]) continue;
    throw misconfigured("tbtc-reference-differs", `bridges.tbtc.${key} is ${value}, but the Bridge at ${configured.bridge} uses ${references[key]}. Set that address or remove the key.`, { evidence: { key, configured: value, bridge: references[key] } });
  }
  const { maintainerProxy: proxy, maintainer } = configured;
  if (proxy === null) return references;
  const served = hexAt(await ask(maintainerProxyAbi, "maintainerProxy", proxy, "bridge"), "bridge");
  if (served !== configured.bridge) {
    throw misconfigured("tbtc-proxy-differs", `bridges.tbtc.maintainerProxy is ${proxy}, which serves the Bridge at ${served}, not ${configured.bridge}. Set the proxy of that Bridge.`, { evidence: { proxy, served, bridge: configured.bridge } });
  }
  if (maintainer === null) return references;
  const index = bigintAt(await ask(maintainerProxyAbi, "maintainerProxy", proxy, "isSpvMaintainer", [maintainer]), "indexPlusOne");
  if (index === 0n) {
    throw misconfigured("tbtc-maintainer-not-authorized", `Account ${maintainer} is no SPV maintainer of the MaintainerProxy ${proxy}. Have its owner call authorizeSpvMaintainer(${maintainer}), or use an authorised key.`, { evidence: { proxy, maintainer } });
  }
  return references;
}
