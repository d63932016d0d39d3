/**
 * The production tBTC v2 contracts on a devnet, as on mainnet: libraries, Bank, relay, pool, Bridge behind a transparent
 * proxy, MaintainerProxy. Only the wallet registry is a stand-in, so that a wallet exists without key generation.
 * Always: code comes from the installed package at run time. Never: a copy of it in this project (it is GPL, dev only).
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { misconfigured } from "../../src/core/errors.ts";
import { concatHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Contract, EthereumDevnet } from "../ethereum.ts";

/** `system`: both difficulties 0, as regtest needs. `light`: mainnet's LightRelay with this genesis. */
export type RelayChoice =
  | { readonly kind: "system" }
  | { readonly kind: "light"; readonly genesisHeader: Hex; readonly genesisHeight: number; readonly proofLength: number };

export type TbtcOptions = {
  readonly ethereum: EthereumDevnet;
  /** may submit proofs through the MaintainerProxy */
  readonly maintainers: readonly Hex[];
  /** may submit proofs to the Bridge itself */
  readonly directMaintainers?: readonly Hex[];
  readonly relay?: RelayChoice;
  /** sum of difficulties a proof needs, in units of its first header's (default 6, as on mainnet) */
  readonly factor?: number;
  /** 0 = refunds fail with the event SendingEtherFailed */
  readonly poolWei?: bigint;
  /** false: no treasury fee on deposits and redemptions, so that a redemption without change is possible */
  readonly treasuryFees?: boolean;
};

export type Tbtc = {
  readonly bridge: Contract;
  readonly bank: Contract;
  readonly relay: Contract;
  readonly maintainerProxy: Contract;
  readonly reimbursementPool: Contract;
  readonly walletRegistry: Hex;
  readonly treasury: Hex;
  readonly governance: Hex;
  readonly factor: number;
  /** makes a wallet Live; key = X || Y, 64 bytes */
  registerWallet(publicKey: Hex): Promise<void>;
};

type Links = Readonly<Record<string, Readonly<Record<string, readonly { readonly start: number }[]>>>>;
type Artifact = { readonly abi: readonly object[]; readonly bytecode: Hex; readonly linkReferences?: Links };

const packageFolder = dirname(createRequire(import.meta.url).resolve("@keep-network/tbtc-v2/package.json"));
const artifact = async (path: string): Promise<Artifact> => JSON.parse(await readFile(join(packageFolder, path), "utf8")) as Artifact;
const built = (folder: string, name: string): Promise<Artifact> => artifact(`build/contracts/${folder}/${name}.sol/${name}.json`);

const libraryNames = ["Deposit", "DepositSweep", "Redemption", "Wallets", "Fraud", "MovingFunds"] as const;

function link(code: Hex, links: Links, addressOf: ReadonlyMap<string, Hex>): Hex {
  let text: string = code;
  for (const [name, places] of Object.values(links).flatMap((file) => Object.entries(file))) {
    const address = addressOf.get(name);
    if (address === undefined) throw misconfigured("devnet-artifacts", `The Bridge wants a library "${name}" that is not deployed here.`);
    for (const { start } of places) text = `${text.slice(0, 2 + 2 * start)}${address.slice(2)}${text.slice(42 + 2 * start)}`;
  }
  return text as Hex;
}

/**
 * Called by `owner`: forwards calldata[20:] to the address in calldata[0:20], reverting with its reason. Called by anyone
 * else: returns 1, which is a good answer to everything the Bridge asks a registry.
 */
const registryCode = (owner: Hex): Hex => {
  const body = concatHex(
    "0x33", `0x73${owner.slice(2)}`, "0x14602457", // caller == owner → 0x24
    "0x600160005260206000f3", //                       return 1
    "0x5b", //                                         0x24: forward
    "0x60143603", "0x8060146000", "0x37", //           n = size - 20; memory[0..n] = calldata[20..]
    "0x60006000826000600060003560601c5af1", //         call(gas, first 20 bytes, 0, 0, n, 0, 0)
    "0x3d60006000", "0x3e", "0x604d57", //             copy what came back; success → 0x4d
    "0x3d6000fd", "0x5b", "0x00",
  );
  const size = (body.length / 2 - 1).toString(16).padStart(2, "0");
  return concatHex(`0x60${size}600c60003960${size}6000f3`, body);
};

