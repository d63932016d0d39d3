/**
 * Can this payment of an issue be proved now? Reads the parachain at its best block, asks the pure rules, names the wait.
 * Always: one block of the parachain; what it says of the request counts, not what was seen when the payment came in.
 * Never: waits inside; parks what may still become provable; lets a second payment of an issue go before the first.
 */
import { inclusionOf } from "../../src/bridges/interbtc/light-client.ts";
import type { Inclusion, LightClient } from "../../src/bridges/interbtc/light-client.ts";
import { totalSat } from "../../src/bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../../src/bridges/interbtc/issue-request.ts";
import { issueDelivery, issueTransfer } from "../../src/bridges/interbtc/names.ts";
import type { Dialect, StoredHeader } from "../../src/bridges/interbtc/dialect.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { invalid, rejected } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Millis, TransferId } from "../../src/core/values.ts";
import type { Anchored } from "../../src/ports.ts";
import { issueDialect } from "./interbtc-execution.ts";
import type { Execution } from "./interbtc-execution.ts";
import type { Lead } from "./interbtc-lead.ts";
import { goesFirst } from "./interbtc-siblings.ts";
import { mainHashes, storedHeaders } from "./interbtc-light-client.ts";

/** What a payment's proof must show: the output script, and the least the first output to it must hold. */
export type IssueAnchor = { readonly block: BlockRef; readonly script: Hex; readonly leastSat: bigint };
/** A payment as the watchers tell it. `txid` in wire order. */
export type IssuePaid = { readonly issueId: Hex; readonly txid: Hex; readonly paidSat: bigint };

export type IssueQuestion = {
  readonly polkadot: Endpoints<PolkadotClient>;
  readonly payment: IssuePaid;
  /** the payment's block */
  readonly block: BlockRef;
  readonly pollMs: Millis;
  /** null: nobody is let go first */
  readonly lead: Lead | null;
  readonly siblings: (transfer: TransferId) => Promise<readonly Delivery[]>;
  /** the light client at a block, read once for all payments that ask */
  readonly lightClient: (client: PolkadotClient, dialect: Dialect, at: BlockRef, signal: AbortSignal) => Promise<LightClient>;
  readonly sight: (at: "best" | "final") => Promise<Execution>;
};

/** the chain's next block wakes us by itself; without its watcher we look again after so many polls */
const heightPolls = 10;
const parachainBlockMs: Millis = 12_000;
const bitcoinBlockMs: Millis = 600_000;
/** how many blocks of the parachain the protocol reckons for one of Bitcoin's */
const blocksPerBitcoinBlock = 50;

type State = { readonly light: LightClient; readonly request: IssueRequest | null; readonly inclusion: Inclusion };

export async function anchorPayment(question: IssueQuestion, now: Millis, signal: AbortSignal): Promise<Anchored<IssueAnchor>> {
  const { payment, block, pollMs, siblings } = question;
  const { light, request, inclusion } = await readState(question, signal);
  /** `blocks` of the parachain until it is over, null: not known, so every block is looked at */
  const notYet = (code: string, blocks: number | null): Anchored<IssueAnchor> => ({
    kind: "not-yet", code,
    until: now + Math.max(heightPolls * pollMs, (blocks ?? 0) * parachainBlockMs),
    waitsFor: { chain: "polkadot", height: light.at.height + Math.max(1, blocks ?? 1), at: "best" },
  });
  if (request === null) return notYet("issue-not-there", null);
  if (request.status === "completed") return settledAlready(question, light.at, now);
  if (payment.paidSat < totalSat(request)) return { kind: "impossible", failure: underpaid(request, payment) };
  const first = goesFirst(await siblings(issueTransfer(payment.issueId)), issueDelivery(payment.issueId, payment.txid));
  if (first !== null) return notYet("issue-other-payment-first", null);
  if (inclusion.kind === "not-yet") return notYet(inclusion.code, inclusion.untilActive === null ? null : inclusion.untilActive - light.activeBlocks);
  const blocksLeft = inclusion.sinceActive + ((await question.lead?.(payment.issueId, light.at, now, signal)) ?? 0) - light.activeBlocks;
  if (blocksLeft > 0) return notYet("ranked-delay", blocksLeft);
  return { kind: "ready", anchor: { block, script: request.script, leastSat: totalSat(request) }, builtOn: [block], deadline: deadlineOf(request, light, now) };
}

