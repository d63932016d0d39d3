/** What is told of a light client: how far it is behind Bitcoin as our watchers see it, and what forks do. */
import { beforeAll, describe, expect, test } from "vitest";
import { createSyncFacts } from "../../../src/app/interbtc-sync-facts.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { BlockRef, Hex, Json } from "../../../src/core/values.ts";
import { laneName } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { blockOf, commitOf, moveView } from "../../support/ledger.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createMemoryInterbtc } from "../../support/memory-interbtc.ts";
import type { IssueChain } from "../../support/memory-interbtc.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const block = (height: number, fork = "a"): BlockRef => blockOf(height, fork, "bitcoin");
let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

/** The light client has main-chain blocks of branch `fork` from `forkAt` on, of branch a below, up to `best`. */
function chainOf(best: number, more: { readonly forkAt?: number; readonly forks?: IssueChain["forks"]; readonly hash?: Hex } = {}): IssueChain {
  const { forkAt = Infinity } = more;
  const hash = (height: number): Hex => block(height, height >= forkAt ? "b" : "a").hash;
  const relay: { [item: string]: Json } = { BestBlock: { content: more.hash ?? hash(best) }, BestBlockHeight: best, StartBlockHeight: 100, ChainCounter: 1, StableBitcoinConfirmations: 6, StableParachainConfirmations: 10, DisableDifficultyCheck: true, ActiveBlockCount: 50 };
  return {
    best: 100, final: 98, prunedBelow: 0, request: null, executed: null, headers: {}, vaults: [], forks: more.forks ?? [], relay,
    main: Object.fromEntries(Array.from({ length: best - 99 }, (_, index) => [100 + index, hash(100 + index)])),
  };
}

async function factsOf(chain: IssueChain, watched: { readonly from: number; readonly to: number } | null, ledger = createMemoryLedger()) {
  const [clock, meter] = [createTestClock(1_000_000), createMemoryMeter()];
  if (watched !== null) {
    const blocks = Array.from({ length: watched.to - watched.from + 1 }, (_, index) => block(watched.from + index));
    const [final, ...tip] = blocks;
    if (final !== undefined) await moveView(ledger, { final, tip }, commitOf({ chain: "bitcoin", blocks, move: { view: { final, tip }, from: null } }));
  }
  const { endpoints } = createMemoryInterbtc(runtime, chain);
  const facts = createSyncFacts({ lane: laneName("interbtc-headers"), polkadot: endpoints, ledger, clock, meter });
  return { clock, meter, ledger, read: () => facts.read(signal) };
}

/** The facts as another process tells them, later, from the same ledger. */
function afterRestart(chain: IssueChain, ledger: Ledger) {
  const { endpoints } = createMemoryInterbtc(runtime, chain);
  const facts = createSyncFacts({ lane: laneName("interbtc-headers"), polkadot: endpoints, ledger, clock: createTestClock(5_000_000), meter: createMemoryMeter() });
  return () => facts.read(signal);
}

