/**
 * Gantry begins after a wallet's last transaction was proved: the transaction that spends it, paying nobody we know, is
 * found all the same, by the output named in the proof's call data or, where that call was wrapped, by the configured scan.
 */
import { afterEach, expect, test } from "vitest";
import type { Contract } from "../../devnet/ethereum.ts";
import { concatHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";

let story: Story;
afterEach(() => story.stop());

/** Forwards calldata[20:] to the address in calldata[0:20] and reverts when that does. */
const forwarderCode: Hex = concatHex(
  "0x602a600c600039602a6000f3", //                                 creation: returns the 42 bytes below
  "0x60143603", "0x8060146000", "0x37", //                         n = size - 20; memory[0..n] = calldata[20..]
  "0x60006000826000600060003560601c5af1", //                       call(gas, first 20 bytes, 0, 0, n, 0, 0)
  "0x3d600060003e", "0x602857", "0x3d6000fd", "0x5b00", //         its reason, when it fails
);
const stranger = "0x0014aabbccddeeff00112233445566778899aabbccdd";

/** Everything the wallet has goes to one redeemer: no change, so no output that a scan for the wallet's scripts would find. */
async function redeemAll(): Promise<Hex> {
  const { wallet, redeemer, ethereum, bitcoin } = story.devnet;
  const mainUtxo = await until("the sweep to be proved", () => wallet.proved());
  const request = await redeemer.request({ redeemer: ethereum.account(4), amountSat: mainUtxo.valueSat, outputScript: stranger, walletPubKeyHash: wallet.pubKeyHash, mainUtxo });
  const { tx, makes } = await wallet.redeem([request]);
  expect(makes).toBeNull();
  await bitcoin.mine(6);
  return tx.txid;
}

test("the last output is read from the call data of its proof, although its block is below the configured start", async () => {
  story = await startStory({ treasuryFees: false });
  const first = await story.gantry();
  const { txid } = await story.sweep();
  await first.reaches(txid, "delivered");
  await first.stop();
  await story.forget();

  const { height } = await story.devnet.bitcoin.tip();
  const late = await story.gantry({ change: ({ chains }) => void (chains.bitcoin !== undefined && (chains.bitcoin.startHeight = height + 1)) });
  await until("readiness", async () => (await late.ready()).ok);
  const spent = await redeemAll();
  expect(await late.reaches(spent, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await late.delivery(txid)).toBeNull();
  expect(await story.nonce()).toBe(2n);
  // what was spent a day of blocks ago is not watched any more; the wallet's two scripts are
  await story.devnet.bitcoin.mine(150);
  await until("nothing to be watched but the wallet's scripts", async () => (await late.metric("watches", { chain: "bitcoin" })) === 2);
});

test("the same when the redemption is mined before Gantry begins", async () => {
  story = await startStory({ treasuryFees: false });
  const first = await story.gantry();
  const { txid } = await story.sweep();
  await first.reaches(txid, "delivered");
  await first.stop();
  await story.forget();
  const { height } = await story.devnet.bitcoin.tip();
  const spent = await redeemAll();
  const late = await story.gantry({ change: ({ chains }) => void (chains.bitcoin !== undefined && (chains.bitcoin.startHeight = height + 1)) });
  expect(await late.reaches(spent, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.nonce()).toBe(2n);
});

test("a proof through another contract names no output: the scan from the configured start finds what spends it", async () => {
  story = await startStory({ treasuryFees: false });
  const { ethereum, tbtc, relayer } = story.devnet;
  const forwarder: Contract = await ethereum.deploy(ethereum.account(9), [], forwarderCode, []);
  await ethereum.transact(tbtc.governance, tbtc.bridge, "setSpvMaintainerStatus", [forwarder.address, true]);
  const proxy = await createRpcProxy(story.devnet.servers.ethereum.url);
  try {
    let wrapped = false;
    proxy.use(async ({ method, params }, ask) => {
      const [call] = params as readonly { readonly from?: Hex; readonly to: Hex; readonly data: Hex }[];
      if (!wrapped && method === "eth_call" && call?.from === relayer.address && call.to === tbtc.maintainerProxy.address) {
        wrapped = true;
        await ethereum.transactRaw(ethereum.account(9), { to: forwarder.address, data: concatHex(tbtc.bridge.address, call.data) });
      }
      return ask();
    });
    const first = await story.gantry({ ethereum: [{ name: "anvil", url: proxy.url }] });
    const { txid } = await story.sweep();
    expect(await first.reaches(txid, "delivered")).toMatchObject({ by: "other" });
    await first.stop();
  } finally {
    await proxy.close();
  }
  await story.forget();
  const spent = await redeemAll();
  const late = await story.gantry();
  expect(await late.reaches(spent, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.nonce()).toBe(1n);
});
