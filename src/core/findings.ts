/**
 * What is wrong with this installation or its chains now: each finding names its cause, and says what to do.
 * Always: from the same world that explains a transfer, so that an alert, the page and `gantry show` say the same.
 * Never: blames what is not known (null), or anything within its budget.
 */
import { chainFindings } from "./findings-chains.ts";
import { bridgeFindings, lightClientFindings } from "./findings-bridges.ts";
import { signerFindings } from "./findings-signers.ts";
import type { Finding } from "./finding.ts";
import type { Cause } from "./causes.ts";
import type { HaltView, LoopView, MonitoredWorld } from "./monitored-world.ts";
import type { Millis, Scope } from "./values.ts";
import { act, counted, doctor, ended, resume, show, span, status } from "./words.ts";

/** Everything that is wrong now, most upstream kind first within each part. */
export const installationCauses = (world: MonitoredWorld, now: Millis): readonly Finding[] => [
  ...ledgerFindings(world),
  ...parkedFindings(world, now),
  ...world.halts.flatMap((halt) => haltFindings(halt, world.haltBudgetMs, now)),
  ...world.loops.flatMap((loop) => loopFindings(loop, now)),
  ...world.chains.flatMap((chain) => chainFindings(chain, now)),
  ...world.lightClients.flatMap((client) => lightClientFindings(client, now)),
  ...world.bridges.flatMap((bridge) => bridgeFindings(bridge, now)),
  ...world.signers.flatMap((signer) => signerFindings(signer, world.halts, now)),
  ...queueFindings(world, now),
];

function ledgerFindings({ ledger }: MonitoredWorld): readonly Finding[] {
  if (ledger.writable) return [];
  return [{
    cause: "ledger-unwritable", scope: {}, stops: true, since: null, evidence: { failure: ledger.failure },
    sentence: `The ledger cannot be written${ledger.failure === null ? "" : ` (${ledger.failure})`}, so nothing goes on.`,
    action: act("Free space, or repair the disk that holds the ledger.", doctor),
  }];
}

function parkedFindings({ deliveries }: MonitoredWorld, now: Millis): readonly Finding[] {
  return deliveries.flatMap(({ delivery: { id, lane, state, parked, lastError, since } }) => {
    if (state !== "parked" || parked === null) return [];
    const byPerson = parked.code === "parked-by-person";
    const finding: Finding = {
      cause: "proof-refused", scope: { delivery: id }, stops: true, since,
      evidence: { delivery: id, lane, code: parked.code, from: parked.from, seen: parked.evidence, lastError: lastError === null ? null : { code: lastError.code, message: lastError.message } },
      sentence: byPerson ? `A person parked delivery ${id} ${span(now - since)} ago.` : `Delivery ${id} was refused for good (${parked.code}) and has been parked for ${span(now - since)}.`,
      action: act(`Read the reason (${show(id)}), correct what it names, then resume it; abandon it if it was settled elsewhere.`, resume(id)),
    };
    return [finding];
  });
}

const haltCause = { lane: "lane-halted", signer: "signer-halted", chain: "chain-halted" } as const satisfies Record<Scope["kind"], Cause>;

function haltFindings({ scope, code, because, since, acknowledged }: HaltView, budgetMs: Millis, now: Millis): readonly Finding[] {
  const { kind, name } = scope;
  const isPause = code === "paused";
  const action = act(isPause ? "Resume it when the reason is over." : "Find out what the reason names; resume when it is safe.", resume(`${kind} ${name}`));
  const evidence = { scope: `${kind}:${name}`, code, because, since };
  const halted: Finding = {
    cause: haltCause[kind], scope: { [kind]: name }, stops: true, since, evidence, action, ...(acknowledged === null ? {} : { acknowledged }),
    // whoever paused it knows
    ...(isPause ? { severity: "info" } : {}),
    sentence: isPause ? `A person paused ${kind} ${name} ${span(now - since)} ago: ${ended(because)}` : `The ${kind} ${name} has been stopped for ${span(now - since)} (${code}): ${ended(because)}`,
  };
  if (isPause || acknowledged !== null || now - since <= budgetMs) return [halted];
  return [halted, { ...halted, cause: "halt-not-looked-at", stops: false, sentence: `The ${kind} ${name} has been stopped for ${span(now - since)} (${code}) and nobody has looked at it.` }];
}

function loopFindings({ loop, chain, lastTurnAt, startedAt, budgetMs }: LoopView, now: Millis): readonly Finding[] {
  const age = now - (lastTurnAt ?? startedAt);
  if (age <= budgetMs) return [];
  return [{
    cause: "relayer-dead", scope: chain === null ? {} : { chain }, stops: loop !== "monitor", since: lastTurnAt ?? startedAt,
    evidence: { loop, lastTurnAt, budgetMs },
    sentence: `Gantry's loop ${loop} has not turned for ${span(age)} (allowed: ${span(budgetMs)}).`,
    action: act("Is the process that runs it alive? Look at its log and restart it.", status),
  }];
}

function queueFindings({ queue }: MonitoredWorld, now: Millis): readonly Finding[] {
  const found: Finding[] = [];
  if (!queue.reachable) {
    found.push({
      cause: "redis-down", scope: {}, stops: true, since: null, evidence: { failure: queue.failure },
      sentence: "Redis cannot be reached; Gantry goes on by its ledger, more slowly.",
      action: act("Start Redis, or correct its address. Nothing is lost.", doctor),
    });
  }
  if (queue.evicts !== null) {
    found.push({
      cause: "redis-evicts", scope: {}, stops: true, since: null, evidence: { policy: queue.evicts },
      sentence: `Redis has the eviction policy ${queue.evicts} and may drop wakes when it is full.`,
      action: act("Set maxmemory-policy noeviction in redis.conf.", doctor),
    });
  }
  for (const { lane, count, since } of queue.overdue) {
    if (count === 0 || now - since <= queue.overdueBudgetMs) continue;
    found.push({
      cause: "queue-not-draining", scope: { lane }, stops: true, since, evidence: { lane, count, since },
      sentence: `${counted(count, "wake")} of lane ${lane} ${count === 1 ? "has" : "have"} been due for ${span(now - since)} and not taken.`,
      action: act("Is a process with the relay role running, and is Redis well?", status),
    });
  }
  return found;
}
