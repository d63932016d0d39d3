#!/usr/bin/env node
/**
 * The command `gantry`: parses, acts, ends with an exit code.
 * Always: an error is one line on stderr (and a JSON object on stdout under --json); heavy parts are loaded by the verb that needs them.
 * Never: a stack trace for a person, except for our own bugs.
 */
import { CommanderError } from "commander";
import { failureOf } from "../core/errors.ts";
import { version } from "../version.ts";
import { createActions } from "./actions.ts";
import { exitCodeOf, exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { createProgram } from "./program.ts";
import { createTerminal, printable } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const lingerMs = 500;

function explain(thrown: unknown, terminal: Terminal, json: boolean): ExitCode {
  const failure = failureOf(thrown);
  if (json) terminal.out(JSON.stringify({ error: failure }, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2));
  const [first = "", ...more] = failure.message.split("\n").map(printable);
  for (const line of [`gantry: ${first} [${failure.code}]`, ...more]) terminal.err(line);
  if (failure.code === "unexpected" && thrown instanceof Error) terminal.err(thrown.stack ?? "");
  return exitCodeOf(failure);
}

/** @returns the exit code */
async function main(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const write = (line: (text: string) => void) => (text: string) => line(text.trimEnd());
  const program = createProgram(createActions(terminal), { out: write((line) => terminal.out(line)), err: write((line) => terminal.err(line)) }, version, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return explain(thrown, terminal, program.opts<{ json: boolean }>().json);
  }
}

// A reader that has seen enough (`gantry show … | head`) is no error.
process.stdout.on("error", (thrown: NodeJS.ErrnoException) => process.exit(thrown.code === "EPIPE" ? exitCodes.ok : exitCodes.temporary));
process.exitCode = await main(process.argv.slice(2), createTerminal(process.stdout, process.stderr));
// Everything is closed by now. Should a library hold on to something, the person or supervisor does not wait for it.
setTimeout(() => process.exit(), lingerMs).unref();
