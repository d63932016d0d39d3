/**
 * tBTC wired: readers for both chains, lanes with their submitter, start checks.
 * Always: what the Bridge itself refers to is read from it and compared with what the configuration names.
 * Never: a decision; those are in bridges/tbtc and core.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import type { BitcoinHeightHint } from "../bridges/tbtc/names.ts";
import { outpointKey } from "../bridges/tbtc/keys.ts";
import { depositSweepLane, depositTransfer, proofEvent, redemptionLane, revealEvent, walletTxEvent } from "../bridges/tbtc/names.ts";
import { policyOf } from "../config/policy.ts";
import type { Config } from "../config/schema.ts";
import type { BlockRef, EventId, Hex, Millis, TransferId } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import type { KnownLane } from "../monitor/world.ts";
import type { Clock, Meter } from "../ports.ts";
import type { EthereumSigner } from "../signer/ethereum.ts";
import { createTbtcDepositSweepLane } from "../../relayer/lanes/tbtc-deposit-sweep.ts";
import { createTbtcRedemptionLane } from "../../relayer/lanes/tbtc-redemption.ts";
import type { TbtcLane, TbtcLaneOptions } from "../../relayer/lanes/tbtc-wallet-lane.ts";
import type { LaneWork } from "../../relayer/perform.ts";
import { createEthereumSubmitter } from "../../relayer/submit/ethereum.ts";
import { createTbtcBitcoinReader } from "../../watchers/bitcoin/tbtc.ts";
import { createTbtcEthereumReader } from "../../watchers/ethereum/tbtc.ts";
import type { BitcoinReader } from "../../watchers/bitcoin/source.ts";
import type { EthereumReader } from "../../watchers/ethereum/source.ts";
import type { TbtcReferences } from "./tbtc-start-check.ts";
import { checkTbtc } from "./tbtc-start-check.ts";

type Tbtc = NonNullable<Config["bridges"]["tbtc"]>;
export type Pools = { readonly bitcoin: Endpoints<BitcoinClient>; readonly ethereum: Endpoints<EthereumClient> };
type Tools = { readonly clock: Clock; readonly meter: Meter };

const lanes = [
  { key: "deposit-sweep", name: depositSweepLane, create: createTbtcDepositSweepLane },
  { key: "redemption", name: redemptionLane, create: createTbtcRedemptionLane },
] as const;

/** Lanes as the monitor and the commands know them, whether they are relayed here or not. */
export const tbtcKnownLanes = (config: Config, tbtc: Tbtc, pools: Pools): readonly KnownLane[] =>
  lanes.map(({ name, create }) => {
    const lane = create(laneOptions(config, tbtc, pools));
    return { name, source: "bitcoin", target: "ethereum", signer: signerName(tbtc.signer), describe: (event) => lane.describe(event) };
  });

/** The lanes that are switched on, ready for the relayer. */
export function tbtcWork(config: Config, tbtc: Tbtc, pools: Pools, signer: EthereumSigner, tools: Tools): readonly LaneWork[] {
  const account = config.signers[tbtc.signer];
  const { ethereum } = config.chains;
  if (account === undefined || ethereum === undefined) return [];
  return lanes.flatMap(({ key, create }) => {
    const { enabled, concurrency, policy } = tbtc.lanes[key];
    if (!enabled) return [];
    const lane: TbtcLane = create(laneOptions(config, tbtc, pools));
    const submitter = createEthereumSubmitter({
      endpoints: pools.ethereum, signer, fees: account.fees, chainId: BigInt(ethereum.chainId), finalTag: ethereum.final, ...tools,
      encode: (event, proof) => lane.encodeCall(event, proof as never),
      classify: (reason, data) => lane.classify(reason, data),
    });
    return [{ lane, submitter, policy: policyOf(config.policy, policy, "bitcoin", "ethereum"), maxOpenSlots: account.maxOpenSlots, concurrency }];
  });
}

function laneOptions({ chains }: Config, tbtc: Tbtc, { bitcoin, ethereum }: Pools): TbtcLaneOptions {
  return {
    finalTag: chains.ethereum?.final ?? "finalized", fromHeight: chains.ethereum?.startBlock ?? 0,
    signer: signerName(tbtc.signer), bitcoin, ethereum, bridge: tbtc.bridge,
    maintainerProxy: tbtc.maintainerProxy ?? null, minHeaders: tbtc.minHeaders,
  };
}

/** Throws Misconfigured "tbtc-…" when the contracts are not what the configuration says. `maintainer`: null when nothing is relayed here. */
export async function checkTbtcContracts(tbtc: Tbtc, ethereum: Endpoints<EthereumClient>, maintainer: Hex | null, signal: AbortSignal): Promise<TbtcReferences> {
  const configured = {
    bridge: tbtc.bridge, bank: tbtc.bank ?? null, relay: tbtc.relay ?? null,
    walletRegistry: null, reimbursementPool: null, maintainerProxy: tbtc.maintainerProxy ?? null, maintainer,
  };
  return (await ethereum.ask((client, signal) => checkTbtc(client, configured, signal), signal)).value;
}

export const tbtcBitcoinReaders = (): readonly BitcoinReader[] => [createTbtcBitcoinReader()];

export const tbtcEthereumReaders = (tbtc: Tbtc, references: TbtcReferences, bitcoinHeightHint: BitcoinHeightHint): readonly EthereumReader[] => [
  createTbtcEthereumReader({
    bridge: tbtc.bridge, reimbursementPool: references.reimbursementPool,
    maintainerProxy: tbtc.maintainerProxy ?? null, watchtower: references.watchtower, bitcoinHeightHint,
  }),
];

/** Events a Bitcoin transaction id may stand for. */
export const tbtcEventsOf = (hash: Hex): readonly EventId[] => [
  walletTxEvent(hash), proofEvent(hash), ...fundingOutputs(hash).map((key) => revealEvent(key)),
];

/** Deposits a Bitcoin transaction may have funded. */
export const tbtcTransfersOf = (hash: Hex): readonly TransferId[] => fundingOutputs(hash).map((key) => depositTransfer(key));

/** Deposit keys of a transaction's first outputs; nobody funds a deposit further down. */
const fundingOutputs = (txid: Hex): readonly Hex[] => Array.from({ length: 16 }, (_, index) => outpointKey({ txid, index }));

/**
 * First Bitcoin height that can pay a wallet created at a time. On mainnet reckoned from the head with blocks that come 10 % faster than
 * they should, and two days to spare; other networks keep no rhythm, so there it is the configured start.
 */
export function createHeightHint(network: string, startHeight: number, head: () => BlockRef | null): BitcoinHeightHint {
  const fastBlockMs: Millis = 540_000;
  const spareBlocks = 288;
  return (createdAt) => {
    const best = head();
    if (network !== "mainnet" || createdAt === null || best === null) return startHeight;
    const blocksSince = Math.ceil(Math.max(0, best.time - createdAt) / fastBlockMs);
    return Math.max(startHeight, best.height - blocksSince - spareBlocks);
  };
}
