/**
 * What bitcoind's refusals mean, by error code and message prefix (never the full text: it differs between versions).
 * Always: every row has a recorded answer in test/fixtures/bitcoin/node-errors.json; what nobody knows is waited out.
 * Never: calls a failed broadcast final by itself. -25 is ambiguous: the caller looks the transaction up first.
 */
import { GantryError } from "../../core/errors.ts";
import type { Remedy } from "../../core/errors.ts";
import { RpcError } from "../json-rpc.ts";

type Meaning = { readonly remedy: Remedy; readonly code: string; readonly advice: string };
/** the first row whose error code is the same and whose text is a prefix of the message */
type Row = Meaning & { readonly said: readonly [code: number, prefix: string] };

const rows: readonly Row[] = [
  // the node itself
  { said: [-28, ""], remedy: "Unavailable", code: "endpoint-warming-up", advice: "It is starting; waiting." },
  { said: [-9, ""], remedy: "Unavailable", code: "endpoint-syncing", advice: "It is not connected to the network." },
  { said: [-10, ""], remedy: "Unavailable", code: "endpoint-syncing", advice: "It is still downloading blocks; waiting." },
  { said: [-32601, ""], remedy: "Unavailable", code: "method-unknown", advice: "Use a node that offers this method." },
  // blocks
  { said: [-8, "Block height out of range"], remedy: "Unavailable", code: "height-out-of-range", advice: "Its chain has no block there." },
  { said: [-5, "Block not found"], remedy: "Unavailable", code: "block-unknown", advice: "It does not have this block." },
  { said: [-5, "Block hash not found"], remedy: "Unavailable", code: "block-unknown", advice: "It does not have this block." },
  { said: [-1, "Block not available (pruned"], remedy: "Unavailable", code: "block-pruned", advice: "It deleted this block: use a node that keeps it." },
  { said: [-1, "Block not available"], remedy: "Unavailable", code: "block-unknown", advice: "It has not downloaded this block." },
  { said: [-1, "Block not found on disk"], remedy: "Unavailable", code: "block-unknown", advice: "It cannot read this block." },
  { said: [-1, "Index is not enabled"], remedy: "Unavailable", code: "index-missing", advice: "Use a node with this index." },
  // transactions
  { said: [-5, "No such mempool"], remedy: "Unavailable", code: "transaction-unknown", advice: "It does not know this transaction." },
  { said: [-5, "No such transaction"], remedy: "Unavailable", code: "transaction-unknown", advice: "The transaction is not in that block." },
  { said: [-5, "Transaction not"], remedy: "Unavailable", code: "transaction-unknown", advice: "It does not know this transaction." },
  { said: [-5, "Not all transactions found"], remedy: "Unavailable", code: "transaction-unknown", advice: "The transaction is not in that block." },
  // broadcasting
  { said: [-27, ""], remedy: "Conflict", code: "transaction-already-mined", advice: "Nothing to send: look for its block." },
  { said: [-25, "bad-txns-inputs-missingorspent"], remedy: "Rejected", code: "inputs-missing-or-spent", advice: "Look the transaction up: it may be mined already." },
  { said: [-25, "Fee exceeds maximum"], remedy: "Rejected", code: "fee-above-node-limit", advice: "The fee rate is above what the node lets out." },
  { said: [-25, "Unspendable output exceeds maximum"], remedy: "Rejected", code: "burn-above-node-limit", advice: "An OP_RETURN output carries value." },
  { said: [-26, "min relay fee not met"], remedy: "Rejected", code: "fee-below-relay-minimum", advice: "Raise the fee." },
  { said: [-26, "mempool min fee not met"], remedy: "Rejected", code: "fee-below-mempool-minimum", advice: "Raise the fee or wait." },
  { said: [-26, "insufficient fee"], remedy: "Rejected", code: "replacement-fee-too-low", advice: "Raise the fee over the one it replaces." },
  { said: [-26, "insufficient feerate"], remedy: "Rejected", code: "replacement-fee-too-low", advice: "Raise the fee over the one it replaces." },
  { said: [-26, "replacement-failed"], remedy: "Rejected", code: "replacement-fee-too-low", advice: "Raise the fee over the one it replaces." },
  { said: [-26, "replacement-adds-unconfirmed"], remedy: "Rejected", code: "replacement-adds-unconfirmed", advice: "Fund the replacement from mined outputs only." },
  { said: [-26, "bad-txns-spends-conflicting-tx"], remedy: "Rejected", code: "spends-its-own-conflict", advice: "It spends an output of what it replaces." },
  { said: [-26, "mempool-script-verify-flag-failed"], remedy: "Rejected", code: "script-refused", advice: "A signature or script is wrong." },
  { said: [-26, "mandatory-script-verify-flag-failed"], remedy: "Rejected", code: "script-refused", advice: "A signature or script is wrong." },
  { said: [-26, "bad-txns-in-belowout"], remedy: "Rejected", code: "outputs-above-inputs", advice: "It pays more than it spends." },
  { said: [-26, "dust"], remedy: "Rejected", code: "output-is-dust", advice: "An output is too small to be relayed." },
  { said: [-26, "non-final"], remedy: "Unavailable", code: "locktime-not-reached", advice: "Waiting until its lock time." },
  { said: [-26, "non-BIP68-final"], remedy: "Unavailable", code: "locktime-not-reached", advice: "Waiting until its inputs are old enough." },
  { said: [-26, "bad-txns-premature-spend-of-coinbase"], remedy: "Unavailable", code: "coinbase-immature", advice: "Waiting until the coinbase has 100 blocks." },
  { said: [-26, "too-long-mempool-chain"], remedy: "Unavailable", code: "mempool-chain-too-long", advice: "Waiting until its ancestors are mined." },
  { said: [-26, "too-large-cluster"], remedy: "Unavailable", code: "mempool-chain-too-long", advice: "Waiting until its ancestors are mined." },
  { said: [-26, ""], remedy: "Rejected", code: "mempool-refused", advice: "Read the node's reason." },
  { said: [-22, "TX decode failed"], remedy: "Bug", code: "transaction-refused-undecodable", advice: "Our own bytes are not a transaction." },
  // our own mistakes
  { said: [-8, ""], remedy: "Bug", code: "parameters-refused", advice: "The call's parameters are wrong." },
  { said: [-3, ""], remedy: "Bug", code: "parameters-refused", advice: "The call's parameters are wrong." },
];

const unknown: Meaning = { remedy: "Unavailable", code: "node-error", advice: "Unknown answer; waiting." };

/** A node's refusal, classified; anything else thrown comes back as it is. `endpoint` is safe to show. */
export function nodeError(thrown: unknown, endpoint: string): unknown {
  if (!(thrown instanceof RpcError)) return thrown;
  const text = thrown.message.slice(0, 200);
  const { remedy, code, advice } = rows.find(({ said: [number, prefix] }) => number === thrown.code && thrown.message.startsWith(prefix)) ?? unknown;
  return new GantryError(
    { remedy, code, message: `Bitcoin endpoint "${endpoint}" answered ${thrown.code} "${text}". ${advice}`, evidence: { endpoint, code: thrown.code, said: text } },
    { cause: thrown },
  );
}
