/**
 * Spans of time and names as people read them.
 * Always: one number and one unit, rounded; no clock is read.
 * Never: dates; those are for whoever prints.
 */
import type { Action } from "./transfer.ts";
import type { ChainName, Millis } from "./values.ts";

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;

/** "3 h", "15 min": the unit of which there are at least two, else the smaller one; below a second "0 s". */
export function span(ms: Millis): string {
  const [unit, size] = units.find(([, size]) => ms >= 2 * size) ?? ["s", 1_000];
  return `${Math.round(ms / size)} ${unit}`;
}

const names: Readonly<Record<ChainName, string>> = { bitcoin: "Bitcoin", polkadot: "Polkadot", ethereum: "Ethereum" };
export const nameOf = (chain: ChainName): string => names[chain];

/** "it is 3 blocks", "1 block". */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** What to do, with a command that the program's own parser takes as it is. */
export const act = (text: string, command: string | null = null): Action => ({ text, command });

export const doctor = "gantry doctor";
export const status = "gantry status";
export const resume = (what: string): string => `gantry resume ${what} --because 'what made it safe again'`;
export const show = (id: string): string => `gantry show ${id}`;
