/**
 * Every kind of false proof, sent to the real runtime as a transaction: what it is refused with, by the name in the metadata.
 * Always: the true proof beside it is accepted, so that it is the falsehood that was refused.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keyOf, paymentOf, witnessScript } from "../../devnet/bitcoin.ts";
import type { SentTx } from "../../devnet/bitcoin.ts";
import { eventIn } from "../../devnet/interbtc/chain.ts";
import { askIssue, askRedeem, executeIssue, executeRedeem, idOutput, requestIssue, requestRedeem, wrappedOf } from "../../devnet/interbtc/parties.ts";
import type { Issue, Redeem, Vault } from "../../devnet/interbtc/parties.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import type { FullTransactionProof, MerkleProof, PartialTransactionProof, ProofTransaction } from "../../devnet/interbtc/proof.ts";
import { merkleTree } from "../../src/chains/bitcoin/merkle.ts";
import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { elsewhere, issued, stable, startWithVault } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";

let stage: InterbtcStage;
let vault: Vault;
beforeAll(async () => {
  ({ stage, vault } = await startWithVault());
});
afterAll(() => stage.stop());

const amountSat = 1_000_000n;
const user = keyOf("interbtc user");
const nowhere: Hex = `0x${"5a".repeat(32)}`;
const request = (sat = amountSat): Promise<Issue> => requestIssue(stage.chain, "//Charlie", vault, sat);
const pay = (script: Hex, valueSat: bigint): Promise<SentTx> => stage.bitcoin.pay([{ script, valueSat }]);
const issueBy = async (who: string, { id }: { readonly id: Hex }, proof: FullTransactionProof): Promise<string | null> => (await executeIssue(stage.chain, who, id, proof)).failure;
const redeemed = async ({ id }: { readonly id: Hex }, proof: FullTransactionProof): Promise<string | null> => (await executeRedeem(stage.chain, "//Eve", id, proof)).failure;

type Part = "userTxProof" | "coinbaseProof";
const change = (proof: FullTransactionProof, part: Part, with_: Partial<PartialTransactionProof>): FullTransactionProof => ({ ...proof, [part]: { ...proof[part], ...with_ } });
const tree = (proof: FullTransactionProof, part: Part, with_: Partial<MerkleProof>): FullTransactionProof => change(proof, part, { merkleProof: { ...proof[part].merkleProof, ...with_ } });
const paid = (proof: FullTransactionProof, with_: Partial<ProofTransaction>): FullTransactionProof => change(proof, "userTxProof", { transaction: { ...proof.userTxProof.transaction, ...with_ } });
const inBlock = (proof: FullTransactionProof, part: Part, content: Hex): FullTransactionProof =>
  tree(proof, part, { blockHeader: { ...proof[part].merkleProof.blockHeader, hash: { content } } });
const inOther = (proof: FullTransactionProof, content: Hex): FullTransactionProof => inBlock(inBlock(proof, "userTxProof", content), "coinbaseProof", content);

/** The inner nodes right below the root, shown as a block of two transactions. */
function shallow(block: BitcoinBlock): Partial<MerkleProof> {
  const below = merkleTree(block.txs).levels.at(-2) ?? Buffer.alloc(64);
  const node = (at: number): { readonly content: Hex } => ({ content: hexOf(below.subarray(at * 32, at * 32 + 32)) });
  return { flagBits: [true, true, false], transactionsCount: 2, hashes: [node(0), node(1)] };
}

