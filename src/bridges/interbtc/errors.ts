/**
 * What the bridge's pallets refuse, by remedy. The one place that knows their errors, by the names of the runtime's metadata.
 * Always: what is already done and what must be built anew are Rejected (the target is asked again: a done thing is success there);
 * what passes by itself is Unavailable; what no new proof can help is Invalid; what needs another setting is Misconfigured. What is
 * borne only once, or for a short time, says so itself.
 * Never: decides to send in spite of an error; one that nobody classified is Rejected.
 */
import type { DispatchFailure } from "../../chains/polkadot/runtime.ts";
import { invalid, misconfigured, rejected, unavailable, unsafe } from "../../core/errors.ts";
import type { Failure, GantryError } from "../../core/errors.ts";
import type { Json } from "../../core/values.ts";

export type InterbtcCall = "store-header" | "execute-issue" | "execute-refund";

type Treatment = Pick<Failure, "retryAfterMs" | "patience" | "atOnce">;
type Family = Treatment & { readonly make: typeof rejected; readonly code: string; readonly says: string; readonly names: readonly string[] };

/** a pause for what ends by governance or other people's acts */
const slowly = 60_000;
/** 10 blocks of the parachain: nodes agree on a request long before, or its block is gone */
const briefly = { ms: 120_000 };

/** `says` follows "The parachain refuses: <name>." */
const families: readonly Family[] = [
  { make: rejected, code: "interbtc-header-known", says: "The light client has this header, or its first one, already; it is asked what it knows.", names: ["BTCRelay.DuplicateBlock", "BTCRelay.OutdatedBlock", "BTCRelay.AlreadyInitialized"] },
  { make: rejected, code: "interbtc-already-executed", says: "Somebody executed the request already; the chain is asked with which payment.", names: ["Issue.IssueCompleted", "Redeem.RedeemCompleted", "Replace.ReplaceCompleted", "Refund.RefundCompleted"] },
  { make: rejected, code: "interbtc-fork-bound", says: "A fork was opened meanwhile; the number of chains is read again.", names: ["BTCRelay.WrongForkBound"] },
  { make: rejected, code: "interbtc-block-moved", atOnce: true, says: "The payment's block is on a fork for the light client; the transaction's block is looked up and proved anew.", names: ["BTCRelay.InvalidChainID"] },
  {
    make: rejected, code: "interbtc-proof-refused", patience: { redos: 1 }, says: "Our own check had passed the proof; it is built again from fresh data, once.",
    names: ["BTCRelay.InvalidMerkleProof", "BTCRelay.MalformedMerkleProof", "BTCRelay.InvalidTxid", "BTCRelay.EndOfFile", "BTCRelay.BoundExceeded", "BTCRelay.InvalidCoinbasePosition"],
  },

  { make: unavailable, code: "interbtc-not-stable", says: "Blocks, of Bitcoin or of the parachain, or the end of a fork must come first.", names: ["BTCRelay.BitcoinConfirmations", "BTCRelay.ParachainConfirmations", "BTCRelay.OngoingFork"] },
  { make: unavailable, code: "interbtc-not-expired", says: "The request has time left on one of its two clocks; both are read again.", names: ["Issue.TimeNotExpired", "Redeem.TimeNotExpired", "Replace.ReplacePeriodNotExpired"] },
  {
    make: unavailable, code: "interbtc-request-unknown", patience: briefly, says: "There is no such request now: it may be of a block that is gone. It is asked for again for two minutes.",
    names: ["Issue.IssueIdNotFound", "Redeem.RedeemIdNotFound", "Replace.ReplaceIdNotFound", "Refund.RefundIdNotFound"],
  },
  { make: unavailable, code: "interbtc-relay-young", says: "The light client does not know enough Bitcoin blocks yet.", names: ["Issue.WaitingForRelayerInitialization"] },
  {
    make: unavailable, code: "interbtc-vault-full", retryAfterMs: slowly, says: "The vault takes nothing new now, or lacks the capacity; only a cancelled or overpaid issue needs it.",
    names: ["VaultRegistry.VaultNotAcceptingIssueRequests", "Issue.VaultNotAcceptingNewIssues", "VaultRegistry.ExceedingVaultLimit", "VaultRegistry.VaultBanned"],
  },
  { make: unavailable, code: "interbtc-no-price", says: "The parachain's oracles are silent, or it does not run; everything that needs a price waits.", names: ["Oracle.MissingExchangeRate", "Security.ParachainNotRunning"] },
  { make: unavailable, code: "interbtc-paused", retryAfterMs: slowly, says: "Governance has paused this call, or the bridge is shut down.", names: ["System.CallFiltered", "BadOrigin"] },

  { make: invalid, code: "interbtc-header-refused", says: "It is no valid Bitcoin header for the light client (work, version of at least 4, or form of its target).", names: ["BTCRelay.LowDiff", "BTCRelay.InvalidBlockVersion", "BTCRelay.InvalidCompact"] },
  {
    make: invalid, code: "interbtc-payment-refused", says: "This transaction does not satisfy the request, whatever its proof.",
    names: ["BTCRelay.InvalidPayment", "BTCRelay.InvalidPaymentAmount", "BTCRelay.InvalidOpReturnTransaction", "BTCRelay.MalformedTransaction", "BTCRelay.InvalidTransaction"],
  },
  { make: invalid, code: "interbtc-request-closed", says: "The request was cancelled or its time is over, and this runtime executes it no more.", names: ["Issue.IssueCancelled", "Redeem.RedeemCancelled", "Replace.ReplaceCancelled", "Issue.CommitPeriodExpired"] },
  { make: invalid, code: "interbtc-underpaid", says: "Less was paid than asked for: only the requester may execute it, and settle for less.", names: ["Issue.InvalidExecutor"] },
  { make: invalid, code: "interbtc-vault-gone", says: "The vault was liquidated or is not registered.", names: ["VaultRegistry.VaultLiquidated", "VaultRegistry.VaultNotFound"] },

  { make: misconfigured, code: "interbtc-wrong-network", says: "The header's target or height is not what the light client expects: it follows another Bitcoin network (compare chains.bitcoin.network), begins at a height that is no multiple of 2016, or its difficulty check must be off for test networks.", names: ["BTCRelay.DiffTargetHeader", "BTCRelay.InvalidStartHeight"] },
  { make: misconfigured, code: "interbtc-period-start-unknown", says: "The first header of a period needs the one 2016 below it on the same chain of the light client, which does not have it: it was not begun at a multiple of 2016, or this is a fork across a retarget.", names: ["BTCRelay.MissingBlockHeight"] },
];

