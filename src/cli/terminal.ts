/**
 * Words on a terminal: columns, durations, colours.
 * Always: colours only when a person looks (a TTY, and NO_COLOR not set); without them the text says the same.
 * Never: control characters in what came from outside.
 */
import { stripVTControlCharacters } from "node:util";
import type { Millis } from "../core/values.ts";

export interface Terminal {
  /** one line on stdout: the answer */
  out(line: string): void;
  /** one line on stderr: progress and errors */
  err(line: string): void;
  /** replaces the last progress line on a TTY; elsewhere a line of its own, unless it says the same again */
  progress(line: string): void;
  readonly live: boolean;
  readonly paint: Paint;
}

export type Colour = "good" | "bad" | "warn" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

const codes: Readonly<Record<Colour, string>> = { good: "32", bad: "31", warn: "33", dim: "2", bold: "1" };
const colourful: Paint = (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
const plain: Paint = (_colour, text) => text;

type Stream = { readonly isTTY?: boolean; write(text: string): unknown; hasColors?(): boolean };

/** `hasColors` of a TTY stream knows NO_COLOR and the kinds of terminals. */
export function createTerminal(stdout: Stream, stderr: Stream): Terminal {
  const live = stderr.isTTY === true;
  let pending = false;
  let lastProgress = "";
  const clear = () => {
    if (pending) stderr.write("\r\u001b[2K");
    pending = false;
  };
  return {
    live,
    paint: stdout.isTTY === true && stdout.hasColors?.() === true ? colourful : plain,
    out(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    err(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!live && line === lastProgress) return;
      lastProgress = line;
      clear();
      stderr.write(live ? line : `${line}\n`);
      pending = live;
    },
  };
}

/** What came from a node or a file must not steer the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, " ");

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Rows under headings, columns as wide as needed, two spaces between. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((heading, at) => Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[at] ?? ""))));
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)))).join("  ").trimEnd();
  return [line(headings), ...rows.map(line)];
}

/** 75 s → "1 m 15 s"; the two largest units. */
export function span(ms: Millis): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const [days, hours, minutes, seconds] = [Math.floor(total / 86_400), Math.floor(total / 3_600) % 24, Math.floor(total / 60) % 60, total % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} m`;
  return minutes > 0 ? `${minutes} m ${seconds} s` : `${seconds} s`;
}

/** Unix milliseconds as people of all countries read them. */
export const moment = (at: Millis): string => new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/u, " UTC");
