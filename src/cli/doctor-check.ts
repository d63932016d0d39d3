/**
 * One check of the doctor, and how many of them are looked at.
 * Always: a check that fails throws an error that says what to do; it does not hide the others; each ends in time.
 */
import { failureOf } from "../core/errors.ts";
import { exitCodeOf, exitCodes, worstOf } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { printable, table } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export type Finding = { readonly verdict: "ok" | "warn"; readonly said: string };
export type Check = { readonly what: string; look(signal: AbortSignal): Promise<Finding> };
export type Line = { readonly what: string; readonly verdict: "ok" | "warn" | "fail"; readonly said: string; readonly code: string | null };

export const ok = (said: string): Finding => ({ verdict: "ok", said });
export const warn = (said: string): Finding => ({ verdict: "warn", said });

const checkTimeoutMs = 20_000;

/** Looks at everything; lines come out in the order of the checks, the exit code is that of the gravest failure. */
export async function examine(checks: readonly Check[]): Promise<{ readonly lines: readonly Line[]; readonly code: ExitCode }> {
  const found = await Promise.all(checks.map(async (check): Promise<{ readonly line: Line; readonly exit: ExitCode }> => {
    try {
      const { verdict, said } = await check.look(AbortSignal.timeout(checkTimeoutMs));
      return { line: { what: check.what, verdict, said, code: null }, exit: exitCodes.ok };
    } catch (thrown) {
      const failure = failureOf(thrown);
      return { line: { what: check.what, verdict: "fail", said: failure.message, code: failure.code }, exit: exitCodeOf(failure) };
    }
  }));
  return { lines: found.map(({ line }) => line), code: worstOf(found.map(({ exit }) => exit)) };
}

const colours = { ok: "good", warn: "warn", fail: "bad" } as const;

/** One row for each. */
export function linesOf(lines: readonly Line[], { paint }: Pick<Terminal, "paint">): readonly string[] {
  const rows = lines.map(({ what, verdict, said, code }) => [paint(colours[verdict], verdict), what, printable(code === null ? said : `${said} [${code}]`)]);
  return table(["", "", ""], rows).slice(1);
}