const parentUnknown: Family = { make: rejected, code: "interbtc-parent-unknown", says: "The light client does not know the header's parent; its ancestors are told first.", names: ["BTCRelay.BlockNotFound"] };
const notRelayed: Family = { make: unavailable, code: "interbtc-block-not-relayed", says: "The light client does not know the payment's block yet.", names: ["BTCRelay.BlockNotFound"] };
const unknown: Family = { make: rejected, code: "interbtc-unknown-error", says: "Nobody has classified this error yet; the state is read again.", names: [] };

const byName: ReadonlyMap<string, Family> = new Map(families.flatMap((family) => family.names.map((name) => [name, family] as const)));

const familyOf = (name: string, call: InterbtcCall): Family => (name === "BTCRelay.BlockNotFound" ? (call === "store-header" ? parentUnknown : notRelayed) : (byName.get(name) ?? unknown));

const evidenceOf = ({ name, about }: DispatchFailure): Json => ({ error: name, about });

/** What a refused call means. `failure` as chains/polkadot names it: "Pallet.Error", or the runtime's own word ("BadOrigin"). */
export function classifyInterbtc(failure: DispatchFailure, call: InterbtcCall): GantryError {
  const { make, code, says, names: _names, ...treatment } = familyOf(failure.name, call);
  return make(code, `The parachain refuses: ${failure.name}. ${says}`, { evidence: evidenceOf(failure), ...treatment });
}

/** Every error name that is classified. */
export const knownErrors: readonly string[] = [...byName.keys(), "BTCRelay.BlockNotFound"];

/**
 * The genesis runtime (dialect v1) looks for the start of a period at the new header's own height, and so refuses the header of
 * every height divisible by 2016, for ever. Not null: this is that fault, and no later header can be told either.
 * `heights`: those of the headers in the refused call.
 */
export function v1RetargetFault(failure: DispatchFailure, heights: readonly number[]): GantryError | null {
  const height = heights.find((each) => each % 2016 === 0);
  if (failure.name !== "BTCRelay.MissingBlockHeight" || height === undefined) return null;
  return unsafe("interbtc-v1-retarget", `The parachain's runtime refuses Bitcoin's header ${height}, as it does with every height divisible by 2016: a fault of its first version. No header from there on can be told before the runtime is upgraded. Resume the lane then.`, {
    evidence: { error: failure.name, about: failure.about, height },
  });
}