describe("a light client", () => {
  test.each<[string, number, Parameters<typeof chainOf>[1], { readonly from: number; readonly to: number } | null, object]>([
    ["at the tip misses nothing", 150, {}, { from: 140, to: 150 }, { lagBlocks: 0, lagMs: 0, otherForkSince: null }],
    ["behind misses blocks since the oldest of them was mined", 146, {}, { from: 140, to: 150 }, { lagBlocks: 4, lagMs: 1_000_000 - 147_000, otherForkSince: null }],
    ["behind what our watchers ever saw is taken to be on the same chain", 120, {}, { from: 140, to: 150 }, { lagBlocks: 30, lagMs: 30 * 600_000, otherForkSince: null }],
    ["ahead of our watchers misses nothing", 155, {}, { from: 140, to: 150 }, { lagBlocks: 0, otherForkSince: null }],
    ["on another fork misses all since the fork, however high it is", 152, { forkAt: 147 }, { from: 140, to: 150 }, { lagBlocks: 4, otherForkSince: 1_000_000 }],
    ["without our own view of Bitcoin is not compared", 150, {}, null, { bitcoin: null, lagBlocks: null, lagMs: null, otherForkSince: null }],
    ["that was never started is not compared", 150, { hash: `0x${"00".repeat(32)}` }, { from: 140, to: 150 }, { isInitialised: false, lagBlocks: null }],
  ])("%s", async (_what, best, more, watched, expected) => {
    expect(await (await factsOf(chainOf(best, more), watched)).read()).toMatchObject(expected);
  });

  test("with a fork near its best height stops every proof, since this was first seen, until the fork is left behind", async () => {
    const chain = chainOf(150, { forks: [{ chainId: 3, startHeight: 146, maxHeight: 147 }, { chainId: 1, startHeight: 101, maxHeight: 110 }] });
    const { read, clock, meter } = await factsOf(chain, { from: 140, to: 150 });
    expect(await read()).toMatchObject({ forks: [{ chainId: 3 }], blocking: { fork: { chainId: 3 }, since: 1_000_000 } });
    await clock.advance(30_000);
    expect(await read()).toMatchObject({ blocking: { since: 1_000_000 } });
    expect(meter.last("light_client_blocked_seconds")).toBe(30);
    expect([meter.last("light_client_forks"), meter.last("light_client_lag_blocks")]).toEqual([1, 0]);
    chain.relay["BestBlockHeight"] = 153;
    expect(await read()).toMatchObject({ forks: [], blocking: null });
    expect(meter.last("light_client_blocked_seconds")).toBe(0);
  });

  test("has been so since it was first seen also after a restart, and anew after it was over", async () => {
    const chain = chainOf(152, { forkAt: 147, forks: [{ chainId: 3, startHeight: 146, maxHeight: 147 }] });
    const { read, ledger } = await factsOf(chain, { from: 140, to: 150 });
    expect(await read()).toMatchObject({ otherForkSince: 1_000_000, blocking: { since: 1_000_000 } });
    expect(await afterRestart(chain, ledger)()).toMatchObject({ otherForkSince: 1_000_000, blocking: { since: 1_000_000 } });
    expect(await afterRestart(chainOf(150), ledger)()).toMatchObject({ otherForkSince: null, blocking: null });
    expect(await afterRestart(chain, ledger)()).toMatchObject({ otherForkSince: 5_000_000, blocking: { since: 5_000_000 } });
  });

  test("that cannot be compared with Bitcoin just now is not off the other fork for that", async () => {
    const { read, ledger } = await factsOf(chainOf(152, { forkAt: 147 }), { from: 140, to: 150 });
    await read();
    expect(await afterRestart(chainOf(120), ledger)()).toMatchObject({ otherForkSince: null });
    expect(await afterRestart(chainOf(152, { forkAt: 147 }), ledger)()).toMatchObject({ otherForkSince: 1_000_000 });
  });
});

describe("the first header of a difficulty period", () => {
  /** Bitcoin is at 4040; the light client follows another branch from `forkAt` on, and stores Bitcoin's up to `storedTo` as fork 1. */
  const stuck = ({ forkAt = 4_030, best = 4_035, storedTo = 4_031, isChecked = true } = {}): IssueChain => {
    const chain = chainOf(best, { forkAt, forks: storedTo < forkAt ? [] : [{ chainId: 1, startHeight: forkAt, maxHeight: storedTo }] });
    chain.relay["StartBlockHeight"] = 2_016;
    chain.relay["DisableDifficultyCheck"] = !isChecked;
    const heights = Array.from({ length: Math.max(0, storedTo - forkAt + 1) }, (_, index) => forkAt + index);
    return { ...chain, headers: Object.fromEntries(heights.map((height) => [block(height).hash, { blockHeight: height, chainId: 1, paraHeight: 40 }])) };
  };
  const watched = { from: 4_000, to: 4_040 };

  test.each<[string, Parameters<typeof stuck>[0], object | null]>([
    ["cannot be told while Bitcoin's chain is a fork there", {}, { height: 4_032, because: "fork", since: 1_000_000 }],
    ["cannot be told either when nothing of the fork is stored yet", { storedTo: 4_029 }, { height: 4_032, because: "fork", since: 1_000_000 }],
    ["can be told where difficulty is not checked", { isChecked: false }, null],
    ["can be told when it is the fork's first block, whose parent is on the main chain", { forkAt: 4_032, storedTo: 4_031 }, null],
    ["can be told when the fork begins above it", { forkAt: 4_034, storedTo: 4_035, best: 4_038 }, null],
    ["can be told on the main chain, however far behind it is", { forkAt: Infinity, best: 4_010, storedTo: 4_010 }, null],
  ])("%s", async (_what, options, expected) => {
    expect((await (await factsOf(stuck(options), watched)).read()).retarget).toEqual(expected);
  });

  test("is known to be untellable since it was first seen, after a restart too, until the other branch has won on Bitcoin", async () => {
    const { ledger, read } = await factsOf(stuck(), watched);
    await read();
    expect(await afterRestart(stuck({ storedTo: 4_030 }), ledger)()).toMatchObject({ retarget: { height: 4_032, since: 1_000_000 }, otherForkSince: 1_000_000 });
    expect(await afterRestart(chainOf(4_040), ledger)()).toMatchObject({ retarget: null, otherForkSince: null });
  });
});
