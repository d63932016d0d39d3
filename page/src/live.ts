/**
 * What is pushed: status, alerts and transfers that changed; and whether anything is pushed at all.
 * Always: a lost connection is told with the time since when, and taken up again by itself; what is shown meanwhile stays.
 * Never: a "live" for a stream that has gone silent.
 */
import type { Alert, Alerts, Status, TransferAnswer } from "../../src/web/answers.ts";
import { remember } from "./history.ts";
import type { Sample } from "./history.ts";

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
  close(): void;
}

/** a status comes at least every ten seconds */
const silentAfterMs = 25_000;
const againAfterMs = 2_000;
const lookEveryMs = 1_000;

export function createLive(address = "api/v1/events"): LiveStore {
  let live: Live = { connection: { is: "connecting" }, connections: 0, status: null, alerts: [], samples: [] };
  let heardAt = Date.now();
  let stream: EventSource | null = null;
  const listeners = new Set<() => void>();
  const transferListeners = new Set<(transfer: TransferAnswer) => void>();

  const put = (news: Partial<Live>): void => {
    live = { ...live, ...news };
    for (const told of listeners) told();
  };
  const lost = (): void => {
    if (live.connection.is !== "lost") put({ connection: { is: "lost", since: heardAt } });
  };
  const heard = (): void => {
    heardAt = Date.now();
    if (live.connection.is !== "live") put({ connection: { is: "live" }, connections: live.connections + 1 });
  };
  const on = (source: EventSource, name: string, take: (data: unknown) => void): void =>
    source.addEventListener(name, (event: MessageEvent<string>) => {
      heard();
      take(JSON.parse(event.data));
    });
  const open = (): void => {
    stream?.close();
    heardAt = live.connection.is === "live" ? heardAt : Date.now();
    const source = new EventSource(address);
    stream = source;
    source.addEventListener("error", lost);
    on(source, "status", (data) => {
      const status = data as Status;
      put({ status, samples: remember(live.samples, status) });
    });
    on(source, "alerts", (data) => put({ alerts: (data as Alerts).alerts }));
    on(source, "transfer", (data) => {
      for (const told of transferListeners) told(data as TransferAnswer);
    });
  };
  open();
  let openedAt = Date.now();
  // A browser takes up a broken stream by itself, but not one that was refused, and it never notices one that is silent.
  const timer = setInterval(() => {
    const isSilent = Date.now() - heardAt > silentAfterMs && Date.now() - openedAt > silentAfterMs;
    if (isSilent) lost();
    if (isSilent || (stream?.readyState === EventSource.CLOSED && Date.now() - openedAt > againAfterMs)) {
      openedAt = Date.now();
      open();
    }
  }, lookEveryMs);
  return {
    now: () => live,
    subscribe(told) {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
    onTransfer(told) {
      transferListeners.add(told);
      return () => void transferListeners.delete(told);
    },
    close() {
      clearInterval(timer);
      stream?.close();
    },
  };
}
