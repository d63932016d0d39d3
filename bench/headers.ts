/**
 * How fast a light client that is two weeks behind is brought to Bitcoin's tip: a real bitcoind, the dev chain with the interBTC
 * pallets, and the header lane as the program composes it.
 * Always: every round trip to both nodes is counted; the parachain makes its blocks by the clock, as a real one, not for us.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Delivery } from "../src/core/delivery.ts";
import { startInterbtc } from "../test/support/interbtc.ts";
import type { InterbtcStage } from "../test/support/interbtc.ts";
import { composeHeaderRelay } from "../test/support/interbtc-headers.ts";
import type { HeaderRelayParts } from "../test/support/interbtc-headers.ts";
import type { Figure } from "./figures.ts";
import { figure, median } from "./figures.ts";

/** a difficulty period of Bitcoin: about two weeks */
const behind = 2_016;
/** as the configuration's defaults */
const maxBatch = 16;
const maxInFlight = 4;
const pace = { watchMs: 6_000, syncMs: 6_000, trackMs: 15_000, auditMs: 5_000 };
const blockSeconds = 2;
const giveUpMs = 300_000;

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begun > giveUpMs) throw new Error(`${what} took longer than ${giveUpMs / 1_000} s`);
    await pause(100);
  }
}

const sequenceOf = ({ id }: Delivery): number => Number(id.slice(id.lastIndexOf("-") + 1));
const sum = (calls: ReadonlyMap<string, number>): number => [...calls.values()].reduce((total, count) => total + count, 0);

/** Nonces that are the next one after that of the update before, in the order of the headers. */
async function inOrder({ ledger }: HeaderRelayParts, updates: readonly Delivery[]): Promise<number> {
  const nonces = await Promise.all(updates.toSorted((a, b) => sequenceOf(a) - sequenceOf(b)).map(async ({ effectTx }) => (effectTx === null ? null : (await ledger.attemptByHash(effectTx))?.slot.ref.slot)));
  return nonces.filter((nonce, at) => at > 0 && typeof nonce === "bigint" && nonce === (nonces[at - 1] ?? -2n) + 1n).length;
}

/** How many updates each block of the parachain that has any holds. */
function perBlock(updates: readonly Delivery[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const { includedIn } of updates) if (includedIn !== null) counts.set(includedIn.hash, (counts.get(includedIn.hash) ?? 0) + 1);
  return [...counts.values()];
}

async function catchUp(stage: InterbtcStage): Promise<readonly Figure[]> {
  await stage.relay.initialize();
  for (let mined = 0; mined < behind; mined += behind / 4) await stage.bitcoin.mine(behind / 4);
  const { height: tip } = await stage.bitcoin.tip();
  await stage.polkadot.setBlocks({ everySeconds: blockSeconds, atOnce: false });
  const [calls, watcherCalls] = [new Map<string, number>(), new Map<string, number>()];
  const parts = await composeHeaderRelay(stage, { maxBatch, maxInFlight, calls, watcherCalls, pace });
  const blocksBefore = (await stage.polkadot.state()).head.height;
  const begun = performance.now();
  try {
    parts.run();
    await until("catching up", async () => Number(await stage.chain.read("btcRelay", "bestBlockHeight")) === tip);
    const seconds = (performance.now() - begun) / 1_000;
    const blocks = (await stage.polkadot.state()).head.height - blocksBefore;
    await until("finality of the last update", async () => (await parts.updates("proven", "sent", "included")).length === 0);
    const updates = await parts.updates("delivered");
    const fewest = behind / (maxBatch * maxInFlight);
    return [
      figure(`headers caught up from ${behind} behind`, "headers/s", [behind / seconds]),
      figure("the parachain's blocks that took, of the fewest that can hold them", "×", [blocks / fewest]),
      figure("round trips for a header, both chains, lane alone", "calls", [sum(calls) / behind]),
      figure("round trips for a header, both chains, watchers too", "calls", [(sum(calls) + sum(watcherCalls)) / behind], { atMost: 1.2 }),
      figure("updates in one block of the parachain", "updates", [median(perBlock(updates))]),
      figure("updates with the nonce after the one before", "%", [(100 * (await inOrder(parts, updates))) / (updates.length - 1)], { atLeast: 100 }),
    ];
  } finally {
    await parts.stop();
  }
}

export async function headers(): Promise<readonly Figure[]> {
  const stage = await startInterbtc();
  try {
    return await catchUp(stage);
  } finally {
    await stage.stop();
  }
}
