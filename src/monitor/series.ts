/**
 * Every series Gantry exports: name (without the prefix `gantry_`), type, labels, meaning.
 * Always: what is not in this table cannot be reported; docs/metrics.md is made from it; times are seconds.
 * Never: a name built at run time, or milliseconds.
 */
import { budgetKinds, notificationResults } from "./labels.ts";
import type { LabelName, OwnValues, Values } from "./labels.ts";

export const prefix = "gantry_";
/** what a "time left" or "distance" says when there is nothing it could end for: far, but a number that can be compared */
export const far = 1e9;

/** The five questions of an operator, in the order they are asked. */
export const questions = {
  alive: "Is it alive?",
  seeing: "Does it see the chains?",
  moving: "Are deliveries moving?",
  stuck: "What is stuck?",
  able: "Is it able to act?",
} as const;
export type Question = keyof typeof questions;

export type Series = {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly LabelName[];
  readonly question: Question;
  /** one line; what Prometheus shows as HELP */
  readonly help: string;
  /** how to read it, for docs/metrics.md */
  readonly meaning: string;
  readonly buckets?: readonly number[];
  /** what its labels may say, where that is not what they say elsewhere */
  readonly own?: OwnValues;
  /** the value of a gauge before anybody sets it; 0 without it */
  readonly begins?: number;
  /** values of the open labels that exist from the start (all else appears when it first happens) */
  readonly first?: Readonly<Partial<Record<LabelName, readonly string[]>>>;
};

const stageBuckets = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 72 * 3600];
const callBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const kindsOfTransfers: Values = ({ journeys }) => [...new Set(journeys.map(({ kind }) => kind))];
const depthBuckets = [1, 2, 3, 4, 6, 10, 20, 50, 100];

const alive: readonly Omit<Series, "question">[] = [
  { name: "build_info", type: "gauge", labels: ["version", "node"], help: "Always 1; what is running",
    meaning: "Missing = no process answers. A change marks a deployment." },
  { name: "process_start_time_seconds", type: "gauge", labels: [], help: "Unix time at which the process started",
    meaning: "A change that nobody ordered is a crash." },
  { name: "process_cpu_seconds_total", type: "counter", labels: [], help: "Processor time used by the process",
    meaning: "A rate near 1 means the event loop is the bottleneck." },
  { name: "process_resident_memory_bytes", type: "gauge", labels: [], help: "Resident memory of the process",
    meaning: "Steady growth over days is a leak." },
  { name: "loop_last_turn_timestamp_seconds", type: "gauge", labels: ["loop"], help: "Unix time of the loop's last completed turn; 0 = none yet",
    meaning: "`time() - this` past the loop's budget means the loop hangs, even when the process answers. `/healthz` judges the same value." },
  { name: "loop_budget_seconds", type: "gauge", labels: ["loop"], help: "Longest time one turn of the loop may take",
    meaning: "What the age of the last turn is compared with, here and in `/healthz`." },
];

const seeing: readonly Omit<Series, "question">[] = [
  { name: "chain_height", type: "gauge", labels: ["chain", "at"], help: "Block height: the nodes' best and final, and how far the ledger has read",
    meaning: "`best - cursor` that does not shrink: the watcher is behind. 0 = never heard of." },
  { name: "chain_head_timestamp_seconds", type: "gauge", labels: ["chain"], help: "Timestamp of the best block, by its own chain; 0 = never seen",
    meaning: "Chains choose it: Bitcoin's may be off by an hour. For ages use `chain_head_seen_timestamp_seconds`." },
  { name: "chain_head_seen_timestamp_seconds", type: "gauge", labels: ["chain"], help: "Unix time of this host at which the best block last changed; 0 = never seen",
    meaning: "`time() - this` past `chain_head_budget_seconds`: the chain or every node of it stands still, whatever its blocks say of the time." },
  { name: "chain_head_budget_seconds", type: "gauge", labels: ["chain"], help: "Longest time without a new block that is taken as normal",
    meaning: "What the age of the head is compared with." },
  { name: "chain_lag_budget_blocks", type: "gauge", labels: ["chain"], help: "Blocks by which the ledger may be behind the nodes' best block",
    meaning: "What `best - cursor` is compared with." },
  { name: "chain_reorg_depth_blocks", type: "histogram", labels: ["chain"], buckets: depthBuckets, help: "Blocks undone by each reorg the watcher followed",
    meaning: "Depths near the final depth of the chain are a reason to raise it." },
  { name: "endpoint_up", type: "gauge", labels: ["chain", "endpoint"], help: "1 while the endpoint answers, else 0",
    meaning: "All endpoints of a chain at 0: nothing on that chain moves; Gantry waits." },
  { name: "endpoint_lag_blocks", type: "gauge", labels: ["chain", "endpoint"], help: "Blocks the endpoint is behind the best head any endpoint showed",
    meaning: "A lagging endpoint is used only when no better one answers." },
  { name: "endpoint_demotions_total", type: "counter", labels: ["chain", "endpoint"], help: "Times the endpoint said something that cannot be true",
    meaning: "It becomes the last choice for a while each time. Any increase deserves a look at that node." },
  { name: "scan_backlog_blocks", type: "gauge", labels: ["chain"], help: "Blocks still to be searched for past events or newly added watches",
    meaning: "Holds back `/readyz` until 0. Does not shrink = the node lacks old blocks (see `gantry status`, ranges)." },
  { name: "watches", type: "gauge", labels: ["chain"], help: "Scripts and outputs that each block of the chain is searched for",
    meaning: "About what is open, and what was over lately; of tBTC also both scripts of every wallet, for ever, and its outputs until a day of blocks after they were spent. Grows faster = something open is never closed." },
  { name: "clock_skew_seconds", type: "gauge", labels: ["chain"], help: "Time of the newest block minus host time when it was first seen",
    meaning: "Positive: blocks come from the future, or this host's clock is slow. Bitcoin block times may honestly be off by minutes." },
  { name: "clock_skew_budget_seconds", type: "gauge", labels: ["chain"], help: "Skew that is taken as normal, in both directions",
    meaning: "What the size of `clock_skew_seconds` is compared with." },
];

