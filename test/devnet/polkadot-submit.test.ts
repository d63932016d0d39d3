import { describe, expect, it } from "vitest";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import { nativeBalance } from "../../src/chains/polkadot/balance.ts";
import type { PolkadotCall } from "../../src/chains/polkadot/runtime.ts";
import type { SignedTx } from "../../src/core/delivery.ts";
import type { Hex } from "../../src/core/values.ts";
import { batch, remark } from "../support/polkadot.ts";
import { attempt, event, fees, proofOf, refusal, usePolkadotBench } from "../support/polkadot-submit.ts";

const { chain, open, sign, send, track, signerOf } = usePolkadotBench();

const tipOf = (tx: SignedTx): bigint => BigInt((tx.detail as { tipPlanck: string }).tipPlanck);
const funds = async (account: Hex): Promise<bigint> => {
  const best = await chain().client.head("best", chain().signal);
  return (await nativeBalance(chain().client, account, best.hash, chain().signal))?.freePlanck ?? 0n;
};
/** only root may: BadOrigin for everybody else */
const forbidden: PolkadotCall = { pallet: "System", name: "set_heap_pages", args: { pages: "8" } };

describe("one extrinsic from signing to finality", () => {
  it("is missing, pending, included, final, and its fee is what the account paid", async () => {
    const setup = await open();
    await setup.submitter.rehearse(event, proofOf(remark("one")), chain().signal);
    const tx = await sign(setup, remark("one"));
    expect(await track(setup, tx)).toEqual({ kind: "missing" });
    const before = await funds(setup.signer.account);
    await send(setup, tx);
    expect(await track(setup, tx)).toEqual({ kind: "pending" });
    expect(await setup.submitter.floor(chain().signal)).toEqual({ next: tx.slot.slot + 1n, settled: false });
    const [block] = await chain().mine();
    const included = await track(setup, tx);
    const paid = before - (await funds(setup.signer.account));
    expect(included).toMatchObject({ kind: "included", hash: tx.hash, ok: true, final: false, failure: null, feePaid: paid, block: { hash: block?.hash, height: block?.height } });
    expect(paid).toBeGreaterThan(0n);
    expect(paid).toBeLessThanOrEqual(tx.fee);
    expect(setup.meter.total("fees_spent_total")).toBe(0);
    await chain().mine(2);
    for (let again = 0; again < 2; again += 1) expect(await track(setup, tx)).toMatchObject({ kind: "included", final: true });
    expect(setup.meter.total("fees_spent_total")).toBeCloseTo(Number(paid) / 1e10, 12);
    expect(await setup.submitter.floor(chain().signal)).toEqual({ next: tx.slot.slot + 1n, settled: true });
  });

  it("can be sent again at any time: pending, banned, mined and final bytes are no error", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("again"));
    for (let again = 0; again < 3; again += 1) await send(setup, tx);
    await chain().mine();
    await chain().setPool({ banMs: 0 });
    await send(setup, tx).catch((error: unknown) => expect(String(error)).toContain("banned"));
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: true });
  });

  it("goes out and is found although the first endpoint is away", async () => {
    const setup = await open({ urls: { away: "ws://127.0.0.1:1", node: chain().url } });
    const tx = await sign(setup, remark("one endpoint away"));
    await send(setup, tx);
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included", hash: tx.hash, ok: true });
  });

  it("can be sent again after its era, when its nonce is used for good", async () => {
    const setup = await open({ eraBlocks: 4 });
    const tx = await sign(setup, remark("long ago"));
    await send(setup, tx);
    await chain().mine(8);
    await send(setup, tx);
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: true, final: true });
  });

  it("that a reorg took out of its block is found where it is mined again, once", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("reorg"));
    await send(setup, tx);
    await chain().mine();
    const first = await track(setup, tx);
    await chain().reorg(1, { transactions: "pool" });
    expect(["pending", "included"]).toContain((await track(setup, tx)).kind);
    await chain().mine();
    const second = await track(setup, tx);
    expect(second).toMatchObject({ kind: "included", hash: tx.hash, ok: true });
    expect(first.kind === "included" && second.kind === "included" && first.block.hash !== second.block.hash).toBe(true);
  });
});

