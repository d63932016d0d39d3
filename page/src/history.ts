/**
 * What the charts show: gathered from the statuses that arrived since the page was opened.
 * Always: pure; bounded; a chain that has not been heard of is a gap, never a zero.
 */
import type { Status } from "../../src/web/answers.ts";

export type Sample = {
  readonly at: number;
  /** blocks behind its head, by chain */
  readonly lag: Readonly<Record<string, number | null>>;
  /** deliveries that arrived so far, by lane */
  readonly delivered: Readonly<Record<string, number>>;
};

const samplesAtMost = 1_800;
const minuteMs = 60_000;

/** Appends a status; of two within the same second the later one stays. */
export function remember(before: readonly Sample[], { at, chains, lanes }: Status): readonly Sample[] {
  const sample: Sample = {
    at,
    lag: Object.fromEntries(chains.map(({ name, lagBlocks }) => [name, lagBlocks])),
    delivered: Object.fromEntries(lanes.map(({ name, counts }) => [name, counts.delivered ?? 0])),
  };
  const last = before.at(-1);
  const kept = last !== undefined && at - last.at < 1_000 ? before.slice(0, -1) : before;
  return [...kept, sample].slice(-samplesAtMost);
}

/** One line for each name, over the same times (seconds): the form the charts take. */
export type Lines = { readonly names: readonly string[]; readonly times: readonly number[]; readonly values: readonly (readonly (number | null)[])[] };

const timesOf = (samples: readonly Sample[]): readonly number[] => samples.map(({ at }) => at / 1_000);

export function lagLines(samples: readonly Sample[]): Lines {
  const names = [...new Set(samples.flatMap(({ lag }) => Object.keys(lag)))];
  return { names, times: timesOf(samples), values: names.map((name) => samples.map(({ lag }) => lag[name] ?? null)) };
}

/** How many arrived in the minute before each sample. */
export function rateLines(samples: readonly Sample[]): Lines {
  const names = [...new Set(samples.flatMap(({ delivered }) => Object.keys(delivered)))];
  let from = 0;
  const starts = samples.map(({ at }) => {
    while ((samples[from]?.at ?? at) < at - minuteMs) from += 1;
    return samples[from];
  });
  return {
    names, times: timesOf(samples),
    values: names.map((name) => samples.map(({ delivered }, index) => {
      const now = delivered[name];
      const then = starts[index]?.delivered[name];
      return now === undefined || then === undefined ? null : Math.max(0, now - then);
    })),
  };
}
