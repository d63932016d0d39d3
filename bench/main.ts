/**
 * `npm run bench [-- --json] [--only a,b,c,d,e,f,g,h] [--page]`: the project's figures beside their peers and targets.
 * Always: a table on stderr and, with --json, one JSON document on stdout, with --page docs/bench.md; ends everything it starts.
 * Never: fails because a figure is bad. Figures are read, not asserted.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createRunFolder } from "../devnet/processes.ts";
import { findServers, startRedis } from "../devnet/servers.ts";
import type { Figure } from "./figures.ts";
import { tableOf } from "./figures.ts";
import { headers } from "./headers.ts";
import { issues } from "./issues.ts";
import { latency } from "./latency.ts";
import { monitor } from "./monitor.ts";
import type { Part } from "./page.ts";
import { pageOf } from "./page.ts";
import { proofBuild } from "./proof-build.ts";
import { restart } from "./restart.ts";
import type { BenchSetup } from "./throughput.ts";
import { throughput } from "./throughput.ts";
import { watched } from "./watched.ts";

const parts: Readonly<Record<string, { readonly title: string; readonly run: (setup: BenchSetup) => Promise<readonly Figure[]> }>> = {
  a: { title: "The whole loop, beside BullMQ", run: (setup) => throughput(setup, 3) },
  b: { title: "From final to sent, SQLite FULL and Redis", run: latency },
  c: { title: "A proof in a full block", run: async () => proofBuild() },
  d: { title: "After a kill", run: restart },
  e: { title: "A scrape with a million finished transfers", run: monitor },
  f: { title: "Bitcoin's headers, 2,016 behind", run: headers },
  g: { title: "From provable to sent, an issue on real nodes", run: issues },
  h: { title: "Ten thousand deposit addresses", run: watched },
};

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false }, page: { type: "boolean", default: false }, only: { type: "string" } } });
const chosen = flags.only?.split(",") ?? Object.keys(parts);

async function main(): Promise<void> {
  const folder = await createRunFolder();
  const redis = await startRedis({ folder: folder.path, paths: { ...(await findServers()), redisUrl: null } });
  const results: Part[] = [];
  try {
    for (const part of chosen) {
      const one = parts[part];
      if (one === undefined) throw new Error(`there is no part "${part}"; parts are ${Object.keys(parts).join(", ")}`);
      const begun = performance.now();
      const figures = await one.run({ redisUrl: redis.url, folder: folder.path });
      const seconds = Math.round((performance.now() - begun) / 1000);
      results.push({ part, title: one.title, seconds, figures });
      process.stderr.write(`\n${part}. ${one.title} (${seconds} s)\n${tableOf(figures)}\n`);
    }
  } finally {
    await redis.stop();
    await folder.remove();
  }
  const machine = { node: process.version, cores: availableParallelism(), loadBefore: load[0] ?? 0, loadAfter: loadavg()[0] ?? 0 };
  if (flags.page) await writeFile(new URL("../docs/bench.md", import.meta.url), pageOf(results, machine));
  if (flags.json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
}

const load = loadavg(); // before anything of ours runs
await main();
