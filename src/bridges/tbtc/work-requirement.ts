/**
 * How many headers a proof needs now, and whether the relay can judge it: a function of headers and relay state.
 * Always: only the first header must be at one of the relay's two difficulties; the sum of all difficulties must reach
 * the first one's times the factor; headers of an epoch the relay has not seen count like any other.
 * Never: a constant number of confirmations. (At difficulty 0, regtest, the contracts ask for one header whatever the factor.)
 */
import { rejected } from "../../core/errors.ts";
import type { Failure } from "../../core/errors.ts";

export const blocksPerEpoch = 2016;
export const epochOf = (height: number): number => Math.floor(height / blocksPerEpoch);

/** Difficulties of the current and previous epoch; `epoch` is null when the relay does not number its epochs. */
export type RelayState = { readonly current: bigint; readonly previous: bigint; readonly epoch: number | null };

export type WorkInput = {
  /** height of the block with the transaction */
  readonly height: number;
  /** difficulties of that block and the ones linked above it, lowest first; as many as there are, or at least `maxHeaders` */
  readonly difficulties: readonly bigint[];
  readonly relay: RelayState;
  /** the Bridge's txProofDifficultyFactor */
  readonly factor: bigint;
  /** our own rule: blocks (the transaction's included) that must be there, whatever the work */
  readonly minHeaders: number;
  /** longest proof we pay for */
  readonly maxHeaders: number;
};

export type WorkRequirement =
  | { readonly kind: "enough"; readonly headers: number; readonly requiredDifficulty: bigint }
  /** look again when Bitcoin reaches `height` */
  | { readonly kind: "not-yet"; readonly code: "not-enough-work" | "too-few-headers"; readonly height: number }
  | { readonly kind: "not-yet"; readonly code: "epoch-not-relayed"; readonly height: null }
  | { readonly kind: "impossible"; readonly failure: Failure };

/** See the file's opening. `difficulties` must not be empty. */
export function workRequirement(input: WorkInput): WorkRequirement {
  const { height, difficulties, relay, minHeaders, maxHeaders } = input;
  const first = difficulties[0] ?? 0n;
  if (first !== relay.current && first !== relay.previous) return outsideRelay(height, first, relay);
  const requiredDifficulty = first * input.factor;
  const least = Math.max(1, minHeaders);
  const byWork = headersByWork(difficulties, requiredDifficulty);
  if (byWork === null || byWork > maxHeaders) {
    if (difficulties.length >= maxHeaders) return { kind: "impossible", failure: tooManyHeaders(maxHeaders, requiredDifficulty) };
    return { kind: "not-yet", code: "not-enough-work", height: nextLook(height, difficulties, requiredDifficulty) };
  }
  if (difficulties.length < least) return { kind: "not-yet", code: "too-few-headers", height: height + least - 1 };
  return { kind: "enough", headers: first === 0n ? Math.max(byWork, least) : byWork, requiredDifficulty };
}

function headersByWork(difficulties: readonly bigint[], required: bigint): number | null {
  let sum = 0n;
  for (const [index, difficulty] of difficulties.entries()) {
    sum += difficulty;
    if (sum >= required) return index + 1;
  }
  return null;
}

/** Height at which enough work can be there at the earliest known difficulty; never beyond the start of the next epoch, where it changes. */
function nextLook(height: number, difficulties: readonly bigint[], required: bigint): number {
  const best = height + difficulties.length - 1;
  const last = difficulties.at(-1) ?? 0n;
  const missing = required - difficulties.reduce((sum, difficulty) => sum + difficulty, 0n);
  const boundary = (epochOf(best) + 1) * blocksPerEpoch;
  if (last === 0n) return best + 1;
  return Math.min(best + Number((missing + last - 1n) / last), Math.max(boundary, best + 1));
}

function outsideRelay(height: number, first: bigint, relay: RelayState): WorkRequirement {
  const epoch = epochOf(height);
  if (relay.epoch === null || epoch > relay.epoch) return { kind: "not-yet", code: "epoch-not-relayed", height: null };
  const evidence = { epoch, relayEpoch: relay.epoch, difficulty: first.toString(), current: relay.current.toString(), previous: relay.previous.toString() };
  const error =
    epoch < relay.epoch - 1
      ? rejected("tbtc-epoch-too-old", `The transaction is in Bitcoin epoch ${epoch} and the relay is at ${relay.epoch}: it can only judge epochs ${relay.epoch - 1} and ${relay.epoch}. This proof is no longer possible; tell the Bridge's governance.`, { evidence })
      : rejected("tbtc-difficulty-mismatch", `The block of the transaction has difficulty ${first}, the relay knows ${relay.current} and ${relay.previous} for its epochs. Compare the Bitcoin network with the Bridge's relay.`, { evidence });
  return { kind: "impossible", failure: error.failure };
}

const tooManyHeaders = (maxHeaders: number, required: bigint): Failure =>
  rejected("tbtc-too-many-headers", `${maxHeaders} headers do not reach the required difficulty ${required}. Blocks of very low difficulty follow the transaction; a proof would be too long.`, {
    evidence: { maxHeaders, required: required.toString() },
  }).failure;
