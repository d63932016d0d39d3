/**
 * How long requests may take, as governance has it now: a request that was made under a shorter period has the longer one.
 * Always: read at the first question and then seldom; until it was read, or while it cannot be, what was last read counts, and before
 * that each request's own period (a deadline that is told too early harms nobody). Never: a deadline; those are in the journeys.
 */
import { periodItems } from "../bridges/interbtc/request-journey.ts";
import type { InterbtcPeriods, RequestKind } from "../bridges/interbtc/request-journey.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { invalid } from "../core/errors.ts";
import type { Json, Millis } from "../core/values.ts";
import type { Clock, Meter } from "../ports.ts";
import { createKept } from "./seldom.ts";
import type { Kept } from "./seldom.ts";

/** Every request carries the period that was in force when it was made. */
export const ownPeriods: InterbtcPeriods = { issue: 0, redeem: 0, replace: 0, parachainBlocksPerBitcoinBlock: 50 };

/** governance changes one once in years, and then what is told of deadlines may be wrong for so long */
const everyMs: Millis = 60_000;

/** The very same value until one of them changes. */
export function createPeriodsSeen({ polkadot, ...tools }: { readonly polkadot: Endpoints<PolkadotClient>; readonly clock: Clock; readonly meter: Meter }): Kept<InterbtcPeriods> {
  const kept: Kept<InterbtcPeriods> = createKept({
    ...tools, none: ownPeriods, everyMs: () => everyMs,
    read: async (signal) => {
      const { value } = await polkadot.ask(read, signal);
      return JSON.stringify(value) === JSON.stringify(kept.current()) ? kept.current() : value;
    },
  });
  return kept;
}

/** At the final block: a period that a reorg undoes never was. */
async function read(client: PolkadotClient, signal: AbortSignal): Promise<InterbtcPeriods> {
  const { hash } = await client.head("final", signal);
  const runtime = await client.runtimeOf(hash, signal);
  const period = async (kind: RequestKind): Promise<number> => numberOf(periodItems[kind].join("."), await client.storage(...periodItems[kind], [], hash, signal));
  const [issue, redeem, replace] = await Promise.all([period("issue"), period("redeem"), period("replace")]);
  return { issue, redeem, replace, parachainBlocksPerBitcoinBlock: numberOf("BTCRelay.ParachainBlocksPerBitcoinBlock", runtime.constant("BTCRelay", "ParachainBlocksPerBitcoinBlock")) };
}

function numberOf(what: string, value: Json): number {
  if (typeof value === "number") return value;
  throw invalid("interbtc-undecodable", `${what} is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}, no number; another endpoint is used`);
}
