import { describe, expect, it } from "vitest";
import { classifyWalletTx } from "../../../src/bridges/tbtc/classify-wallet-tx.ts";
import { parseDepositScript } from "../../../src/bridges/tbtc/deposit-script.ts";
import { walletScripts } from "../../../src/bridges/tbtc/keys.ts";
import type { BitcoinInput, BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import { concatHex, sizeOf } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { redemption, story, storyBlocks, sweep, wallet } from "../../support/tbtc-story.ts";

const [p2wpkh, p2pkh] = walletScripts(wallet);
const strangersScript: Hex = `0x0014${"77".repeat(20)}`;
const signature: Hex = `0x30${"01".repeat(70)}`;
const walletKey = redemption.tx.inputs[0]?.witness[1] ?? "0x";
const depositScript = story.deposits[0]?.script ?? "0x";
const refundKey: Hex = `0x02${"55".repeat(32)}`;

const push = (data: Hex): Hex => (sizeOf(data) > 75 ? concatHex("0x4c", `0x${sizeOf(data).toString(16)}`, data) : concatHex(`0x${sizeOf(data).toString(16).padStart(2, "0")}`, data));
const input = (unlock: Partial<Pick<BitcoinInput, "scriptSig" | "witness">>): BitcoinInput => ({ outpoint: { txid: `0x${"aa".repeat(32)}`, index: 0 }, scriptSig: "0x", sequence: 0, witness: [], ...unlock });
const bySegwitKey = input({ witness: [signature, walletKey] });
const byPlainKey = input({ scriptSig: concatHex(push(signature), push(walletKey)) });
const deposit = input({ witness: [signature, walletKey, depositScript] });
const p2shDeposit = input({ scriptSig: concatHex(push(signature), push(walletKey), push(depositScript)) });
const refunded = input({ witness: [signature, refundKey, depositScript] });
const stranger = input({ witness: [signature, refundKey] });
const tx = (inputs: readonly BitcoinInput[], scripts: readonly Hex[]): BitcoinTx => ({ ...sweep.tx, inputs, outputs: scripts.map((script) => ({ script, valueSat: 1_000n })) });
const kindOf = (inputs: readonly BitcoinInput[], scripts: readonly Hex[]) => classifyWalletTx(tx(inputs, scripts), wallet)?.kind ?? null;

describe("recorded chain", () => {
  it("finds the sweep and the redemption, and nothing else", () => {
    const found = storyBlocks.flatMap(({ txs }) => txs).map((found) => ({ txid: found.txid, what: classifyWalletTx(found, wallet) })).filter(({ what }) => what !== null);
    expect(found).toEqual([
      { txid: sweep.tx.txid, what: { kind: "sweep", unlocks: ["deposit", "deposit", "deposit"], toWallet: [true] } },
      { txid: redemption.tx.txid, what: { kind: "redemption", unlocks: ["wallet"], toWallet: [false, false, false, true] } },
    ]);
  });

  it("does not take another wallet's transactions", () => {
    const other: Hex = `0x${"12".repeat(20)}`;
    expect(storyBlocks.flatMap(({ txs }) => txs).filter((found) => classifyWalletTx(found, other) !== null)).toEqual([]);
  });
});

describe("kinds", () => {
  it.each([
    ["deposits by P2WSH and P2SH into the wallet", [deposit, p2shDeposit], [p2wpkh], "sweep"],
    ["deposit and main UTXO into the wallet's P2PKH", [deposit, byPlainKey], [p2pkh], "sweep"],
    ["deposit with a stranger's input beside it", [deposit, stranger], [p2wpkh], "sweep"],
    ["deposits with a second output", [deposit], [p2wpkh, strangersScript], "other"],
    ["deposits to somebody else", [deposit], [strangersScript], "other"],
    ["main UTXO to others with change", [bySegwitKey], [strangersScript, p2wpkh], "redemption"],
    ["P2PKH main UTXO to others without change", [byPlainKey], [strangersScript], "redemption"],
    ["main UTXO back to the wallet only", [bySegwitKey], [p2wpkh], "other"],
    ["two inputs of the wallet's key (moved funds sweep)", [bySegwitKey, byPlainKey], [p2wpkh], "other"],
    ["two inputs of the wallet's key to somebody else", [bySegwitKey, byPlainKey], [strangersScript], "other"],
    ["a stranger paying the wallet", [stranger], [p2wpkh], null],
    ["a depositor taking a refund", [refunded], [p2wpkh], null],
    ["a coinbase to the wallet", [input({ scriptSig: "0x03a0650c" })], [p2wpkh], null],
    ["an input without unlocking data", [input({})], [p2wpkh], null],
  ] as const)("%s", (_name, inputs, scripts, kind) => {
    expect(kindOf(inputs, scripts)).toBe(kind);
  });

  it("does not read a key out of a script that does more than push", () => {
    expect(kindOf([input({ scriptSig: concatHex(push(signature), push(walletKey), "0x75") })], [strangersScript])).toBeNull();
    expect(kindOf([input({ scriptSig: concatHex(push(signature), "0x21", "0x03aa") })], [strangersScript])).toBeNull();
  });

  it("does not take another opcode for a push, nor a push cut short for a whole one", () => {
    const negate = concatHex("0x4f", `0x${"00".repeat(0x4f)}`);
    expect(kindOf([input({ scriptSig: concatHex(negate, push(walletKey), push(depositScript)) })], [p2wpkh])).toBeNull();
    expect(kindOf([input({ scriptSig: concatHex(push(signature), "0x34", walletKey) })], [strangersScript])).toBeNull();
  });

  it("does not take a deposit of another wallet for its own", () => {
    const foreign = depositScript.replace(wallet.slice(2), "99".repeat(20)) as Hex;
    expect(kindOf([input({ witness: [signature, walletKey, foreign] })], [p2wpkh])).toBeNull();
  });
});

describe("deposit script", () => {
  it("reads depositor, extra data and wallet of every recorded deposit", () => {
    for (const { script, depositor, extraData } of story.deposits) expect(parseDepositScript(script)).toMatchObject({ depositor: depositor.toLowerCase(), extraData, wallet });
  });

  it("refuses a script with one byte too many or another opcode", () => {
    expect(parseDepositScript(concatHex(depositScript, "0x00"))).toBeNull();
    expect(parseDepositScript(depositScript.replace("8763ac67", "8763ac68") as Hex)).toBeNull();
  });
});
