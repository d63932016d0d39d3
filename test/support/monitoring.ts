/**
 * Prometheus and Alertmanager with their tools, as scripts/setup.sh found or fetched them, and runs of those tools.
 * Never: a search in the environment; scripts/setup.sh does that.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export type MonitoringPaths = { readonly prometheus: string; readonly promtool: string; readonly alertmanager: string; readonly amtool: string };

/** @throws Error with the command to run when scripts/setup.sh was not run with `monitoring` */
export async function findMonitoring(): Promise<MonitoringPaths> {
  try {
    return JSON.parse(await readFile(fileURLToPath(new URL("../../.cache/monitoring.json", import.meta.url)), "utf8")) as MonitoringPaths;
  } catch (cause) {
    throw new Error("It is not known where Prometheus and Alertmanager are. Run: sh scripts/setup.sh monitoring", { cause });
  }
}

/** What a tool said (both streams), and whether it was content. */
export const tool = (path: string, args: readonly string[], cwd?: string): Promise<{ readonly ok: boolean; readonly said: string }> =>
  new Promise((resolve) => {
    execFile(path, [...args], { ...(cwd === undefined ? {} : { cwd }), maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => resolve({ ok: error === null, said: out + err }));
  });
