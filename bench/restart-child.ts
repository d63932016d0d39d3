/**
 * A relayer that bench/restart.ts starts and kills: ledger file and Redis from its arguments, a lane whose target answers never.
 * Always: says "decided" on stdout after its first save; ends when its parent does.
 */
import "../src/app.ts";
import { createClock } from "../src/clock.ts";
import { defaultPolicy } from "../src/core/policy.ts";
import { signerName } from "../src/core/values.ts";
import { createSqliteLedger } from "../src/ledger/sqlite.ts";
import type { Ledger } from "../src/ports.ts";
import { createBullmqWakeQueue } from "../src/queue/bullmq.ts";
import { createRelay } from "../relayer/relay.ts";
import { createParts } from "../test/support/relay-parts.ts";
import { concurrency, lanes, quiet } from "./loop.ts";

const [path = "", redisUrl = ""] = process.argv.slice(2);
// The parent's end of the pipe closes with it, however it ends.
process.stdin.resume().on("end", () => process.exit(0));

const ledger = await createSqliteLedger({ path });
let told = false;
const save: Ledger["save"] = async (given) => {
  const saved = await ledger.save(given);
  if (!told) process.stdout.write("decided\n");
  told = true;
  return saved;
};
const clock = createClock();
const queue = createBullmqWakeQueue({ url: redisUrl, prefix: "bench-restart", clock, ...quiet });
const [name] = lanes;
const signer = signerName("bench");
const { work } = createParts({ ...(name === undefined ? {} : { name }), signer, anchor: () => new Promise(() => undefined) }, { signer }, { concurrency, policy: defaultPolicy("bitcoin", "ethereum") });
await createRelay({ ledger: { ...ledger, save }, clock, ...quiet, queue, lanes: [work], auditEveryMs: 5_000 }).run(new AbortController().signal);
