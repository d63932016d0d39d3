/**
 * What an extrinsic may cost: its inclusion fee as the runtime tells it, the tip that makes it replace an earlier one, the cap.
 * Always: pure; fee + tip <= cap. Never: a tip above the cap because something is late. At the cap it says "fee-cap" and waits.
 */
import type { NativeBalance } from "../../src/chains/polkadot/balance.ts";
import { unavailable } from "../../src/core/errors.ts";

export type PolkadotFeePolicy = {
  /** never more for one extrinsic, tip included, in planck */
  readonly maxFeePlanck: bigint;
  /** tip of a first attempt, in planck; default 0 */
  readonly tipPlanck?: bigint;
  /** least rise of the tip when an earlier attempt is outbid, in planck; default 1/10 of the inclusion fee, at least 1 */
  readonly bumpPlanck?: bigint;
};

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** An attempt in the same nonce. `wasSent`: was it ever handed to a node? */
export type EarlierTip = { readonly tipPlanck: bigint; readonly wasSent: boolean };

/**
 * Tip to offer now in place of `earlier`, null for the first attempt. A pool replaces on any higher tip; bytes that never went
 * out are in no pool, and cost nothing to replace. Throws Unavailable "fee-cap".
 */
export function chooseTip(feePlanck: bigint, earlier: EarlierTip | null, policy: PolkadotFeePolicy): bigint {
  const previous = earlier?.wasSent === true ? earlier.tipPlanck : null;
  const first = most(policy.tipPlanck ?? 0n, earlier?.wasSent === false ? earlier.tipPlanck : 0n);
  const step = policy.bumpPlanck ?? most(feePlanck / 10n, 1n);
  const tip = previous === null ? first : most(first, most(previous + step, previous * 2n));
  const least = previous === null ? first : previous + 1n;
  const room = policy.maxFeePlanck - feePlanck;
  if (least > room) {
    throw unavailable(
      "fee-cap",
      `the fee needed now is ${feePlanck + least} planck (tip ${least}), but at most ${policy.maxFeePlanck} is allowed by maxFeePlanck: waiting for lower fees; raise it in the signer's fees to go on sooner`,
      { evidence: { neededPlanck: `${feePlanck + least}`, allowedPlanck: `${policy.maxFeePlanck}` } },
    );
  }
  return tip < room ? tip : room;
}

/** Throws Unavailable "insufficient-funds" when the account would have less than the existential deposit, or frozen money, left. */
export function checkFunds({ freePlanck, frozenPlanck, existentialPlanck }: NativeBalance, costPlanck: bigint): void {
  const usable = freePlanck - most(frozenPlanck, existentialPlanck);
  // what is free may be sent by an account with nothing
  if (costPlanck === 0n || usable >= costPlanck) return;
  throw unavailable("insufficient-funds", `the sending account can spend ${usable > 0n ? usable : 0n} planck, but this extrinsic may cost ${costPlanck}; top it up`, {
    evidence: { freePlanck: `${freePlanck}`, frozenPlanck: `${frozenPlanck}`, existentialPlanck: `${existentialPlanck}`, costPlanck: `${costPlanck}` },
  });
}
