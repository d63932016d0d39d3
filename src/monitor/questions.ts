/**
 * Answers about transfers: lists page by page, and one by anything a person has.
 * Always: read from the ledger, so true in any role and after a restart; judged by the newest look at the installation.
 * Never: a write.
 */
import { reportOf } from "../core/explain.ts";
import type { TransferFilter, TransferPlace } from "../core/projection.ts";
import type { Page, TransferQuery } from "../core/transfer-query.ts";
import { keysFor } from "../core/transfer-keys.ts";
import { late } from "../core/transfer-progress.ts";
import type { StepHistory } from "../core/transfer-progress.ts";
import type { Transfer, TransferReport } from "../core/transfer.ts";
import type { TransferId } from "../core/values.ts";
import type { Clock, Ledger } from "../ports.ts";
import { acknowledgementFor } from "./acknowledged.ts";
import { worldFor } from "./judge.ts";
import type { JourneyOf } from "./judge.ts";
import type { Observed } from "./observe.ts";
import { cursorOf, placeOf } from "./paging.ts";

export interface Questions {
  /** newest first. Throws Rejected "bad-cursor" */
  list(query: TransferQuery): Promise<Page<TransferReport>>;
  /** the newest of those it names */
  get(idOrKey: string): Promise<TransferReport | null>;
}

export type QuestionParts = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly journeyOf: JourneyOf;
  /** the newest look at the installation; looks when there was none */
  readonly observed: () => Promise<Observed>;
  readonly history: () => StepHistory;
  readonly open: () => ReadonlyMap<TransferId, Transfer>;
  /** what a text stands for on each chain: the script of an address, the key of an account */
  readonly spellings: readonly ((text: string) => readonly string[])[];
};

const newestFirst = (a: TransferPlace, b: TransferPlace): number => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1);
/** of the transfers that a text names, this many are looked at */
const namedAtMost = 1_000;

export function createQuestions(parts: QuestionParts): Questions {
  return {
    async get(idOrKey) {
      const [first] = await named(parts, idOrKey, { limit: 1 });
      return first === undefined ? null : report(parts, first);
    },
    async list(query) {
      const rows = await rowsOf(parts, query);
      const shown = rows.slice(0, query.limit);
      const items = (await Promise.all(shown.map((row) => report(parts, row)))).filter((one) => one !== null);
      const last = shown.at(-1);
      return {
        items: query.late === false ? items.filter(({ lateMs }) => lateMs === 0) : items,
        next: rows.length > query.limit && last !== undefined ? cursorOf(last) : null,
      };
    },
  };
}

async function report({ ledger, clock, journeyOf, observed, history }: QuestionParts, transfer: Transfer): Promise<TransferReport | null> {
  const journey = journeyOf(transfer);
  if (journey === null) return null;
  const { world, clocks } = await observed();
  const theirs = transfer.endedAt === null ? await worldFor(ledger, world, transfer.deliveries) : world;
  const now = clock.now();
  const said = reportOf(transfer, journey, theirs, { ...clocks, now }, history());
  return { ...said, acknowledged: await acknowledgementFor(ledger, transfer, said.explanation, now) };
}

/** One more than asked for, so that the next page is known to be there. */
async function rowsOf(parts: QuestionParts, query: TransferQuery): Promise<readonly Transfer[]> {
  const { state, bridge, kind, cursor } = query;
  const q = query.q?.trim() ?? "";
  const after = cursor === null ? null : placeOf(cursor);
  const where: TransferFilter = {
    limit: query.limit + 1, ...(state === null ? {} : { open: state === "open" }), ...(bridge === null ? {} : { bridge }),
    ...(kind === null ? {} : { kind }), ...(after === null ? {} : { after }),
  };
  if (query.late !== true) return q === "" ? parts.ledger.transfers(where) : namedOrBegun(parts, q, where);
  if (state === "ended") return [];
  const wanted = q === "" ? null : new Set((await namedOrBegun(parts, q, { open: true, limit: namedAtMost })).map(({ id }) => id));
  const late = await lateOnes(parts);
  return late.filter((one) => (bridge === null || one.bridge === bridge) && (kind === null || one.kind === kind)
    && (wanted === null || wanted.has(one.id)) && (after === null || (one.id !== after.id && newestFirst(after, one) < 0)));
}

async function lateOnes({ open, journeyOf, observed }: QuestionParts): Promise<readonly Transfer[]> {
  const { clocks } = await observed();
  const isLate = (one: Transfer): boolean => {
    const journey = journeyOf(one);
    return journey !== null && late(one, journey, clocks) > 0;
  };
  return [...open().values()].filter(isLate).sort(newestFirst);
}

const keysOf = ({ spellings }: QuestionParts, text: string): readonly string[] =>
  [...new Set([...keysFor(text), ...spellings.flatMap((spell) => spell(text.trim()))])];

/** Those that have the text as a key, in any spelling. */
async function named(parts: QuestionParts, text: string, where: TransferFilter, by: "key" | "text" = "key"): Promise<readonly Transfer[]> {
  const found = new Map<TransferId, Transfer>();
  for (const key of keysOf(parts, text)) for (const row of await parts.ledger.transfers({ ...where, [by]: key })) found.set(row.id, row);
  return [...found.values()].sort(newestFirst).slice(0, where.limit);
}

async function namedOrBegun(parts: QuestionParts, text: string, where: TransferFilter): Promise<readonly Transfer[]> {
  const found = await named(parts, text, where);
  return found.length > 0 ? found : named(parts, text, where, "text");
}
