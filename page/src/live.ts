/**
 * What is pushed: status, alerts and transfers that changed; and whether anything is pushed at all.
 * Always: a lost connection is told with the time since when, and taken up again by itself; what is shown meanwhile stays.
 * Never: a "live" for a stream that has gone silent.
 */
import type { Alert, Alerts, Status, TransferAnswer } from "../../src/web/answers.ts";
import { remember } from "./history.ts";
import type { Sample } from "./history.ts";
import { signalOf } from "./signal.ts";

export type Live = {
  readonly connection: { readonly is: "connecting" } | { readonly is: "live" } | { readonly is: "lost"; readonly since: number };
  /** counts connections: whoever shows asked values asks again when it moves */
  readonly connections: number;
  readonly status: Status | null;
  readonly alerts: readonly Alert[];
  readonly samples: readonly Sample[];
};

export interface LiveStore {
  now(): Live;
  subscribe(told: () => void): () => void;
  /** each transfer that changed */
  onTransfer(told: (transfer: TransferAnswer) => void): () => void;
}

/** a status comes at least every ten seconds */
const silentAfterMs = 25_000;
const againAfterMs = 2_000;
const lookEveryMs = 1_000;

/** Listens until the page is closed. */
export function createLive(): LiveStore {
  let live: Live = { connection: { is: "connecting" }, connections: 0, status: null, alerts: [], samples: [] };
  let heardAt = Date.now();
  const listeners = new Set<() => void>();
  const transferred = signalOf<TransferAnswer>();
  const put = (news: Partial<Live>): void => {
    live = { ...live, ...news };
    for (const told of listeners) told();
  };
  keepOpen("api/v1/events", {
    status: (data) => {
      const status = data as Status;
      put({ status, samples: remember(live.samples, status) });
    },
    alerts: (data) => put({ alerts: (data as Alerts).alerts }),
    transfer: (data) => transferred.send(data as TransferAnswer),
  }, {
    heard: () => {
      heardAt = Date.now();
      if (live.connection.is !== "live") put({ connection: { is: "live" }, connections: live.connections + 1 });
    },
    lost: () => {
      if (live.connection.is !== "lost") put({ connection: { is: "lost", since: heardAt } });
    },
  });
  return {
    now: () => live,
    onTransfer: (told) => transferred.listen(told),
    subscribe(told) {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
}

/** A browser takes up a broken stream by itself, but not one that was refused, and it never notices one that is silent. */
function keepOpen(address: string, takes: Readonly<Record<string, (data: unknown) => void>>, tells: { readonly heard: () => void; readonly lost: () => void }): void {
  let stream: EventSource;
  let openedAt = 0;
  let lastAt = 0;
  const open = (): void => {
    openedAt = Date.now();
    stream = new EventSource(address);
    stream.addEventListener("error", tells.lost);
    for (const [name, take] of Object.entries(takes)) {
      stream.addEventListener(name, (event: MessageEvent<string>) => {
        lastAt = Date.now();
        tells.heard();
        take(JSON.parse(event.data));
      });
    }
  };
  open();
  setInterval(() => {
    const isSilent = Date.now() - Math.max(lastAt, openedAt) > silentAfterMs;
    if (isSilent) tells.lost();
    if (!isSilent && !(stream.readyState === EventSource.CLOSED && Date.now() - openedAt > againAfterMs)) return;
    stream.close();
    open();
  }, lookEveryMs);
}
