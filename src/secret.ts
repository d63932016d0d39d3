/**
 * A secret value that cannot be printed by accident, and the one way to read it from a file.
 * Always: JSON, string and inspect forms are "[secret]"; a secret file belongs to its owner alone (mode 0600 or 0400).
 * Never: the content of a secret in a message, a log line or an error's evidence.
 */
import { readFile, stat } from "node:fs/promises";
import { inspect } from "node:util";
import { misconfigured } from "./core/errors.ts";

export const secretMark = "[secret]";
const isSecretKey = Symbol.for("gantry.secret");

export type Secret = {
  /** the plain text; call it where it is used, and keep the result in no object */
  reveal(): string;
  toJSON(): typeof secretMark;
  toString(): typeof secretMark;
};

/** A text with the credentials cut out of every URL in it; also of JSON as a text. */
export const withoutCredentials = (text: string): string => text.replaceAll(/:\/\/[^/\s@"]+@/gu, `://${secretMark}@`);

/** Wraps a plain text so that printing it shows a mark instead. */
export function secretOf(text: string): Secret {
  const shown = (): typeof secretMark => secretMark;
  const hidden = { reveal: () => text, toJSON: shown, toString: shown, [inspect.custom]: shown };
  Object.defineProperty(hidden, isSecretKey, { value: true });
  return Object.freeze(hidden);
}

export const isSecret = (value: unknown): value is Secret =>
  typeof value === "object" && value !== null && isSecretKey in value;

/**
 * Checks that a secret file is there and readable by its owner only. `key` is the config key path for the message.
 * Throws Misconfigured "secret-file-missing", "secret-file-mode".
 */
export async function checkSecretFile(path: string, key: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw misconfigured("secret-file-missing", `${key}: no file at "${path}"; create it with mode 0600, or correct the path`, { cause });
  });
  if (!found.isFile()) {
    throw misconfigured("secret-file-missing", `${key}: "${path}" is not a file; a file with mode 0600 is needed`);
  }
  const mode = found.mode & 0o777;
  // Windows has no such bits; there the folder's access list is the operator's business.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw misconfigured(
      "secret-file-mode",
      `${key}: "${path}" has mode 0${mode.toString(8)}, others can read it; only 0600 or 0400 is allowed: chmod 600 "${path}"`,
    );
  }
}

/**
 * Reads a secret from a file of its own; one line end at the end is not part of it.
 * Throws Misconfigured "secret-file-missing", "secret-file-mode", "secret-file-empty".
 */
export async function readSecretFile(path: string, key: string): Promise<Secret> {
  await checkSecretFile(path, key);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw misconfigured("secret-file-missing", `${key}: "${path}" cannot be read by this user`, { cause });
  });
  const secret = text.replace(/\r?\n$/u, "");
  if (secret === "") throw misconfigured("secret-file-empty", `${key}: "${path}" is empty; it must hold the secret on its first line`);
  return secretOf(secret);
}
