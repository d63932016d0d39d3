/**
 * The real program as a child process: its log, its end, its API, and the commands people type against it.
 * Always: it dies with this process, whatever kills this process; every exit code and log line can be asserted on.
 */
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { until } from "../../devnet/until.ts";
import { createClient } from "../../src/cli/client.ts";
import type { Client } from "../../src/cli/client.ts";
import { accessPath, readAccess } from "../../src/web/access.ts";

export const mainFile = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** The child holds the other end of a pipe: when we are gone, however that happened, so is it. */
const leash = "data:text/javascript,process.stdin.on('end',()=>process.kill(process.pid,'SIGKILL')).resume().unref()";

export type LogEntry = { readonly level: string; readonly msg: string; readonly code?: string; readonly [field: string]: unknown };
/** `code` is null when a signal ended it. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export interface GantryProcess {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** everything it wrote to stderr */
  err(): string;
  /** its log lines so far, oldest first */
  log(): readonly LogEntry[];
  /** resolves at the first log line that satisfies `wanted` */
  logged(what: string, wanted: (line: LogEntry) => boolean, withinMs?: number): Promise<LogEntry>;
  signal(name: NodeJS.Signals): void;
  /** KILL; nothing to do when it ended already */
  kill(): Promise<Ending>;
}

function entryOf(line: string): readonly LogEntry[] {
  try {
    return [JSON.parse(line) as LogEntry];
  } catch {
    return [];
  }
}

/** `args` begin with the script to run. */
export function launch(args: readonly string[]): GantryProcess {
  const child = spawn(process.execPath, ["--import", leash, ...args], { stdio: ["pipe", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => undefined);
  const log = (): readonly LogEntry[] => text.split("\n").flatMap(entryOf);
  return {
    pid: child.pid ?? 0,
    ended,
    err: () => text,
    log,
    logged: (what, wanted, withinMs = 60_000) => until(`the log line "${what}"`, async () => log().find(wanted) ?? null, { withinMs }),
    signal: (name) => void child.kill(name),
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

export type Running = GantryProcess & {
  readonly url: string;
  readonly client: Client;
  /** a sample of /metrics by its whole name with labels, e.g. `gantry_redis_up`; null when it is not there */
  metric(sample: string): Promise<number | null>;
};

/** Waits until the API of this very process answers. Throws with the log when it ends before. */
export async function whenServing(gantry: GantryProcess, ledgerPath: string): Promise<Running> {
  let over: Ending | null = null;
  gantry.ended.then((ending) => (over = ending), () => undefined);
  const access = await until("Gantry's API to answer", async () => {
    if (over !== null) return "ended";
    const found = await readAccess(accessPath(ledgerPath));
    if (found.pid !== gantry.pid) return null;
    return (await fetch(`${found.url}/healthz`, { signal: AbortSignal.timeout(2_000) })).status > 0 ? found : null;
  }, { withinMs: 90_000 });
  if (access === "ended") throw new Error(`Gantry ended at its start: ${JSON.stringify(over)} ${gantry.err()}`);
  return { ...gantry, url: access.url, client: createClient(access), metric: (sample) => metricOf(access.url, sample) };
}

async function metricOf(url: string, sample: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return line === undefined ? null : Number(line.slice(sample.length + 1));
}

export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** One `gantry …` command to its end. */
export const gantry = (...args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [mainFile, ...args], { timeout: 120_000, killSignal: "SIGKILL" }, (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }));
  });
