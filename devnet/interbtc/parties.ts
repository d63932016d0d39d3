/**
 * Who takes part in an issue or a redeem: vault, user, oracle, and whoever executes.
 * Always: ids, addresses and amounts are what the chain's events say; amounts in satoshi; one wrapped token (IBTC) per satoshi.
 * Never: decides anything; every step is one call, sent because a story says so.
 */
import { payments } from "bitcoinjs-lib";

import { sha256 } from "../../src/chains/bitcoin/codec.ts";
import { rejected } from "../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf } from "../../src/core/hex.ts";
import type { Hex, Json } from "../../src/core/values.ts";
import { keyFrom } from "../bitcoin.ts";
import type { ChainEvent, InterbtcChain, Outcome } from "./chain.ts";
import { eventIn } from "./chain.ts";
import type { FullTransactionProof } from "./proof.ts";

type Key = ReturnType<typeof keyFrom>;
type Currency = { readonly Token: "DOT" | "IBTC" | "INTR" };
export type CurrencyPair = { readonly collateral: Currency; readonly wrapped: Currency };
export type VaultId = { readonly accountId: Hex; readonly currencies: CurrencyPair };
/** `key` is the secret behind the vault's public key: all deposits are spent with it */
export type Vault = { readonly who: string; readonly id: VaultId; readonly key: Key };
/** `totalSat` has the fee in it: this is what must be paid to `script` */
export type Issue = { readonly id: Hex; readonly script: Hex; readonly totalSat: bigint; readonly amountSat: bigint };
/** `amountSat` is exactly what must be paid to `script`, with the id in an OP_RETURN */
export type Redeem = { readonly id: Hex; readonly script: Hex; readonly amountSat: bigint };

export const dotPair: CurrencyPair = { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } };
/** order of secp256k1 */
const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Amounts come as decimal text. */
const amountOf = (value: Json | undefined): bigint => BigInt(typeof value === "string" ? value : -1);

/** The script behind an address of the chain ({"P2WPKHv0": hash}). */
export function scriptOf(address: Json): Hex {
  const [kind, hash] = Object.entries(address as { readonly [kind: string]: Hex })[0] ?? ["none", "0x"];
  const parts: { readonly [kind: string]: readonly [Hex, Hex] } = { P2PKH: ["0x76a914", "0x88ac"], P2SH: ["0xa914", "0x87"], P2WPKHv0: ["0x0014", "0x"], P2WSHv0: ["0x0020", "0x"] };
  const around = parts[kind];
  if (around === undefined) throw rejected("devnet-call-failed", `There is no Bitcoin address of kind ${kind}.`);
  return concatHex(around[0], hash, around[1]);
}

/** The output that carries the id of a redeem or a replace. */
export const idOutput = (id: Hex): { readonly script: Hex; readonly valueSat: bigint } => ({ script: concatHex("0x6a20", id), valueSat: 0n });

/** What spends the deposit of an issue: the vault's secret times sha256(public key ++ id). */
export function depositKey(vault: Key, issueId: Hex): Key {
  const factor = BigInt(hexOf(sha256(Buffer.concat([vault.publicKey, bytesOf(issueId)]))));
  const secret = (BigInt(hexOf(vault.privateKey ?? new Uint8Array(32))) * factor) % curveOrder;
  return keyFrom(bytesOf(`0x${secret.toString(16).padStart(64, "0")}`));
}

/** Registers `key` and `collateralPlanck` of DOT for the account. Throws Rejected "devnet-call-failed" */
export async function registerVault(chain: InterbtcChain, options: { readonly who: string; readonly key: Key; readonly collateralPlanck: bigint }): Promise<Vault> {
  const { who, key, collateralPlanck } = options;
  await chain.done(who, chain.call("vaultRegistry", "registerPublicKey", hexOf(key.publicKey)));
  await chain.done(who, chain.call("vaultRegistry", "registerVault", dotPair, collateralPlanck));
  return { who, id: { accountId: chain.account(who), currencies: dotPair }, key };
}

