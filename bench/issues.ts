/**
 * How soon an issue's execution is sent once the parachain would take it: the whole program on a real bitcoind, the dev chain, a
 * Redis and a SQLite ledger of its own.
 * Always: measured on the wire to the node, from its word of the block that makes the payment provable, ranked delay included, to
 * the extrinsic's sending; one issue after the other, each from request to effect.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "../src/core/values.ts";
import type { Gantry } from "../test/support/chains-story.ts";
import { until } from "../test/support/chains-story.ts";
import { rivalOf } from "../test/support/interbtc-days.ts";
import type { Rival } from "../test/support/interbtc-days.ts";
import { startInterbtcGantry } from "../test/support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../test/support/interbtc-gantry.ts";
import { withoutHeaders } from "../test/support/interbtc-pending.ts";
import type { ConfigText } from "../test/support/gantry-stage.ts";
import type { Figure } from "./figures.ts";
import { figure, percentile } from "./figures.ts";
import type { Overhearing } from "./overhear.ts";
import { openMs, overhear } from "./overhear.ts";

const warmUp = 3;
const measured = 30;
const amountSat = 20_000n;
/** the development preset's confirmations on Bitcoin; ours are the same, so that the parachain decides */
const depth = 3;
/** blocks on top of one of the dev chain that make it final */
const finality = 2;
/** what the loops need to come to rest in before the block that counts */
const restMs = 400;

function prepare(config: ConfigText): void {
  withoutHeaders(config);
  const { bitcoin } = config["chains"] as { readonly bitcoin: Record<string, unknown> };
  bitcoin["finalDepth"] = depth;
  const { interbtc } = config["bridges"] as { readonly interbtc: { readonly lanes: { readonly issue: Record<string, unknown> } } };
  interbtc.lanes.issue["rankedDelay"] = true;
}

const height = async ({ polkadot }: InterbtcGantryStage): Promise<number> => (await polkadot.state()).head.height;

/** The block that ends what the payment waits for; null once its execution is signed. */
async function awaited(gantry: Gantry, txid: Hex, after: number): Promise<number | null> {
  return until("the payment to wait for a block, or to be sent", async () => {
    const report = await gantry.delivery(txid);
    if (report === null) return null;
    if (report.slots.length > 0) return { end: null };
    const { wait } = report;
    const isOurs = wait?.code === "parachain-confirmations" || wait?.code === "ranked-delay";
    return isOurs && wait.for !== null && "height" in wait.for && wait.for.height > after ? { end: wait.for.height } : null;
  }).then(({ end }) => end);
}

/** `nodeMs`: in which the node owed an answer */
type Sample = { readonly sentMs: number; readonly nodeMs: number };
type Stage = { readonly stage: InterbtcGantryStage; readonly gantry: Gantry; readonly rival: Rival; readonly wire: Overhearing };

async function one({ stage, gantry, rival, wire }: Stage): Promise<Sample> {
  const issue = await stage.request(amountSat);
  // a request is acted upon when its own block is final
  await stage.polkadot.mine(finality);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(depth);
  await rival.relay.follow();
  let provable = await height(stage);
  for (let next = await awaited(gantry, tx.txid, provable); next !== null; next = await awaited(gantry, tx.txid, provable)) {
    provable = next;
    await stage.polkadot.mine(next - (await height(stage)) - 1);
    await pause(restMs);
    await stage.polkadot.mine(1);
    await pause(restMs);
  }
  const report = await gantry.reaches(tx.txid, "included", "delivered");
  const begun = wire.toldAt(provable);
  const sentAt = wire.questions.findLast(({ method }) => method === "author_submitExtrinsic")?.askedAt;
  if (report.by !== "us" || begun === undefined || sentAt === undefined || sentAt < begun) throw new Error(`the execution after ${tx.txid} was not overheard`);
  return { sentMs: sentAt - begun, nodeMs: openMs(wire.questions, begun, sentAt) };
}

export async function issues(): Promise<readonly Figure[]> {
  const stage = await startInterbtcGantry({ blocks: { everySeconds: null, atOnce: true }, edit: prepare });
  const [rival, wire] = await Promise.all([rivalOf(stage), overhear(stage.polkadot.url)]);
  try {
    const gantry = await stage.gantry(({ chains: { polkadot } }) => {
      if (polkadot !== undefined) polkadot.endpoints = polkadot.endpoints.map((endpoint) => ({ ...endpoint, url: wire.url }));
    });
    const samples: Sample[] = [];
    for (let run = -warmUp; run < measured; run += 1) {
      const sample = await one({ stage, gantry, rival, wire });
      if (run >= 0) samples.push(sample);
    }
    const sent = samples.map(({ sentMs }) => sentMs);
    const ours = samples.map(({ sentMs, nodeMs }) => sentMs - nodeMs);
    const at = (name: string, values: readonly number[], share: number, target: Figure["target"] = null): Figure =>
      ({ ...figure(name, "ms", [percentile(values, share)], target), min: Math.min(...values), max: Math.max(...values) });
    return [
      at("provable to sent, p50", sent, 0.5),
      at("provable to sent, p95", sent, 0.95),
      at("the same less the node's answers, p50", ours, 0.5),
      at("the same less the node's answers, p95", ours, 0.95, { atMost: 200 }),
      figure("the node's answers, of all", "%", samples.map(({ sentMs, nodeMs }) => (100 * nodeMs) / sentMs)),
    ];
  } finally {
    await rival.close();
    await stage.stop();
    await wire.close();
  }
}