describe("a nonce that is contested", () => {
  it("a bump raises the tip, goes out in the same nonce, and whichever is mined is found", async () => {
    const setup = await open();
    const slow = await sign(setup, remark("bump"));
    await send(setup, slow);
    const fast = await sign(setup, remark("bump"), slow);
    expect(fast.slot).toEqual(slow.slot);
    expect(tipOf(fast)).toBeGreaterThan(tipOf(slow));
    expect(fast.replaces).toBe(slow.hash);
    await send(setup, fast);
    expect((await chain().state()).ready).toEqual([fast.hash]);
    await chain().mine();
    expect(await track(setup, slow, fast)).toMatchObject({ kind: "included", hash: fast.hash });
  });

  it("at the cap nothing is signed and the reason says so", async () => {
    const capped = await open({ fees: { ...fees, maxFeePlanck: 1_000n } });
    expect(await refusal(sign(capped, remark("cap")))).toMatchObject({ remedy: "Unavailable", code: "fee-cap" });
    expect(await refusal(capped.submitter.rehearse(event, proofOf(remark("cap")), chain().signal))).toMatchObject({ code: "fee-cap" });
  });

  it("taken by a stranger's extrinsic it is 'taken', and final only when a final block shows it", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("ours"));
    await send(setup, tx);
    const hash = await chain().put(await signerOf("//Bob"), remark("the same key elsewhere"), { nonce: tx.slot.slot, tipPlanck: 10n ** 9n });
    await chain().mine();
    expect(await track(setup, tx)).toEqual({ kind: "taken", final: false, hash: null });
    await chain().mine(12);
    expect(await track(setup, tx)).toEqual({ kind: "taken", final: true, hash });
    expect(await setup.submitter.track(tx.slot, [], chain().signal)).toEqual({ kind: "taken", final: true, hash });
    await chain().setPool({ banMs: 0 });
    await send(setup, tx);
  });

  it("a fill is an empty remark that uses the nonce up", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("filled"));
    await send(setup, tx);
    const fill = await setup.submitter.fill(tx.slot, attempt(tx), chain().signal);
    expect(fill.purpose).toBe("fill");
    await send(setup, fill);
    await chain().mine();
    expect(await track(setup, tx, fill)).toMatchObject({ kind: "included", hash: fill.hash, ok: true });
  });

  it("another effect is not signed into a nonce that may be out already", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("out"));
    await send(setup, tx);
    expect(await refusal(setup.submitter.sign(event, proofOf(remark("other")), tx.slot, null, chain().signal))).toMatchObject({ remedy: "Unsafe", code: "nonce-handed-out" });
  });
});

describe("an extrinsic that no block takes", () => {
  it("dropped from the pool is missing; after its era, once that is final, the same bytes are refused and new ones go out in the same nonce", async () => {
    const setup = await open({ eraBlocks: 4 });
    const tx = await sign(setup, remark("dropped"));
    await send(setup, tx);
    await chain().dropExtrinsic(tx.hash, { banned: true });
    expect(await track(setup, tx)).toEqual({ kind: "missing" });
    expect(await refusal(send(setup, tx))).toMatchObject({ remedy: "Unavailable", code: "extrinsic-banned" });
    const { birth, period } = tx.detail as { birth: number; period: number };
    const { head } = await chain().state();
    await chain().mine(birth + period - 1 - head.height);
    // over for the best block, but a reorg could still bring it
    expect(await track(setup, tx)).toEqual({ kind: "pending" });
    await chain().mine(2);
    expect(await track(setup, tx)).toEqual({ kind: "missing" });
    expect(await refusal(send(setup, tx))).toMatchObject({ remedy: "Rejected", code: "era-over" });
    const anew = await sign(setup, remark("dropped"), tx);
    expect([anew.slot, anew.replaces]).toEqual([tx.slot, tx.hash]);
    await send(setup, anew);
    await chain().mine();
    expect(await track(setup, tx, anew)).toMatchObject({ kind: "included", hash: anew.hash, ok: true });
  });

  it("of an account without money is not signed, and the message says what is missing", async () => {
    const poor = await open({ who: "//Nobody at all" });
    expect(await refusal(sign(poor, remark("poor")))).toMatchObject({ remedy: "Unavailable", code: "insufficient-funds", evidence: { freePlanck: "0" } });
  });

  it("refused by a full pool waits", async () => {
    const setup = await open();
    await chain().setPool({ ready: 1 });
    await chain().put(await signerOf("//Charlie"), remark("better"), { tipPlanck: 10n ** 9n });
    const tx = await sign(setup, remark("worse"));
    expect(await refusal(send(setup, tx))).toMatchObject({ remedy: "Unavailable", code: "pool-full" });
  });
});

