/**
 * Every reason there is for a transfer, or this installation, to stand still.
 * Always: closed: metrics, alerts, runbook pages, the page and the command line speak of these and of no others; codes
 * are stored and stand in rule files, so they are only ever added.
 * Never: judgement; what is the cause of what is decided in explain.ts and findings.ts.
 */

/** Who must act so that something goes on. */
export type Actor = "user" | "vault" | "wallet" | "relayer" | "chain" | "operator";

/** `page` wakes a person, `ticket` waits for working hours, `info` only informs. */
export type Severity = "page" | "ticket" | "info";

export type CauseSpec = {
  /** a few words for a heading */
  readonly title: string;
  /** who can end it */
  readonly who: Actor;
  readonly severity: Severity;
  /** it has an alert (and a runbook page) of its own; the others are seen through the late transfer alone */
  readonly alert: boolean;
};

export const causes = {
  "source-not-final": { title: "its block is not final yet", who: "chain", severity: "info", alert: false },
  "source-reorged-out": { title: "its block left the chain", who: "chain", severity: "ticket", alert: true },
  "node-stalled": { title: "no new block from any node", who: "operator", severity: "page", alert: true },
  "node-lagging": { title: "what is read lags behind the chain", who: "operator", severity: "ticket", alert: true },
  "node-lying": { title: "a node contradicts the others", who: "operator", severity: "page", alert: true },
  "light-client-behind": { title: "the light client is behind Bitcoin", who: "relayer", severity: "page", alert: true },
  "light-client-on-another-fork": { title: "the light client follows another fork", who: "operator", severity: "page", alert: true },
  "light-client-blocked": { title: "a fork in the light client blocks every proof", who: "operator", severity: "page", alert: true },
  "relay-epoch-leaving": { title: "the difficulty relay is about to leave an epoch that is still needed", who: "operator", severity: "page", alert: true },
  "user-has-not-paid": { title: "the user has not paid", who: "user", severity: "info", alert: false },
  "paid-too-little": { title: "the user paid too little", who: "user", severity: "ticket", alert: true },
  "paid-too-late": { title: "the user paid after the request ran out", who: "user", severity: "ticket", alert: true },
  "payment-unusable": { title: "a vault's payment cannot be proved", who: "vault", severity: "ticket", alert: true },
  "paid-and-cancelled": { title: "a vault paid for what was cancelled before it was proved", who: "vault", severity: "ticket", alert: true },
  "bitcoin-fee-too-low": { title: "a transaction waits because its fee is too low", who: "operator", severity: "ticket", alert: true },
  "transaction-evicted": { title: "a transaction was dropped by the nodes", who: "operator", severity: "ticket", alert: true },
  "vault-silent": { title: "the vault does not act", who: "vault", severity: "ticket", alert: true },
  "redemption-objected": { title: "guardians object to the redemption", who: "user", severity: "info", alert: false },
  "wallet-silent": { title: "the wallet group does not act", who: "wallet", severity: "ticket", alert: true },
  "proof-missing": { title: "nobody proves what a wallet did on Bitcoin", who: "relayer", severity: "ticket", alert: true },
  "deadline-near": { title: "a protocol deadline is near", who: "operator", severity: "page", alert: true },
  "deadline-passed": { title: "a protocol deadline has passed", who: "operator", severity: "page", alert: true },
  "proof-refused": { title: "a proof was refused and is parked", who: "operator", severity: "page", alert: true },
  "signer-without-funds": { title: "a signer cannot pay fees", who: "operator", severity: "page", alert: true },
  "signer-slot-taken": { title: "somebody else uses a signer's key", who: "operator", severity: "page", alert: true },
  "nonce-gap": { title: "a signer's lowest open nonce holds up the others", who: "operator", severity: "page", alert: true },
  "chain-paused": { title: "the protocol is paused on its chain", who: "chain", severity: "ticket", alert: true },
  "oracle-outage": { title: "the protocol's price oracle is out", who: "chain", severity: "ticket", alert: true },
  "refund-pool-empty": { title: "the refund pool does not pay", who: "operator", severity: "ticket", alert: true },
  "queue-not-draining": { title: "due work is not taken from the queue", who: "operator", severity: "page", alert: true },
  "relayer-dead": { title: "the relayer does not turn", who: "operator", severity: "page", alert: true },
  "ledger-unwritable": { title: "the ledger cannot be written", who: "operator", severity: "page", alert: true },
  "redis-down": { title: "Redis cannot be reached", who: "operator", severity: "page", alert: true },
  "redis-evicts": { title: "Redis may throw wakes away", who: "operator", severity: "ticket", alert: true },
  "lane-halted": { title: "a lane is stopped", who: "operator", severity: "page", alert: true },
  "chain-halted": { title: "a chain is stopped", who: "operator", severity: "page", alert: true },
  "signer-halted": { title: "a signer is stopped", who: "operator", severity: "page", alert: true },
  "clock-skew": { title: "this machine's clock disagrees with a chain", who: "operator", severity: "ticket", alert: true },
  "scan-backlog": { title: "older blocks are still to be searched", who: "operator", severity: "ticket", alert: true },
  "halt-not-looked-at": { title: "something is stopped and nobody has looked at it", who: "operator", severity: "page", alert: true },
  unexplained: { title: "late, and no known cause fits", who: "operator", severity: "ticket", alert: true },
} as const satisfies Readonly<Record<string, CauseSpec>>;

export type Cause = keyof typeof causes;
export const causeNames = Object.keys(causes) as readonly Cause[];
