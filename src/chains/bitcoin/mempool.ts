/**
 * What one bitcoind says of transactions that are in no block yet.
 * Always: the node's word alone, for telling people; a transaction's bytes hash to the id that was asked for.
 * Never: a basis for an effect: what is in a mempool may never be mined.
 */
import { failureOf, invalid } from "../../core/errors.ts";
import type { Hex, Millis, Outpoint } from "../../core/values.ts";
import type { RpcCall } from "../json-rpc.ts";
import { answersOf } from "./answers.ts";
import { parseTx } from "./codec.ts";
import type { BitcoinTx } from "./codec.ts";
import { toDisplay } from "./order.ts";

/** Fee rates in satoshi per virtual byte. `estimate`: for six blocks; null: the node has seen too few blocks to say. */
export type MempoolState = { readonly size: number; readonly minSatPerVb: number; readonly estimateSatPerVb: number | null; readonly bestHeight: number };
/** `satPerVb`: with what its unmined ancestors drag down and its descendants pay for it; `since`: when the node took it. */
export type UnminedTx = { readonly tx: BitcoinTx; readonly since: Millis; readonly vsize: number; readonly satPerVb: number };

export interface MempoolQuestions {
  mempoolState(signal: AbortSignal): Promise<MempoolState>;
  /** ids in wire order, in no order of their own */
  mempoolIds(signal: AbortSignal): Promise<readonly Hex[]>;
  /** the unmined transaction that spends each of these outputs; null: none */
  spenders(outpoints: readonly Outpoint[], signal: AbortSignal): Promise<readonly (Hex | null)[]>;
  /** null: not in the node's mempool. Throws Invalid "transaction-id-mismatch" */
  unmined(txids: readonly Hex[], signal: AbortSignal): Promise<readonly (UnminedTx | null)[]>;
}

type Said = { readonly value: unknown } | { readonly error: unknown };
type Many = (calls: readonly RpcCall[], signal: AbortSignal) => Promise<readonly Said[]>;

const targetBlocks = 6;
/** outputs in one question */
const outpointsAtOnce = 500;
const satPerVbOf = (bitcoinPerKvb: number): number => bitcoinPerKvb * 1e5;

const valueOf = (said: Said | undefined): unknown => {
  if (said !== undefined && "value" in said) return said.value;
  throw said?.error ?? new RangeError("a batch has one answer per call");
};
const isUnknown = (said: Said | undefined): boolean => said !== undefined && "error" in said && failureOf(said.error).code === "transaction-unknown";

export function mempoolQuestions(many: Many, name: string): MempoolQuestions {
  const read = answersOf(name);
  const unminedOf = (asked: Hex, entry: Said | undefined, raw: Said | undefined): UnminedTx | null => {
    // mined or dropped between the two answers, it is as good as not there
    if (isUnknown(entry) || isUnknown(raw)) return null;
    const tx = parseTx(read.raw(valueOf(raw), "a transaction"));
    if (tx.txid !== asked) {
      throw invalid("transaction-id-mismatch", `Bitcoin endpoint "${name}" was asked for transaction ${toDisplay(asked)} and gave ${toDisplay(tx.txid)}.`, { evidence: { endpoint: name, asked, got: tx.txid } });
    }
    const fields = read.fields(valueOf(entry), "getmempoolentry");
    const fees = read.fields(fields.fees, "fees");
    const rate = (fee: unknown, size: unknown): number => Number(read.valueSat(fee, "fees")) / Math.max(1, read.number(size, "vsize"));
    const alone = Math.min(rate(fees.base, fields.vsize), rate(fees.ancestor, fields.ancestorsize));
    return { tx, since: read.number(fields.time, "time") * 1_000, vsize: read.number(fields.vsize, "vsize"), satPerVb: Math.max(alone, rate(fees.descendant, fields.descendantsize)) };
  };
  return {
    async mempoolState(signal) {
      const [info, estimate, best] = await many([{ method: "getmempoolinfo", params: [] }, { method: "estimatesmartfee", params: [targetBlocks] }, { method: "getblockcount", params: [] }], signal);
      const { size, mempoolminfee } = read.fields(valueOf(info), "getmempoolinfo");
      const { feerate } = read.fields(valueOf(estimate), "estimatesmartfee");
      return {
        size: read.height(size, "size"), minSatPerVb: satPerVbOf(read.number(mempoolminfee, "mempoolminfee")),
        estimateSatPerVb: feerate === undefined ? null : satPerVbOf(read.number(feerate, "feerate")), bestHeight: read.height(valueOf(best), "getblockcount"),
      };
    },
    async mempoolIds(signal) {
      const [ids] = await many([{ method: "getrawmempool", params: [] }], signal);
      const list = valueOf(ids);
      return Array.isArray(list) ? list.map((id) => read.hash(id, "a transaction id")) : [read.hash(list, "getrawmempool")];
    },
    async spenders(outpoints, signal) {
      if (outpoints.length === 0) return [];
      const pieces = Array.from({ length: Math.ceil(outpoints.length / outpointsAtOnce) }, (_, at) => outpoints.slice(at * outpointsAtOnce, (at + 1) * outpointsAtOnce));
      const answers = await many(pieces.map((piece) => ({ method: "gettxspendingprevout", params: [piece.map(({ txid, index }) => ({ txid: toDisplay(txid), vout: index }))] })), signal);
      const spends = answers.flatMap((said) => read.list(valueOf(said), "gettxspendingprevout"));
      return outpoints.map((_, at) => (spends[at]?.spendingtxid === undefined ? null : read.hash(spends[at].spendingtxid, "spendingtxid")));
    },
    async unmined(txids, signal) {
      if (txids.length === 0) return [];
      const calls = txids.flatMap((txid) => [{ method: "getmempoolentry", params: [toDisplay(txid)] }, { method: "getrawtransaction", params: [toDisplay(txid), false] }]);
      const answers = await many(calls, signal);
      return txids.map((txid, at) => unminedOf(txid, answers[2 * at], answers[2 * at + 1]));
    },
  };
}
