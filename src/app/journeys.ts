/**
 * The journeys of the configured bridges.
 * Always: also of those that are not relayed here. Never: I/O.
 */
import { createInterbtcJourneys } from "../bridges/interbtc/journeys.ts";
import { createTbtcJourneys } from "../bridges/tbtc/journeys.ts";
import type { Config } from "../config/schema.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";

export const journeysOf = ({ bridges: { tbtc, interbtc } }: Config): readonly BridgeJourneys[] => [
  ...(tbtc === undefined ? [] : [createTbtcJourneys()]),
  ...(interbtc === undefined ? [] : [createInterbtcJourneys()]),
];
