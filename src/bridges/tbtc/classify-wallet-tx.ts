/**
 * Tells a wallet's own Bitcoin transactions from everybody else's, and what kind they are.
 * Always: judged from the unlocking data alone (which key signed which script), so the order in which the two chains
 * are seen does not matter; payments by strangers to the wallet's script are nobody's candidates.
 * Never: judges whether the Bridge would accept it; that is provability.ts.
 */
import { hash160 } from "../../chains/bitcoin/codec.ts";
import type { BitcoinInput, BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { bytesOf, hexOf, sizeOf, sliceHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { parseDepositScript } from "./deposit-script.ts";
import { walletScripts } from "./keys.ts";

/** Who unlocked an input: the wallet's key on a deposit script, the wallet's key alone, or anybody else. */
export type Unlock = "deposit" | "wallet" | "stranger";
export type WalletTxKind = "sweep" | "redemption" | "other";
export type ClassifiedTx = { readonly kind: WalletTxKind; readonly unlocks: readonly Unlock[]; readonly toWallet: readonly boolean[] };

/** Null when no input is authorised by the wallet's key. `wallet` is the 20-byte hash of the compressed key. */
export function classifyWalletTx(tx: BitcoinTx, wallet: Hex): ClassifiedTx | null {
  const unlocks = tx.inputs.map((input) => unlockOf(input, wallet));
  if (unlocks.every((unlock) => unlock === "stranger")) return null;
  const scripts: readonly Hex[] = walletScripts(wallet);
  const toWallet = tx.outputs.map((output) => scripts.includes(output.script));
  return { kind: kindOf(unlocks, toWallet), unlocks, toWallet };
}

function kindOf(unlocks: readonly Unlock[], toWallet: readonly boolean[]): WalletTxKind {
  if (unlocks.includes("deposit")) return toWallet.length === 1 && toWallet[0] === true ? "sweep" : "other";
  // From the transaction alone a payment to other wallets (moving funds) looks the same; the Bridge's state tells them apart.
  return unlocks.length === 1 && toWallet.includes(false) ? "redemption" : "other";
}

function unlockOf(input: BitcoinInput, wallet: Hex): Unlock {
  const stack = input.scriptSig === "0x" ? input.witness : pushesOf(input.scriptSig);
  const last = stack?.at(-1);
  if (stack === null || last === undefined) return "stranger";
  if (stack.length === 2) return isWalletKey(last, wallet) ? "wallet" : "stranger";
  const key = stack[1];
  if (stack.length !== 3 || key === undefined || !isWalletKey(key, wallet)) return "stranger";
  return parseDepositScript(last)?.wallet === wallet ? "deposit" : "stranger";
}

const isWalletKey = (key: Hex, wallet: Hex): boolean => sizeOf(key) === 33 && hexOf(hash160(bytesOf(key))) === wallet;

/** What a script of pushes alone leaves on the stack; null when it holds another opcode or ends inside a push. */
function pushesOf(script: Hex): readonly Hex[] | null {
  const raw = bytesOf(script);
  const pushes: Hex[] = [];
  let at = 0;
  while (at < raw.length) {
    const opcode = raw[at] ?? 0;
    const wide = opcode === 0x4c ? 1 : opcode === 0x4d ? 2 : 0;
    if (opcode > 0x4b && wide === 0) return null;
    const size = wide === 0 ? opcode : (raw[at + 1] ?? 0) + (wide === 2 ? 256 * (raw[at + 2] ?? 0) : 0);
    const start = at + 1 + wide;
    if (start + size > raw.length) return null;
    pushes.push(sliceHex(script, start, start + size));
    at = start + size;
  }
  return pushes;
}
