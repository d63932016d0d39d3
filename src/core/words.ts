/**
 * Spans of time, sums and names as people read them.
 * Always: one number and one unit; no clock is read.
 * Never: dates; those are for whoever prints.
 */
import type { Action } from "./transfer.ts";
import type { ChainName, Millis } from "./values.ts";

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;

/** "3 h", "4.5 h", "75 min": the largest unit of which there are two, or a whole one; halves below ten. */
export function span(ms: Millis): string {
  const [unit, size] = units.find(([, size]) => ms >= 2 * size || (ms > 0 && ms % size === 0)) ?? ["s", 1_000];
  const count = ms / size;
  return `${count < 10 ? Math.round(count * 2) / 2 : Math.round(count)} ${unit}`;
}

/** With a full stop at its end, whoever wrote it. */
export const ended = (text: string): string => (/[.!?]$/u.test(text.trim()) ? text.trim() : `${text.trim()}.`);

const names: Readonly<Record<ChainName, string>> = { bitcoin: "Bitcoin", polkadot: "Polkadot", ethereum: "Ethereum" };
export const nameOf = (chain: ChainName): string => names[chain];

/** "3 blocks", "1 block". */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** `fee` is in the smallest unit of `chain`; of an unknown one it is told as it is. */
export const costOf = (fee: string, chain: ChainName | null): string =>
  (chain === "ethereum" ? `${(Number(fee) / 1e18).toPrecision(3)} ether` : chain === null ? fee : `${fee} ${{ polkadot: "planck", bitcoin: "satoshi" }[chain]}`);

export const timesSent = (times: number): string => (times === 0 ? "not sent" : times === 1 ? "sent once" : `sent ${times} times`);

/** What to do, with a command that the program's own parser takes as it is. */
export const act = (text: string, command: string | null = null): Action => ({ text, command });

export const doctor = "gantry doctor";
export const status = "gantry status";
export const resume = (what: string): string => `gantry resume ${what} --because 'what made it safe again'`;
export const show = (id: string): string => `gantry show ${id}`;
