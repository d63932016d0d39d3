/**
 * Tells webhooks what is wrong, lasts or is over, beside the monitor's loop.
 * Always: one message at a time to each webhook; what did not arrive is tried again with growing pauses for as long as it is due;
 * what was told is on record in the ledger, one entry per message; without a ledger it is remembered here.
 * Never: waits in the loop's way, follows a redirect, or shows a webhook's URL.
 */
import { z } from "zod";
import { backoffMs } from "../core/backoff.ts";
import { causeNames } from "../core/causes.ts";
import { failureOf, unavailable } from "../core/errors.ts";
import type { Millis } from "../core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../ports.ts";
import type { Alert } from "./alerts.ts";
import { firing, resolved } from "./notification.ts";
import type { Notification, Sender } from "./notification.ts";
import { afterSending, dueNow } from "./notify.ts";
import type { Due, Told, Wish } from "./notify.ts";

/** `url` and `authorization` are read anew for each message: a secret may change while the process runs. */
export type Webhook = {
  readonly name: string;
  readonly url: () => Promise<string>;
  /** value of the Authorization header; null: none */
  readonly authorization: () => Promise<string | null>;
  readonly wish: Wish;
};

export interface Notifier {
  /** what is wrong now; returns at once */
  tell(alerts: readonly Alert[]): void;
  /** resolves when nothing is on its way */
  settled(): Promise<void>;
}

export type NotifierOptions = {
  readonly webhooks: readonly Webhook[];
  readonly sender: Sender;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** whoever is still being told then is given up */
  readonly stop: AbortSignal;
};

const timeoutMs: Millis = 10_000;
const pauses = { baseMs: 2_000, capMs: 300_000 } as const;
const longestPauseMs: Millis = 3_600_000;

/**
 * Sends one message. @throws Unavailable `webhook-unreachable`, `webhook-refused` (any answer but 2xx; with the time to wait that it
 * names), Misconfigured `secret-file-…`
 */
export async function post({ name, url, authorization }: Pick<Webhook, "name" | "url" | "authorization">, message: Notification, stop: AbortSignal): Promise<void> {
  const login = await authorization();
  const init: RequestInit = {
    method: "POST", redirect: "manual", body: JSON.stringify(message), signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
    headers: { "content-type": "application/json", ...(login === null ? {} : { authorization: login }) },
  };
  const answer = await fetch(await url(), init).catch((cause: unknown) => {
    throw unavailable("webhook-unreachable", `Webhook "${name}" cannot be reached (${reasonOf(cause)}). Is its address right, and may this machine reach it?`, { cause });
  });
  await answer.body?.cancel();
  if (answer.ok) return;
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  throw unavailable("webhook-refused", `Webhook "${name}" answered HTTP ${answer.status}; 200 to 299 is wanted. Are its URL and login still valid?`, {
    evidence: { webhook: name, status: answer.status }, ...(Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds) * 1_000 } : {}),
  });
}

/** undici wraps the reason; its own message would show the URL */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") return `no answer within ${timeoutMs / 1_000} s`;
  const inner: unknown = thrown instanceof Error ? thrown.cause : null;
  return inner instanceof Error && "code" in inner && typeof inner.code === "string" ? inner.code : "the connection failed";
}

export function createNotifier(options: NotifierOptions): Notifier {
  const lines = options.webhooks.map((webhook) => createLine(webhook, options));
  return {
    tell: (alerts) => lines.forEach((line) => line.tell(alerts)),
    settled: async () => void (await Promise.all(lines.map((line) => line.settled()))),
  };
}

/** The way to one webhook. */
function createLine(webhook: Webhook, { sender, ledger, clock, log, meter, stop }: NotifierOptions): Notifier {
  const { name, wish } = webhook;
  let told: readonly Told[] | null = null;
  let busy: Promise<void> | null = null;
  let tries = 0;
  let pausedUntil: Millis = 0;

  async function send(due: Due): Promise<boolean> {
    const now = clock.now();
    const message = due.status === "firing" ? firing(due.alert, sender, now) : resolved(due.told, due.endedAt, sender, now);
    try {
      await post(webhook, message, stop);
    } catch (thrown) {
      if (stop.aborted) return false;
      const { code, message: said, retryAfterMs } = failureOf(thrown);
      tries += 1;
      pausedUntil = clock.now() + backoffMs(pauses, tries, name, Math.min(retryAfterMs ?? 0, longestPauseMs));
      meter.count("notifications_total", { result: "failed" });
      log.warn({ code, webhook: name, tries }, `not told of ${message.id}: ${said}`);
      return false;
    }
    tries = 0;
    meter.count("notifications_total", { result: "sent" });
    log.info({ webhook: name, status: message.status, alert: message.id }, `told ${name}: ${message.text}`);
    return true;
  }

  async function keep(next: readonly Told[], due: Due): Promise<void> {
    told = next;
    const id = due.status === "firing" ? due.alert.id : due.told.id;
    await ledger.note({ at: clock.now(), who: "monitor", what: "notified", subject: subjectOf(name), because: null, detail: { status: due.status, id, told: next } }).catch((thrown: unknown) => {
      // that the ledger is away must be told, too; after a restart it may be told twice
      log.warn({ code: failureOf(thrown).code, webhook: name }, `what was told is not on record: ${failureOf(thrown).message}`);
    });
  }

  async function turn(alerts: readonly Alert[]): Promise<void> {
    told ??= await toldBefore(ledger, name);
    const judged = dueNow(alerts, told, wish, clock.now());
    told = judged.told;
    for (const due of judged.due) {
      if (!(await send(due))) return;
      await keep(afterSending(told, due, clock.now()), due);
    }
  }

  return {
    tell(alerts) {
      if (busy !== null || stop.aborted || clock.now() < pausedUntil) return;
      busy = turn(alerts)
        .catch((thrown: unknown) => log.warn({ code: failureOf(thrown).code, webhook: name }, `nobody was told: ${failureOf(thrown).message}`))
        .finally(() => {
          busy = null;
        });
    },
    settled: async () => void (await busy),
  };
}

const subjectOf = (name: string): string => `webhook ${name}`;

const stored = z.object({
  told: z.array(z.object({
    id: z.string(), cause: z.enum(causeNames), severity: z.enum(["page", "ticket", "info"]), sentence: z.string(),
    who: z.enum(["user", "vault", "wallet", "relayer", "chain", "operator"]), since: z.number(), lastAt: z.number(), goneAt: z.number().nullable(),
  })),
});

/** As the last message's entry has it. What cannot be read (an older version's) counts as nothing told. */
async function toldBefore(ledger: Ledger, name: string): Promise<readonly Told[]> {
  const [last] = await ledger.auditLog({ subject: subjectOf(name), limit: 1 });
  const parsed = stored.safeParse(last?.detail);
  // how long something has been gone is counted by who sees it gone
  return parsed.success ? parsed.data.told.map((one) => ({ ...one, goneAt: null })) : [];
}
