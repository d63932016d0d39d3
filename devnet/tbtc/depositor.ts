/**
 * The depositor: pays Bitcoin to a deposit script and reveals it to the Bridge, in either order.
 * Always: one fresh script per deposit (random blinding factor).
 */
import { randomBytes } from "node:crypto";

import { solidityPackedKeccak256 } from "ethers";

import { hash160 } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { keyOf } from "../bitcoin.ts";
import type { BitcoinDevnet, SentTx } from "../bitcoin.ts";
import type { EthereumDevnet, Receipt } from "../ethereum.ts";
import type { Tbtc } from "./deploy.ts";
import { depositScript, scriptHashOutput } from "./scripts.ts";
import type { DepositTerms } from "./scripts.ts";

export const noVault: Hex = `0x${"00".repeat(20)}`;
/** 2100-01-01 in little-endian: far beyond every reveal-ahead period */
const farLocktime: Hex = "0x005786f4";

export type Deposit = {
  /** the Bridge's key of the deposit: keccak256(funding txid, output index) */
  readonly key: Hex;
  readonly funding: SentTx;
  readonly fundingOutputIndex: number;
  readonly valueSat: bigint;
  readonly terms: DepositTerms;
  readonly script: Hex;
  readonly kind: "p2wsh" | "p2sh";
  readonly vault: Hex;
};

type DepositWish = {
  /** Ethereum account that reveals and is credited */
  readonly depositor: Hex;
  readonly valueSat: bigint;
  readonly walletPubKeyHash: Hex;
  readonly kind?: "p2wsh" | "p2sh";
  readonly extraData?: Hex;
  readonly vault?: Hex;
};

export interface Depositor {
  /** pays the deposits in one transaction, broadcast, not mined */
  fund(wishes: readonly DepositWish[]): Promise<readonly Deposit[]>;
  reveal(deposit: Deposit): Promise<Receipt>;
  /** fund and reveal one */
  deposit(wish: DepositWish): Promise<Deposit>;
}

/** BitcoinTx.Info as the contracts take it. */
export const infoOf = (tx: BitcoinTx): readonly Hex[] => [tx.version, tx.inputVector, tx.outputVector, tx.locktime];

/** keccak256 of a txid in wire order and an output index: the Bridge's key of a deposit. */
export const outpointKey = (txid: Hex, index: number): Hex => solidityPackedKeccak256(["bytes32", "uint32"], [txid, index]) as Hex;

export function createDepositor(options: { readonly bitcoin: BitcoinDevnet; readonly ethereum: EthereumDevnet; readonly tbtc: Tbtc }): Depositor {
  const { bitcoin, ethereum, tbtc } = options;
  const refundPubKeyHash = hexOf(hash160(keyOf("depositor's refund").publicKey));

  const fund = async (wishes: readonly DepositWish[]): Promise<readonly Deposit[]> => {
    const plans = wishes.map((wish) => {
      const terms: DepositTerms = {
        depositor: wish.depositor,
        blindingFactor: hexOf(randomBytes(8)),
        walletPubKeyHash: wish.walletPubKeyHash,
        refundPubKeyHash,
        refundLocktime: farLocktime,
        extraData: wish.extraData ?? null,
      };
      return { terms, script: depositScript(terms), kind: wish.kind ?? "p2wsh", vault: wish.vault ?? noVault, valueSat: wish.valueSat };
    });
    const funding = await bitcoin.pay(plans.map(({ script, kind, valueSat }) => ({ script: scriptHashOutput(script, kind), valueSat })));
    return plans.map((plan, index) => ({ ...plan, key: outpointKey(funding.tx.txid, index), funding, fundingOutputIndex: index }));
  };
  const reveal = ({ terms, vault, funding, fundingOutputIndex }: Deposit): Promise<Receipt> => {
    const info = [fundingOutputIndex, terms.blindingFactor, terms.walletPubKeyHash, terms.refundPubKeyHash, terms.refundLocktime, vault];
    return terms.extraData === null
      ? ethereum.transact(terms.depositor, tbtc.bridge, "revealDeposit", [infoOf(funding.tx), info])
      : ethereum.transact(terms.depositor, tbtc.bridge, "revealDepositWithExtraData", [infoOf(funding.tx), info, terms.extraData]);
  };
  return {
    fund,
    reveal,
    deposit: async (wish) => {
      const [deposit] = await fund([wish]);
      if (deposit === undefined) throw new RangeError("One wish gives one deposit.");
      await reveal(deposit);
      return deposit;
    },
  };
}
