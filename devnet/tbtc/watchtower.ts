/**
 * The guardians' contract of tBTC on a devnet, as on mainnet: behind a proxy, named by the Bridge, switched on.
 * Always: from the installed package, like the rest. Three objections veto a redemption.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { Hex } from "../../src/core/values.ts";
import type { Contract, EthereumDevnet, Receipt } from "../ethereum.ts";
import type { Tbtc } from "./deploy.ts";
import { lengthPrefixed } from "./scripts.ts";

export interface Watchtower {
  readonly contract: Contract;
  /** `guardian` objects to the redemption of this script; the third one vetoes it */
  object(guardian: Hex, walletPubKeyHash: Hex, outputScript: Hex): Promise<Receipt>;
}

type Artifact = { readonly abi: readonly object[]; readonly bytecode: Hex };
const packageFolder = dirname(createRequire(import.meta.url).resolve("@keep-network/tbtc-v2/package.json"));
const artifact = async (path: string): Promise<Artifact> => JSON.parse(await readFile(join(packageFolder, path), "utf8")) as Artifact;

export async function deployWatchtower(options: { readonly ethereum: EthereumDevnet; readonly tbtc: Tbtc; readonly guardians: readonly Hex[] }): Promise<Watchtower> {
  const { ethereum, tbtc, guardians } = options;
  const { governance } = tbtc;
  const logic = await artifact("build/contracts/bridge/RedemptionWatchtower.sol/RedemptionWatchtower.json");
  const deployed = await ethereum.deploy(governance, logic.abi, logic.bytecode, []);
  const proxy = await artifact("export/artifacts/@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol/ERC1967Proxy.json");
  const { address } = await ethereum.deploy(governance, proxy.abi, proxy.bytecode, [deployed.address, deployed.abi.encodeFunctionData("initialize", [tbtc.bridge.address])]);
  const contract = { address, abi: deployed.abi };
  await ethereum.transact(governance, contract, "enableWatchtower", [governance, guardians]);
  await ethereum.transact(governance, tbtc.bridge, "setRedemptionWatchtower", [address]);
  return {
    contract,
    object: (guardian, walletPubKeyHash, outputScript) => ethereum.transact(guardian, contract, "raiseObjection", [walletPubKeyHash, lengthPrefixed(outputScript)]),
  };
}
