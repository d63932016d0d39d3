/**
 * Whether the payment of each deposit that waits for a sweep is still there, as a Bitcoin node's set of unspent outputs says.
 * Always: a few cheap questions per look, those not asked for longest first; that a payment went away is on record in the ledger.
 * Never: needs an index; a payment that is being spent in the mempool counts as there.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { fromDisplay } from "../chains/bitcoin/order.ts";
import { failureOf } from "../core/errors.ts";
import type { FundingView } from "../core/monitored-world.ts";
import { factsOf } from "../core/transfer-fold.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Millis, Outpoint, TransferId } from "../core/values.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";

export type FundingParts = { readonly bitcoin: Endpoints<BitcoinClient>; readonly ledger: Ledger; readonly clock: Clock; readonly meter: Meter };

/** wallets sweep what is this deep */
const neededConfirmations = 6;
const askedAtOnce = 10;
/** what is deep enough seldom goes away; what is not may come any minute */
const againMs = { deep: 1_800_000, shallow: 10_000 } as const satisfies Record<string, Millis>;
const gone = "funding gone";
const auditLooked = 20;

type Known = { readonly view: FundingView | null; readonly askedAt: Millis };

/** Gives the function that asks for some and tells what is known of all. It never throws. */
export function createFundings({ bitcoin, ledger, clock, meter }: FundingParts): (open: Iterable<Transfer>, signal: AbortSignal) => Promise<readonly FundingView[]> {
  const known = new Map<TransferId, Known>();

  async function ask({ id, outpoint }: Waiting, signal: AbortSignal): Promise<void> {
    const before = known.get(id)?.view ?? null;
    const now = clock.now();
    try {
      const { value } = await bitcoin.ask((client, signal) => confirmationsOf(client, outpoint, signal), signal);
      known.set(id, { askedAt: now, view: await viewOf(id, outpoint, value, before, now) });
    } catch (thrown) {
      known.set(id, { askedAt: now, view: before });
      meter.count("errors_total", { where: "monitor", code: failureOf(thrown).code });
    }
  }

  async function viewOf(id: TransferId, outpoint: Waiting["outpoint"], confirmations: number | null, before: FundingView | null, now: Millis): Promise<FundingView> {
    const isIn = (confirmations ?? 0) > 0;
    const wasIn = isIn || (before === null ? await hasGone(ledger, id) : before.wasIn);
    const isSame = before !== null && (before.confirmations === null) === (confirmations === null) && ((before.confirmations ?? 0) > 0) === isIn;
    if (before !== null && (before.confirmations ?? 0) > 0 && !isIn) {
      await ledger.note({ at: now, who: "monitor", what: gone, subject: id, because: null, detail: { outpoint: outpoint.text } });
    }
    return { transfer: id, outpoint: outpoint.text, confirmations, neededConfirmations, wasIn, since: isSame ? before.since : now };
  }

  return async (open, signal) => {
    const waiting = [...open].flatMap(waitingOf);
    const ids = new Set(waiting.map(({ id }) => id));
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    const due = waiting.map((one) => ({ one, dueAt: dueAt(known.get(one.id)) })).filter((each) => each.dueAt <= clock.now()).sort((a, b) => a.dueAt - b.dueAt);
    for (const { one } of due.slice(0, askedAtOnce)) await ask(one, signal);
    return [...known.values()].flatMap(({ view }) => view ?? []);
  };
}

function dueAt(known: Known | undefined): Millis {
  if (known === undefined) return Number.NEGATIVE_INFINITY;
  return known.askedAt + ((known.view?.confirmations ?? 0) >= neededConfirmations ? againMs.deep : againMs.shallow);
}

/** The payments that wait to be swept. */
export const waitingOutpoints = (open: Iterable<Transfer>): readonly Outpoint[] => [...open].flatMap(waitingOf).map(({ outpoint: { txid, index } }) => ({ txid, index }));

type Waiting = { readonly id: TransferId; readonly outpoint: Outpoint & { readonly text: string } };

function waitingOf(transfer: Transfer): readonly Waiting[] {
  const { fundingTxid, fundingIndex } = factsOf(transfer).about;
  if (transfer.bridge !== "tbtc" || transfer.kind !== "deposit" || transfer.steps.at(-1)?.name !== "sweep" || typeof fundingTxid !== "string" || typeof fundingIndex !== "number") return [];
  return [{ id: transfer.id, outpoint: { txid: fromDisplay(fundingTxid), index: fundingIndex, text: `${fundingTxid}:${fundingIndex}` } }];
}

/** Null: neither unspent in the chain nor in the mempool. */
async function confirmationsOf(client: BitcoinClient, outpoint: Outpoint, signal: AbortSignal): Promise<number | null> {
  return (await client.confirmations(outpoint, "mempool", signal)) ?? client.confirmations(outpoint, "chain", signal);
}

const hasGone = async (ledger: Ledger, id: TransferId): Promise<boolean> => (await ledger.auditLog({ subject: id, limit: auditLooked })).some(({ what }) => what === gone);
