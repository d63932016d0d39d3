/**
 * A whole world from one number: two chains, a rival, strangers, people, faults, and the program dying and starting again.
 * Always: the same seed gives the same story; after the bad time comes a quiet one in which everything must end.
 * Never: real time, real chance.
 */
import { createCommands } from "../../src/commands.ts";
import type { Policy } from "../../src/core/policy.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import type { EventId } from "../../src/core/values.ts";
import { eventId, laneName, signerName } from "../../src/core/values.ts";
import { isActive } from "../../src/core/delivery.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import { createMemoryWakeQueue } from "../../src/queue/memory.ts";
import type { WakeQueue } from "../../src/ports.ts";
import { createRelay, wakeAll } from "../../relayer/relay.ts";
import { createWatch } from "../../watchers/watch.ts";
import { createTestClock } from "../support/clock.ts";
import type { FakeEvent } from "../support/fake-chain.ts";
import { createFakeChain } from "../support/fake-chain.ts";
import { createMemoryLog, createMemoryMeter } from "../support/quiet.ts";
import { createRandom } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import { createJudge } from "./judge.ts";
import type { Faults, Life } from "./life.ts";
import { calm, createLife } from "./life.ts";
import { createFakeSource } from "./source.ts";
import { createFakeLane, createFakeSubmitter, txOf } from "./target.ts";

export type Story = {
  readonly faults: Faults;
  readonly crashEveryS: number;
  readonly isReorging: boolean;
  readonly hasRival: boolean;
  readonly hasStranger: boolean;
  /** a stranger's transaction that was counted as pending may leave the pool: its nonce is then nobody's */
  readonly strangersVanish: boolean;
  readonly hasPeople: boolean;
  readonly refusesSecond: boolean;
  readonly reverts: number;
  readonly inclusion: number;
  readonly maxOpenSlots: number;
  readonly badMinutes: number;
  /** the watchers sleep through this many blocks once, longer than they walk back */
  readonly longSleep: boolean;
};

const bad: Faults = { rpc: 0.08, stall: 0.01, lie: 0.02, ledger: 0.02, queue: 0.1, badData: 0.05, maxLagBlocks: 2 };

/** What a seed is about: one in six calm, one in six only faults and deaths, the rest everything. */
function storyOf(seed: number, random: Random): Story {
  const kind = seed % 6;
  const everything = kind >= 2;
  return {
    faults: kind === 0 ? calm : bad,
    crashEveryS: kind === 0 ? 0 : random.between(60, 600),
    isReorging: everything, hasRival: everything && random.chance(0.7), hasStranger: everything && random.chance(0.4), strangersVanish: everything,
    hasPeople: everything && random.chance(0.6),
    refusesSecond: random.chance(0.6), reverts: everything ? 0.15 : 0, inclusion: kind === 0 ? 1 : (random.pick([0.2, 0.7, 0.9]) ?? 0.7),
    maxOpenSlots: random.between(1, 6), badMinutes: random.between(5, 15), longSleep: everything && random.chance(0.05),
  };
}

export type World = ReturnType<typeof createWorld>;
const lanes = [laneName("alpha"), laneName("beta")] as const;
export const signer = signerName("hot");

export function createWorld(seed: number, change: Partial<Story> = {}) {
  const random = createRandom(seed);
  const story: Story = { ...storyOf(seed, random), ...change };
  const clock = createTestClock();
  const begun = clock.now();
  const ledger = createMemoryLedger();
  const source = createFakeChain("bitcoin", 3, true, begun);
  const target = createFakeChain("ethereum", 3, story.refusesSecond, begun);
  const policy: Policy = { ...defaultPolicy("bitcoin", "ethereum"), maxWaitMs: 120_000, backoff: { baseMs: 1_000, capMs: 30_000 }, maxRedos: 4 };
  const judge = createJudge({ ledger, source, target, signer, policy, now: () => clock.now(), begun });
  const log = createMemoryLog();
  const meter = createMemoryMeter();
  let faults = story.faults;
  let isQuiet = false;
  let serial = 0;
  let life: Life | null = null;
  let queue: WakeQueue = createMemoryWakeQueue({ clock });

  const rival = (event: EventId): void => {
    serial += 1;
    const next = [...target.pool.values()].filter(({ sender }) => sender === "rival").length;
    target.submit(txOf("rival", target.nonceOf(target.at(0), "rival") + BigInt(next), 500n, event, serial));
  };

  function start(): void {
    const born = createLife(clock, random, () => faults);
    life = born;
    const memory = createMemoryWakeQueue({ clock: born.clock, log, meter });
    queue = { ...memory, wake: async (...args) => (random.chance(faults.queue) ? undefined : memory.wake(...args)) };
    const mortal = born.ledger(ledger);
    const parts = {
      life: born, source, target, signer, refusesSecond: story.refusesSecond, anchorDepth: 3, feeCap: 100_000n,
      reverts: () => !isQuiet && random.chance(story.reverts), onSend: judge.onSend,
      onRehearsed: (event: EventId) => {
        if (!isQuiet && story.hasRival && random.chance(0.2)) rival(event);
      },
    };
    const works = lanes.map((name) => ({ lane: createFakeLane(name, parts), submitter: createFakeSubmitter(parts), policy, maxOpenSlots: story.maxOpenSlots, concurrency: 2 }));
    const stepping = { ledger: mortal, clock: born.clock, log, meter };
    const relay = createRelay({ ...stepping, queue, lanes: works, auditEveryMs: 20_000 });
    const watches = [source, target].map((chain) => createWatch({
      ...stepping, source: createFakeSource(chain, born), pollMs: 5_000, auditEveryMs: 60_000, startHeight: async () => 0,
      onWoken: (woken) => wakeAll(woken.map((one) => ({ ...one, at: clock.now() })), { ...stepping, queue }),
    }));
    const unending = new AbortController().signal;
    for (const loop of [relay, ...watches]) loop.run(unending).catch((thrown: unknown) => judge.blame(`a loop ended: ${String(thrown)}`));
  }

  const commands = createCommands({
    ledger, clock, log, queue: { ...queue, wake: (...args) => queue.wake(...args) }, policyOf: () => policy,
    lanes: lanes.map((name) => ({ name, source: "bitcoin" as const, target: "ethereum" as const, signer })),
    scopes: [
      ...lanes.map((name) => ({ kind: "lane" as const, name })), { kind: "signer", name: signer },
      { kind: "chain", name: "bitcoin" }, { kind: "chain", name: "ethereum" },
    ],
    logLevels: ["info"], setLogLevel: () => undefined, causeOf: () => Promise.resolve(null),
  });

  const makeEvent = (): FakeEvent => {
    serial += 1;
    return { id: eventId(`e${serial}`), kind: `${random.chance(0.5) ? "effect" : "request"}:${random.pick(lanes) ?? "alpha"}`, payload: null };
  };

  async function isDone(): Promise<boolean> {
    const born = await ledger.find({});
    const open = await ledger.slots({ signer, open: true });
    const final = source.canonical.slice(1, source.finalHeight() + 1).flatMap(({ events }) => events);
    return final.every(({ id }) => born.some(({ event }) => event === id)) && born.every(({ state }) => !isActive(state)) && open.every(({ state }) => state === "reserved");
  }

  return {
    seed, story, random, clock, begun, ledger, source, target, policy, judge, log, commands, start, rival, makeEvent, isDone,
    kill: () => life?.kill(),
    /** the faults stop */
    quieten: () => {
      isQuiet = true;
      faults = calm;
    },
    nextSerial: () => (serial += 1),
  };
}
