/**
 * The program's log: one JSON object per line on stderr.
 * Always: amounts (bigint) as decimal strings, bytes as hex, errors with code and stack; a line is written before the
 * call returns, so the last words of a dying process are there.
 * Never: a secret. Secrets are recognised by type, credentials inside URLs are cut out of every text.
 */
import { pino } from "pino";
import type { DestinationStream } from "pino";
import { GantryError } from "./core/errors.ts";
import type { Log } from "./ports.ts";
import { isSecret, secretMark, withoutCredentials } from "./secret.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
export type AdjustableLog = Log & { setLevel(level: LogLevel): void };

const deepest = 8;

function plainError(error: Error, depth: number): unknown {
  const known = error instanceof GantryError ? { remedy: error.failure.remedy, code: error.failure.code, evidence: error.failure.evidence } : {};
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  return plain({ name: error.name, message: error.message, ...known, stack: error.stack ?? null, ...cause }, depth + 1);
}

/** What JSON can hold, without secrets. Too deep or circular parts are named, not followed. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return withoutCredentials(value);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return secretMark;
  if (depth >= deepest) return "[deeper]";
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (value instanceof URL) return withoutCredentials(value.href);
  if (value instanceof Map || value instanceof Set) return plain([...value], depth);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), depth + 1);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
}

/** `destination` defaults to stderr, written synchronously. The level can be changed while running. */
export function createLog(options: { level: LogLevel; destination?: DestinationStream }): AdjustableLog {
  const out = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: (fields) => plain(fields, 0) as Record<string, unknown> },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (fields, message) => out.debug(fields, withoutCredentials(message)),
    info: (fields, message) => out.info(fields, withoutCredentials(message)),
    warn: (fields, message) => out.warn(fields, withoutCredentials(message)),
    error: (fields, message) => out.error(fields, withoutCredentials(message)),
    setLevel: (level) => {
      out.level = level;
    },
  };
}
