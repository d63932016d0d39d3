/**
 * What people are told of one redeem or replace beyond its steps: what was paid, and who may do what, by the ledger and the parachain.
 * Always: what the parachain does not say now is left out of the sentences, never guessed. Never: a judgement; explainPayout makes it.
 */
import { addressOf } from "../chains/bitcoin/script-address.ts";
import { accountText } from "../chains/polkadot/account.ts";
import { explainPayout } from "../bridges/interbtc/explain-payout.ts";
import type { SeenPayout } from "../bridges/interbtc/explain-payout.ts";
import { payoutEvent, payoutPaymentEvent } from "../bridges/interbtc/names.ts";
import type { OpReturnFlaw } from "../bridges/interbtc/op-return.ts";
import { payoutFromJson } from "../bridges/interbtc/payout.ts";
import type { PayoutKind, PayoutStatus } from "../bridges/interbtc/payout.ts";
import { periodItems, requestOf } from "../bridges/interbtc/request-journey.ts";
import { isHex } from "../core/hex.ts";
import type { TransferReport } from "../core/transfer.ts";
import type { Hex, SourceEvent } from "../core/values.ts";
import { liveFacts } from "./interbtc-notes.ts";
import type { NoteParts } from "./interbtc-notes.ts";

/** Sentences about a transfer that is a redeem or a replace; none for others, or while its request was not seen. */
export function createPayoutNotes(parts: NoteParts): (transfer: TransferReport) => Promise<readonly string[]> {
  const { ledger, network } = parts;
  return async ({ bridge, id: transfer, keys }) => {
    const { kind, id } = requestOf(transfer) ?? {};
    if (bridge !== "interbtc" || kind === undefined || kind === "issue" || id === undefined) return [];
    const [asked] = await ledger.events({ ids: [payoutEvent(kind, "requested", id)] });
    if (asked === undefined) return [];
    const txids = keys.filter((key): key is Hex => isHex(key, 32));
    const events = await ledger.events({
      ids: [...(["executed", "cancelled", "minted"] as const).map((stage) => payoutEvent(kind, stage, id)), ...txids.map((txid) => payoutPaymentEvent(kind, id, txid))],
    });
    const payments = paymentsIn(kind, events);
    const good = payments.find(({ seen: { flaw, height } }) => flaw === null && height !== null) ?? null;
    const live = await liveFacts(parts, periodItems[kind], good?.event ?? null);
    return explainPayout(
      { request: payoutFromJson(asked.payload), status: statusOf(events), payments: payments.map(({ seen }) => seen), isMinted: isIn(events, "minted"), ...live },
      { account: accountText, address: (script) => addressOf(script, network) ?? script },
    );
  };
}

const inBlock = (events: readonly SourceEvent[], stage: string): SourceEvent | null => events.find(({ kind, at }) => kind.endsWith(`-${stage}`) && at !== null) ?? null;
const isIn = (events: readonly SourceEvent[], stage: string): boolean => inBlock(events, stage) !== null;

function statusOf(events: readonly SourceEvent[]): PayoutStatus {
  if (isIn(events, "executed")) return "completed";
  const cancelled = inBlock(events, "cancelled");
  return cancelled === null ? "pending" : (cancelled.payload as { readonly status: PayoutStatus }).status;
}

function paymentsIn(kind: PayoutKind, events: readonly SourceEvent[]): readonly { readonly event: SourceEvent; readonly seen: SeenPayout }[] {
  return events.filter((event) => event.kind === `interbtc-${kind}-payment`).map((event) => {
    const { txid, paidSat, flaw } = event.payload as { readonly txid: Hex; readonly paidSat: string; readonly flaw: OpReturnFlaw | null };
    return { event, seen: { txid, paidSat: BigInt(paidSat), flaw, height: event.at?.height ?? null } };
  }).sort((a, b) => (a.seen.height ?? Infinity) - (b.seen.height ?? Infinity));
}
