/**
 * A Bitcoin block as large and as mixed as the ordinary full ones of mainnet: many small transactions and a few wide ones, old
 * and new scripts, signatures of real length.
 * Always: the same seed gives the same block; nothing in it is watched by chance. Never: a signature that holds.
 */
import { Transaction } from "bitcoinjs-lib";
import { bytesOf, hexOf } from "../src/core/hex.ts";
import type { Hex } from "../src/core/values.ts";
import { createRandom } from "../test/support/random.ts";
import type { Random } from "../test/support/random.ts";

/** in a hundred: outputs of each kind, and what an input that spends such an output carries */
const kinds = [
  { share: 42, bytes: 20, script: (hash: string): Hex => `0x0014${hash}`, scriptSig: 0, witness: [71, 33] },
  { share: 18, bytes: 32, script: (hash: string): Hex => `0x5120${hash}`, scriptSig: 0, witness: [64] },
  { share: 18, bytes: 20, script: (hash: string): Hex => `0x76a914${hash}88ac`, scriptSig: 106, witness: [] },
  { share: 15, bytes: 20, script: (hash: string): Hex => `0xa914${hash}87`, scriptSig: 23, witness: [71, 33] },
  { share: 4, bytes: 32, script: (hash: string): Hex => `0x0020${hash}`, scriptSig: 0, witness: [0, 71, 71, 105] },
  { share: 3, bytes: 32, script: (hash: string): Hex => `0x6a20${hash}`, scriptSig: 0, witness: [71, 33] },
] as const;

const kindOf = (random: Random): (typeof kinds)[number] => {
  let left = random.next() * 100;
  for (const kind of kinds) {
    left -= kind.share;
    if (left < 0) return kind;
  }
  return kinds[0];
};

const randomBytes = (random: Random, count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.between(1, 255));

/** how many inputs or outputs: most have one or two, one in a hundred has dozens */
const countOf = (random: Random, usual: number): number => (random.chance(0.01) ? random.between(10, 60) : random.chance(0.75) ? usual : random.between(1, 5));

/** Transactions for a block, without its coinbase: 3,000 of them are 1.1 MB. */
export function mainnetLikeTxs(seed: number, count: number): readonly Transaction[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const tx = new Transaction();
    tx.version = 2;
    for (let left = countOf(random, 1); left > 0; left -= 1) {
      const { scriptSig, witness } = kindOf(random);
      const input = tx.addInput(randomBytes(random, 32), random.between(0, 9), 0xfffffffd, randomBytes(random, scriptSig));
      if (witness.length > 0) tx.setWitness(input, witness.map((length) => randomBytes(random, length)));
    }
    for (let left = countOf(random, 2); left > 0; left -= 1) {
      const { script, bytes } = kindOf(random);
      tx.addOutput(bytesOf(script(hexOf(randomBytes(random, bytes)).slice(2))), BigInt(random.between(1_000, 100_000_000)));
    }
    return tx;
  });
}
