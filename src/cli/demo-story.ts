/**
 * The story of the demo: a Polkadot chain that is followed, one interBTC issue, one tBTC deposit and one redemption, with
 * everybody's part in it. Always: each promise is checked on the chain itself (tokens, Bank balance, closed request), not in Gantry's words.
 * Never: a shortcut of Gantry's part; it sees only the chains.
 */
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import { roles } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import type { RedemptionRequest } from "../../devnet/tbtc/redeemer.ts";
import { until } from "../../devnet/until.ts";
import { createJsonRpc } from "../chains/json-rpc.ts";
import { toDisplay } from "../chains/bitcoin/order.ts";
import { unavailable } from "../core/errors.ts";
import type { Hex } from "../core/values.ts";
import type { DemoGantry } from "./demo-gantry.ts";
import type { DemoTx, Journal } from "./demo-journal.ts";

export type Stage = { readonly devnet: Devnet; readonly gantry: DemoGantry; readonly journal: Journal; readonly signal: AbortSignal };

const depositSat = 100_000_000n;
const redemptionSat = 40_000_000n;
const issueSat = 5_000_000n;
/** confirmations the dev chain asks of Bitcoin before it takes requests and proofs */
const stableBlocks = 3;
const seenWithinMs = 60_000;
const followedWithinMs = 180_000;

const bitcoinTx = (txid: Hex): DemoTx => ({ chain: "bitcoin", id: toDisplay(txid) });
const ethereumTx = (id: Hex): DemoTx => ({ chain: "ethereum", id });
const btc = (sat: bigint): string => `${(Number(sat) / 1e8).toFixed(8)} BTC`;

/** Gantry tells the parachain of Bitcoin's headers; a user pays bitcoin and gets tokens. */
export async function issue({ devnet, gantry, journal, signal }: Stage): Promise<void> {
  if (devnet.polkadot === null) return;
  const { user } = devnet.polkadot;
  const { start } = devnet;
  await journal.step("gantry", "tells the parachain of Bitcoin's headers", () => until("the parachain's light client to know Bitcoin's tip", async () => {
    const [known, tip] = [await user.knownBitcoinHeight(), await devnet.bitcoin.tip()];
    return known >= start.bitcoinHeight + stableBlocks && known >= tip.height - 1 ? known : null;
  }, { withinMs: followedWithinMs, everyMs: 100, signal }), (known) => ({ note: `up to block ${known}` }));
  const before = await user.tokensSat();
  const asked = await journal.step("user", `asks for ${btc(issueSat)} in tokens`, () => user.request(issueSat), ({ id }) => ({ note: `issue ${id.slice(0, 10)}…` }));
  const paid = await journal.step("user", `pays ${btc(asked.totalSat)} to the deposit address`, () => user.pay(asked), ({ tx }) => ({ txs: [bitcoinTx(tx.txid)] }));
  await gantry.follow(toDisplay(paid.tx.txid), journal, signal);
  await journal.step("parachain", "mints the tokens", () => until("the tokens to be there", async () => {
    const now = await user.tokensSat();
    return now > before ? now - before : null;
  }, { withinMs: seenWithinMs, signal }), (sat) => ({ note: `${btc(sat)} in tokens` }));
}

