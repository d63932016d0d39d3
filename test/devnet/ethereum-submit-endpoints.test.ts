import { describe, expect, it } from "vitest";
import { first, topicOf } from "../support/ethereum.ts";
import { attempt, effect, event, refusal, useSubmitBench } from "../support/ethereum-submit.ts";

const { chain, open, proxyWith, sign, track } = useSubmitBench();

describe("endpoints in trouble", () => {
  it("one acceptance is enough while another endpoint stalls", async () => {
    const silent = await proxyWith(() => Promise.resolve(null));
    const setup = await open({ urls: { node: chain().url, silent: silent.url }, timeoutMs: 60_000 });
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal); // the test's own time limit is below the stalled call's
    await chain().mine();
    expect(await track(setup, tx)).toMatchObject({ kind: "included", ok: true });
  });

  it("when all stall, every call ends, and none claims to know", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    const silent = await proxyWith(() => Promise.resolve(null));
    const { submitter } = await open({ urls: { silent: silent.url }, timeoutMs: 200 });
    const calls = [
      submitter.rehearse(event, effect(1), chain().signal), submitter.floor(chain().signal), submitter.sign(event, effect(1), tx.slot, null, chain().signal),
      submitter.fill(tx.slot, null, chain().signal), submitter.send(tx, chain().signal), submitter.track(tx.slot, [attempt(tx)], chain().signal),
    ];
    for (const failure of await Promise.all(calls.map(refusal))) expect(failure.remedy).toBe("Unavailable");
  });

  it("what a node says about the transaction is told rather than that another was away", async () => {
    const setup = await open({ urls: { away: "http://127.0.0.1:9", node: chain().url } });
    const tx = await sign(setup, effect(1));
    await chain().rpc("anvil_setBalance", first, "0x1");
    expect(await refusal(setup.submitter.send(tx, chain().signal))).toMatchObject({ remedy: "Unavailable", code: "insufficient-funds" });
  });

  it("an endpoint that went over to another chain is passed over", async () => {
    const strange = await proxyWith(async (call, ask) => (call.method === "eth_chainId" ? { result: "0x1" } : ask()));
    const alone = await open({ urls: { strange: strange.url } });
    expect((await refusal(sign(alone, effect(1)))).code).toBe("endpoint-on-another-chain");
    expect((await sign(await open({ urls: { strange: strange.url, node: chain().url } }), effect(1))).purpose).toBe("effect");
  });

  it("without the state of the final block nonces are still handed out, but nothing is called settled", async () => {
    const pruned = await proxyWith(async (call, ask) =>
      call.method === "eth_getTransactionCount" && call.params[1] === "finalized" ? { error: { code: -32000, message: "missing trie node 3ea0 (path )" } } : ask());
    const { submitter } = await open({ urls: { pruned: pruned.url } });
    expect(await submitter.floor(chain().signal)).toEqual({ next: await chain().client.nonce(first, "latest", chain().signal), settled: false });
  });

  it("a receipt in a block that is not canonical is not an inclusion", async () => {
    const setup = await open();
    const tx = await sign(setup, effect(1));
    await setup.submitter.send(tx, chain().signal);
    await chain().mine();
    const torn = await proxyWith(async (call, ask) => {
      const answer = await ask();
      return call.method === "eth_getTransactionReceipt" && "result" in answer && answer.result !== null
        ? { result: { ...answer.result, blockHash: topicOf(3) } }
        : answer;
    });
    const { submitter } = await open({ urls: { torn: torn.url } });
    expect((await refusal(submitter.track(tx.slot, [attempt(tx)], chain().signal))).remedy).toBe("Unavailable");
  });
});
