/**
 * Transfers as the monitor tells of them, made up, with the monitor's own promises on paging and look-up.
 * Always: newest first; a page's cursor stays good while others come and go.
 */
import { rejected } from "../../src/core/errors.ts";
import type { Explanation, StepReport, TransferReport } from "../../src/core/transfer.ts";
import { deliveryId, transferId } from "../../src/core/values.ts";
import type { Page, TransferQuery } from "../../src/core/transfer-query.ts";
import type { ApiParts } from "../../src/web/parts.ts";
import { hashOf } from "./world.ts";

export interface FakeTransfers {
  readonly face: ApiParts["transfers"];
  put(report: TransferReport): void;
  get(id: string): TransferReport;
}

export function createFakeTransfers(first: readonly TransferReport[]): FakeTransfers {
  const all = new Map(first.map((one) => [one.id as string, one]));
  const get = (id: string): TransferReport => {
    const found = all.get(id);
    if (found === undefined) throw new Error(`no transfer ${id}`);
    return found;
  };
  return {
    get,
    put: (report) => void all.set(report.id, report),
    face: {
      list: (query) => Promise.resolve().then(() => pageOf([...all.values()], query)),
      get: (key) => Promise.resolve(all.get(key) ?? [...all.values()].find(({ keys }) => keys.includes(key.toLowerCase())) ?? null),
    },
  };
}

function pageOf(all: readonly TransferReport[], { state, bridge, kind, late, q, cursor, limit }: TransferQuery): Page<TransferReport> {
  const wanted = q?.toLowerCase() ?? null;
  const found = all.filter((one) =>
    (state === null || one.state === state) && (bridge === null || one.bridge === bridge) && (kind === null || one.kind === kind)
    && (late === null || one.lateMs > 0 === late) && (wanted === null || one.id === wanted || one.keys.some((key) => key.includes(wanted))))
    .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1));
  const at = cursor === null ? 0 : found.findIndex(({ id }) => id === cursor) + 1;
  if (cursor !== null && at === 0) throw rejected("bad-cursor", "cursor: no page begins there; begin with the first one");
  const items = found.slice(at, at + limit);
  return { items, next: at + limit < found.length ? (items.at(-1)?.id ?? null) : null };
}

const minute = 60_000;

const stepsOf = (openedAt: number, done: number, now: number): readonly StepReport[] => ([
  ["revealed", "user", "waits for the user's deposit", 120],
  ["swept", "wallet", "waits for the wallet to sweep", 60],
  ["proved", "relayer", "waits for the proof", 60],
  ["credited", "chain", "waits for the target chain to be final", 60],
] as const).map(([name, who, says, minutes], at): StepReport => {
  const startedAt = at <= done ? openedAt + at * 12 * minute : null;
  const endedAt = at < done ? openedAt + (at + 1) * 12 * minute : null;
  const lateAfterMs = 2 * minutes * minute;
  return { name, who, says, startedAt, endedAt, normalMs: minutes * minute, lateAfterMs, lateMs: startedAt === null ? 0 : Math.max(0, (endedAt ?? now) - startedAt - lateAfterMs) };
});

/** The steps `done` of four are over; with four it ended. Late by the third step's budget when it is old enough. */
export function fakeTransfer(number: number, { done, openedAt, now, explanation = {} }: {
  readonly done: number; readonly openedAt: number; readonly now: number; readonly explanation?: Partial<Explanation>;
}): TransferReport {
  const id = transferId(`tbtc-deposit:${hashOf(number)}`);
  const steps = stepsOf(openedAt, done, now);
  const current = steps[done];
  const lateMs = current?.lateMs ?? 0;
  return {
    id, bridge: "tbtc", kind: number % 3 === 0 ? "redemption" : "deposit", openedAt, steps, lateMs,
    state: current === undefined ? "ended" : "open", outcome: current === undefined ? "completed" : null, endedAt: current === undefined ? openedAt + 48 * minute : null,
    deadline: current === undefined ? null : { at: now + 90 * minute, text: "the wallet may refuse the deposit then", passed: false },
    explanation: current === undefined || current.startedAt === null ? null : {
      step: current.name, waitingFor: current.says.replace("waits for ", ""), who: current.who, since: current.startedAt, normalMs: current.normalMs, deadline: null,
      cause: null, sentence: `It ${current.says}; that is normal.`, evidence: { height: 840_000 + number }, action: null, ...explanation,
    },
    acknowledged: null,
    eta: current === undefined ? null : { medianAt: now + 20 * minute, p90At: now + 55 * minute, afterDeadlineMs: 0 },
    deliveries: done >= 2 ? [deliveryId("tbtc-redemption:b")] : [],
    keys: [id, hashOf(number), hashOf(number).slice(2), `bcrt1q${number.toString(16).padStart(38, "q")}`, `0x${(number + 0xaaaa).toString(16).padStart(40, "0")}`, `5grwva${number}x`],
    facts: { valueSat: String(100_000_000 + number) },
  };
}