/** The dev chain makes blocks, some of them become final, and Gantry has read the very same ones. */
export async function followed({ devnet: { polkadot }, gantry, journal, signal }: Stage): Promise<void> {
  if (polkadot === null) return;
  const { server } = polkadot;
  const before = await server.state();
  const { head, final } = await journal.step("polkadot", "makes blocks", () => until("two more blocks", async () => {
    const now = await server.state();
    return now.head.height >= before.head.height + 2 && now.final.height > before.final.height ? now : null;
  }, { withinMs: seenWithinMs, everyMs: 100, signal }), (now) => ({ note: `block ${now.head.height}, final ${now.final.height}` }));
  await journal.step("gantry", "follows the Polkadot chain", async () => {
    const seen = await until("Gantry to know what is final", async () => {
      const read = await gantry.reads("polkadot", head.height, signal);
      return read.final.height >= final.height ? read : null;
    }, { withinMs: seenWithinMs, everyMs: 100, signal });
    const rpc = createJsonRpc({ name: server.name, url: server.rawUrl.replace(/^ws/u, "http"), timeoutMs: seenWithinMs });
    const there = await rpc.call("chain_getBlockHash", [seen.read.height], signal);
    if (there !== seen.read.hash) throw unavailable("demo-not-arrived", `Gantry has read block ${seen.read.height} as ${seen.read.hash}, but the chain has ${String(there)} there`);
    return seen;
  }, (seen) => ({ note: `block ${seen.read.height} read, final ${seen.final.height}` }));
}

/** The user's Bitcoin becomes a Bank balance on Ethereum. */
export async function deposit({ devnet, gantry, journal, signal }: Stage): Promise<void> {
  const { depositor, wallet, redeemer, ethereum } = devnet;
  const user = ethereum.account(roles.depositors[0]);
  const [paid] = await journal.step("depositor", `pays ${btc(depositSat)} to the deposit script`,
    () => depositor.fund([{ depositor: user, valueSat: depositSat, walletPubKeyHash: wallet.pubKeyHash }]),
    (found) => ({ txs: found.map(({ funding }) => bitcoinTx(funding.tx.txid)) }));
  if (paid === undefined) throw unavailable("demo-not-arrived", "the deposit was not paid");
  await journal.step("depositor", "reveals the deposit to the Bridge", () => depositor.reveal(paid), ({ transactionHash }) => ({ txs: [ethereumTx(transactionHash)] }));
  const sweep = await journal.step("wallet", "sweeps the deposit", () => wallet.sweep([paid]), ({ tx }) => ({ txs: [bitcoinTx(tx.txid)] }));
  await gantry.follow(toDisplay(sweep.tx.txid), journal, signal);
  await journal.step("bank", "credits the depositor",
    () => until("the Bank balance", async () => {
      const sat = await redeemer.balanceSat(user);
      return sat > 0n ? sat : null;
    }, { withinMs: seenWithinMs, signal }),
    (sat) => ({ note: btc(sat) }));
}

/** The Bank balance becomes Bitcoin again. */
export async function redemption({ devnet, gantry, journal, signal }: Stage): Promise<void> {
  const { redeemer, wallet, ethereum } = devnet;
  const user = ethereum.account(roles.depositors[0]);
  const mainUtxo = await wallet.proved();
  if (mainUtxo === null) throw unavailable("demo-not-arrived", "the Bridge does not know the wallet's main output although the sweep's proof arrived");
  const outputScript = witnessScript(keyOf("the redeemer's own wallet").publicKey);
  const requested = await journal.step("redeemer", `asks for ${btc(redemptionSat)} back`,
    () => redeemer.request({ redeemer: user, amountSat: redemptionSat, outputScript, walletPubKeyHash: wallet.pubKeyHash, mainUtxo }),
    ({ key }) => ({ note: `request ${key.slice(0, 10)}…` }));
  const payment = await journal.step("wallet", "pays the redeemer", () => wallet.redeem([requested]), ({ tx }) => ({ txs: [bitcoinTx(tx.txid)] }));
  await gantry.follow(toDisplay(payment.tx.txid), journal, signal);
  await journal.step("bridge", "closes the request", () => until("the request to be closed", () => isClosed(devnet, requested), { withinMs: seenWithinMs, signal }));
}

/** `requestedAt` is 0 once the Bridge has deleted the request. */
async function isClosed({ ethereum, tbtc }: Devnet, { key }: RedemptionRequest): Promise<boolean> {
  const [pending] = await ethereum.call(tbtc.bridge, "pendingRedemptions", [key]);
  return Array.isArray(pending) && BigInt(String(pending[4])) === 0n;
}
