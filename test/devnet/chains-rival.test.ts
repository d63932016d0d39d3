/**
 * A rival submits the same proof at the worst moments: the delivery ends delivered, by the other, without a try or a redo
 * spent, nothing parks, and our account's nonces go on without a gap.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { roles } from "../../devnet/devnet.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DeliveryReport } from "../../src/monitor/show.ts";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";
import type { ProxyCall, RpcProxy } from "../support/rpc-proxy.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";

type ProofCall = { readonly to: Hex; readonly data: Hex; readonly from?: Hex };

let story: Story;
let proxy: RpcProxy;
let gantry: Gantry;
beforeAll(async () => {
  // blocks come when something is sent or the test says so
  story = await startStory({ blocks: "each-transaction" });
  proxy = await createRpcProxy(story.devnet.servers.ethereum.url);
  gantry = await story.gantry({ ethereum: [{ name: "anvil", url: proxy.url }] });
  await story.devnet.ethereum.mine(3);
  await until("readiness", async () => (await gantry.ready()).ok);
});
beforeEach(() => proxy.use((_call, ask) => ask()));
afterAll(async () => {
  await proxy.close();
  await story.stop();
});

/** the proof inside a static call or an estimate of our account */
const proofIn = ({ method, params }: ProxyCall): ProofCall | null => {
  const [call] = params as readonly ProofCall[];
  const ours = call?.from === story.devnet.relayer.address && call.to === story.devnet.tbtc.maintainerProxy.address;
  return (method === "eth_call" || method === "eth_estimateGas") && ours ? call : null;
};
const rivalSends = async ({ to, data }: ProofCall): Promise<void> => {
  const { ethereum } = story.devnet;
  await ethereum.transactRaw(ethereum.account(roles.rival), { to, data });
};

/** The rival comes once, before (or after) the node answers the first call that `when` picks. */
function rivalAt(when: (call: ProxyCall) => boolean, moment: "before" | "after"): void {
  let proof: ProofCall | null = null;
  let came = false;
  proxy.use(async (call, ask) => {
    proof ??= proofIn(call);
    if (came || proof === null || !when(call)) return ask();
    came = true;
    if (moment === "before") await rivalSends(proof);
    const answer = await ask();
    if (moment === "after") await rivalSends(proof);
    return answer;
  });
}

const mineUntil = <T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> =>
  until(what, async () => {
    await story.devnet.ethereum.mine();
    return look();
  });
const ended = (txid: Hex): Promise<DeliveryReport> => mineUntil("the delivery to end", async () => {
  const now = await gantry.delivery(txid);
  return now?.state === "delivered" || now?.state === "parked" ? now : null;
});
const noOpenSlot = (): Promise<boolean> =>
  mineUntil("our slots to be over", async () => (await gantry.metric("signer_open_slots")) === 0 && (await gantry.metric("deliveries", { state: "delivered" })) > 0);

const byOther = { state: "delivered", by: "other", redos: 0, tries: 0, parked: null };

test("before our static call: nothing of ours is signed", async () => {
  const before = await story.nonce();
  rivalAt((call) => call.method === "eth_call" && proofIn(call) !== null, "before");
  const { txid, deposit } = await story.sweep();
  expect(await ended(txid)).toMatchObject({ ...byOther, slots: [] });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before);
});

test("between our estimate and our send: our bytes never go out, and the nonce they held is filled", async () => {
  const before = await story.nonce();
  rivalAt(({ method }) => method === "eth_estimateGas", "after");
  const { txid } = await story.sweep();
  expect(await ended(txid)).toMatchObject(byOther);
  await mineUntil("the nonce to be used", async () => (await story.nonce()) === before + 1n);
  await noOpenSlot();
  expect(await gantry.metric("submissions_total", { result: "sent" })).toBe(0);
});

test("while our bytes are on their way: ours fails on chain, which is nobody's failure, and the next sweep uses the next nonce", async () => {
  const before = await story.nonce();
  rivalAt(({ method }) => method === "eth_sendRawTransaction", "before");
  const { txid } = await story.sweep();
  expect(await ended(txid)).toMatchObject(byOther);
  expect(await story.nonce()).toBe(before + 1n);
  await noOpenSlot();
  proxy.use((_call, ask) => ask());
  const next = await story.sweep();
  expect(await ended(next.txid)).toMatchObject({ state: "delivered", by: "us", redos: 0 });
  expect(await story.nonce()).toBe(before + 2n);
});

test("included, not final: we wait for finality; a reorg takes the rival's away, and we deliver it ourselves", async () => {
  const before = await story.nonce();
  rivalAt((call) => call.method === "eth_call" && proofIn(call) !== null, "before");
  const { txid, deposit } = await story.sweep();
  expect(await gantry.waitsFor(txid, "target-not-final")).toMatchObject({ state: "included", by: "other" });
  await story.devnet.ethereum.reorg(1);
  expect(await story.isSwept(deposit)).toBe(false);
  expect(await ended(txid)).toMatchObject({ state: "delivered", by: "us", redos: 0, parked: null });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
});