describe("a call that fails", () => {
  it("is named by the runtime's metadata and judged by the bridge, before it costs anything where the node offers a dry run", async () => {
    const setup = await open();
    const tx = await sign(setup, forbidden);
    expect(await setup.submitter.rehearseSigned?.(tx, chain().signal)).toMatchObject({ code: "test-dispatch-failed", evidence: { name: "BadOrigin" } });
    expect(await setup.submitter.rehearseSigned?.(await sign(setup, remark("fine"), tx), chain().signal)).toBeNull();
    expect(await track(setup, tx)).toEqual({ kind: "missing" });
  });

  it("only in the block, because somebody else was first there, is told by the module's own name", async () => {
    const setup = await open({ who: "//Alice" });
    const { signer } = setup;
    // fine when asked alone; in the block //Alice is no sudo any more when the second one runs
    const first = await sign(setup, { pallet: "Sudo", name: "set_key", args: { new: (await signerOf("//Bob")).account } });
    await send(setup, first);
    const second = await setup.submitter.sign(event, proofOf({ pallet: "Sudo", name: "set_key", args: { new: signer.account } }), { signer: signer.name, slot: first.slot.slot + 1n }, null, chain().signal);
    await send(setup, second);
    await chain().mine();
    expect(await track(setup, first)).toMatchObject({ kind: "included", ok: true });
    expect(await track(setup, second)).toMatchObject({ kind: "included", ok: false, failure: { remedy: "Rejected", code: "test-dispatch-failed", evidence: { name: "Sudo.RequireSudo" } } });
    const back = await open();
    await send(back, await sign(back, { pallet: "Sudo", name: "set_key", args: { new: signer.account } }));
    await chain().mine();
  });

  it("that root has paused is refused before anything is signed, also inside a batch", async () => {
    const setup = await open();
    await chain().pause("Issue");
    const paused: PolkadotCall = { pallet: "Issue", name: "cancel_issue", args: { issueId: `0x${"11".repeat(32)}` } };
    for (const call of [paused, batch("batch", [remark("before"), paused])]) {
      expect(await refusal(setup.submitter.rehearse(event, proofOf(call), chain().signal))).toMatchObject({ code: "test-dispatch-failed", evidence: { name: "System.CallFiltered" } });
    }
    await chain().unpause("Issue");
    await setup.submitter.rehearse(event, proofOf(paused), chain().signal);
  });

  it("inside a batch that 'succeeded' is a failure", async () => {
    const setup = await open();
    const tx = await sign(setup, batch("batch", [remark("in a batch"), forbidden]));
    await send(setup, tx);
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: false, failure: { code: "test-dispatch-failed", evidence: { name: "BadOrigin" } } });
  });

  it("inside a sudo call that 'succeeded' is a failure", async () => {
    const setup = await open({ who: "//Alice" });
    // only a signed account may, and root is none
    const tx = await sign(setup, { pallet: "Sudo", name: "sudo", args: { call: remark("by root") } });
    await send(setup, tx);
    await chain().mine();
    const status = await track(setup, tx);
    expect(status).toMatchObject({ kind: "included", ok: false, failure: { code: "test-dispatch-failed", evidence: { name: "BadOrigin" } } });
  });

  it("that the runtime does not have, or has otherwise, stops the lane with the item's name", async () => {
    const setup = await open();
    expect(await refusal(setup.submitter.rehearse(event, proofOf({ pallet: "System", name: "remarks", args: {} }), chain().signal))).toMatchObject({ remedy: "Unsafe", code: "shape-changed", evidence: { item: "call System.remarks" } });
    const strict = await open({ needs: { calls: { "System.remark_with_event": { remark: "str" } } } });
    expect(await refusal(sign(strict, remark("strict")))).toMatchObject({ code: "shape-changed", evidence: { item: "call System.remark_with_event" } });
  });
});

describe("a runtime upgrade", () => {
  it("while an extrinsic is signed makes its bytes worthless; they are signed anew in the same nonce and count once", async () => {
    const setup = await open();
    const tx = await sign(setup, remark("across an upgrade"));
    await chain().upgrade(upgradedRuntime);
    await chain().mine();
    expect(await refusal(send(setup, tx))).toMatchObject({ remedy: "Rejected", code: "signature-refused" });
    const anew = await sign(setup, remark("across an upgrade"), tx);
    expect(anew.slot).toEqual(tx.slot);
    await send(setup, anew);
    await chain().mine();
    expect(await track(setup, tx, anew)).toMatchObject({ kind: "included", hash: anew.hash, ok: true });
  });
});
