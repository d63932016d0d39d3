/**
 * Can this wallet transaction be proven now, and against what? Reads both chains, asks the pure rules, names the wait.
 * Always: one block of Ethereum and the canonical block of the transaction; headers only once the Bridge would take it.
 * Never: waits inside; a "not yet" names what ends it.
 */
import { mainUtxoHash, noHash } from "../../src/bridges/tbtc/keys.ts";
import type { Utxo } from "../../src/bridges/tbtc/keys.ts";
import type { Judgement } from "../../src/bridges/tbtc/provability.ts";
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import { blocksPerEpoch, epochOf, workRequirement } from "../../src/bridges/tbtc/work-requirement.ts";
import type { RelayState, WorkRequirement } from "../../src/bridges/tbtc/work-requirement.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { rejected, unavailable } from "../../src/core/errors.ts";
import { usualBlockMs } from "../../src/core/policy.ts";
import type { BlockRef, Hex, Millis, Wait } from "../../src/core/values.ts";
import type { Anchored } from "../../src/ports.ts";
import { headersFrom, mainInputOf } from "../reads/tbtc-bitcoin-facts.ts";
import { createBridgeReader } from "../reads/tbtc-bridge-state.ts";
import type { BridgeReader } from "../reads/tbtc-bridge-state.ts";
import type { Sighting } from "./tbtc-effect.ts";
import type { TbtcAnchor } from "./tbtc-proof-check.ts";

export type AnchorQuestion = {
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly ethereum: Endpoints<EthereumClient>;
  readonly bridge: Hex;
  readonly minHeaders: number;
  readonly maxHeaders: number;
  readonly pollMs: Millis;
  readonly tx: WalletTx;
  readonly block: BlockRef;
  readonly judge: (tx: WalletTx, main: Utxo | null, bridge: BridgeReader) => Promise<Judgement>;
  readonly sight: (at: "best" | "final") => Promise<Sighting>;
};

type Provable = Extract<Judgement, { kind: "provable" }>;
type State = { readonly judgement: Judgement; readonly factor: bigint; readonly relay: RelayState; readonly head: BlockRef };

const heightPolls = 10;

export async function anchorWalletTx(question: AnchorQuestion, now: Millis, signal: AbortSignal): Promise<Anchored<TbtcAnchor>> {
  const { tx, block } = question;
  // Bitcoin's heights wake us by themselves; what happens on Ethereum is looked at again more often
  const notYet = (code: string, waitsFor: Wait | null): Anchored<TbtcAnchor> => {
    const polls = waitsFor !== null && "chain" in waitsFor ? heightPolls : 1;
    return { kind: "not-yet", code, until: now + polls * question.pollMs, waitsFor };
  };
  const { value: main } = await question.bitcoin.ask((client, signal) => mainInputOf(client, block, tx, signal), signal);
  const { judgement, factor, relay, head } = await readState(question, main, signal);
  switch (judgement.kind) {
    case "impossible":
      // a Bridge older than the transaction may not have heard of what led to it; a node that is catching up must not park us
      return head.time < block.time ? { kind: "not-yet", code: "bridge-older-than-transaction", until: now + question.pollMs, waitsFor: { chain: "ethereum", height: head.height + 1, at: "best" } } : judgement;
    case "taken":
      return takenBy(question, now);
    case "not-yet":
      return notYet(judgement.code, judgement.fact === null ? null : { fact: judgement.fact });
    case "provable":
      break;
  }
  const work = await requirementOf(question, factor, relay, signal);
  if (work === null) return { kind: "not-yet", code: "block-not-canonical", until: now + question.pollMs, waitsFor: null };
  if (work.kind === "impossible") return work;
  if (work.kind === "not-yet") return notYet(work.code, work.height === null ? null : { chain: "bitcoin", height: work.height, at: "best" });
  return { kind: "ready", anchor: anchorOf(block, judgement, work), builtOn: [block], deadline: deadlineOf(block, judgement, work, now) };
}

