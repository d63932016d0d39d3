/**
 * A lane's policy out of the configuration: the common one, and what the lane says for itself.
 * Always: pure; seconds become milliseconds here and nowhere else.
 */
import type { Policy } from "../core/policy.ts";
import type { ChainName } from "../core/values.ts";
import type { LanePolicy } from "./schema.ts";

export type OwnPolicy = { readonly [K in keyof LanePolicy]?: LanePolicy[K] | undefined };

export function policyOf(common: LanePolicy, own: OwnPolicy, source: ChainName, target: ChainName): Policy {
  const ms = (key: Exclude<keyof LanePolicy, "maxRedos">): number => (own[key] ?? common[key]) * 1_000;
  return {
    source,
    target,
    maxRedos: own.maxRedos ?? common.maxRedos,
    backoff: { baseMs: ms("backoffBaseSeconds"), capMs: ms("backoffCapSeconds") },
    maxWaitMs: ms("maxWaitSeconds"),
    trackEveryMs: ms("trackEverySeconds"),
    bumpAfterMs: ms("bumpAfterSeconds"),
  };
}