describe("a proof whose parts are false", () => {
  let issue: Issue;
  let block: BitcoinBlock;
  let other: BitcoinBlock;
  let proof: FullTransactionProof;
  beforeAll(async () => {
    issue = await request();
    const sent: SentTx[] = [await pay(issue.script, issue.totalSat)];
    while (sent.length < 5) sent.push(await pay(elsewhere, 5_000n));
    const [hash = nowhere, next = nowhere] = await stage.relay.mine(stable.bitcoin + 1);
    await stage.polkadot.mine(stable.polkadot);
    [block, other] = [await stage.relay.block(hash), await stage.relay.block(next)];
    proof = fullProof(block, sent[0]?.tx.txid ?? nowhere);
  });

  test("its Merkle path must lead to the root of the block it names", async () => {
    const { hashes, flagBits } = proof.userTxProof.merkleProof;
    const wrongPath = tree(proof, "userTxProof", { hashes: hashes.map((one) => (one.content === proof.coinbaseProof.merkleProof.hashes[0]?.content ? { content: nowhere } : one)) });
    expect(wrongPath).not.toEqual(proof);
    expect(await issueBy("//Eve", issue, wrongPath)).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, inOther(proof, other.header.hash))).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, inBlock(proof, "userTxProof", other.header.hash))).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, inOther(proof, nowhere))).toBe("BTCRelay.BlockNotFound");
    expect(await issueBy("//Eve", issue, tree(proof, "userTxProof", { flagBits: [false], hashes: [{ content: block.header.merkleRoot }] }))).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, tree(proof, "userTxProof", { flagBits: flagBits.slice(0, -1) }))).toBe("BTCRelay.EndOfFile");
  });

  test("every hash and bit is used, and no block has so many transactions", async () => {
    const { hashes, flagBits } = proof.userTxProof.merkleProof;
    const malformed: readonly Partial<MerkleProof>[] = [
      { hashes: hashes.slice(0, -1) },
      { hashes: [...hashes, { content: nowhere }], flagBits: [...flagBits, false] },
      { flagBits: [...flagBits, ...Array.from({ length: 8 }, () => false)] },
      { flagBits: flagBits.slice(0, hashes.length - 1) },
      { transactionsCount: 0 },
      { transactionsCount: 16_667 },
    ];
    for (const one of malformed) expect(await issueBy("//Eve", issue, tree(proof, "userTxProof", one)), JSON.stringify(one)).toBe("BTCRelay.MalformedMerkleProof");
  });

  test("the coinbase pins the depth of the tree", async () => {
    const second = fullProof(block, block.txs[1]?.txid ?? nowhere).userTxProof;
    expect(await issueBy("//Eve", issue, { ...proof, coinbaseProof: second })).toBe("BTCRelay.InvalidCoinbasePosition");
    const flat = fullProof(other, other.txs[0]?.txid ?? nowhere);
    expect(flat.coinbaseProof.merkleProof.transactionsCount).toBe(1);
    expect(await issueBy("//Eve", issue, { ...proof, coinbaseProof: flat.coinbaseProof })).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, inBlock({ ...proof, coinbaseProof: flat.coinbaseProof }, "coinbaseProof", block.header.hash))).toBe("BTCRelay.InvalidMerkleProof");
    expect(await issueBy("//Eve", issue, tree(proof, "coinbaseProof", shallow(block)))).toBe("BTCRelay.InvalidTxid");
    const [input] = proof.coinbaseProof.transaction.inputs;
    if (input === undefined) throw new Error("a coinbase has an input");
    const disguised: ProofTransaction = { ...proof.coinbaseProof.transaction, inputs: [{ ...input, source: { FromOutput: [{ content: `0x${"00".repeat(32)}` }, 0xffffffff] } }] };
    expect(await issueBy("//Eve", issue, change(proof, "coinbaseProof", { transaction: disguised }))).toBe("BTCRelay.InvalidMerkleProof");
  });

  test("the transaction is the one whose id is proved, to the last byte that is hashed", async () => {
    const { transaction, txEncodedLen } = proof.userTxProof;
    const altered: readonly Partial<ProofTransaction>[] = [
      { version: transaction.version + 1 },
      { lockAt: { BlockHeight: 1 } },
      { inputs: transaction.inputs.map((input) => ({ ...input, script: "0x00" as const })) },
      { inputs: transaction.inputs.map((input) => ({ ...input, sequence: 0 })) },
      { outputs: transaction.outputs.map((output) => ({ ...output, value: output.value + 1n })) },
      { outputs: transaction.outputs.toReversed() },
    ];
    // longer than true, so that only the id can be wrong
    for (const one of altered) expect(await issueBy("//Eve", issue, change(paid(proof, one), "userTxProof", { transaction: { ...transaction, ...one }, txEncodedLen: txEncodedLen + 9 })), Object.keys(one)[0]).toBe("BTCRelay.InvalidTxid");
    expect(await issueBy("//Eve", issue, tree(proof, "userTxProof", fullProof(block, block.txs[2]?.txid ?? nowhere).userTxProof.merkleProof))).toBe("BTCRelay.InvalidTxid");
    for (const part of ["userTxProof", "coinbaseProof"] as const) {
      expect(await issueBy("//Eve", issue, change(proof, part, { txEncodedLen: proof[part].txEncodedLen - 1 }))).toBe("BTCRelay.BoundExceeded");
    }
  });

  test("what is not hashed proves nothing and spoils nothing: witness, the header's other fields", async () => {
    const { transaction, merkleProof } = proof.userTxProof;
    const witnessed = paid(proof, { inputs: transaction.inputs.map((input) => ({ ...input, witness: ["0xdeadbeef" as const] })) });
    const odd = tree(witnessed, "userTxProof", { blockHeader: { ...merkleProof.blockHeader, nonce: 7, timestamp: 7, merkleRoot: { content: nowhere } } });
    expect(await issueBy("//Eve", { id: nowhere }, proof)).toBe("Issue.IssueIdNotFound");
    expect(await issueBy("//Eve", issue, odd)).toBeNull();
    expect(await issueBy("//Eve", issue, proof)).toBe("Issue.IssueCompleted");
  });
});