async function deployRelay(ethereum: EthereumDevnet, from: Hex, choice: RelayChoice): Promise<Contract> {
  if (choice.kind === "system") {
    const { abi, bytecode } = await built("test", "SystemTestRelay");
    return ethereum.deploy(from, abi, bytecode, []);
  }
  const { abi, bytecode } = await artifact("artifacts/LightRelay.json");
  const relay = await ethereum.deploy(from, abi, bytecode, []);
  await ethereum.transact(from, relay, "genesis", [choice.genesisHeader, choice.genesisHeight, choice.proofLength]);
  return relay;
}

async function deployBridge(ethereum: EthereumDevnet, from: Hex, admin: Hex, initial: readonly unknown[]): Promise<Contract> {
  const addresses = new Map<string, Hex>();
  for (const name of libraryNames) {
    const { abi, bytecode } = await built("bridge", name);
    addresses.set(name, (await ethereum.deploy(from, abi, bytecode, [])).address);
  }
  const bridge = await built("bridge", "Bridge");
  const logic = await ethereum.deploy(from, bridge.abi, link(bridge.bytecode, bridge.linkReferences ?? {}, addresses), []);
  const proxy = await artifact("export/artifacts/@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol/TransparentUpgradeableProxy.json");
  const { address } = await ethereum.deploy(from, proxy.abi, proxy.bytecode, [logic.address, admin, logic.abi.encodeFunctionData("initialize", initial)]);
  return { address, abi: logic.abi };
}

async function dropTreasuryFees(ethereum: EthereumDevnet, governance: Hex, bridge: Contract): Promise<void> {
  for (const kind of ["deposit", "redemption"]) {
    const current = await ethereum.call(bridge, `${kind}Parameters`, []);
    // the divisor is the second parameter of both; 0 = no fee
    await ethereum.transact(governance, bridge, `update${kind === "deposit" ? "Deposit" : "Redemption"}Parameters`, current.map((value, at) => (at === 1 ? 0 : value)));
  }
}

/** Deploys everything and gives authority; account 0 governs, 1 is the treasury, 2 the proxy's admin. Needs a block per transaction to be quick. */
export async function deployTbtc(options: TbtcOptions): Promise<Tbtc> {
  const { ethereum, relay: relayChoice = { kind: "system" }, factor = 6, poolWei = 10n ** 18n } = options;
  const [governance, treasury, admin] = [ethereum.account(0), ethereum.account(1), ethereum.account(2)];
  const bankArtifact = await built("bank", "Bank");
  const bank = await ethereum.deploy(governance, bankArtifact.abi, bankArtifact.bytecode, []);
  const relay = await deployRelay(ethereum, governance, relayChoice);
  const poolArtifact = await artifact("export/artifacts/@keep-network/random-beacon/contracts/ReimbursementPool.sol/ReimbursementPool.json");
  const reimbursementPool = await ethereum.deploy(governance, poolArtifact.abi, poolArtifact.bytecode, [40_800, 500_000_000_000n]);
  const registry = await ethereum.deploy(governance, [], registryCode(governance), []);
  const bridge = await deployBridge(ethereum, governance, admin, [bank.address, relay.address, treasury, registry.address, reimbursementPool.address, factor]);
  const proxyArtifact = await built("maintainer", "MaintainerProxy");
  const maintainerProxy = await ethereum.deploy(governance, proxyArtifact.abi, proxyArtifact.bytecode, [bridge.address, reimbursementPool.address]);

  await ethereum.transact(governance, bank, "updateBridge", [bridge.address]);
  for (const direct of [maintainerProxy.address, ...(options.directMaintainers ?? [])]) await ethereum.transact(governance, bridge, "setSpvMaintainerStatus", [direct, true]);
  for (const maintainer of options.maintainers) await ethereum.transact(governance, maintainerProxy, "authorizeSpvMaintainer", [maintainer]);
  for (const refunded of [maintainerProxy.address, bridge.address]) await ethereum.transact(governance, reimbursementPool, "authorize", [refunded]);
  if (poolWei > 0n) await ethereum.transactRaw(governance, { to: reimbursementPool.address, valueWei: poolWei });
  if (options.treasuryFees === false) await dropTreasuryFees(ethereum, governance, bridge);

  const registerWallet = async (publicKey: Hex): Promise<void> => {
    const id = `0x${publicKey.slice(2, 66)}`; // any 32 bytes that no other wallet has
    const created = bridge.abi.encodeFunctionData("__ecdsaWalletCreatedCallback", [id, `0x${publicKey.slice(2, 66)}`, `0x${publicKey.slice(66)}`]) as Hex;
    await ethereum.transactRaw(governance, { to: registry.address, data: concatHex(bridge.address, created) });
  };
  return { bridge, bank, relay, maintainerProxy, reimbursementPool, walletRegistry: registry.address, treasury, governance, factor, registerWallet };
}