const moving: readonly Omit<Series, "question">[] = [
  { name: "deliveries", type: "gauge", labels: ["lane", "state"], help: "Deliveries in the ledger by state",
    meaning: "Finished states only grow. `parked` above 0 waits for a person." },
  { name: "delivery_stage_seconds", type: "histogram", labels: ["lane", "state"], buckets: stageBuckets, help: "Time a delivery spent in a state, observed when it left it",
    meaning: "Where the time goes, per lane." },
  { name: "submissions_total", type: "counter", labels: ["lane", "result"], help: "What became of signed transactions",
    meaning: "`sent` counts every broadcast, `outbid` every version with a higher fee. `by_other`: somebody else did our work first (success)." },
  { name: "fees_spent_total", type: "counter", labels: ["chain"], help: "Fees paid by transactions seen in blocks, in whole coins",
    meaning: "Ether, bitcoin, DOT. As a float: good for rates, not for accounts." },
  { name: "transfers_open", type: "gauge", labels: ["bridge", "kind", "step"], own: { kind: kindsOfTransfers }, help: "Transfers that are under way, by the step they are in",
    meaning: "Where the users' transfers are, also those that wait for somebody else." },
];

const stuck: readonly Omit<Series, "question">[] = [
  { name: "transfers_late", type: "gauge", labels: ["bridge", "kind", "step", "cause"], own: { kind: kindsOfTransfers }, help: "Open transfers past the budget of their step, by why",
    meaning: "`gantry show <id>` says the same of one transfer in a sentence, with what to do." },
  { name: "transfer_oldest_seconds", type: "gauge", labels: ["bridge", "kind", "step"], own: { kind: kindsOfTransfers },
    help: "How long the transfer that is longest in the step has been in it; 0 = none is", meaning: "Past `step_budget_seconds{at=\"late\"}` that transfer is late." },
  { name: "transfer_deadline_seconds", type: "gauge", labels: ["bridge", "kind"], own: { kind: kindsOfTransfers }, begins: far,
    help: `Time to the nearest deadline of an open transfer; negative when it has passed; ${far} = there is none`, meaning: "Stays negative until the transfer ends: a missed deadline never looks like a met one." },
  { name: "step_budget_seconds", type: "gauge", labels: ["bridge", "kind", "step", "at"], own: { kind: kindsOfTransfers, at: () => budgetKinds },
    help: "How long the step takes normally, and from when on it is late", meaning: "From the bridge's journeys, or from the configuration." },
  { name: "cause_active", type: "gauge", labels: ["cause"], help: "1 while this cause holds up a transfer or the installation itself, else 0",
    meaning: "Each cause that a person must act on has an alert and a page in docs/runbook." },
  { name: "relay_epoch_margin_blocks", type: "gauge", labels: ["lane"], begins: far,
    help: `Bitcoin blocks until the target's difficulty relay forgets an epoch that a waiting proof needs; ${far} = none does`, meaning: "At 0 the next retarget ends it; below 0 it has: that proof can never be made again." },
  { name: "light_client_lag_blocks", type: "gauge", labels: ["lane"], help: "Blocks of Bitcoin's best chain, as our watchers see it, that the target's light client does not have",
    meaning: "Some while blocks are relayed; up to its stable depth after a reorg of Bitcoin. Growing: nobody relays headers. Of tBTC's lanes: blocks since its relay of difficulties could have been told of its next epoch." },
  { name: "light_client_lag_seconds", type: "gauge", labels: ["lane"], help: "Age of the oldest of those blocks, by its own timestamp; 0 = none is missing",
    meaning: "Timestamps of Bitcoin may honestly be off by minutes." },
  { name: "light_client_forks", type: "gauge", labels: ["lane"], help: "Forks in the target's light client that are near its best height",
    meaning: "1 after a stale block of Bitcoin, for some blocks." },
  { name: "light_client_blocked_seconds", type: "gauge", labels: ["lane"], help: "How long a fork in the light client has stopped every proof, since this process saw it; 0 = none does",
    meaning: "It ends when the main chain is the stable depth ahead of the fork." },
  { name: "deliveries_parked", type: "gauge", labels: ["lane", "code"], help: "Parked deliveries by reason",
    meaning: "Each waits for `gantry resume` or `gantry abandon`. `deliveries{state=\"parked\"}` is the same number without the reason." },
  { name: "deliveries_overdue", type: "gauge", labels: ["lane"], help: "Active deliveries whose time to be looked at passed more than a minute ago, by the ledger",
    meaning: "Stays true when Redis lost its wakes. Above 0 for long: no relayer works on this lane." },
  { name: "wakes_overdue", type: "gauge", labels: ["lane"], help: "Wakes that are due and not taken, by the queue",
    meaning: "Above 0 for long: the workers do not take jobs." },
  { name: "audit_findings_total", type: "counter", labels: ["lane", "kind"], own: { lane: ({ lanes, chains }) => [...lanes, ...chains] },
    help: "Differences the audit found and repaired, by lane, or by chain where it was the watcher",
    meaning: "Re-woken deliveries after a loss of Redis are normal; anything else that repeats is a fault." },
];

