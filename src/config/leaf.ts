/**
 * The kinds of values a configuration holds. Each says what is allowed in words, for messages and for docs/config.md.
 * Always: pure; a description gives meaning, and what a larger or smaller value costs; units stand in the key.
 * Never: a secret. Secrets are paths of files (`file: "secret"`), checked and read elsewhere.
 */
import { z } from "zod";
import type { Hex } from "../core/values.ts";

/** What a leaf carries besides its type; it comes out again in the JSON schema. */
export type About = {
  readonly description: string;
  /** in words; for numbers and choices it follows from the type */
  readonly allowed?: string;
  /** value in gantry.example.yml; the default when not given */
  readonly example?: unknown;
  /** shown commented out in gantry.example.yml, because not everybody needs it or another key excludes it; "brief": and without explanations */
  readonly off?: boolean | "brief";
  /** a path, relative to the configuration file; "secret" must be there with mode 0600, "later" may appear later */
  readonly file?: "secret" | "later" | "plain";
};

const shortName = /^[a-z][a-z0-9-]{0,31}$/u;

export const whole = (min: number, max: number, about: About) => z.number().int().min(min).max(max).meta(about);
export const choice = <const T extends readonly [string, ...string[]]>(values: T, about: About) => z.enum(values).meta(about);
export const yesOrNo = (about: About) => z.boolean().meta(about);

export const nameKey = z.string().regex(shortName);
export const nameAllowed = "a name of 1 to 32 lower-case letters, digits and dashes, beginning with a letter";
export const name = (about: About) => z.string().regex(shortName).meta({ allowed: nameAllowed, ...about });

const keyLike = /^(0x)?[0-9a-f]{64}$/iu;
/** Text that may be a private key pasted where a path belongs: such a value is never shown. */
export const looksLikeKey = (text: string): boolean => keyLike.test(text.trim());

export const path = (about: About & { readonly file: NonNullable<About["file"]> }) =>
  z
    .string()
    .refine((text) => text.trim() !== "" && !text.includes("\0") && !looksLikeKey(text))
    .meta({ allowed: "a path, absolute or relative to this file (never the secret itself)", ...about });

function isUrl(text: string, protocols: readonly string[], user: "user" | "no user"): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return protocols.includes(url.protocol) && url.hostname !== "" && url.password === "" && (user === "user" || url.username === "");
}

export const httpUrl = (about: About) =>
  z
    .string()
    .refine((text) => isUrl(text, ["http:", "https:"], "no user"))
    .meta({ allowed: "an http:// or https:// URL without user and password (those belong into files)", ...about });

export const socketUrl = (about: About) =>
  z
    .string()
    .refine((text) => isUrl(text, ["ws:", "wss:"], "no user"))
    .meta({ allowed: "a ws:// or wss:// URL without user and password (those belong into files)", ...about });

export const redisUrl = (about: About) =>
  z
    .string()
    .refine((text) => isUrl(text, ["redis:", "rediss:"], "user"))
    .meta({ allowed: "a redis:// or rediss:// URL without a password (that belongs into redis.passwordFile)", ...about });

export const address = (about: About) =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/u)
    .transform((text) => text.toLowerCase() as Hex)
    .meta({ allowed: "an address: 0x and 40 hex digits", ...about });

export const blockHash = (about: About) =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/u)
    .transform((text) => text.toLowerCase() as Hex)
    .meta({ allowed: "a block hash: 0x and 64 hex digits", ...about });

/** A decimal amount in a larger unit as a bigint in the smallest one; null when it is none or too fine. */
function smallestUnits(amount: string | number, decimals: number): bigint | null {
  const parts = /^(\d{1,30})(?:\.(\d+))?$/u.exec(String(amount));
  const [, integer, fraction = ""] = parts ?? [];
  if (integer === undefined || fraction.length > decimals) return null;
  return BigInt(integer + fraction.padEnd(decimals, "0"));
}

/** An amount above 0 written in gwei (9 decimals) or ether (18 decimals); comes out in wei. */
export const amount = (unit: "gwei" | "ether", preset: string, about: About) => {
  const decimals = unit === "gwei" ? 9 : 18;
  return z
    .union([z.string(), z.number()])
    .transform((given, context) => {
      const wei = smallestUnits(given, decimals);
      if (wei !== null && wei > 0n) return wei;
      context.addIssue({ code: "custom", message: "amount" });
      return z.NEVER;
    })
    .prefault(preset)
    .meta({ allowed: `an amount of ${unit} above 0, with at most ${decimals} decimals`, example: preset, ...about });
};

/** A whole amount above 0 in planck, the smallest unit of a Substrate chain's token. */
export const planck = (preset: string, about: About) =>
  z
    .union([z.string(), z.number()])
    .transform((given, context) => {
      const amount = smallestUnits(given, 0);
      if (amount !== null && amount > 0n) return amount;
      context.addIssue({ code: "custom", message: "amount" });
      return z.NEVER;
    })
    .prefault(preset)
    .meta({ allowed: "a whole number of planck above 0", example: preset, ...about });

/** 32 bytes as hex, or SS58 text; which account it is says who decodes it. */
export const substrateAccount = (about: About) =>
  z
    .string()
    .regex(/^(0x[0-9a-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{46,50})$/u)
    .meta({ allowed: "an account: SS58 text, or 0x and 64 hex digits of its public key", ...about });