describe("a true proof of the wrong payment for an issue", () => {
  test("the deposit address must be paid, and the first output to it counts", async () => {
    const issue = await request();
    const { script, totalSat } = issue;
    const split = stage.bitcoin.pay([{ script, valueSat: 1_000n }, { script, valueSat: totalSat }]);
    const [unpaid, twice] = await stage.settledAll([await pay(elsewhere, totalSat), await split]);
    if (unpaid === undefined || twice === undefined) throw new Error("two payments have two proofs");
    expect(await issueBy("//Charlie", issue, unpaid)).toBe("BTCRelay.MalformedTransaction");
    expect(await issueBy("//Eve", issue, twice)).toBe("Issue.InvalidExecutor");
  });

  test("too little is for the requester alone to settle for", async () => {
    const issue = await request();
    const before = await wrappedOf(stage.chain, "//Charlie");
    const proof = await stage.settled(await pay(issue.script, issue.totalSat / 4n));
    expect(await issueBy("//Eve", issue, proof)).toBe("Issue.InvalidExecutor");
    const outcome = await executeIssue(stage.chain, "//Charlie", issue.id, proof);
    expect(eventIn(outcome, "Issue.IssueAmountChange")).toMatchObject({ issueId: issue.id, amount: "249625", fee: "375" });
    expect((await wrappedOf(stage.chain, "//Charlie")).freeSat - before.freeSat).toBe(249_625n);
  });

  test("requests below dust or beyond the vault's collateral are not taken", async () => {
    expect((await askIssue(stage.chain, "//Charlie", vault, 999n)).failure).toBe("Issue.AmountBelowDustAmount");
    expect((await askIssue(stage.chain, "//Charlie", vault, 40_000_000n)).failure).toBe("VaultRegistry.ExceedingVaultLimit");
  });
});

describe("too early", () => {
  const setParachainConfirmations = async (blocks: number): Promise<void> => {
    const key = stage.chain.api.query["btcRelay"]?.["stableParachainConfirmations"]?.key() ?? "0x";
    const value = Buffer.alloc(4);
    value.writeUInt32LE(blocks);
    await stage.chain.sudo(stage.chain.call("system", "setStorage", [[key, hexOf(value)]]));
  };

  test("each clock holds a proof up on its own", async () => {
    const { chain, polkadot, relay } = stage;
    await setParachainConfirmations(30);
    const issue = await request();
    const proof = await stage.mined(await pay(issue.script, issue.totalSat));
    await polkadot.mine(31);
    expect(await issueBy("//Eve", issue, proof)).toBe("BTCRelay.BitcoinConfirmations");
    await relay.mine(stable.bitcoin - 2);
    expect(await issueBy("//Eve", issue, proof)).toBe("BTCRelay.BitcoinConfirmations");
    const late = await request();
    const lateProof = await stage.mined(await pay(late.script, late.totalSat));
    await relay.mine(stable.bitcoin);
    expect(await issueBy("//Eve", late, lateProof)).toBe("BTCRelay.ParachainConfirmations");
    await setParachainConfirmations(stable.polkadot);
    for (const [one, its] of [[issue, proof], [late, lateProof]] as const) expect(eventIn(await executeIssue(chain, "//Eve", one.id, its), "Issue.ExecuteIssue")).toMatchObject({ issueId: one.id });
  });
});

