/**
 * Child servers that never outlive this process.
 * Always: each server hangs on a pipe of ours through a small shell; when the pipe closes, for whatever reason (stop, Ctrl-C,
 * crash, kill -9), the shell ends the server (TERM, after the grace time KILL) and, if we are gone, deletes the run folder.
 * The shell is in a session of its own, so a terminal's Ctrl-C reaches only us. Never: ends a process it did not start.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { unavailable } from "../src/core/errors.ts";
import { until } from "./until.ts";

// Talks on stdout: the server's process id, later "exit <status>". Listens on stdin: "stop", or the end of the pipe.
const watchdog = `
folder=$1 log=$2 grace=$3
shift 3
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
echo "$server"
(
  word=
  read -r word <&3
  kill -CONT "$server"
  kill -TERM "$server"
  tenths=0
  while kill -0 "$server" && [ "$tenths" -lt "$grace" ]; do sleep 0.1; tenths=$((tenths + 1)); done
  kill -KILL "$server"
  [ "$word" = stop ] || exit 3
) 2>/dev/null &
guard=$!
wait "$server"
status=$?
(echo "exit $status") 2>/dev/null # in a shell of its own: our death has closed this pipe too
wait "$guard"
if [ "$?" -eq 3 ]; then rm -rf "$folder"; fi
`;

/** A folder for one run, mode 0700, deleted by `remove` or, after our death, by the watchdogs of its servers. */
export type RunFolder = { readonly path: string; remove(): Promise<void> };

export async function createRunFolder(): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), "gantry-devnet-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** what this process gave away: a server may not listen yet when the next one is to be started */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that was free a moment ago and is given to nobody else by this process, below those a system gives to
 * outgoing connections: a client that keeps calling a stopped server must not end up on the server's own port.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(20_000, 32_000);
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port)) return port;
  }
  throw unavailable("devnet-server-failed", "No free port between 20000 and 32000 on 127.0.0.1 in 100 tries.");
}

export type ServerPlan = {
  /** shown to people; also names the log file in the folder */
  readonly name: string;
  readonly folder: string;
  readonly command: string;
  /** no secrets: everybody on the machine can read them */
  readonly args: readonly string[];
  /** true as soon as the server answers */
  readonly ready: () => Promise<boolean>;
  readonly readyWithinMs: number;
  /** how long TERM may take before KILL */
  readonly graceMs: number;
};

/** One server that can be stopped and started again on the same port and data. */
export interface Server {
  readonly name: string;
  /** the server's own process id; null while it does not run */
  pid(): number | null;
  /** starts it and resolves when it answers; nothing to do when it runs. Throws Unavailable "devnet-server-failed" */
  start(): Promise<void>;
  /** TERM, after the grace time KILL; resolves when the process is gone */
  stop(): Promise<void>;
  /** KILL at once; resolves when the process is gone */
  kill(): Promise<void>;
  /** the process stops running but keeps its sockets open: callers see silence, not a refusal */
  freeze(): void;
  thaw(): void;
}

type Running = { readonly shell: ChildProcess; readonly pid: Promise<number>; readonly gone: Promise<void>; exited: number | null; known: number | null };

function launch(plan: ServerPlan): Running {
  const log = join(plan.folder, `${plan.name}.log`);
  const shell = spawn("sh", ["-c", watchdog, "watchdog", plan.folder, log, String(Math.ceil(plan.graceMs / 100)), plan.command, ...plan.args], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  shell.stdin?.on("error", () => undefined); // the shell ended first: its exit says all there is to say
  let found: (pid: number) => void = () => undefined;
  const running: Running = {
    shell,
    pid: new Promise((resolve) => {
      found = resolve;
    }),
    gone: new Promise((resolve, reject) => {
      shell.on("error", reject);
      shell.on("close", () => resolve());
    }),
    exited: null,
    known: null,
  };
  running.gone.catch(() => undefined);
  if (shell.stdout !== null) {
    createInterface({ input: shell.stdout }).on("line", (line) => {
      if (line.startsWith("exit ")) {
        running.exited = Number(line.slice(5));
        running.known = null;
      } else {
        running.known = Number(line);
        found(running.known);
      }
    });
  }
  return running;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-5).join(" | ");
}

/** A server that is not started yet. */
export function createServerProcess(plan: ServerPlan): Server {
  let running: Running | null = null;

  const end = async (): Promise<void> => {
    const ending = running;
    if (ending === null) return;
    running = null;
    ending.shell.stdin?.end("stop\n");
    await ending.gone;
  };
  const signal = (name: NodeJS.Signals): void => {
    const pid = running?.known ?? null;
    if (pid !== null) process.kill(pid, name);
  };

  return {
    name: plan.name,
    pid: () => running?.known ?? null,
    start: async () => {
      if (running !== null && running.exited === null) return;
      await end();
      const starting = launch(plan);
      running = starting;
      try {
        await Promise.race([starting.pid, starting.gone]);
        await until(`${plan.name} to answer`, async () => starting.exited !== null || (await plan.ready()), { withinMs: plan.readyWithinMs });
        if (starting.exited !== null) throw new Error(`it ended with status ${starting.exited}`);
      } catch (cause) {
        await end();
        const why = cause instanceof Error ? cause.message : String(cause);
        throw unavailable("devnet-server-failed", `${plan.name} did not start: ${why}. Its last words: ${await lastLines(join(plan.folder, `${plan.name}.log`))}`, { cause });
      }
    },
    stop: end,
    kill: async () => {
      const killed = running;
      signal("SIGKILL");
      if (killed !== null) await until(`${plan.name} to be gone`, () => Promise.resolve(killed.exited !== null), { withinMs: 30_000 });
      await end();
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}
