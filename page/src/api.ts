/**
 * What the page asks the process it came from.
 * Always: addresses relative to the page; bounded in time; a refusal is told in the process's own words.
 * Never: the token anywhere but in this memory: not in storage, not in an address.
 */
import type { Problem } from "../../src/web/answers.ts";
import type { Answer, Order } from "../../src/web/commands.ts";

export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly message: string };

const timeoutMs = 15_000;

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" && body !== null && "error" in body && typeof body.error === "object" && body.error !== null && "message" in body.error;

const refused = (status: number, body: unknown): Asked<never> => (isProblem(body)
  ? { ok: false, code: body.error.code, message: body.error.message }
  : { ok: false, code: `http-${status}`, message: `what answers is not Gantry (HTTP ${status})` });

async function fetched<T>(path: string, init: RequestInit, takes: (status: number, body: unknown) => body is T): Promise<Asked<T>> {
  try {
    const answer = await fetch(path, { ...init, cache: "no-store", signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await answer.json();
    return takes(answer.status, body) ? { ok: true, value: body } : refused(answer.status, body);
  } catch {
    return { ok: false, code: "not-answering", message: "Gantry does not answer" };
  }
}

/** @param path below api/v1/ */
export const ask = <T>(path: string): Promise<Asked<T>> => fetched(`api/v1/${path}`, {}, (status, _body): _body is T => status === 200);

type Person = { readonly who: string; readonly token: string };
let person: Person | null = null;

export const knownPerson = (): Person | null => person;
/** Kept until the page is closed, or the process does not know the token. */
export const remember = (who: string, token: string): void => void (person = { who, token });

const isAnswer = (_status: number, body: unknown): body is Answer => typeof body === "object" && body !== null && "done" in body;

/** Gives an order in the name of the person who gave the token. */
export async function order(wanted: Omit<Order, "who">): Promise<Asked<Answer>> {
  if (person === null) return { ok: false, code: "unauthorized", message: "orders need the token" };
  const result = await fetched("api/v1/commands", {
    method: "POST", headers: { authorization: `Bearer ${person.token}`, "content-type": "application/json" }, body: JSON.stringify({ ...wanted, who: person.who }),
  }, isAnswer);
  if (!result.ok && result.code === "unauthorized") person = null;
  return result;
}