async function readState({ ethereum, bridge, tx, judge }: AnchorQuestion, main: Utxo | null, signal: AbortSignal): Promise<State> {
  const { value } = await ethereum.ask(async (client, signal) => {
    const head = await client.blockBy("latest", signal);
    if (head === null) throw unavailable("unknown-block", `Endpoint ${client.name} has no latest block. Another one is asked.`);
    const reader = createBridgeReader(client, bridge, head.hash, signal);
    const [judgement, work] = await Promise.all([judge(tx, main, reader), reader.work()]);
    return { judgement, ...work, head };
  }, signal);
  return value;
}

/** Null when the transaction's block is not canonical on the endpoint that answers. */
async function requirementOf(question: AnchorQuestion, factor: bigint, relay: RelayState, signal: AbortSignal): Promise<WorkRequirement | null> {
  const { bitcoin, block, minHeaders, maxHeaders } = question;
  // a retarget can lower the difficulty to a quarter: four times the factor reaches across one
  const usual = Math.min(maxHeaders, Math.max(minHeaders, 4 * Number(factor) + 1));
  for (const count of usual < maxHeaders ? [usual, maxHeaders] : [maxHeaders]) {
    const { value: headers } = await bitcoin.ask((client, signal) => headersFrom(client, block, count, signal), signal);
    if (headers === null) return null;
    const work = workRequirement({ height: block.height, difficulties: headers.map(({ difficulty }) => difficulty), relay, factor, minHeaders, maxHeaders });
    if (work.kind !== "not-yet" || work.code !== "not-enough-work" || headers.length < count || count === maxHeaders) return work;
  }
  return null;
}

/** The Bridge has used the inputs: by this very proof (then it arrived meanwhile), or for good by another. */
async function takenBy({ sight, tx, pollMs }: AnchorQuestion, now: Millis): Promise<Anchored<TbtcAnchor>> {
  const best = await sight("best");
  if (best.kind === "effect") return { kind: "not-yet", code: "already-proven", until: now, waitsFor: { chain: "ethereum", height: best.effect.block.height, at: "best" } };
  if (best.kind === "by-another" && (await sight("final")).kind === "by-another") {
    const error = rejected("tbtc-inputs-taken", `The Bridge has settled the inputs of ${tx.txid} by the proof of another Bitcoin transaction. Look for a Bitcoin reorganisation below what the Bridge accepted.`, { evidence: { txid: tx.txid, wallet: tx.wallet } });
    return { kind: "impossible", failure: error.failure };
  }
  return { kind: "not-yet", code: "inputs-taken-not-final", until: now + pollMs, waitsFor: null };
}

function anchorOf(block: BlockRef, { mainUtxo, vault }: Provable, work: Extract<WorkRequirement, { kind: "enough" }>): TbtcAnchor {
  return {
    block,
    headers: work.headers,
    requiredDifficulty: work.requiredDifficulty,
    mainUtxoHash: mainUtxo === null ? noHash : mainUtxoHash(mainUtxo),
    mainUtxo: mainUtxo === null ? null : { ...mainUtxo.outpoint, valueSat: mainUtxo.valueSat.toString() },
    vault,
  };
}

/** The earlier of: the requests' own time-out, and about when the relay can leave the last epoch that can judge this block. */
function deadlineOf(block: BlockRef, { deadlineSeconds }: Provable, work: Extract<WorkRequirement, { kind: "enough" }>, now: Millis): Millis | null {
  const blocksLeft = (epochOf(block.height) + 2) * blocksPerEpoch - (block.height + work.headers - 1);
  const epochEnd = work.requiredDifficulty === 0n ? Infinity : now + blocksLeft * usualBlockMs.bitcoin;
  const earliest = Math.min(epochEnd, deadlineSeconds === null ? Infinity : deadlineSeconds * 1000);
  return Number.isFinite(earliest) ? earliest : null;
}
