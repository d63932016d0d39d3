/**
 * The journeys of the configured bridges.
 * Always: also of those that are not relayed here. Never: I/O.
 */
import { createInterbtcJourneys } from "../bridges/interbtc/journeys.ts";
import type { InterbtcPeriods } from "../bridges/interbtc/request-journey.ts";
import { withRefunds } from "../bridges/interbtc/refund-journey.ts";
import { createTbtcJourneys } from "../bridges/tbtc/journeys.ts";
import type { Config } from "../config/schema.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";

/**
 * Every request carries the period that was in force when it was made. Governance may lengthen it later; a deadline that is told too
 * early harms nobody.
 */
const ownPeriods: InterbtcPeriods = { issue: 0, redeem: 0, replace: 0, parachainBlocksPerBitcoinBlock: 50 };

/** `refunds`: the parachain asks vaults for refunds, which only itself tells. */
export const journeysOf = ({ bridges: { tbtc, interbtc } }: Config, refunds: boolean): readonly BridgeJourneys[] => [
  ...(tbtc === undefined ? [] : [createTbtcJourneys()]),
  ...(interbtc === undefined ? [] : [refunds ? withRefunds(createInterbtcJourneys(ownPeriods)) : createInterbtcJourneys(ownPeriods)]),
];