/** One more oracle. Its prices count from the next block on, as the median of all oracles'. */
export const authorizeOracle = (chain: InterbtcChain, who: string): Promise<Outcome> =>
  chain.sudo(chain.call("oracle", "insertAuthorizedOracle", chain.account(who), "devnet"));

/** `planckPerSat` of a collateral currency. */
export const feedPrice = (chain: InterbtcChain, who: string, of: Currency, planckPerSat: bigint): Promise<Outcome> =>
  chain.done(who, chain.call("oracle", "feedValues", [[{ ExchangeRate: of }, planckPerSat * 10n ** 18n]]));

/** Wrapped tokens of an account. */
export async function wrappedOf(chain: InterbtcChain, who: string): Promise<{ readonly freeSat: bigint; readonly lockedSat: bigint }> {
  const { free, reserved } = (await chain.read("tokens", "accounts", chain.account(who), dotPair.wrapped)) as { readonly free: string; readonly reserved: string };
  return { freeSat: BigInt(free), lockedSat: BigInt(reserved) };
}

/** The call alone, for those who want to see it fail. */
export const askIssue = (chain: InterbtcChain, who: string, vault: Vault, amountSat: bigint): Promise<Outcome> =>
  chain.send(who, chain.call("issue", "requestIssue", amountSat, vault.id, { Token: "INTR" }));

const issueIn = (event: ChainEvent["data"]): Issue => {
  const amount = amountOf(event["amount"]);
  return { id: event["issueId"] as Hex, script: scriptOf(event["vaultAddress"] ?? null), amountSat: amount, totalSat: amount + amountOf(event["fee"]) };
};

/** Many at once, so many to an extrinsic. */
export async function requestIssues(chain: InterbtcChain, who: string, vault: Vault, amountSat: bigint, count: number): Promise<readonly Issue[]> {
  const perExtrinsic = 50;
  const issues: Issue[] = [];
  while (issues.length < count) {
    const calls = Array.from({ length: Math.min(perExtrinsic, count - issues.length) }, () => chain.call("issue", "requestIssue", amountSat, vault.id, { Token: "INTR" }));
    const { events } = await chain.done(who, chain.call("utility", "batchAll", calls));
    issues.push(...events.filter(({ name }) => name === "Issue.RequestIssue").map(({ data }) => issueIn(data)));
  }
  return issues;
}

export async function requestIssue(chain: InterbtcChain, who: string, vault: Vault, amountSat: bigint): Promise<Issue> {
  return issueIn(eventIn(await askIssue(chain, who, vault, amountSat), "Issue.RequestIssue"));
}

export const executeIssue = (chain: InterbtcChain, who: string, id: Hex, proof: FullTransactionProof): Promise<Outcome> => chain.send(who, chain.call("issue", "executeIssue", id, proof));

export const askRedeem = (chain: InterbtcChain, who: string, vault: Vault, amountSat: bigint, key: Key): Promise<Outcome> => {
  const { hash } = payments.p2wpkh({ pubkey: key.publicKey });
  return chain.send(who, chain.call("redeem", "requestRedeem", amountSat, { P2WPKHv0: hexOf(hash ?? new Uint8Array()) }, vault.id));
};

/** `key` owns the address that shall be paid. */
export async function requestRedeem(chain: InterbtcChain, who: string, vault: Vault, amountSat: bigint, key: Key): Promise<Redeem> {
  const event = eventIn(await askRedeem(chain, who, vault, amountSat, key), "Redeem.RequestRedeem");
  return { id: event["redeemId"] as Hex, script: scriptOf(event["btcAddress"] ?? null), amountSat: amountOf(event["amount"]) };
}

export const executeRedeem = (chain: InterbtcChain, who: string, id: Hex, proof: FullTransactionProof): Promise<Outcome> => chain.send(who, chain.call("redeem", "executeRedeem", id, proof));
