/**
 * What a transaction may cost: EIP-1559 fee fields from the market, the policy's cap and budget, and the attempt to outbid.
 * Always: pure; maxFeePerGas <= cap, gas limit x maxFeePerGas <= budget, priority fee <= max fee.
 * Never: a fee above the cap because something is late. At the cap it says "fee-cap" and waits.
 */
import { unavailable } from "../../src/core/errors.ts";

export type FeePolicy = {
  /** never more per gas, in wei */
  readonly maxFeePerGasWei: bigint;
  /** never more for one transaction (gas limit x max fee per gas), in wei */
  readonly budgetWei: bigint;
  /** least priority fee, in wei per gas; default 0.01 gwei */
  readonly minPriorityFeeWei?: bigint;
  /** on top of the gas estimate, in percent; default 20 (a refunding contract needed 5 more than estimated) */
  readonly gasMarginPercent?: number;
};

/** Both in wei per gas. */
export type Fees = { readonly maxFeePerGasWei: bigint; readonly maxPriorityFeePerGasWei: bigint };
export type Market = { readonly nextBaseFeeWei: bigint; readonly priorityFeeWei: bigint };

const defaultMinPriorityFeeWei = 10_000_000n;
const defaultGasMarginPercent = 20;

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
/** nodes want +10 % in both fields; 12.5 %, rounded up, also passes where that is asked */
const outbid = (fee: bigint): bigint => fee + (fee + 7n) / 8n;

/**
 * Fees to offer now. Twice the next base fee lasts through six full blocks of rising fees.
 * `previous`: fees of the attempt to outbid in the same nonce, null for the first. Throws Unavailable "fee-cap" when the cap
 * or the budget does not reach the market's base fee or the outbidding.
 */
export function chooseFees(market: Market, previous: Fees | null, gasLimit: bigint, policy: FeePolicy): Fees {
  const cap = least(policy.maxFeePerGasWei, policy.budgetWei / most(gasLimit, 1n));
  const tip = most(market.priorityFeeWei, policy.minPriorityFeeWei ?? defaultMinPriorityFeeWei);
  const wanted = { max: 2n * market.nextBaseFeeWei + tip, tip };
  // below these a block or a node does not take it
  const floor = previous === null
    ? { max: market.nextBaseFeeWei + 1n, tip: 0n }
    : { max: most(outbid(previous.maxFeePerGasWei), market.nextBaseFeeWei + 1n), tip: outbid(previous.maxPriorityFeePerGasWei) };
  if (floor.max > cap || floor.tip > cap) {
    const limit = cap === policy.maxFeePerGasWei ? "maxFeePerGasGwei" : `budgetPerTxEther for ${gasLimit} gas`;
    throw unavailable(
      "fee-cap",
      `the fee needed now is ${most(floor.max, floor.tip)} wei per gas, but at most ${cap} is allowed by ${limit}: waiting for lower fees; raise it in the signer's fees to go on sooner`,
      { evidence: { neededWei: `${most(floor.max, floor.tip)}`, allowedWei: `${cap}`, nextBaseFeeWei: `${market.nextBaseFeeWei}`, gasLimit: `${gasLimit}` } },
    );
  }
  const maxFeePerGasWei = least(most(wanted.max, floor.max), cap);
  return { maxFeePerGasWei, maxPriorityFeePerGasWei: least(most(wanted.tip, floor.tip), maxFeePerGasWei) };
}

/** The gas limit for an estimate: with the margin, but no more than a block holds. */
export function withMargin(estimate: bigint, blockGasLimit: bigint, policy: FeePolicy): bigint {
  const percent = BigInt(100 + (policy.gasMarginPercent ?? defaultGasMarginPercent));
  return least((estimate * percent + 99n) / 100n, blockGasLimit);
}
