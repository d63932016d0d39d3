/**
 * `gantry run`: the program until somebody stops it.
 * Always: the first SIGTERM or SIGINT stops intake and lets the running step finish (exit 0 within the time limit); a second one ends at once.
 * Never: work of its own; src/app.ts wires everything.
 */
import type { Config } from "../config/schema.ts";
import { unavailable } from "../core/errors.ts";
import { createLog } from "../log.ts";
import { startApp } from "../app.ts";
import type { Role } from "../app/parts.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { firstSignal } from "./signals.ts";

const stopWithinMs = 9_000;

/** Resolves to "late" when `work` takes longer than `ms`. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws what ended the app, when it was not a signal; Unavailable `stop-timed-out` */
export async function run(config: Config, roles: readonly Role[]): Promise<ExitCode> {
  const log = createLog({ level: config.log.level });
  const signalled = firstSignal(() => process.exit(exitCodes.temporary));
  const starting = startApp(config, { roles, log });
  const running = await Promise.race([starting, signalled]);
  if (typeof running === "string") log.info({ signal: running }, "stopping before the start was complete");
  else await Promise.race([running.done, signalled.then((signal) => log.info({ signal }, "stopping: no new work, the running steps finish"))]);
  const stopping = starting.then((app) => app.stop());
  if ((await within(stopWithinMs, stopping)) !== "late") {
    log.info({}, "stopped");
    return exitCodes.ok;
  }
  if (typeof running === "string") return exitCodes.ok; // nothing had begun that could be left half done
  throw unavailable("stop-timed-out", `a step did not finish within ${stopWithinMs / 1000} s of the stop; its delivery goes on from the ledger at the next start`);
}
