/**
 * Can this payment of a request be proved now? Reads the parachain at its best block, asks the pure rules, names the wait.
 * Always: one block of the parachain; what it says of the request counts, not what was seen when the payment came in.
 * Never: waits inside; parks what may still become provable; lets a second payment of a request go before the first.
 */
import { inclusionOf } from "../../src/bridges/interbtc/light-client.ts";
import type { Inclusion, LightClient } from "../../src/bridges/interbtc/light-client.ts";
import { expiryOf, ownPeriod } from "../../src/bridges/interbtc/payment.ts";
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import type { AskedPayment, ExecutableRequest } from "../../src/bridges/interbtc/executable.ts";
import type { Dialect, StoredHeader } from "../../src/bridges/interbtc/dialect.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { usualBlockMs } from "../../src/core/policy.ts";
import type { BlockRef, Millis, TransferId } from "../../src/core/values.ts";
import type { Anchored } from "../../src/ports.ts";
import { mainHashes, storedHeaders } from "../reads/interbtc-light-client.ts";
import { checkedExecutions } from "./interbtc-execution.ts";
import type { Execution } from "./interbtc-execution.ts";
import type { Lead } from "./interbtc-lead.ts";
import { goesFirst } from "./interbtc-siblings.ts";
import type { Paid, PaymentKind } from "./interbtc-payment-kind.ts";

/** Where the payment is, and what its proof must show. */
export type PaymentAnchor = { readonly block: BlockRef; readonly asks: AskedPayment };

export type PaymentQuestion = {
  readonly kind: PaymentKind;
  readonly polkadot: Endpoints<PolkadotClient>;
  readonly payment: Paid;
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

type State = { readonly light: LightClient; readonly request: ExecutableRequest | null; readonly inclusion: Inclusion };

export async function anchorPayment(question: PaymentQuestion, now: Millis, signal: AbortSignal): Promise<Anchored<PaymentAnchor>> {
  const { kind, payment, block, pollMs, siblings } = question;
  const { light, request, inclusion } = await readState(question, signal);
  /** `blocks` of the parachain until it is over, null: not known, so every block is looked at */
  const notYet = (code: string, blocks: number | null, isNear = blocks === 1): Anchored<PaymentAnchor> => ({
    kind: "not-yet", code,
    until: now + Math.max(heightPolls * pollMs, (blocks ?? 0) * usualBlockMs.polkadot),
    // looked at once more a block before the last: what takes time is prepared then
    waitsFor: { chain: "polkadot", height: light.at.height + Math.max(1, (blocks ?? 1) - 1), at: "best" },
    ...(isNear && request !== null ? { soon: { block, asks: request.asks } } : {}),
  });
  if (request === null) return notYet(kind.waits.missing, null);
  if (request.isCompleted) return settledAlready(question, light.at, now);
  const { sat, named } = request.asks;
  if (payment.paidSat < sat || (named && payment.paidSat !== sat)) return { kind: "impossible", failure: kind.refused(request, payment) };
  const first = goesFirst(await siblings(kind.transferOf(payment.id)), kind.deliveryOf(payment.id, payment.txid));
  if (first !== null) return notYet(kind.waits.other, null);
  if (inclusion.kind === "not-yet") {
    const isLastBlock = inclusion.code === "bitcoin-confirmations" && light.best.height + 2 - block.height >= light.stable.bitcoin;
    return isLastBlock ? notYet(inclusion.code, null, true) : notYet(inclusion.code, inclusion.untilActive === null ? null : inclusion.untilActive - light.activeBlocks);
  }
  const blocksLeft = inclusion.sinceActive + ((await question.lead?.(payment.id, light.at, now, signal)) ?? 0) - light.activeBlocks;
  if (blocksLeft > 0) return notYet("ranked-delay", blocksLeft);
  return { kind: "ready", anchor: { block, asks: request.asks }, builtOn: [block], deadline: deadlineOf(request, light, now) };
}

async function readState({ kind, polkadot, payment, block, lead, lightClient }: PaymentQuestion, signal: AbortSignal): Promise<State> {
  const { value } = await polkadot.ask(async (client, signal) => {
    const at = await client.head("best", signal);
    const runtime = await client.runtimeOf(at.hash, signal);
    const [dialect, known] = [dialectOf(runtime), checkedExecutions(kind, runtime)];
    const [light, [stored, header]] = await Promise.all([
      lightClient(client, dialect, at, signal),
      client.storages([{ pallet: known.pallet, item: known.item, keys: [payment.id] }, { pallet: "BTCRelay", item: "BlockHeaders", keys: [dialect.headerKey(block.hash)] }], at.hash, signal),
    ]);
    const found = dialect.storedHeader(header ?? null);
    const first = inclusionOf(light, found, null);
    // since when it was provable matters only where others are let go first
    const inclusion = lead === null || found === null || first.kind === "not-yet" ? first : inclusionOf(light, found, await stableAt(client, dialect, found, light, signal));
    return { light, request: (stored ?? null) === null ? null : known.read(payment.id, stored ?? null), inclusion };
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
async function settledAlready({ kind, sight, payment, pollMs }: PaymentQuestion, at: BlockRef, now: Millis): Promise<Anchored<PaymentAnchor>> {
  const best = await sight("best");
  if (best.kind === "effect") return { kind: "not-yet", code: "already-proven", until: now, waitsFor: { chain: "polkadot", height: best.effect.block.height, at: "best" } };
  const final = best.kind === "by-another" ? await sight("final") : best;
  if (final.kind === "by-another") return { kind: "impossible", failure: kind.paidTwice(payment, final.txid) };
  const height = best.kind === "by-another" ? best.effect.block.height : at.height + 1;
  return { kind: "not-yet", code: kind.waits.twice, until: now + heightPolls * pollMs, waitsFor: { chain: "polkadot", height, at: best.kind === "by-another" ? "final" : "best" } };
}

/** About when anybody may cancel the request: both clocks must have run out. For the order among payments; nothing is refused for it. */
function deadlineOf({ expires }: ExecutableRequest, light: LightClient, now: Millis): Millis | null {
  if (expires === null) return null;
  const { active, bitcoinHeight } = expiryOf(expires, ownPeriod);
  return now + Math.max((active - light.activeBlocks) * usualBlockMs.polkadot, (bitcoinHeight - light.best.height) * usualBlockMs.bitcoin);
}
