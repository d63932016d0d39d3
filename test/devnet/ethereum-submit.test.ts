import { Transaction } from "ethers";
import { describe, expect, it } from "vitest";
import type { SignedTx } from "../../src/core/delivery.ts";
import type { Hex } from "../../src/core/values.ts";
import { errorData, first, second, topicOf } from "../support/ethereum.ts";
import { attempt, effect, event, fees, refusal, useSubmitBench } from "../support/ethereum-submit.ts";
import type { Proof } from "../support/ethereum-submit.ts";
import type { Rewrite } from "../support/rpc-proxy.ts";

const { chain, open, proxyWith, sign, track } = useSubmitBench();

const ofRequest = (tx: SignedTx) => {
  const { maxFeePerGas, maxPriorityFeePerGas, gasLimit, nonce } = Transaction.from(tx.raw);
  return { max: maxFeePerGas ?? 0n, tip: maxPriorityFeePerGas ?? 0n, gasLimit, nonce };
};

describe("one transaction from signing to finality", () => {
  it("is missing, pending, included, final, and its fee is what the account paid", async () => {
    const setup = await open();
    await setup.submitter.rehearse(event, effect(1), chain().signal);
    const tx = await sign(setup, effect(1));
    expect(await track(setup, tx)).toEqual({ kind: "missing" });
    await setup.submitter.send(tx, chain().signal);
    expect(await track(setup, tx)).toEqual({ kind: "pending" });
    expect(await setup.submitter.floor(chain().signal)).toEqual({ next: tx.slot.slot + 1n, settled: false });
    const before = await chain().client.balance(first, "latest", chain().signal);
    await chain().mine();
    const included = await track(setup, tx);
    const block = await chain().client.blockBy("latest", chain().signal);
    const paid = before - (await chain().client.balance(first, "latest", chain().signal));
    expect(included).toMatchObject({ kind: "included", hash: tx.hash, ok: true, final: false, failure: null, feePaid: paid, block: { hash: block?.hash, height: block?.height } });
    expect(paid).toBeGreaterThan(0n);
    expect(paid).toBeLessThanOrEqual(tx.fee);
    expect(setup.meter.total("fees_spent_total")).toBe(0);
    await chain().mine(2);
    for (let again = 0; again < 3; again += 1) expect(await track(setup, tx)).toMatchObject({ kind: "included", final: true });
    expect(setup.meter.total("fees_spent_total")).toBeCloseTo(Number(paid) / 1e18, 12);
    expect(await setup.submitter.floor(chain().signal)).toEqual({ next: tx.slot.slot + 1n, settled: true });
  });

  it("can be sent again at any time: pending, mined and final bytes are no error", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    await setup.submitter.send(tx, chain().signal);
    await chain().mine();
    await setup.submitter.send(tx, chain().signal);
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: true });
  });

  it("gas is estimated with the fee fields and gets its margin", async () => {
    const proxy = await proxyWith((_call, ask) => ask());
    const setup = await open({ urls: { node: proxy.url } });
    const { gasLimit, max } = ofRequest(await sign(setup, effect(1)));
    const [question] = proxy.calls.filter(({ method }) => method === "eth_estimateGas").map(({ params }) => params[0] as { from: Hex; maxFeePerGas: string });
    expect(question?.from).toBe(first);
    expect(BigInt(question?.maxFeePerGas ?? 0)).toBe(max);
    const bare = await chain().client.estimateGas({ from: first, to: chain().contract, data: effect(1).data, maxFeePerGasWei: max, maxPriorityFeePerGasWei: 1n }, chain().signal);
    expect(gasLimit).toBe((bare * 120n + 99n) / 100n);
  });
});

