/**
 * Proofs of one wallet go in the order of its transactions; what can never be proved parks with its reason and holds up only
 * what spends its outputs; other wallets go on. Refunds that fail are kept as facts.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDepositor, noVault } from "../../devnet/tbtc/depositor.ts";
import { createWallet } from "../../devnet/tbtc/wallet.ts";
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
let gantry: Gantry;
beforeAll(async () => {
  story = await startStory({ poolWei: 0n, treasuryFees: false });
  gantry = await story.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(() => story.stop());

const because = { because: "to hold back the first proof", who: "test" };
const deliveredByUs = { by: "us", redos: 0 };

test("a second sweep waits for the first one's proof, by name, and follows it", async () => {
  const before = await story.nonce();
  const { bitcoin } = story.devnet;
  const first = await story.sweep(5);
  await gantry.reaches(first.txid, "seen");
  expect(await gantry.order({ verb: "park", subject: (await gantry.delivery(first.txid))?.id ?? "", ...because })).toMatchObject({ done: true });
  const second = await story.sweep();
  await bitcoin.mine();
  const waiting = await gantry.waitsFor(second.txid, "main-utxo-not-mine");
  expect(waiting).toMatchObject({ state: "final", slots: [], redos: 0 });
  expect(JSON.stringify(waiting.wait?.for)).toContain("tbtc:proof:");
  await until("the parked one to be shown", async () => (await gantry.metric("deliveries_parked")) === 1);
  expect(await story.nonce()).toBe(before);

  expect(await gantry.order({ verb: "resume", subject: (await gantry.delivery(first.txid))?.id ?? "", ...because })).toMatchObject({ done: true });
  expect(await gantry.reaches(second.txid, "delivered")).toMatchObject(deliveredByUs);
  expect(await gantry.reaches(first.txid, "delivered")).toMatchObject(deliveredByUs);
  expect(await story.nonce()).toBe(before + 2n);
});

test("a refund that the pool could not pay leaves the proof valid and is shown as a fact", async () => {
  const { txid } = await story.sweep();
  const { effectTx } = await gantry.reaches(txid, "delivered");
  const fact = await until("the fact", async () => (await gantry.show(toDisplay(txid)))?.events.find(({ kind }) => kind === "tbtc-refund-failed"));
  expect(fact.payload).toMatchObject({ tx: effectTx, receiver: story.devnet.relayer.address });
});

/** A wallet of its own; its sweep of one deposit for each of these vaults, mined and final. */
async function anotherWallet(label: string): Promise<(...vaults: readonly Hex[]) => Promise<Hex>> {
  const { bitcoin, ethereum, tbtc } = story.devnet;
  const parties = { bitcoin, ethereum, tbtc };
  const wallet = createWallet({ ...parties, label });
  await wallet.register();
  const depositor = createDepositor(parties);
  return async (...vaults) => {
    const wishes = vaults.map((vault) => ({ depositor: ethereum.account(5), valueSat: 20_000_000n, walletPubKeyHash: wallet.pubKeyHash, vault }));
    const deposits = await depositor.fund(wishes);
    for (const deposit of deposits) await depositor.reveal(deposit);
    await bitcoin.mine();
    const { tx } = await wallet.sweep(deposits);
    await bitcoin.mine(6);
    return tx.txid;
  };
}

test("a redemption that pays what nobody requested parks with its reason; its follow-up waits, another wallet goes on", async () => {
  const before = await story.nonce();
  const { bitcoin, wallet } = story.devnet;
  const made = await until("the main UTXO to be proved", () => wallet.proved());
  const unasked = {
    key: "0x" as Hex, redeemer: "0x" as Hex, outputScript: witnessScript(keyOf("nobody").publicKey), requestedSat: 5_000_000n, treasuryFeeSat: 0n, txMaxFeeSat: 0n,
  };
  expect(wallet.newest()).toEqual(made);
  const { tx } = await wallet.redeem([unasked]);
  await bitcoin.mine(6);
  const parked = await gantry.reaches(tx.txid, "parked");
  expect(parked.parked).toMatchObject({ from: "final", code: "tbtc-output-not-requested", evidence: { script: unasked.outputScript } });
  const followUp = await story.sweep();
  expect(await gantry.waitsFor(followUp.txid, "main-utxo-not-mine")).toMatchObject({ state: "final", slots: [] });
  const sweepOfOther = await anotherWallet("another wallet");
  expect(await gantry.reaches(await sweepOfOther(noVault), "delivered")).toMatchObject(deliveredByUs);
  expect(await story.nonce()).toBe(before + 1n);
  await until("the parked one to be shown", async () => (await gantry.metric("deliveries_parked", { code: "tbtc-output-not-requested" })) === 1);
  expect(await gantry.waitsFor(followUp.txid, "main-utxo-not-mine")).toMatchObject({ state: "final" });
});

test("a sweep of deposits for different vaults parks with its reason, and only that wallet's next sweep waits", async () => {
  const before = await story.nonce();
  const { ethereum, tbtc } = story.devnet;
  const vault = ethereum.account(9);
  await ethereum.transact(tbtc.governance, tbtc.bridge, "setVaultStatus", [vault, true]);
  const sweep = await anotherWallet("a wallet with two vaults");
  const mixed = await sweep(noVault, vault);
  expect((await gantry.reaches(mixed, "parked")).parked).toMatchObject({ code: "tbtc-vaults-differ", evidence: { vaults: [noVault, vault] } });
  expect(await gantry.waitsFor(await sweep(noVault), "main-utxo-not-mine")).toMatchObject({ state: "final", slots: [] });
  const sweepOfOther = await anotherWallet("a third wallet");
  expect(await gantry.reaches(await sweepOfOther(noVault, noVault), "delivered")).toMatchObject(deliveredByUs);
  expect(await story.nonce()).toBe(before + 1n);
});
