/**
 * The fields we read from bitcoind's JSON answers, with their types checked.
 * Never: a guess. A missing or mistyped field is Unavailable "endpoint-bad-answer", the endpoint's fault.
 */
import { unavailable } from "../../core/errors.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { fromDisplay } from "./order.ts";

export type Fields = Readonly<Record<string, unknown>>;

const bad = (endpoint: string, what: string): Error =>
  unavailable("endpoint-bad-answer", `Bitcoin endpoint "${endpoint}" left out or mistyped ${what} in its answer.`, { evidence: { endpoint, what } });

/** Readers of one endpoint's answers; each throws "endpoint-bad-answer" naming `what`. */
export const answersOf = (endpoint: string) => {
  const fields = (value: unknown, what: string): Fields => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(endpoint, what);
    return value as Fields;
  };
  const number = (value: unknown, what: string): number => {
    if (typeof value !== "number" || !Number.isFinite(value)) throw bad(endpoint, what);
    return value;
  };
  return {
    fields,
    list(value: unknown, what: string): readonly Fields[] {
      if (!Array.isArray(value)) throw bad(endpoint, what);
      return value.map((item) => fields(item, what));
    },
    text(value: unknown, what: string): string {
      if (typeof value !== "string") throw bad(endpoint, what);
      return value;
    },
    height(value: unknown, what: string): number {
      const height = number(value, what);
      if (!Number.isSafeInteger(height) || height < 0) throw bad(endpoint, what);
      return height;
    },
    number,
    flag(value: unknown, what: string): boolean {
      if (typeof value !== "boolean") throw bad(endpoint, what);
      return value;
    },
    /** a hash in display order, as bitcoind writes it */
    hash(value: unknown, what: string): Hex {
      if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw bad(endpoint, what);
      return fromDisplay(value);
    },
    /** raw bytes, as bitcoind writes them: without 0x */
    raw(value: unknown, what: string): Hex {
      const hex = `0x${String(value)}`;
      if (typeof value !== "string" || !isHex(hex)) throw bad(endpoint, what);
      return hex;
    },
    /** an amount in bitcoin as a JSON number, in satoshi. Doubles hold all 21 million coins to the satoshi */
    valueSat(value: unknown, what: string): bigint {
      return BigInt(Math.round(number(value, what) * 1e8));
    },
  };
};