describe("a nonce that is contested", () => {
  it("a bump raises both fees, goes out in the same nonce, and whichever is mined is found", async () => {
    const setup = await open();
    const slow = await sign(setup, effect(1));
    await setup.submitter.send(slow, chain().signal);
    const fast = await sign(setup, effect(1), slow);
    const [old, bumped] = [ofRequest(slow), ofRequest(fast)];
    expect(bumped.nonce).toBe(old.nonce);
    expect(bumped.max * 8n).toBeGreaterThanOrEqual(old.max * 9n);
    expect(bumped.tip * 8n).toBeGreaterThanOrEqual(old.tip * 9n);
    expect(fast.replaces).toBe(slow.hash);
    await setup.submitter.send(fast, chain().signal);
    await chain().mine();
    expect(await track(setup, slow, fast)).toMatchObject({ kind: "included", hash: fast.hash });
  });

  it("at the cap nothing is signed and the reason says so", async () => {
    const setup = await open();
    const slow = await sign(setup, effect(1));
    await setup.submitter.send(slow, chain().signal);
    const capped = await open({ fees: { ...fees, maxFeePerGasWei: ofRequest(slow).max } });
    expect(await refusal(sign(capped, effect(1), slow))).toMatchObject({ remedy: "Unavailable", code: "fee-cap" });
    const poor = await open({ fees: { ...fees, budgetWei: 1_000n } });
    expect(await refusal(sign(poor, effect(1)))).toMatchObject({ remedy: "Unavailable", code: "fee-cap" });
  });

  it("taken by a stranger's transaction it is 'taken', and final only when a final block shows it", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    // the same key used elsewhere, at a higher fee
    await chain().send("0x", { from: first, to: second, nonce: `0x${tx.slot.slot.toString(16)}`, maxFeePerGas: "0x2540be4000", maxPriorityFeePerGas: "0x2540be400" });
    await chain().mine();
    expect(await track(setup, tx)).toEqual({ kind: "taken", final: false, hash: null });
    await chain().mine(2);
    expect(await track(setup, tx)).toEqual({ kind: "taken", final: true, hash: null });
    expect(await setup.submitter.track(tx.slot, [], chain().signal)).toEqual({ kind: "taken", final: true, hash: null });
    await setup.submitter.send(tx, chain().signal);
  });

  it("an endpoint that forgets our transaction does not make it a stranger's", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    await chain().mine(4);
    const forgets: Rewrite = async (call, ask) => (["eth_getTransactionReceipt", "eth_getTransactionByHash"].includes(call.method) ? { result: null } : ask());
    const forgetful = await proxyWith(forgets);
    const both = await open({ urls: { forgetful: forgetful.url, node: chain().url } });
    expect(await refusal(track(both, tx))).toMatchObject({ remedy: "Unavailable", code: "endpoints-disagree" });
  });

  it("a fill is an empty transfer to ourselves that uses the nonce up", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    const fill = await setup.submitter.fill(tx.slot, attempt(tx), chain().signal);
    const parsed = Transaction.from(fill.raw);
    expect([fill.purpose, parsed.to?.toLowerCase(), parsed.value, parsed.data, parsed.gasLimit]).toEqual(["fill", first, 0n, "0x", 21_000n]);
    await setup.submitter.send(fill, chain().signal);
    await chain().mine();
    expect(await track(setup, tx, fill)).toMatchObject({ kind: "included", hash: fill.hash, ok: true });
  });

  it("another effect is not signed into a nonce that may be out already", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    expect(await refusal(setup.submitter.sign(event, effect(2), tx.slot, null, chain().signal))).toMatchObject({ remedy: "Unsafe", code: "nonce-handed-out" });
  });
});

describe("a reorg after inclusion", () => {
  it("the same bytes are missing or pending again, and take effect once when sent again", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included" });
    await chain().rpc("anvil_reorg", 1, []);
    expect(["missing", "pending"]).toContain((await track(setup, tx)).kind);
    await setup.submitter.send(tx, chain().signal);
    await chain().mine();
    const again = await track(setup, tx);
    expect(again).toMatchObject({ kind: "included", hash: tx.hash, ok: true });
    const from = (await chain().client.blockBy("latest", chain().signal))?.height ?? 0;
    const logs = await chain().client.logs({ addresses: [chain().contract], topics: [topicOf(1)], from: from - 2, to: from }, chain().signal);
    expect(logs).toHaveLength(1);
  });
});

describe("a contract that refuses", () => {
  it("gives its reason to the bridge's table before anything is signed", async () => {
    const setup = await open();
    const refused: Proof = { data: `0xff${errorData("Deposit already swept")}` };
    for (const work of [() => setup.submitter.rehearse(event, refused, chain().signal), () => sign(setup, refused)]) {
      expect(await refusal(work())).toMatchObject({ remedy: "Rejected", code: "test-reverted", evidence: { reason: "Deposit already swept" } });
    }
    expect(await refusal(setup.submitter.rehearse(event, { data: "0xff" }, chain().signal))).toMatchObject({ evidence: { reason: null, data: "0x" } });
  });

  it("after the static call: the mined failure is told with the reason of the state before it", async () => {
    const setup = await open();
    const gated: Proof = { data: `0xfe${errorData("gate closed")}` };
    const tx = await sign(setup, gated);
    await chain().send("0xfd");
    await chain().mine();
    await setup.submitter.send(tx, chain().signal);
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: false, final: false, failure: { code: "test-reverted", evidence: { reason: "gate closed" } } });
  });

  it("in the same block as what changed its mind: the failure says that something came first", async () => {
    const setup = await open();
    const tx = await sign(setup, { data: `0xfe${errorData("gate closed")}` });
    await setup.submitter.send(tx, chain().signal);
    await chain().send("0xfd", { maxFeePerGas: "0x2540be4000", maxPriorityFeePerGas: "0x2540be400" });
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: false, failure: { remedy: "Rejected", code: "transaction-failed" } });
  });
});
