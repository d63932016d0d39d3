/**
 * How a command talks to the running process: the loopback API named in the access file.
 * Always: bounded in time; a process that is not there or not answering is Unavailable with what to do.
 * Never: a way around the running process, which alone may write to the ledger.
 */
import { rejected, unavailable } from "../core/errors.ts";
import type { Access } from "../web/access.ts";
import type { Answer, Order } from "../web/commands.ts";

export interface Client {
  status(): Promise<unknown>;
  /** null: nothing has this id */
  show(id: string): Promise<unknown>;
  alerts(): Promise<unknown>;
  ready(): Promise<{ readonly ok: boolean; readonly reasons: readonly string[] }>;
  order(order: Order): Promise<Answer>;
}

const timeoutMs = 10_000;

/** @throws Unavailable `not-running` (nobody answers), `not-answering` (too slow, or not Gantry); Rejected `order-refused` (not understood) */
export function createClient({ url, token }: Access): Client {
  async function ask(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
      if (cause instanceof DOMException) throw unavailable("not-answering", `Gantry at ${url} did not answer within ${timeoutMs / 1000} s; look at its log`, { cause });
      throw unavailable("not-running", `nobody answers at ${url}; start Gantry with: gantry run`, { cause });
    });
    const body: unknown = await answer.json().catch(() => null);
    if (body === null) throw unavailable("not-answering", `what answers at ${url} is not Gantry (HTTP ${answer.status}); restart it with: gantry run`);
    return { status: answer.status, body };
  }
  async function read(path: string): Promise<unknown> {
    const { status, body } = await ask(path);
    if (status === 404) return null;
    if (status !== 200) throw unavailable("not-answering", `Gantry could not answer (HTTP ${status}): ${messageOf(body)}`);
    return body;
  }
  return {
    status: () => read("/api/v1/status"),
    show: (id) => read(`/api/v1/show/${encodeURIComponent(id)}`),
    alerts: () => read("/api/v1/alerts"),
    async ready() {
      const { body } = await ask("/readyz");
      return body as { ok: boolean; reasons: readonly string[] };
    },
    async order(order) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const { status, body } = await ask("/api/v1/commands", { method: "POST", headers, body: JSON.stringify(order) });
      if (isAnswer(body)) return body;
      if (status >= 500) throw unavailable("not-answering", `Gantry could not carry it out (HTTP ${status}): ${messageOf(body)}; try again`);
      throw rejected("order-refused", `Gantry refused the order (HTTP ${status}): ${messageOf(body)}`);
    },
  };
}

const isAnswer = (body: unknown): body is Answer => typeof body === "object" && body !== null && "done" in body;

function messageOf(body: unknown): string {
  const error: unknown = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "no reason given";
}
