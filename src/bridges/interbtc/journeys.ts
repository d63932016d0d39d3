/**
 * interBTC's transfers: issues, redeems and replaces as journeys, and which of them an event is about.
 * Always: event kinds are "interbtc-<kind>-<stage>", stage = requested, payment, executed, cancelled, minted; payloads name their request.
 * Never: I/O.
 */
import { deriveRequest, keepRequest, requestJourney, requestKinds, requestOf, requestTransfer } from "./request-journey.ts";
import type { InterbtcPeriods, RequestKind } from "./request-journey.ts";
import type { BridgeJourneys } from "../../core/transfer-fold.ts";
import type { Journey } from "../../core/transfer.ts";
import type { Hex, SourceEvent, TransferId } from "../../core/values.ts";

/** As the pallets are initialised; governance may have changed them. */
export const usualInterbtcPeriods: InterbtcPeriods = { issue: 7_200, redeem: 14_400, replace: 14_400, parachainBlocksPerBitcoinBlock: 50 };

export const interbtcJourneyList: readonly Journey[] = requestKinds.map(requestJourney);

/** @param periods as read from the pallets; make the journeys anew when they change. `isOurs`: of a vault that is run beside this installation */
export const createInterbtcJourneys = (periods: InterbtcPeriods = usualInterbtcPeriods, isOurs: (vault: Hex) => boolean = () => false): BridgeJourneys => ({
  bridge: "interbtc",
  journeys: interbtcJourneyList,
  kindOf: (id) => requestOf(id)?.kind ?? null,
  subjects,
  keep: ({ kind, payload }) => keepRequest(kind, payload),
  derive: (_id, kind, facts) => deriveRequest(kind as RequestKind, facts, { periods, isOurs }),
});

const stages = /^interbtc-(issue|redeem|replace)-(?:requested|payment|executed|cancelled|minted)$/u;

function subjects({ kind, payload }: SourceEvent): readonly TransferId[] {
  const which = stages.exec(kind)?.[1] as RequestKind | undefined;
  if (which === undefined || typeof payload !== "object" || payload === null) return [];
  const fields = payload as { readonly [name: string]: unknown };
  const id = fields[`${which}Id`] ?? fields["id"];
  return typeof id === "string" ? [requestTransfer(which, id as Hex)] : [];
}
