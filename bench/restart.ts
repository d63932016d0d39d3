/**
 * How soon a killed relayer decides again: a process of its own on a SQLite ledger with 10,000 open deliveries is killed with
 * SIGKILL in the middle of its work and started again on the same ledger and Redis.
 * Always: measured from before the process is made to its first saved decision. The child loads the whole program.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BlockRef, Hex } from "../src/core/values.ts";
import { deliveryId, eventId } from "../src/core/values.ts";
import { createSqliteLedger } from "../src/ledger/sqlite.ts";
import type { Figure } from "./figures.ts";
import { figure } from "./figures.ts";
import { lanes } from "./loop.ts";
import type { BenchSetup } from "./throughput.ts";

const open = 10_000;
const repeats = 5;
const child = fileURLToPath(new URL("./restart-child.ts", import.meta.url));
const hashAt = (height: number): Hex => `0xb0000000${height.toString(16).padStart(56, "0")}`;

/** Deliveries whose source block is final: each has everything still before it. */
async function fill(path: string): Promise<void> {
  const ledger = await createSqliteLedger({ path });
  const block: BlockRef = { chain: "bitcoin", height: 1, hash: hashAt(1), parent: hashAt(0), time: Date.now() };
  const lane = lanes[0];
  if (lane === undefined) return;
  const ids = Array.from({ length: open }, (_, index) => `e${index}`);
  const move = { view: { final: block, tip: [] }, from: null };
  const found = {
    events: ids.map((id) => ({ id: eventId(id), chain: "bitcoin" as const, kind: "effect", at: block, payload: null })),
    births: ids.map((id) => ({ id: deliveryId(`d-${id}`), lane, event: eventId(id), serves: [], deadline: null })),
    watches: [],
  };
  await ledger.commit({ chain: "bitcoin", now: Date.now(), move, blocks: [block], dropped: [], watchSetVersion: null, found, opens: [], progress: [] });
  await ledger.close();
}

type Started = { readonly relayer: ChildProcess; readonly firstDecisionMs: number };

async function start(path: string, redisUrl: string): Promise<Started> {
  const begun = performance.now();
  const relayer = spawn(process.execPath, [child, path, redisUrl], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: relayer.stdout });
  await Promise.race([once(lines, "line"), once(relayer, "exit").then(([code]) => Promise.reject(new Error(`the relayer ended with ${String(code)} before it decided`)))]);
  return { relayer, firstDecisionMs: performance.now() - begun };
}

export async function restart({ redisUrl, folder }: BenchSetup): Promise<readonly Figure[]> {
  const path = join(folder, "restart.sqlite");
  await fill(path);
  const times: number[] = [];
  for (let run = 0; run <= repeats; run += 1) {
    const { relayer, firstDecisionMs } = await start(path, redisUrl);
    // The very first one has an empty Redis and was not killed before; it ends by itself, as an installation that ran before has.
    if (run > 0) times.push(firstDecisionMs / 1000);
    const ended = once(relayer, "exit");
    if (run === 0) relayer.stdin?.end();
    else relayer.kill("SIGKILL");
    await ended;
  }
  return [figure(`kill -9 to the first decision, ${open} open deliveries`, "s", times, { atMost: 2 })];
}