const able: readonly Omit<Series, "question">[] = [
  { name: "ledger_up", type: "gauge", labels: [], help: "1 while a write to the ledger can be committed, else 0",
    meaning: "0: nothing is signed or sent. Look at disk space and file rights." },
  { name: "redis_up", type: "gauge", labels: [], help: "1 while the queue's server answers, else 0",
    meaning: "0: nobody is woken, so deliveries stand still until it is back; nothing is lost." },
  { name: "halted", type: "gauge", labels: ["scope", "code"], first: { code: ["paused"] }, help: "1 while the scope is stopped, by a person (`paused`) or by an unsafe fact",
    meaning: "Lifted by `gantry resume <kind> <name> --because …` after the cause was looked at." },
  { name: "signer_balance", type: "gauge", labels: ["chain", "signer"], help: "Funds of the signer, in whole coins (ether, bitcoin, DOT); 0 until first read",
    meaning: "As a float: good for thresholds, not for accounts." },
  { name: "signer_runway_seconds", type: "gauge", labels: ["signer"], begins: far, help: `How long the funds last at the rate of the last days; ${far} = nothing is spent`,
    meaning: "Below `signer_runway_budget_seconds`: send funds." },
  { name: "signer_runway_budget_seconds", type: "gauge", labels: ["signer"], help: "How long the funds shall last at least",
    meaning: "What the runway is compared with." },
  { name: "signer_open_slots", type: "gauge", labels: ["signer"], help: "Slots (nonces, payments) that are reserved or live",
    meaning: "Those that wait for a block are limited by maxOpenSlots; at the limit nothing new is signed until one of them is in a block." },
  { name: "signer_blocked", type: "gauge", labels: ["signer"], help: "1 while the signer can be handed no slot, else 0",
    meaning: "`gantry status` names the slot that blocks." },
  { name: "foreign_slots_total", type: "counter", labels: ["signer"], help: "Slots consumed by a transaction Gantry never made",
    meaning: "Somebody else uses the key. More than 3 in an hour halts the signer." },
  { name: "notifications_total", type: "counter", labels: ["result"], own: { result: () => notificationResults }, help: "Tries to tell somebody by `notify`, by how they ended",
    meaning: "`failed` above 0: a receiver is away or refuses; it is tried again." },
  { name: "rpc_seconds", type: "histogram", labels: ["chain", "endpoint", "method"], buckets: callBuckets, help: "Time of each call to a node",
    meaning: "Slow or missing answers per endpoint and method." },
  { name: "errors_total", type: "counter", labels: ["where", "code"], help: "Failures by place and code",
    meaning: "What each code means and what to do: docs/errors.md." },
  { name: "pruned_steps_total", type: "counter", labels: [], help: "Recorded steps of what ended more than ledger.keepDays ago that were let go",
    meaning: "0 for ever in an installation older than that: the ledger grows; look for `errors_total{where=\"pruning\"}`." },
  { name: "queue_worker_restarts_total", type: "counter", labels: ["lane"], help: "Times the watchdog restarted a worker that took no jobs although wakes were due",
    meaning: "Any increase points at Redis or at a stalled event loop." },
];

const ask = (question: Question, list: readonly Omit<Series, "question">[]): readonly Series[] => list.map((one) => ({ ...one, question }));

export const series: readonly Series[] = [
  ...ask("alive", alive), ...ask("seeing", seeing), ...ask("moving", moving), ...ask("stuck", stuck), ...ask("able", able),
];
