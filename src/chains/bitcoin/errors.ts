/**
 * What bitcoind's refusals mean, by error code and message prefix (never the full text: it differs between versions).
 * Always: every row has a recorded answer in test/fixtures/bitcoin/node-errors.json; what nobody knows is waited out.
 * Never: calls a failed broadcast final by itself. -25 is ambiguous: the caller looks the transaction up first.
 */
import { GantryError } from "../../core/errors.ts";
import type { Remedy } from "../../core/errors.ts";
import { RpcError } from "../json-rpc.ts";

type Row = readonly [code: number, prefix: string, remedy: Remedy, name: string, advice: string];

const rows: readonly Row[] = [
  // the node itself
  [-28, "", "Unavailable", "endpoint-warming-up", "It is starting; waiting."],
  [-9, "", "Unavailable", "endpoint-syncing", "It is not connected to the network."],
  [-10, "", "Unavailable", "endpoint-syncing", "It is still downloading blocks; waiting."],
  [-32601, "", "Unavailable", "method-unknown", "Use a node that offers this method."],
  // blocks
  [-8, "Block height out of range", "Unavailable", "height-out-of-range", "Its chain has no block there."],
  [-5, "Block not found", "Unavailable", "block-unknown", "It does not have this block."],
  [-5, "Block hash not found", "Unavailable", "block-unknown", "It does not have this block."],
  [-1, "Block not available (pruned", "Unavailable", "block-pruned", "It deleted this block: use a node that keeps it."],
  [-1, "Block not available", "Unavailable", "block-unknown", "It has not downloaded this block."],
  [-1, "Block not found on disk", "Unavailable", "block-unknown", "It cannot read this block."],
  [-1, "Index is not enabled", "Unavailable", "index-missing", "Use a node with this index."],
  // transactions
  [-5, "No such mempool", "Unavailable", "transaction-unknown", "It does not know this transaction."],
  [-5, "No such transaction", "Unavailable", "transaction-unknown", "The transaction is not in that block."],
  [-5, "Transaction not", "Unavailable", "transaction-unknown", "It does not know this transaction."],
  [-5, "Not all transactions found", "Unavailable", "transaction-unknown", "The transaction is not in that block."],
  // broadcasting
  [-27, "", "Conflict", "transaction-already-mined", "Nothing to send: look for its block."],
  [-25, "bad-txns-inputs-missingorspent", "Rejected", "inputs-missing-or-spent", "Look the transaction up: it may be mined already."],
  [-25, "Fee exceeds maximum", "Rejected", "fee-above-node-limit", "The fee rate is above what the node lets out."],
  [-25, "Unspendable output exceeds maximum", "Rejected", "burn-above-node-limit", "An OP_RETURN output carries value."],
  [-26, "min relay fee not met", "Rejected", "fee-below-relay-minimum", "Raise the fee."],
  [-26, "mempool min fee not met", "Rejected", "fee-below-mempool-minimum", "Raise the fee or wait."],
  [-26, "insufficient fee", "Rejected", "replacement-fee-too-low", "Raise the fee over the one it replaces."],
  [-26, "insufficient feerate", "Rejected", "replacement-fee-too-low", "Raise the fee over the one it replaces."],
  [-26, "replacement-failed", "Rejected", "replacement-fee-too-low", "Raise the fee over the one it replaces."],
  [-26, "replacement-adds-unconfirmed", "Rejected", "replacement-adds-unconfirmed", "Fund the replacement from mined outputs only."],
  [-26, "bad-txns-spends-conflicting-tx", "Rejected", "spends-its-own-conflict", "It spends an output of what it replaces."],
  [-26, "mempool-script-verify-flag-failed", "Rejected", "script-refused", "A signature or script is wrong."],
  [-26, "mandatory-script-verify-flag-failed", "Rejected", "script-refused", "A signature or script is wrong."],
  [-26, "bad-txns-in-belowout", "Rejected", "outputs-above-inputs", "It pays more than it spends."],
  [-26, "dust", "Rejected", "output-is-dust", "An output is too small to be relayed."],
  [-26, "non-final", "Unavailable", "locktime-not-reached", "Waiting until its lock time."],
  [-26, "non-BIP68-final", "Unavailable", "locktime-not-reached", "Waiting until its inputs are old enough."],
  [-26, "bad-txns-premature-spend-of-coinbase", "Unavailable", "coinbase-immature", "Waiting until the coinbase has 100 blocks."],
  [-26, "too-long-mempool-chain", "Unavailable", "mempool-chain-too-long", "Waiting until its ancestors are mined."],
  [-26, "too-large-cluster", "Unavailable", "mempool-chain-too-long", "Waiting until its ancestors are mined."],
  [-26, "", "Rejected", "mempool-refused", "Read the node's reason."],
  [-22, "TX decode failed", "Bug", "transaction-refused-undecodable", "Our own bytes are not a transaction."],
  // our own mistakes
  [-8, "", "Bug", "parameters-refused", "The call's parameters are wrong."],
  [-3, "", "Bug", "parameters-refused", "The call's parameters are wrong."],
];

/** A node's refusal, classified; anything else thrown comes back as it is. `endpoint` is safe to show. */
export function nodeError(thrown: unknown, endpoint: string): unknown {
  if (!(thrown instanceof RpcError)) return thrown;
  const said = thrown.message.slice(0, 200);
  const row = rows.find(([code, prefix]) => code === thrown.code && thrown.message.startsWith(prefix));
  const [, , remedy, code, advice] = row ?? [0, "", "Unavailable", "node-error", "Unknown answer; waiting."];
  return new GantryError(
    { remedy, code, message: `Bitcoin endpoint "${endpoint}" answered ${thrown.code} "${said}". ${advice}`, evidence: { endpoint, code: thrown.code, said } },
    { cause: thrown },
  );
}