describe("a true proof of the wrong payment for a redeem", () => {
  let redeem: Redeem;
  beforeAll(async () => {
    await issued(stage, vault, 5n * amountSat);
    redeem = await requestRedeem(stage.chain, "//Charlie", vault, amountSat, user);
  });

  test("only exactly the amount, to the redeemer, with the id, and nothing odd beside", async () => {
    const { id, script, amountSat: exact } = redeem;
    const carried = idOutput(id);
    const due = { script, valueSat: exact };
    const wrong: readonly (readonly [string, readonly { readonly script: Hex; readonly valueSat: bigint }[]])[] = [
      ["InvalidPaymentAmount", [{ script, valueSat: exact - 1n }, carried]],
      ["InvalidPaymentAmount", [{ script, valueSat: exact + 1n }, carried]],
      ["InvalidPayment", [due, idOutput(nowhere)]],
      ["InvalidPayment", [{ script: elsewhere, valueSat: exact }, carried]],
      ["InvalidOpReturnTransaction", [due]],
      ["InvalidOpReturnTransaction", [due, { script: elsewhere, valueSat: 5_000n }, carried]],
      ["InvalidOpReturnTransaction", [due, { script: `0x6a1f${id.slice(4)}`, valueSat: 0n }]],
      ["InvalidOpReturnTransaction", [due, { script: `0x6a21${id.slice(2)}00`, valueSat: 0n }]],
    ];
    const sent: SentTx[] = [];
    for (const [, outputs] of wrong) sent.push(await stage.bitcoin.pay(outputs));
    const proofs = await stage.settledAll(sent);
    for (const [at, proof] of proofs.entries()) expect(await redeemed(redeem, proof), `${at}: ${JSON.stringify(wrong[at], (_, value: unknown) => String(value))}`).toBe(`BTCRelay.${wrong[at]?.[0]}`);
  });

  test("a taproot output beside the payment spoils it, also as change", async () => {
    const taproot = { script: "0x512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" as const, valueSat: 5_000n };
    const [valueSat, feeSat] = [redeem.amountSat + taproot.valueSat + 1_000n, 1_000n];
    const purse = await stage.bitcoin.pay([{ script: witnessScript(user.publicKey), valueSat }]);
    // the payment is what `paymentOf` takes for change
    const { raw, changeSat } = paymentOf(user, [{ outpoint: { txid: purse.tx.txid, index: 0 }, valueSat }], [taproot, idOutput(redeem.id)], feeSat);
    expect(changeSat).toBe(redeem.amountSat);
    expect(await redeemed(redeem, await stage.settled(await stage.bitcoin.send(raw)))).toBe("BTCRelay.InvalidOpReturnTransaction");
  });

  test("outputs in any order do, once", async () => {
    const proof = await stage.settled(await stage.bitcoin.pay([idOutput(redeem.id), { script: redeem.script, valueSat: redeem.amountSat }]));
    expect(await redeemed({ id: nowhere }, proof)).toBe("Redeem.RedeemIdNotFound");
    expect(await redeemed(redeem, proof)).toBeNull();
    expect(await redeemed(redeem, proof)).toBe("Redeem.RedeemCompleted");
  });

  test("requests below dust or beyond the balance are not taken", async () => {
    expect((await askRedeem(stage.chain, "//Charlie", vault, 2_000n, user)).failure).toBe("Redeem.AmountBelowDustAmount");
    expect((await askRedeem(stage.chain, "//Charlie", vault, 100n * amountSat, user)).failure).toBe("Redeem.AmountExceedsUserBalance");
  });
});
