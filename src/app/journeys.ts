/**
 * The journeys of the configured bridges.
 * Always: also of those that are not relayed here. Never: I/O.
 */
import { createInterbtcJourneys } from "../bridges/interbtc/journeys.ts";
import { withRefunds } from "../bridges/interbtc/refund-journey.ts";
import { createTbtcJourneys } from "../bridges/tbtc/journeys.ts";
import { usualTbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { TbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { Config } from "../config/schema.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";
import type { InterbtcParts } from "./interbtc.ts";
import { ownPeriods } from "./interbtc-periods.ts";

type Interbtc = Pick<InterbtcParts, "refunds" | "periods" | "isOurs">;

/** `refunds`: the parachain asks vaults for refunds, which only itself tells. */
export const journeysOf = (config: Config, refunds: boolean): readonly BridgeJourneys[] =>
  liveJourneys(config, config.bridges.interbtc === undefined ? null : { refunds, periods: () => ownPeriods, isOurs: () => false }, () => usualTbtcPeriods)();

/** With what the chains tell of periods: the very same values until that changes. `interbtc` null: the bridge is not configured. */
export function liveJourneys({ bridges: { tbtc } }: Config, interbtc: Interbtc | null, tbtcPeriods: () => TbtcPeriods): () => readonly BridgeJourneys[] {
  const ofTbtc = madeOf(tbtcPeriods, createTbtcJourneys);
  const ofInterbtc = interbtc === null ? null : madeOf(() => interbtc.periods(), (periods) => {
    const journeys = createInterbtcJourneys(periods, (vault) => interbtc.isOurs(vault));
    return interbtc.refunds ? withRefunds(journeys) : journeys;
  });
  return () => [...(tbtc === undefined ? [] : [ofTbtc()]), ...(ofInterbtc === null ? [] : [ofInterbtc()])];
}

/** The very same value until the periods are another one. */
function madeOf<P>(periods: () => P, make: (periods: P) => BridgeJourneys): () => BridgeJourneys {
  let made: { readonly periods: P; readonly journeys: BridgeJourneys } | null = null;
  return () => {
    const now = periods();
    if (made === null || made.periods !== now) made = { periods: now, journeys: make(now) };
    return made.journeys;
  };
}
