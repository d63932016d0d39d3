/**
 * A wallet's Bitcoin transaction as it is stored in its event: everything the lanes need besides headers and state.
 * Always: hashes in wire order, values as decimal strings; the raw parts hash to the transaction id.
 * Never: the witness (the Bridge does not take it), nor anything that depends on the block that holds it.
 */
import type { BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { invalid } from "../../core/errors.ts";
import type { Hex, Json, Outpoint, SourceEvent } from "../../core/values.ts";
import type { ClassifiedTx, Unlock, WalletTxKind } from "./classify-wallet-tx.ts";

type WalletTxInput = {
  readonly outpoint: Outpoint;
  readonly unlock: Unlock;
  /** value of the spent output where it was known, in satoshi as a decimal string */
  readonly valueSat: string | null;
};
type WalletTxOutput = { readonly valueSat: string; readonly script: Hex; readonly toWallet: boolean };
export type WalletTx = {
  readonly wallet: Hex;
  readonly txid: Hex;
  readonly kind: WalletTxKind;
  readonly inputs: readonly WalletTxInput[];
  readonly outputs: readonly WalletTxOutput[];
  readonly version: Hex;
  readonly inputVector: Hex;
  readonly outputVector: Hex;
  readonly locktime: Hex;
};

export const walletTxKinds = { sweep: "tbtc-sweep", redemption: "tbtc-redemption", other: "tbtc-other" } as const;

/** `valueOf` gives the value of a spent output that is known already, or null. */
export const walletTx = (tx: BitcoinTx, wallet: Hex, what: ClassifiedTx, valueOf: (outpoint: Outpoint) => bigint | null): WalletTx => ({
  wallet,
  txid: tx.txid,
  kind: what.kind,
  inputs: tx.inputs.map((input, index) => ({
    outpoint: input.outpoint,
    unlock: what.unlocks[index] ?? "stranger",
    valueSat: valueOf(input.outpoint)?.toString() ?? null,
  })),
  outputs: tx.outputs.map((output, index) => ({
    valueSat: output.valueSat.toString(),
    script: output.script,
    toWallet: what.toWallet[index] ?? false,
  })),
  version: tx.version,
  inputVector: tx.inputVector,
  outputVector: tx.outputVector,
  locktime: tx.locktime,
});

/** The transaction inside an event of these kinds. Throws Invalid "not-a-wallet-transaction" for any other event. */
export function walletTxOf(event: Pick<SourceEvent, "id" | "kind" | "payload">): WalletTx {
  const payload = event.payload as Json & Partial<WalletTx>;
  const known = (Object.values(walletTxKinds) as readonly string[]).includes(event.kind);
  if (known && typeof payload === "object" && payload !== null && payload.wallet !== undefined) return payload as WalletTx;
  throw invalid("not-a-wallet-transaction", `Event ${event.id} of kind ${event.kind} holds no transaction of a tBTC wallet.`);
}
