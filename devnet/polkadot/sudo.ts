/**
 * Extrinsics the devnet itself signs, with the well-known development keys: runtime upgrades, an oracle's prices, pauses.
 * Always: signed for the head they are built on, immortal, with the account's next nonce on chain.
 * Never: a key of the relayer.
 */
import type { Block } from "@acala-network/chopsticks";
import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady, decodeAddress } from "@polkadot/util-crypto";

import { misconfigured } from "../../src/core/errors.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DevChain } from "./chain.ts";

type Call = { readonly section: string; readonly method: string; readonly args: readonly unknown[] };

async function callOf(block: Block, { section, method, args }: Call): Promise<unknown> {
  const build = (await block.meta).tx[section]?.[method] as ((...args: readonly unknown[]) => unknown) | undefined;
  if (build === undefined) throw misconfigured("devnet-bad-runtime", `The runtime has no call ${section}.${method}.`);
  return build(...args);
}

/** A raw extrinsic of a development account such as "//Alice". Throws Misconfigured "devnet-bad-runtime" when there is no such call. */
export async function signedBy(chain: DevChain, who: string, call: Call | ((block: Block) => Promise<unknown>)): Promise<Hex> {
  await cryptoWaitReady();
  const pair = new Keyring({ type: "sr25519" }).addFromUri(who);
  const block = chain.blockchain.head;
  const registry = await block.registry;
  const extrinsic = registry.createType("Extrinsic", typeof call === "function" ? await call(block) : await callOf(block, call));
  const { result } = await block.call("AccountNonceApi_account_nonce", [hexOf(decodeAddress(pair.address))]);
  const nonce = Buffer.from(result.slice(2), "hex").readUInt32LE(0);
  const genesisHash = chain.tree.at(0)?.hash ?? block.hash;
  extrinsic.sign(pair, { blockHash: genesisHash, genesisHash, nonce, runtimeVersion: registry.createType("RuntimeVersion", await block.runtimeVersion) });
  return extrinsic.toHex();
}

/** Calls of root, all or none, by the sudo key, which the development preset gives to //Alice. */
export const bySudo = (chain: DevChain, calls: readonly Call[]): Promise<Hex> =>
  signedBy(chain, "//Alice", async (block) => {
    const inner: unknown[] = [];
    for (const call of calls) inner.push(await callOf(block, call));
    const all = await callOf(block, { section: "utility", method: "batchAll", args: [inner] });
    return callOf(block, { section: "sudo", method: "sudo", args: [all] });
  });

/** `system.setCode` by the sudo key, which the development preset gives to //Alice. */
export const upgradeBySudo = (chain: DevChain, wasm: Hex): Promise<Hex> =>
  signedBy(chain, "//Alice", async (block) => {
    const setCode = await callOf(block, { section: "system", method: "setCode", args: [wasm] });
    return callOf(block, { section: "sudo", method: "sudoUncheckedWeight", args: [setCode, { refTime: 0, proofSize: 0 }] });
  });
