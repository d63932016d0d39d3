/**
 * Tells the story of one seed from beginning to verdict.
 * Always: bad time, then quiet time until all rests; the judge has the last word.
 */
import type { Commands } from "../../src/web/commands.ts";
import type { FakeBlock, FakeChain, FakeEvent } from "../support/fake-chain.ts";
import { txOf } from "./target.ts";
import type { Story, World } from "./world.ts";
import { createWorld, signer } from "./world.ts";

export type Verdict = {
  readonly seed: number;
  readonly story: Story;
  readonly broken: readonly string[];
  readonly wasted: number;
  readonly effects: number;
  readonly events: number;
  readonly crashes: number;
  readonly states: Readonly<Record<string, number>>;
};

const tickMs = 1_000;
const quietMinutes = 120;
/** how a stranger's transaction is told from ours */
const strangeFee = 10_001n;

/** `meet` is handed the world before it begins: for looking closer at one story. */
export async function runSeed(seed: number, change: Partial<Story> = {}, meet: (world: World) => void = () => undefined): Promise<Verdict> {
  const world = createWorld(seed, change);
  meet(world);
  const { story, clock, judge, ledger } = world;
  const nature = createNature(world);
  let crashes = 0;
  world.start();
  for (let second = 1; second <= story.badMinutes * 60; second++) {
    await clock.advance(tickMs);
    nature.turn();
    if (story.crashEveryS > 0 && world.random.chance(1 / story.crashEveryS)) {
      crashes += 1;
      world.kill();
      await clock.advance(world.random.between(0, 30_000));
      world.start();
    }
    if (story.hasPeople && world.random.chance(1 / 20)) await meddle(world);
    if (second % 30 === 0) await judge.allTheWay();
  }
  if (story.longSleep) await sleepLong(world, nature);
  world.quieten();
  nature.calm();
  for (let second = 0; second < quietMinutes * 60; second++) {
    await clock.advance(tickMs);
    nature.turn();
    if (second % 60 === 59) {
      await liftAll(world.commands, ledger);
      await judge.allTheWay();
      if (second > 600 && (await world.isDone())) break;
    }
  }
  world.kill();
  await judge.atTheEnd(world.log.lines);
  if (!story.hasRival && !story.isReorging && judge.wasted() > 0) judge.blame(`${judge.wasted()} transactions were wasted without a rival or a reorg`);
  const states: Record<string, number> = {};
  for (const { state } of await ledger.find({})) states[state] = (states[state] ?? 0) + 1;
  const events = world.source.canonical.flatMap((block) => block.events).length;
  return { seed, story, broken: judge.broken, wasted: judge.wasted(), effects: judge.done(), events, crashes, states };
}

/** The program is away while the source grows further than the watchers walk back. */
async function sleepLong(world: World, nature: Nature): Promise<void> {
  world.kill();
  for (let block = 0; block < 260; block++) nature.mineSource();
  world.start();
  await world.clock.advance(tickMs);
}

async function liftAll(commands: Commands, ledger: World["ledger"]): Promise<void> {
  for (const { scope } of await ledger.halts()) await commands.resumeScope(scope, "looked at", "operator");
}

/** A person does something to a random delivery or scope. */
async function meddle({ random, ledger, commands }: World): Promise<void> {
  if (random.chance(0.15)) {
    const scope = random.pick([{ kind: "lane", name: "alpha" }, { kind: "signer", name: signer }, { kind: "chain", name: "ethereum" }] as const);
    if (scope !== undefined) await commands.pause(scope, "maintenance", "operator");
    return;
  }
  if (random.chance(0.3)) return liftAll(commands, ledger);
  const all = await ledger.find({});
  const delivery = random.pick(random.chance(0.7) ? all.filter(({ state }) => state === "sent" || state === "included" || state === "parked") : all);
  const verb = random.pick(["park", "park", "resume", "resume", "resume", "retry", "abandon"] as const);
  if (delivery !== undefined && verb !== undefined) await commands[verb](delivery.id, "because", "operator");
}

type Nature = ReturnType<typeof createNature>;

/** Blocks, reorgs, rivals and strangers. */
function createNature(world: World) {
  const { random, source, target, story, clock } = world;
  let isCalm = false;
  const homeless: FakeEvent[] = [];
  const mineSource = (): void => {
    const events = homeless.splice(0, homeless.length);
    if (!isCalm && random.chance(0.35)) events.push(world.makeEvent());
    source.mine(clock.now(), events, () => true);
  };
  const mineTarget = (): void => void target.mine(clock.now(), [], () => isCalm || random.chance(story.inclusion));
  const reorg = (chain: FakeChain, mine: () => void, settle: (dropped: readonly FakeBlock[]) => void): void => {
    const dropped = chain.rewind(random.between(1, 2));
    settle(dropped);
    for (let count = dropped.length + random.between(0, 1); count > 0; count--) mine();
  };

  function turn(): void {
    if (random.chance(1 / 20)) mineSource();
    if (random.chance(1 / 12)) mineTarget();
    if (isCalm) return;
    if (story.isReorging && random.chance(1 / 120)) {
      reorg(source, mineSource, (dropped) => homeless.push(...dropped.flatMap(({ events }) => events.filter(() => random.chance(0.8)))));
    }
    if (story.isReorging && random.chance(1 / 45)) reorg(target, mineTarget, () => undefined);
    if (story.isReorging && random.chance(1 / 300)) target.stallFinality(random.chance(0.5));
    if (random.chance(1 / 60) && story.faults.rpc > 0) evictOne();
    if (story.hasRival && random.chance(1 / 120)) compete();
    if (story.hasStranger && random.chance(1 / 240)) trespass();
  }

  function evictOne(): void {
    const tx = random.pick([...target.pool.values()].filter(({ sender, fee }) => sender === signer && (story.strangersVanish || fee !== strangeFee)));
    if (tx !== undefined) target.evict(tx.hash);
  }
  function compete(): void {
    const event = random.pick(source.canonical.slice(0, source.finalHeight() + 1).flatMap(({ events }) => events));
    if (event !== undefined && !target.at(0).effects.has(event.id)) world.rival(event.id);
  }
  /** somebody else uses our key: for the next nonce, or in place of something of ours that waits */
  function trespass(): void {
    const base = target.nonceOf(target.at(0), signer);
    const pooled = [...target.pool.values()].filter(({ sender }) => sender === signer).length;
    target.submit(txOf(signer, base + BigInt(random.between(0, pooled)), strangeFee, null, world.nextSerial()));
  }

  return {
    turn, mineSource,
    calm: () => {
      isCalm = true;
      target.stallFinality(false);
    },
  };
}
