/**
 * What others owe a tBTC transfer, on real chains and production contracts: depositors their funding, guardians their judgement,
 * wallets a move of funds, maintainers its proof, governance its periods. `gantry show` says who must act, until when, and how it ended.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { roles } from "../../devnet/devnet.ts";
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import type { RedemptionRequest } from "../../devnet/tbtc/redeemer.ts";
import { lengthPrefixed } from "../../devnet/tbtc/scripts.ts";
import { createWallet } from "../../devnet/tbtc/wallet.ts";
import type { Wallet } from "../../devnet/tbtc/wallet.ts";
import { deployWatchtower } from "../../devnet/tbtc/watchtower.ts";
import type { Watchtower } from "../../devnet/tbtc/watchtower.ts";
import { outpointKey } from "../../src/bridges/tbtc/keys.ts";
import { depositTransfer, movedFundsTransfer, movingFundsTransfer, redemptionTransfer } from "../../src/bridges/tbtc/names.ts";
import { parseTx } from "../../src/chains/bitcoin/codec.ts";
import { concatHex } from "../../src/core/hex.ts";
import type { TransferReport } from "../../src/core/transfer.ts";
import type { Hex, TransferId } from "../../src/core/values.ts";
import { startStory, until } from "../support/chains-story.ts";
import type { Gantry, Story } from "../support/chains-story.ts";
import { createOthers, payAll, utxoOf } from "../support/tbtc-others.ts";
import type { Others } from "../support/tbtc-others.ts";

const day = 86_400;
const soon = { normalSeconds: 1, lateSeconds: 2 };
let story: Story;
let gantry: Gantry;
let watchtower: Watchtower;
let others: Others;
let next: Wallet;
/** one deposit whose funding is mined once, one that was revealed with a transaction nobody ever sent */
let waiting: { readonly txid: Hex; readonly id: TransferId };
let unfunded: TransferId;

beforeAll(async () => {
  story = await startStory();
  const { devnet } = story;
  others = createOthers(devnet);
  const guardians = [7, 8, 9].map((index) => devnet.ethereum.account(index));
  watchtower = await deployWatchtower({ ...devnet, guardians });
  next = createWallet({ ...devnet, label: "next wallet" });
  gantry = await story.gantry({
    change: (config) => {
      Object.assign(config.monitor.steps, { "tbtc.deposit.sweep": soon, "tbtc.redemption.payment": soon, "tbtc.moving-funds.proof-included": soon });
    },
  });
});
afterAll(() => story.stop());

const shown = async (id: TransferId): Promise<TransferReport | null> => (await gantry.show(id))?.transfers.find((one) => one.id === id) ?? null;
const becomes = (id: TransferId, what: string, yes: (report: TransferReport) => boolean): Promise<TransferReport> => {
  let last: TransferReport | null = null;
  return until(`${id} to be ${what}`, async () => {
    last = await shown(id);
    return last !== null && yes(last) ? last : null;
  }).catch((cause: unknown) => {
    throw new Error(`not ${what}: ${JSON.stringify(last?.explanation ?? last)}`, { cause });
  });
};
const held = (id: TransferId, cause: string, words: string) => becomes(id, `held up by ${cause}`, ({ explanation }) => explanation?.cause === cause && explanation.sentence.includes(words));
const at = (id: TransferId, step: string) => becomes(id, `at ${step}`, ({ explanation }) => explanation?.step === step);

let request: RedemptionRequest;
let redemption: TransferId;

test("a redemption's deadline is the Bridge's own, and moves when governance changes the period", async () => {
  const { devnet } = story;
  const { txid } = await story.sweep();
  await gantry.reaches(txid, "delivered");
  await newDeposits();
  const mainUtxo = await devnet.wallet.proved();
  if (mainUtxo === null) throw new Error("no main output");
  const outputScript = witnessScript(keyOf("a redeemer").publicKey);
  request = await devnet.redeemer.request({ redeemer: devnet.ethereum.account(4), amountSat: 1_000_000n, outputScript, walletPubKeyHash: devnet.wallet.pubKeyHash, mainUtxo });
  redemption = redemptionTransfer(request.key);
  const usual = await becomes(redemption, "with its deadline", ({ deadline }) => deadline !== null);
  const marginAt = usual.deadline?.at ?? 0;
  await others.govern("Redemption", { 4: 3 * day });
  const shorter = await becomes(redemption, "due two days earlier", ({ deadline }) => Math.abs((deadline?.at ?? 0) - (marginAt - 2 * day * 1_000)) < 60_000);
  expect(shorter.facts).not.toHaveProperty("about.periods");
});

/** The wallet leaves both alone. */
async function newDeposits(): Promise<void> {
  const { depositor, bitcoin, ethereum, wallet } = story.devnet;
  const wish = { depositor: ethereum.account(5), valueSat: 10_000_000n, walletPubKeyHash: wallet.pubKeyHash };
  const [ghost] = await depositor.fund([wish]);
  const [real] = await depositor.fund([wish]);
  if (ghost === undefined || real === undefined) throw new Error("no deposits");
  const { version, inputVector, outputVector } = ghost.funding.tx;
  const never = parseTx(concatHex(version, inputVector, outputVector, "0x01000000"));
  await depositor.reveal({ ...ghost, funding: { ...ghost.funding, tx: never } });
  await depositor.reveal(real);
  await bitcoin.mine(1);
  unfunded = depositTransfer(outpointKey({ txid: never.txid, index: 0 }));
  waiting = { txid: real.funding.tx.txid, id: depositTransfer(real.key) };
}

