/**
 * Payments that carry the id of their request in an OP_RETURN: redeems, replaces, and refunds of the first runtime.
 * Always: judged as the pallet does: at most three outputs, just one OP_RETURN, one payment or two to different addresses, and
 * the first output to the asked address holds exactly what was asked. Never: decides what is proved.
 */
import type { BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { concatHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";

/** What a payment must be. `script`: of the address to pay; all three come from the request. */
export type OpReturnRequest = { readonly id: Hex; readonly script: Hex; readonly amountSat: bigint };

/** Why the pallet would refuse a transaction that names the request. */
export type OpReturnFlaw = "too-many-outputs" | "unknown-output" | "several-op-returns" | "op-return-with-value" | "address-paid-twice" | "other-address" | "too-little" | "too-much";

/** `paidSat`: what the first output to the asked address holds; `flaw` null: it is what was asked. */
export type OpReturnPayment = { readonly paidSat: bigint; readonly flaw: OpReturnFlaw | null };

/** The output script that names a request (32 bytes): to be watched, no address is shared with anybody. */
export const opReturnScript = (id: Hex): Hex => concatHex("0x6a20", id);

const mostOutputs = 3;
/** P2PKH, P2SH, P2WPKH, P2WSH; the pallet knows no others, taproot neither */
const payable = /^0x(?:76a914[0-9a-f]{40}88ac|a914[0-9a-f]{40}87|0014[0-9a-f]{40}|0020[0-9a-f]{64})$/u;

/** Null: it does not name the request. */
export function judgeOpReturn(request: OpReturnRequest, { outputs }: Pick<BitcoinTx, "outputs">): OpReturnPayment | null {
  const name = opReturnScript(request.id);
  if (!outputs.some(({ script }) => script === name)) return null;
  const paid = outputs.find(({ script }) => script === request.script);
  return { paidSat: paid?.valueSat ?? 0n, flaw: flawOf(request, outputs, paid?.valueSat ?? null) };
}

function flawOf({ script, amountSat }: OpReturnRequest, outputs: BitcoinTx["outputs"], paidSat: bigint | null): OpReturnFlaw | null {
  if (outputs.length > mostOutputs) return "too-many-outputs";
  const names = outputs.filter((output) => output.script.startsWith("0x6a"));
  const payments = outputs.filter((output) => !names.includes(output));
  if (payments.some((output) => !payable.test(output.script))) return "unknown-output";
  if (names.length > 1) return "several-op-returns";
  if (names.some(({ valueSat }) => valueSat !== 0n)) return "op-return-with-value";
  if (new Set(payments.map((output) => output.script)).size < payments.length) return "address-paid-twice";
  if (paidSat === null || !payments.some((output) => output.script === script)) return "other-address";
  return paidSat === amountSat ? null : paidSat < amountSat ? "too-little" : "too-much";
}
