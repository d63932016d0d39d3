/**
 * Exit codes: what a supervisor may conclude from the end of the process.
 * Always: decided here and nowhere else.
 * Never: another number than these five.
 */
import type { Failure, Remedy } from "../core/errors.ts";

export const exitCodes = {
  ok: 0,
  /** the command line was wrong, or what it asks for is not possible: asking again is useless */
  usage: 64,
  /** an error of Gantry, or a fact it must not go on with: a person has to look */
  bug: 70,
  /** starting again later can help */
  temporary: 75,
  /** the configuration is wrong: starting again without changing it is useless */
  config: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byRemedy: Readonly<Record<Remedy, ExitCode>> = {
  Unavailable: exitCodes.temporary,
  Conflict: exitCodes.temporary,
  Rejected: exitCodes.usage,
  Invalid: exitCodes.bug,
  Unsafe: exitCodes.bug,
  Misconfigured: exitCodes.config,
  Bug: exitCodes.bug,
};

export const exitCodeOf = (failure: Pick<Failure, "remedy">): ExitCode => byRemedy[failure.remedy];

const gravity: readonly ExitCode[] = [exitCodes.ok, exitCodes.temporary, exitCodes.usage, exitCodes.config, exitCodes.bug];

/** The gravest of several. */
export const worstOf = (codes: readonly ExitCode[]): ExitCode =>
  codes.reduce<ExitCode>((worst, code) => (gravity.indexOf(code) > gravity.indexOf(worst) ? code : worst), exitCodes.ok);