test("a deposit says whose turn it is: of whoever should have funded it, of Bitcoin, never of the wallet meanwhile", async () => {
  await held(unfunded, "user-has-not-paid", "knows no funding of it");
  await held(waiting.id, "source-not-final", "has 1 confirmation; wallets want 6");
  await story.devnet.bitcoin.reorg(1, { leaveOut: [waiting.txid] });
});

test("guardians object: the wallet is not blamed; with the third objection the redemption has ended, and says what becomes of the coins", async () => {
  const { devnet } = story;
  await held(redemption, "wallet-silent", "have not acted");
  const object = (index: number) => watchtower.object(devnet.ethereum.account(index), devnet.wallet.pubKeyHash, request.outputScript);
  await object(7);
  const once = await held(redemption, "redemption-objected", "A guardian has objected");
  expect(once.explanation).toMatchObject({ who: "user", evidence: { objections: 1, guardians: [devnet.ethereum.account(7)] } });
  await object(8);
  await held(redemption, "redemption-objected", "2 guardians have objected");
  await object(9);
  const over = await becomes(redemption, "vetoed", ({ state }) => state === "ended");
  expect(over).toMatchObject({ outcome: "cancelled", facts: { about: { because: expect.stringContaining("guardians vetoed it") as string } } });
});

test("a deposit whose funding a reorg dropped says so; once it is deep enough, it is the wallet that is silent", async () => {
  await held(waiting.id, "source-reorged-out", "waits to be mined again");
  await story.devnet.bitcoin.putBack([waiting.txid]);
  await story.devnet.bitcoin.mine(6);
  await held(waiting.id, "wallet-silent", "have not acted");
});

test("a wallet moves its funds: told to, chosen, moved, unproved for too long, proved; then the other wallet sweeps them", async () => {
  const { bitcoin, ethereum, tbtc, wallet } = story.devnet;
  const moving = movingFundsTransfer(wallet.pubKeyHash);
  const main = await wallet.proved();
  if (main === null) throw new Error("no main output");
  const utxo = utxoOf(main);
  await next.register();
  await others.govern("Wallet", { 3: 10n ** 12n });
  const anyone = ethereum.account(roles.stranger);
  await ethereum.transact(anyone, tbtc.bridge, "notifyWalletCloseable", [wallet.pubKeyHash, utxo]);
  const told = await at(moving, "move");
  expect(told.deadline?.text).toContain("the wallet is terminated");
  await ethereum.transact(anyone, tbtc.bridge, "submitMovingFundsCommitment", [wallet.pubKeyHash, utxo, [1], 1, [next.pubKeyHash]]);
  const move = await payAll(wallet, next.script, main);
  const [moveBlock] = await bitcoin.mine(6);
  const late = await held(moving, "proof-missing", "nobody has proved it");
  expect(late).toMatchObject({ explanation: { step: "proof-included", who: "relayer" }, facts: { about: { targets: [next.pubKeyHash] } } });

  await others.prove("submitMovingFundsProof", move.txid, moveBlock ?? "0x", main, wallet.pubKeyHash);
  expect(await becomes(moving, "ended", ({ state }) => state === "ended")).toMatchObject({ outcome: "completed" });
  const moved = movedFundsTransfer(outpointKey(move.coin.outpoint));
  const owed = await at(moved, "sweep");
  expect(owed).toMatchObject({ facts: { about: { wallet: next.pubKeyHash, from: wallet.pubKeyHash } } });
  expect(owed.deadline?.text).toContain("the wallet that got the funds is terminated");
  const sweep = await payAll(next, next.script, move.coin);
  const [sweepBlock] = await bitcoin.mine(6);
  await at(moved, "proof-included");
  await others.prove("submitMovedFundsSweepProof", sweep.txid, sweepBlock ?? "0x", null);
  expect(await becomes(moved, "ended", ({ state }) => state === "ended")).toMatchObject({ outcome: "completed" });
  next.rewind(sweep.coin);
});

test("a redemption that nobody pays is reported as timed out, and says what that means", async () => {
  const { devnet } = story;
  const mainUtxo = next.newest();
  if (mainUtxo === null) throw new Error("no main output");
  const outputScript = witnessScript(keyOf("another redeemer").publicKey);
  // whoever was vetoed is banned
  const redeemer = devnet.ethereum.account(6);
  await devnet.ethereum.transact(devnet.ethereum.account(4), devnet.tbtc.bank, "transferBalance", [redeemer, 1_000_000n]);
  const asked = await devnet.redeemer.request({ redeemer, amountSat: 1_000_000n, outputScript, walletPubKeyHash: next.pubKeyHash, mainUtxo });
  const id = redemptionTransfer(asked.key);
  await at(id, "payment");
  await devnet.ethereum.passTime(3 * day + 60);
  await becomes(id, "past its deadline", ({ deadline }) => deadline?.passed === true);
  await devnet.ethereum.transact(devnet.ethereum.account(roles.stranger), devnet.tbtc.bridge, "notifyRedemptionTimeout", [next.pubKeyHash, [1], lengthPrefixed(outputScript)]);
  expect(await becomes(id, "ended", ({ state }) => state === "ended")).toMatchObject({ outcome: "expired", facts: { about: { because: expect.stringContaining("reported as timed out") as string } } });
});

test("a start without Ethereum goes on with the periods it read last, and says so", async () => {
  const { ethereum } = story.devnet.servers;
  await gantry.stop();
  ethereum.freeze();
  try {
    gantry = await story.gantry({ timeoutMs: 1_500 });
    await until("the log to say which periods count", async () => gantry.said("deadlines are reckoned with those read last"));
    expect(await shown(waiting.id)).toMatchObject({ state: "open" });
  } finally {
    ethereum.thaw();
  }
});
