/**
 * The long days of a signer on the parachain: a stranger who keeps using our key, money for headers but not for issues, a node
 * that is away until what was sent is over, and an upgrade while both lanes have something in the pool.
 */
import { afterEach, expect, test } from "vitest";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import type { Hex } from "../../src/core/values.ts";
import { until } from "../support/chains-story.ts";
import { doneBy, foreignRemark, hold, isGapless, plenty } from "../support/interbtc-account.ts";
import { rivalOf, told } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryOptions, InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { almostFinal, deliveryOf, inPool, pending, withoutHeaders } from "../support/interbtc-pending.ts";

const patienceMs = 120_000;

let stage: InterbtcGantryStage;
let rival: Rival;
const opened: { close(): Promise<void> }[] = [];
async function begin(options: InterbtcGantryOptions = {}): Promise<void> {
  stage = await startInterbtcGantry(options);
  opened.push({ close: () => stage.stop() });
  rival = await rivalOf(stage);
  opened.push(rival);
}
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

test("a stranger who takes more than three nonces in an hour halts the signer, with the hashes; after `resume` the issue is executed once", async () => {
  await begin({ edit: withoutHeaders });
  const gantry = await stage.gantry();
  const { issue, txid, nonce, from, sent } = await pending(stage, gantry, rival);
  const hashes: Hex[] = [];
  const ours = [sent];
  for (let taken = 0; taken < 4; taken += 1) {
    hashes.push(await foreignRemark(stage, nonce + taken));
    await stage.polkadot.mine(3);
    if (taken === 3) break;
    ours.push(await until("the next one of ours", async () => (await stage.polkadot.state()).ready.find((hash) => ![...ours, ...hashes].includes(hash)), patienceMs));
  }
  const [halt] = await until("the signer to be halted", async () => {
    const { halts } = await gantry.status();
    return halts.length > 0 ? halts : null;
  }, patienceMs);
  expect(halt).toMatchObject({ scope: { kind: "signer", name: "vault" }, code: "foreign-transactions" });
  for (const hash of hashes) expect(halt?.because).toContain(hash);
  await until("the halt to be in the metrics", async () => (await gantry.metric("halted", { code: "foreign-transactions" })) === 1);
  await stage.polkadot.mine(3);
  expect((await stage.polkadot.state()).ready).toEqual([]);
  expect(await stage.isExecuted(issue)).toBe(false);

  await stage.polkadot.stall(false);
  await gantry.order({ verb: "resume", subject: "signer:vault", because: "the other program is off", who: "tester" });
  await gantry.reaches(txid, "delivered");
  const done = await doneBy(stage, from);
  expect(done.map(({ call }) => call)).toEqual(["system.remark", "system.remark", "system.remark", "system.remark", "issue.executeIssue"]);
  expect(isGapless(done)).toBe(true);
});

test("money for headers, whose fee comes back, but not for an issue: headers go on, the issue waits and says what is missing", async () => {
  await begin();
  const gantry = await stage.gantry();
  await hold(stage, 0n);
  const { issue, txid } = await almostFinal(stage, rival);
  await stage.bitcoin.mine(1);
  await rival.relay.follow();
  const { lastError } = await gantry.waitsFor(txid, "insufficient-funds");
  const { costPlanck } = (lastError?.evidence ?? {}) as { readonly costPlanck?: string };
  const cost = BigInt(costPlanck ?? 0);
  expect(cost).toBeGreaterThan(0n);
  await hold(stage, cost - 1n);
  for (let block = 0; block < 3; block += 1) {
    await stage.bitcoin.mine(1);
    await told(stage);
  }
  expect(await gantry.waitsFor(txid, "insufficient-funds")).toMatchObject({ state: "proven", parked: null });
  expect(await stage.isExecuted(issue)).toBe(false);
  await hold(stage, plenty);
  expect((await gantry.reaches(txid, "delivered")).by).toBe("us");
});

test("a node that is away until what was sent is over and forgotten: new bytes in the same nonce, executed once", async () => {
  await begin({ edit: withoutHeaders });
  const gantry = await stage.gantry();
  const { issue, txid, nonce, from, sent } = await pending(stage, gantry, rival);
  await stage.polkadot.silence(true);
  await stage.polkadot.dropExtrinsic(sent, { banned: true });
  for (let blocks = 0; blocks < 80; blocks += 20) await stage.polkadot.mine(20);
  await stage.polkadot.silence(false);
  await stage.polkadot.cut();
  expect(await inPool(stage, [sent])).not.toBe(sent);
  await stage.polkadot.stall(false);
  await gantry.reaches(txid, "delivered");
  const done = await doneBy(stage, from);
  expect(done.map(({ call, nonce: used, issues }) => [call, used, issues])).toEqual([["issue.executeIssue", nonce, [issue.id]]]);
  // who finds the effect final before its own view says so leaves the slot to the signer
  const slots = await until("its slot to be spent", async () => {
    const found = (await deliveryOf(gantry, issue))?.slots ?? [];
    return found.length > 0 && found.every(({ state }) => state === "spent") ? found : null;
  }, patienceMs);
  expect(slots).toMatchObject([{ slot: String(nonce), state: "spent" }]);
  // what was signed while the node could not rehearse it is put off, and never sent
  expect(slots[0]?.attempts.filter(({ broadcasts }) => broadcasts > 0).map(({ hash }) => hash)).toEqual([sent, done[0]?.hash]);
});

test("a runtime upgrade while both lanes have something in the pool: each takes effect once, and no nonce is left out", async () => {
  await begin();
  const gantry = await stage.gantry();
  const { issue, txid } = await almostFinal(stage, rival);
  const from = (await stage.polkadot.state()).head.height;
  await stage.polkadot.stall(true);
  const [hash] = await stage.bitcoin.mine(1);
  await until("both to wait in the pool", async () => (await stage.polkadot.state()).ready.length === 2);
  await stage.polkadot.upgrade(upgradedRuntime);
  await stage.polkadot.stall(false);
  await gantry.reaches(txid, "delivered");
  await told(stage);
  await until("every nonce to be spent", async () => (await gantry.status()).signers.every(({ openSlots }) => openSlots === 0), patienceMs);
  const done = await doneBy(stage, from);
  expect(done.flatMap(({ issues }) => issues)).toEqual([issue.id]);
  expect(done.flatMap(({ headers }) => headers).filter((one) => one === hash)).toHaveLength(1);
  expect(isGapless(done)).toBe(true);
  expect((await gantry.status()).halts).toEqual([]);
});
