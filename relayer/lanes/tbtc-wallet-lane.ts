/**
 * What the lanes for a tBTC wallet's transactions share: when it is provable, the proof, and whether it arrived.
 * Always: the Bridge's state decides, read at one block; order within a wallet is the Bridge's main UTXO; the headers of
 * a proof follow from work and relay, not from a number of confirmations.
 * Never: sends, signs, or parks what may still become provable.
 */
import { classifyRevert } from "../../src/bridges/tbtc/errors.ts";
import type { Utxo } from "../../src/bridges/tbtc/keys.ts";
import type { TbtcProof } from "../../src/bridges/tbtc/proof-calls.ts";
import type { Judgement } from "../../src/bridges/tbtc/provability.ts";
import { walletTxOf } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import { isTrusted } from "../../src/chains/endpoint-health.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { invalid, unavailable } from "../../src/core/errors.ts";
import type { GantryError } from "../../src/core/errors.ts";
import type { Hex, LaneName, Millis, SignerName, SourceEvent } from "../../src/core/values.ts";
import type { Lane } from "../../src/ports.ts";
import { buildSpvProof } from "../proofs/bitcoin-spv.ts";
import { headersFrom } from "../reads/tbtc-bitcoin-facts.ts";
import type { BridgeReader } from "../reads/tbtc-bridge-state.ts";
import { anchorWalletTx } from "./tbtc-anchor.ts";
import { sightEffect } from "./tbtc-effect.ts";
import type { Sighting } from "./tbtc-effect.ts";
import { checkTbtcProof } from "./tbtc-proof-check.ts";
import type { TbtcAnchor } from "./tbtc-proof-check.ts";

export type TbtcLaneOptions = {
  readonly signer: SignerName;
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly ethereum: Endpoints<EthereumClient>;
  readonly bridge: Hex;
  /** null: proofs go straight to the Bridge, whose gas nobody refunds */
  readonly maintainerProxy: Hex | null;
  /** blocks, the transaction's included, we wait for whatever the work; also the headers sent where difficulty is 0. Default 1 */
  readonly minHeaders?: number;
  /** longest proof we pay for. Default 144 */
  readonly maxHeaders?: number;
  /** Ethereum height below which the Bridge did nothing. Default 0 */
  readonly fromHeight?: number;
  /** blocks of logs asked for at once. Default 5000 */
  readonly logSpanBlocks?: number;
  /** how long a "not yet" lasts before the chains are asked again; ten times as long while only Bitcoin blocks are missing. Default 30 s */
  readonly pollMs?: Millis;
  /** which Ethereum block counts as final. Default "finalized" */
  readonly finalTag?: "finalized" | "safe";
};

/** What the two lanes differ in. */
export type WalletEffect = {
  readonly name: LaneName;
  readonly kind: "sweep" | "redemption";
  readonly judge: (tx: WalletTx, main: Utxo | null, bridge: BridgeReader) => Promise<Judgement>;
  readonly encode: (proof: TbtcProof) => Hex;
  readonly describe: (tx: WalletTx) => string;
};

export interface TbtcLane extends Lane<TbtcProof, TbtcAnchor> {
  /** for the submitter: the call that brings this proof to the Bridge */
  encodeCall(event: SourceEvent, proof: TbtcProof): { readonly to: Hex; readonly data: Hex };
  /** for the submitter: what a revert of that call means */
  classify(reason: string | null, data: Hex): GantryError;
}

/** "By another" is said when a log is not found, so it is one endpoint's word against all others' before it counts. */
async function askAround(ethereum: Endpoints<EthereumClient>, sight: (client: EthereumClient, signal: AbortSignal) => Promise<Sighting>, signal: AbortSignal): Promise<Sighting> {
  const { value, endpoint } = await ethereum.ask(sight, signal);
  if (value.kind !== "by-another") return value;
  const answers = await ethereum.askAll(sight, signal, (state) => state.name !== endpoint && isTrusted(state));
  const seen = answers.find((answer) => "value" in answer && answer.value.kind === "effect");
  if (seen === undefined || !("value" in seen)) return value;
  const left = invalid("logs-left-out", `Endpoint ${endpoint} does not give the log of a proof whose effect it shows; ${seen.endpoint} does, and is used.`, { evidence: { endpoint } });
  ethereum.distrust(endpoint, left.failure);
  return seen.value;
}

export function createTbtcWalletLane(options: TbtcLaneOptions, effect: WalletEffect): TbtcLane {
  const { bitcoin, ethereum, bridge, fromHeight = 0, logSpanBlocks = 5_000, pollMs = 30_000, finalTag = "finalized" } = options;
  /** who gave the data of a proof, until its check */
  const givenBy = new WeakMap<TbtcProof, string>();
  let suspect: string | null = null;

  const sight = async (event: SourceEvent, at: "best" | "final", signal: AbortSignal): Promise<Sighting> => {
    const question = { bridge, tx: walletTxOf(event), minedAt: event.at?.time ?? null, fromHeight, logSpanBlocks, finalTag };
    return askAround(ethereum, (client, signal) => sightEffect(client, question, at, signal), signal);
  };

  return {
    name: effect.name,
    source: "bitcoin",
    target: "ethereum",
    signer: options.signer,

    async delivered(event, at, signal) {
      const sighting = await sight(event, at, signal);
      return sighting.kind === "effect" ? sighting.effect : null;
    },

    async anchor(event, now, signal) {
      if (event.at === null) return { kind: "not-yet", code: "transaction-not-in-chain", until: now + pollMs, waitsFor: null };
      const question = {
        bitcoin, ethereum, bridge, minHeaders: options.minHeaders ?? 1, maxHeaders: options.maxHeaders ?? 144, pollMs,
        tx: walletTxOf(event), block: event.at, judge: effect.judge, sight: (at: "best" | "final") => sight(event, at, signal),
      };
      return anchorWalletTx(question, now, signal);
    },

    async build(event, anchor, signal) {
      const tx = walletTxOf(event);
      const { value, endpoint } = await bitcoin.ask(async (client, signal) => {
        const headers = await headersFrom(client, anchor.block, anchor.headers, signal);
        if (headers === null || headers.length < anchor.headers) throw unavailable("headers-not-there", `The endpoint does not have ${anchor.headers} headers from block ${anchor.block.height} on. Another one is asked.`);
        return buildSpvProof(await client.block(anchor.block.hash, signal), tx.txid, headers);
      }, signal);
      const proof: TbtcProof = { wallet: tx.wallet, mainUtxo: anchor.mainUtxo, vault: anchor.vault, spv: value };
      givenBy.set(proof, endpoint);
      return proof;
    },

    check(event, anchor, proof) {
      const tx = walletTxOf(event);
      suspect = givenBy.get(proof) ?? null;
      return checkTbtcProof(effect.kind, tx.wallet, tx.txid, anchor, proof);
    },

    distrust(failure) {
      if (suspect !== null) bitcoin.distrust(suspect, failure);
    },

    describe: (event) => effect.describe(walletTxOf(event)),
    encodeCall: (_event, proof) => ({ to: options.maintainerProxy ?? bridge, data: effect.encode(proof) }),
    classify: classifyRevert,
  };
}
