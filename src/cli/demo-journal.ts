/**
 * What happened in the demo: who did what, when, how long it took, with which transactions.
 * Always: told live on stderr, kept for the table and the JSON document at the end.
 */
import type { ChainName, Millis } from "../core/values.ts";
import { table } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** ids as block explorers print them */
export type DemoTx = { readonly chain: ChainName; readonly id: string };
export type Told = { readonly note?: string; readonly txs?: readonly DemoTx[] };
export type Step = { readonly who: string; readonly what: string; readonly startedAt: Millis; readonly seconds: number; readonly note: string; readonly txs: readonly DemoTx[] };

export interface Journal {
  /** does the work and records it; what throws is not recorded */
  step<T>(who: string, what: string, work: () => Promise<T>, tell?: (done: T) => Told): Promise<T>;
  /** records what was seen to have happened */
  add(step: Step): void;
  /** shown until something else happens */
  now(line: string): void;
  readonly steps: readonly Step[];
}

export function createJournal(terminal: Terminal): Journal {
  const steps: Step[] = [];
  const begun = Date.now();
  const now = (line: string): void => {
    const text = `         ${line} …`;
    terminal.progress(terminal.live ? terminal.paint("dim", text) : text);
  };
  const add = (step: Step): void => {
    steps.push(step);
    terminal.err(`${sinceStart(step, begun).padStart(7)}  ${step.who.padEnd(9)}  ${lineOf(step)}`);
  };
  return {
    steps,
    add,
    now,
    async step(who, what, work, tell = () => ({})) {
      const startedAt = Date.now();
      if (terminal.live) now(`${who}: ${what}`);
      const done = await work();
      const { note = "", txs = [] } = tell(done);
      add({ who, what, startedAt, seconds: (Date.now() - startedAt) / 1000, note, txs });
      return done;
    },
  };
}

const lineOf = ({ what, note, txs }: Step): string => [what, ...(note === "" ? [] : [`(${note})`]), ...txs.map(({ id }) => id)].join("  ");
const sinceStart = ({ startedAt, seconds }: Step, begun: Millis): string => `+${((startedAt - begun) / 1000 + seconds).toFixed(1)} s`;
const clockTime = (at: Millis): string => new Date(at).toISOString().slice(11, 19);

/** The table at the end. */
export function journalTable(steps: readonly Step[]): readonly string[] {
  return table(["WHO", "WHAT", "AT (UTC)", "TOOK", "TRANSACTIONS"], steps.map((step) => [
    step.who,
    step.note === "" ? step.what : `${step.what} (${step.note})`,
    clockTime(step.startedAt),
    `${step.seconds.toFixed(1)} s`,
    step.txs.map(({ chain, id }) => `${chain} ${id}`).join(", ") || "–",
  ]));
}
