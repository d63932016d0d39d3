/**
 * What is wrong with a chain's light client of Bitcoin, in words; the same in the terminal and on the page.
 * Never: its lag; who reads sees that as a number.
 */
import type { LightClientView } from "./monitored-world.ts";
import type { Millis } from "./values.ts";

/** One sentence for each, none when all is well. `moment` writes a time as the reader reads it. */
export function lightClientTroubles({ otherForkSince, blockedSince, retarget = null }: Pick<LightClientView, "otherForkSince" | "blockedSince" | "retarget">, moment: (at: Millis) => string): readonly string[] {
  return [
    ...(otherForkSince === null ? [] : [`it has followed another fork of Bitcoin since ${moment(otherForkSince)}`]),
    ...(blockedSince === null ? [] : [`a fork it knows has stopped every proof since ${moment(blockedSince)}`]),
    ...(retarget === null ? [] : [`since ${moment(retarget.since)} it cannot be told header ${retarget.height}: ${retarget.because === "fork"
      ? "on a fork it cannot check the first header of a difficulty period" : "its runtime refuses the first header of every difficulty period"}`]),
  ];
}
