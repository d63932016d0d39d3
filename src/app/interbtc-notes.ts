/**
 * What people are told of one issue beyond its steps: what was paid and what can become of it, by the ledger and the parachain.
 * Always: what the parachain does not say now is left out of the sentences, never guessed. Never: a judgement; explainIssue makes it.
 */
import type { BitcoinNetwork } from "../chains/bitcoin/network.ts";
import { addressOf } from "../chains/bitcoin/script-address.ts";
import { accountText } from "../chains/polkadot/account.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { dialectOf } from "../bridges/interbtc/dialects.ts";
import { explainIssue } from "../bridges/interbtc/explain-issue.ts";
import type { IssueFacts, SeenPayment } from "../bridges/interbtc/explain-issue.ts";
import { requestFromJson } from "../bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../bridges/interbtc/issue-request.ts";
import { inclusionOf } from "../bridges/interbtc/light-client.ts";
import { issueCancelledEvent, issueDelivery, issueExecutedEvent, issuePaymentEvent, issueRequestEvent } from "../bridges/interbtc/names.ts";
import type { TransferReport } from "../core/transfer.ts";
import type { Hex, SourceEvent } from "../core/values.ts";
import type { Ledger } from "../ports.ts";
import { readLightClient, storedHeaders } from "../../relayer/reads/interbtc-light-client.ts";

export type NoteParts = { readonly ledger: Ledger; readonly polkadot: Endpoints<PolkadotClient>; readonly network: BitcoinNetwork };
type Live = Pick<IssueFacts, "clocks" | "lightClient" | "inclusion" | "dialect">;

/** whoever looks something up waits for it */
const askWithinMs = 3_000;
const hash = /^0x[0-9a-f]{64}$/u;

/** Sentences about a transfer that is an issue; none for others, or while its request was not seen. */
export function createIssueNotes(parts: NoteParts): (transfer: TransferReport) => Promise<readonly string[]> {
  const { ledger, network } = parts;
  return async ({ bridge, kind, id, keys }) => {
    if (bridge !== "interbtc" || kind !== "issue") return [];
    const issueId = id.slice("interbtc-issue-".length) as Hex;
    const [asked] = await ledger.events({ ids: [issueRequestEvent(issueId)] });
    if (asked === undefined) return [];
    const txids = keys.filter((key): key is Hex => hash.test(key));
    const events = await ledger.events({ ids: [issueExecutedEvent(issueId), issueCancelledEvent(issueId), ...txids.map((txid) => issuePaymentEvent(issueId, txid))] });
    const payments = await paymentsIn(events, ledger);
    const request = { ...requestFromJson(asked.payload), status: statusOf(events) };
    const chosen = payments.find(({ paidSat, height }) => height !== null && paidSat >= request.amountSat + request.feeSat) ?? null;
    const delivery = chosen === null ? null : ((await ledger.load(issueDelivery(issueId, chosen.txid), []))?.delivery ?? null);
    const live = await liveFacts(parts, ["Issue", "IssuePeriod"], events.find((event) => chosen !== null && isPaymentOf(event, chosen.txid)) ?? null);
    const facts: IssueFacts = {
      request, payments, ...live,
      delivery: delivery === null ? null : { state: delivery.state, code: delivery.parked?.code ?? delivery.waitCode },
      executed: await executedIn(events, issueId, txids, ledger),
    };
    return explainIssue(facts, { account: accountText, address: (script) => addressOf(script, network) ?? script });
  };
}

const isThere = ({ at }: SourceEvent): boolean => at !== null;
const isPaymentOf = ({ kind, payload }: SourceEvent, txid: Hex): boolean => kind === "interbtc-issue-payment" && (payload as { readonly txid: Hex }).txid === txid;

function statusOf(events: readonly SourceEvent[]): IssueRequest["status"] {
  if (events.some((event) => event.kind === "interbtc-issue-executed" && isThere(event))) return "completed";
  return events.some((event) => event.kind === "interbtc-issue-cancelled" && isThere(event)) ? "cancelled" : "pending";
}

async function paymentsIn(events: readonly SourceEvent[], ledger: Ledger): Promise<readonly SeenPayment[]> {
  const view = await ledger.view("bitcoin");
  return events.filter(({ kind }) => kind === "interbtc-issue-payment").map(({ at, payload }) => {
    const { txid, paidSat } = payload as { readonly txid: Hex; readonly paidSat: string };
    return { txid, paidSat: BigInt(paidSat), height: at?.height ?? null, isFinal: at !== null && view !== null && at.height <= view.final.height };
  }).sort((a, b) => (a.height ?? Infinity) - (b.height ?? Infinity));
}

/** Which payment was proved is known of our own deliveries: the one that arrived. */
async function executedIn(events: readonly SourceEvent[], issueId: Hex, txids: readonly Hex[], ledger: Ledger): Promise<IssueFacts["executed"]> {
  const executed = events.find((event) => event.kind === "interbtc-issue-executed" && isThere(event));
  if (executed === undefined) return null;
  const deliveries = await Promise.all(txids.map(async (txid) => ({ txid, delivery: (await ledger.load(issueDelivery(issueId, txid), []))?.delivery ?? null })));
  const arrived = deliveries.find(({ delivery }) => delivery !== null && (delivery.state === "included" || delivery.state === "delivered"));
  const { amountSat, feeSat } = executed.payload as { readonly amountSat: string; readonly feeSat: string };
  return { txid: arrived?.txid ?? null, amountSat: BigInt(amountSat) - BigInt(feeSat), feeSat: BigInt(feeSat), by: arrived?.delivery?.by === "us" ? "us" : "other" };
}

const nothingLive: Live = { clocks: null, lightClient: null, inclusion: null, dialect: "latest" };

/** `period`: the item with the present period of such requests. Of the block of `payment` the inclusion is told. */
export async function liveFacts({ polkadot }: NoteParts, period: readonly [pallet: string, item: string], payment: SourceEvent | null): Promise<Live> {
  const read = async (client: PolkadotClient, signal: AbortSignal): Promise<Live> => {
    const at = await client.head("best", signal);
    const runtime = await client.runtimeOf(at.hash, signal);
    const dialect = dialectOf(runtime);
    const [lightClient, globalPeriod, headers] = await Promise.all([
      readLightClient(client, dialect, at, signal), client.storage(...period, [], at.hash, signal),
      payment?.at == null ? Promise.resolve([]) : storedHeaders(client, dialect, [payment.at.hash], at.hash, signal),
    ]);
    return {
      lightClient, dialect: dialect.name,
      clocks: {
        activeBlocks: lightClient.activeBlocks, bitcoinHeight: lightClient.best.height, globalPeriod: Number(globalPeriod),
        parachainBlocksPerBitcoinBlock: Number(runtime.constant("BTCRelay", "ParachainBlocksPerBitcoinBlock")),
      },
      inclusion: headers.length === 0 ? null : inclusionOf(lightClient, headers[0] ?? null, null),
    };
  };
  return polkadot.ask(read, AbortSignal.timeout(askWithinMs)).then(({ value }) => value, () => nothingLive);
}
