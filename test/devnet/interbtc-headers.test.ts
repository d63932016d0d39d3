/** The header lane on a real bitcoind and the dev chain's light client. One story: each test goes on where the last one ended. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { createSyncFacts } from "../../src/app/interbtc-sync-facts.ts";
import { createClock } from "../../src/clock.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import type { Hex } from "../../src/core/values.ts";
import { stable, startInterbtc } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { composeHeaderRelay } from "../support/interbtc-headers.ts";
import type { HeaderRelayOptions, HeaderRelayParts } from "../support/interbtc-headers.ts";

let stage: InterbtcStage;
const opened: HeaderRelayParts[] = [];
const soon = { withinMs: 120_000, everyMs: 100 };

beforeAll(async () => {
  stage = await startInterbtc();
  await stage.polkadot.setBlocks({ everySeconds: 1, atOnce: true });
}, 240_000);
afterAll(() => stage.stop());
afterEach(async () => {
  for (const parts of opened.splice(0)) await parts.stop();
});

async function relaying(options: HeaderRelayOptions = {}): Promise<HeaderRelayParts> {
  const parts = await composeHeaderRelay(stage, options);
  opened.push(parts);
  parts.run();
  return parts;
}
const best = async (): Promise<Hex> => ((await stage.chain.read("btcRelay", "bestBlock")) as { readonly content: Hex }).content;
const caughtUp = (): Promise<unknown> => until("the light client to be at Bitcoin's tip", async () => (await best()) === (await stage.bitcoin.tip()).hash, soon);
const allFinal = (parts: HeaderRelayParts, least = 1): Promise<unknown> => until("all updates to be final", async () => {
  const open = await parts.updates("seen", "final", "proven", "sent", "included");
  return open.length === 0 && (await parts.updates("delivered")).length >= least;
}, soon);
/** What is said of the light client, with what our own watchers have of Bitcoin by then: they follow by themselves. */
async function told(parts: HeaderRelayParts, facts: object): Promise<void> {
  const reader = createSyncFacts({ lane: parts.lane.name, polkadot: parts.polkadot, ledger: parts.ledger, clock: createClock(), meter: parts.meter });
  await until("the facts", async () => {
    expect(await reader.read(new AbortController().signal)).toMatchObject(facts);
    return true;
  }, soon);
}
/** nonces of the transactions that made these updates, in the order of the updates */
async function noncesOf(parts: HeaderRelayParts, updates: readonly Delivery[]): Promise<readonly (bigint | undefined)[]> {
  const attempts = await Promise.all(updates.map(async ({ effectTx }) => (effectTx === null ? null : parts.ledger.attemptByHash(effectTx))));
  return attempts.map((found) => found?.slot.ref.slot);
}
const bySequence = (updates: readonly Delivery[]): readonly Delivery[] => updates.toSorted((a, b) => Number(a.id.split("-").at(-1)) - Number(b.id.split("-").at(-1)));
const isRising = (numbers: readonly (bigint | undefined)[]): boolean => numbers.every((one, at) => at === 0 || (one ?? 0n) === (numbers[at - 1] ?? 0n) + 1n);

describe("the header lane", () => {
  test("waits, and says so, while nobody has started the light client", async () => {
    const parts = await relaying();
    await until("the reason", async () => parts.sync.reason()?.code === "relay-not-initialised", soon);
    expect(await parts.updates("proven", "sent", "included", "delivered")).toEqual([]);
    expect(parts.log.lines.filter(({ fields }) => fields["code"] === "relay-not-initialised")).toHaveLength(1);
  });

  test("starts the light client where it is told to, and catches up from there in consecutive nonces", async () => {
    const { height } = await stage.bitcoin.tip();
    await stage.bitcoin.mine(40);
    const parts = await relaying({ initialiseAt: height });
    await caughtUp();
    await allFinal(parts, 11);
    const updates = bySequence(await parts.updates("delivered"));
    expect(updates.every(({ by }) => by === "us")).toBe(true);
    expect(isRising(await noncesOf(parts, updates))).toBe(true);
    expect(await parts.updates("parked", "abandoned", "orphaned")).toEqual([]);
    expect(await stage.chain.read("btcRelay", "startBlockHeight")).toBe(height);
    await told(parts, { isInitialised: true, lagBlocks: 0, lagMs: 0, otherForkSince: null, forks: [], blocking: null });
  }, 400_000);

  test("feeds a reorganised Bitcoin's new branch as a fork until the light client takes it for its own", async () => {
    const parts = await relaying();
    await caughtUp();
    const { dropped, added } = await stage.bitcoin.reorg(3);
    const { height } = await stage.bitcoin.tip();
    await told(parts, {
      forks: expect.arrayContaining([expect.objectContaining({ maxHeight: height, startHeight: height - added.length + 1 })]) as unknown, lagBlocks: added.length, blocking: { fork: { maxHeight: height } }, otherForkSince: expect.any(Number) as number,
    });
    expect(await best()).toBe(dropped.at(-1));
    await stage.bitcoin.mine(stable.bitcoin - 1);
    await caughtUp();
    await allFinal(parts);
    expect(await stage.chain.read("btcRelay", "chainsHashes", 0, (await stage.bitcoin.tip()).height)).toEqual({ content: (await stage.bitcoin.tip()).hash });
    expect(await parts.ledger.halts()).toEqual([]);
    await told(parts, { lagBlocks: 0, otherForkSince: null });
  }, 400_000);

  test("takes what a rival told first for done, before its own rehearsal and between that and sending", async () => {
    const rival = async (): Promise<void> => void (await stage.relay.follow());
    for (const moment of ["rehearse", "send"] as const) {
      const parts = await relaying({
        around: (submitter) => ({
          ...submitter,
          rehearse: async (...given) => {
            if (moment === "rehearse") await rival();
            return submitter.rehearse(...given);
          },
          send: async (...given) => {
            if (moment === "send") await rival();
            return submitter.send(...given);
          },
        }),
      });
      await stage.bitcoin.mine(1);
      await allFinal(parts);
      expect(await parts.updates("delivered")).toMatchObject([{ by: "other", effectTx: expect.stringMatching(/^0x/) as string }]);
      expect(parts.meter.total("fees_spent_total")).toBe(0);
      await parts.stop();
      opened.pop();
    }
    await caughtUp();
  }, 400_000);

  test("goes on in a new process with what the old one had planned", async () => {
    const parts = await composeHeaderRelay(stage);
    opened.push(parts);
    await stage.bitcoin.mine(5);
    const { signal } = new AbortController();
    const dead = AbortSignal.abort();
    // planned and durable, but the process ends before the first of them is worked on
    const { planned } = await parts.sync.turn(signal, dead);
    expect(planned).toHaveLength(2);
    parts.run();
    await caughtUp();
    await allFinal(parts, 2);
    expect(bySequence(await parts.updates("delivered")).map(({ id }) => id)).toEqual(planned);
  }, 400_000);

  test("leaves what is not deep enough alone", async () => {
    const parts = await relaying({ minDepth: 2 });
    const before = await best();
    const added = await stage.bitcoin.mine(5);
    await until("what is deep enough", async () => (await best()) === added[2], soon);
    await allFinal(parts);
    expect(await best()).not.toBe(before);
    expect(await best()).toBe(added[2]);
  }, 400_000);
});
