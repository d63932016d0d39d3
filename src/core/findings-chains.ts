/**
 * What is wrong with a chain as this installation sees it: its nodes, its clock, what is still to be read.
 * Always: one bad node among good ones is an alert, but holds nothing up.
 * Never: blames a chain that no node was asked about yet.
 */
import type { Finding } from "./finding.ts";
import type { ChainSeen, EndpointView } from "./monitored-world.ts";
import type { Millis } from "./values.ts";
import { act, counted, doctor, nameOf, span, status } from "./words.ts";

export const chainFindings = (chain: ChainSeen, now: Millis): readonly Finding[] => [...lying(chain, now), ...stalled(chain, now), ...lagging(chain), ...backlog(chain, now), ...skew(chain)];

const isGood = ({ up, demotedUntil, lagBlocks }: EndpointView, { lagBudgetBlocks }: ChainSeen, now: Millis): boolean =>
  up && (demotedUntil === null || demotedUntil <= now) && (lagBlocks ?? 0) <= lagBudgetBlocks;

function lying(chain: ChainSeen, now: Millis): readonly Finding[] {
  return chain.endpoints.filter(({ demotedUntil }) => demotedUntil !== null && demotedUntil > now).map(({ name, lastFailure }) => ({
    cause: "node-lying", scope: { chain: chain.name }, since: null, stops: !chain.endpoints.some((one) => isGood(one, chain, now)),
    evidence: { chain: chain.name, endpoint: name, failure: lastFailure === null ? null : { code: lastFailure.code, message: lastFailure.message } },
    sentence: `The ${nameOf(chain.name)} node ${name} said something that cannot be true${lastFailure === null ? "" : ` (${lastFailure.code})`}.`,
    action: act("Compare it with another node; remove it from the configuration if it is wrong.", doctor),
  }));
}

function stalled({ name, endpoints, headSeenAt, headBudgetMs, best }: ChainSeen, now: Millis): readonly Finding[] {
  const away = endpoints.length > 0 && endpoints.every(({ up, lastFailure }) => !up && lastFailure !== null);
  const age = headSeenAt === null ? 0 : now - headSeenAt;
  if (!away && age <= headBudgetMs) return [];
  const reasons = endpoints.map((one) => `${one.name}: ${one.lastFailure?.code ?? "no answer"}`).join(", ");
  return [{
    cause: "node-stalled", scope: { chain: name }, stops: true, since: headSeenAt,
    evidence: { chain: name, best, headSeenAt, endpoints: endpoints.map((one) => ({ name: one.name, up: one.up, code: one.lastFailure?.code ?? null })) },
    sentence: away ? `No ${nameOf(name)} node answers (${reasons}).` : `No ${nameOf(name)} node has shown a new block for ${span(age)} (allowed: ${span(headBudgetMs)}).`,
    action: act(`Look at the ${nameOf(name)} nodes: are they running, connected and in step with the network?`, doctor),
  }];
}

function lagging(chain: ChainSeen): readonly Finding[] {
  const { name, best, cursor, endpoints, lagBudgetBlocks } = chain;
  const found: Finding[] = [];
  const behind = best === null || cursor === null ? 0 : best - cursor;
  if (behind > lagBudgetBlocks) {
    found.push({
      cause: "node-lagging", scope: { chain: name }, stops: true, since: null, evidence: { chain: name, best, cursor, lagBudgetBlocks },
      sentence: `Gantry has read ${nameOf(name)} up to block ${cursor}, ${counted(behind, "block")} behind its nodes.`,
      action: act("Is the watcher slow, or its node? Look at errors and answer times.", status),
    });
  }
  for (const one of endpoints) {
    if (!one.up || (one.lagBlocks ?? 0) <= lagBudgetBlocks) continue;
    found.push({
      cause: "node-lagging", scope: { chain: name }, since: null, evidence: { chain: name, endpoint: one.name, lagBlocks: one.lagBlocks, lagBudgetBlocks },
      stops: endpoints.every((other) => !other.up || (other.lagBlocks ?? 0) > lagBudgetBlocks),
      sentence: `The ${nameOf(name)} node ${one.name} is ${counted(one.lagBlocks ?? 0, "block")} behind (allowed: ${lagBudgetBlocks}).`,
      action: act("Let it catch up, or use another node.", doctor),
    });
  }
  return found;
}

function backlog({ name, backlog: { blocks, since, missing }, backlogBudgetMs }: ChainSeen, now: Millis): readonly Finding[] {
  const isOld = since !== null && now - since > backlogBudgetMs;
  if (missing.length === 0 && (blocks === 0 || !isOld)) return [];
  const first = missing.slice(0, 3).join(", ");
  return [{
    cause: "scan-backlog", scope: { chain: name }, stops: true, since, evidence: { chain: name, blocks, missing: missing.slice(0, 20), missingCount: missing.length },
    sentence: missing.length > 0 ? `${counted(missing.length, "block")} of ${nameOf(name)} (${first}${missing.length > 3 ? ", …" : ""}) cannot be searched: no node has ${missing.length === 1 ? "it" : "them"} any more.` : `${counted(blocks, "block")} of ${nameOf(name)} are still to be searched, for ${span(now - (since ?? now))} now.`,
    action: missing.length > 0 ? act("Give an endpoint that has these blocks, and restart.", doctor) : act("Wait; if the number does not fall, look at the node's answer times.", status),
  }];
}

function skew({ name, skewMs, skewBudgetMs }: ChainSeen): readonly Finding[] {
  if (skewMs === null || Math.abs(skewMs) <= skewBudgetMs) return [];
  return [{
    cause: "clock-skew", scope: { chain: name }, stops: false, since: null, evidence: { chain: name, skewMs, skewBudgetMs },
    sentence: `This machine's clock and ${nameOf(name)}'s newest block are ${span(Math.abs(skewMs))} apart (allowed: ${span(skewBudgetMs)}).`,
    action: act("Is the machine's time kept by NTP? Compare it with another machine.", doctor),
  }];
}