async function readState({ polkadot, payment, block, lead, lightClient }: IssueQuestion, signal: AbortSignal): Promise<State> {
  const { value } = await polkadot.ask(async (client, signal) => {
    const at = await client.head("best", signal);
    const dialect = issueDialect(await client.runtimeOf(at.hash, signal));
    const [light, [stored, header]] = await Promise.all([
      lightClient(client, dialect, at, signal),
      client.storages([{ pallet: "Issue", item: "IssueRequests", keys: [payment.issueId] }, { pallet: "BTCRelay", item: "BlockHeaders", keys: [dialect.headerKey(block.hash)] }], at.hash, signal),
    ]);
    const found = dialect.storedHeader(header ?? null);
    const first = inclusionOf(light, found, null);
    // since when it was provable matters only where others are let go first
    const inclusion = lead === null || found === null || first.kind === "not-yet" ? first : inclusionOf(light, found, await stableAt(client, dialect, found, light, signal));
    return { light, request: (stored ?? null) === null ? null : dialect.issueRequest(payment.issueId, stored ?? null), inclusion };
  }, signal);
  return value;
}

/** Active block at which the last header that the payment needs on top of it was told. */
async function stableAt(client: PolkadotClient, dialect: Dialect, header: StoredHeader, { at, stable }: LightClient, signal: AbortSignal): Promise<number | null> {
  const [hash] = await mainHashes(client, [header.height + Math.max(1, stable.bitcoin) - 1], at.hash, signal);
  if (hash === undefined || hash === null) return null;
  const [last] = await storedHeaders(client, dialect, [hash], at.hash, signal);
  return last?.paraHeight ?? null;
}

/** Executed: with this very payment (then it arrived meanwhile), or for good with another. */
async function settledAlready({ sight, payment, pollMs }: IssueQuestion, at: BlockRef, now: Millis): Promise<Anchored<IssueAnchor>> {
  const best = await sight("best");
  if (best.kind === "effect") return { kind: "not-yet", code: "already-proven", until: now, waitsFor: { chain: "polkadot", height: best.effect.block.height, at: "best" } };
  const final = best.kind === "by-another" ? await sight("final") : best;
  if (final.kind === "by-another") return { kind: "impossible", failure: paidTwice(payment, final.txid) };
  const height = best.kind === "by-another" ? best.effect.block.height : at.height + 1;
  return { kind: "not-yet", code: "issue-paid-twice-not-final", until: now + heightPolls * pollMs, waitsFor: { chain: "polkadot", height, at: best.kind === "by-another" ? "final" : "best" } };
}

const paidTwice = ({ issueId, txid, paidSat }: IssuePaid, other: Hex) =>
  rejected("issue-paid-twice", `Issue ${issueId} was executed with the payment ${toDisplay(other)}, so the ${paidSat} satoshi of ${toDisplay(txid)} mint nothing any more: the vault got them and owes them back. Tell the requester and the vault's operator, then abandon this delivery.`, {
    evidence: { issueId, txid, executedWith: other, paidSat: `${paidSat}` },
  }).failure;

const underpaid = (request: IssueRequest, { txid, paidSat }: IssuePaid) =>
  invalid("interbtc-underpaid", `Transaction ${toDisplay(txid)} pays ${paidSat} satoshi to issue ${request.id}, which asks for ${totalSat(request)} in one output. Only the requester ${request.requester} may execute it, and settle for less.`, {
    evidence: { issueId: request.id, txid, paidSat: `${paidSat}`, askedSat: `${totalSat(request)}`, requester: request.requester },
  }).failure;

/** About when anybody may cancel the request: both clocks must have run out. For the order among payments; nothing is refused for it. */
function deadlineOf({ openActive, periodActive, bitcoinHeight }: IssueRequest, light: LightClient, now: Millis): Millis {
  const parachain = (openActive + periodActive - light.activeBlocks) * parachainBlockMs;
  const bitcoin = (bitcoinHeight + Math.ceil(periodActive / blocksPerBitcoinBlock) - light.best.height) * bitcoinBlockMs;
  return now + Math.max(parachain, bitcoin);
}
