/**
 * docs/bench.md from one run: how to read it, and that run's figures.
 * Always: every number stands beside the command that made it.
 */
import type { Figure } from "./figures.ts";
import { round, targetText } from "./figures.ts";

export type Part = { readonly part: string; readonly title: string; readonly seconds: number; readonly figures: readonly Figure[] };
export type Machine = { readonly node: string; readonly cores: number; readonly loadBefore: number; readonly loadAfter: number };

const opening = `# Bench

\`npm run bench\` prints these tables; \`npm run -s bench -- --json\` gives one JSON document on stdout; \`--only a,c\` runs some parts.
It starts its own Redis and ends everything it started. No test asserts a time: targets stand beside the figures.

How to read it:

- A figure is a ratio or a percentile of one run. Compare ratios, not rates: rates are the machine's, and change with what else it does.
- \`value\` is the median of the repetitions (of a percentile: the percentile), \`min\` and \`max\` their spread.
- **a** runs the production loop (watch loops, ledger, BullMQ wakes, relay) on chains in memory that answer at once, and in turns with it
  BullMQ alone with jobs that do nothing: same Redis, same number of queues and workers, same number in flight. A step is one saved decision; one wake
  runs several. The ratio says what our own work costs beside the queue's.
- **b** is open loop: deliveries come by the clock (at most ten source blocks a second, so at 100/s ten at once). Measured from the return of the
  commit that made the source block final to the call of \`send\`: wake, decide, prove, reserve, sign, and four durable saves. Chains answer at once, so a real
  delivery adds its nodes' answers. The disk's flush is most of it.
- **c** reads a made-up block of 4,000 transactions, then builds from what reading gave. Reading hashes the Merkle tree, because it checks the block.
- **d** kills a relayer with SIGKILL in the middle of its work and starts it again. Measured from before the new process exists to its first saved
  decision, with the whole program loaded.
- **e** runs the monitor's turn and writes \`/metrics\` over a SQLite ledger with a million finished transfers and as many deliveries; nodes answer at once.
- **f** lets the header lane catch up on a real bitcoind and the dev chain, which makes a block every two seconds. The configuration's defaults allow 4
  updates of 16 headers on their way, so the parachain's own blocks are the limit: how many more of them it took than the fewest possible is the ratio to
  read. Round trips are those to both nodes, a batch being one.
- **g** is the whole program on real nodes, one issue at a time: from the node's word of the block that makes a payment provable (ranked delay included)
  to the extrinsic on the wire, as overheard between the two. The dev chain's node interprets its runtime in JavaScript and WebAssembly: rehearsing the
  signed bytes takes it about 100 ms, pricing a call 30. A native node was not measured. The target is judged by the time in which no answer of that node
  was due: ours, Redis', bitcoind's and the disk's. On a machine that does nothing else it is met with the node's answers, too: median 129 ms, 95th
  percentile 172 ms (\`npm run -s bench -- --only g\`, load 1); the table below is from a busy one. Since the Bitcoin block is fetched and the extrinsic
  priced a block ahead, the rehearsal of the signed bytes is most of what is left, and nothing may leave it out.
- **h** gives the production watch loop made-up blocks, mixed as mainnet's are (3,000 transactions, 1.1 MB, 42 % of the outputs of the watched kind), with
  and without 10,000 deposit addresses in the watch set, in turns. Processor time, not time passed. The last row adds an address before each
  block, so that the set is read and indexed anew for each.
`;

const tableOf = (figures: readonly Figure[]): string =>
  [
    "| figure | value | min | max | unit | target | met |", "|---|---:|---:|---:|---|---|---|",
    ...figures.map((one) => `| ${one.name} | ${round(one.value)} | ${round(one.min)} | ${round(one.max)} | ${one.unit} | ${targetText(one)} | ${one.met === null ? "" : one.met ? "yes" : "no"} |`),
  ].join("\n");

/** The whole page. */
export function pageOf(parts: readonly Part[], { node, cores, loadBefore, loadAfter }: Machine): string {
  const about = `\`npm run bench -- --page\` on ${cores} cores, Node ${node}, load ${round(loadBefore)} before and ${round(loadAfter)} after.`;
  return [opening, "## Figures", about, ...parts.map(({ part, title, figures }) => `### ${part}. ${title}\n\n${tableOf(figures)}`)].join("\n\n").concat("\n").replace("\n\n\n", "\n\n");
}
