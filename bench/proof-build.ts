/**
 * What a proof costs in the largest ordinary block: building and checking, beside reading the block.
 * Always: building begins from what reading gave, as in the lanes.
 */
import { parseBlock } from "../src/chains/bitcoin/codec.ts";
import type { Hex } from "../src/core/values.ts";
import { buildSpvProof } from "../relayer/proofs/bitcoin-spv.ts";
import { checkSpvProof } from "../relayer/proofs/bitcoin-spv-check.ts";
import { hashOf, madeTx, mineBlock, rawOf } from "../test/support/bitcoin-blocks.ts";
import type { Figure } from "./figures.ts";
import { figure } from "./figures.ts";

const transactions = 4_000;
const repeats = 15;
const parent: Hex = `0x${"11".repeat(32)}`;

const msOf = <T>(work: () => T): { readonly ms: number; readonly value: T } => {
  const begun = performance.now();
  const value = work();
  return { ms: performance.now() - begun, value };
};

export function proofBuild(): readonly Figure[] {
  const pay: readonly Hex[] = [`0x0014${"ab".repeat(20)}`, `0x0014${"cd".repeat(20)}`];
  const block = mineBlock(parent, 200, Array.from({ length: transactions - 1 }, (_, salt) => madeTx(salt + 1, pay)));
  const raw = rawOf(block);
  const headers = Array.from({ length: 5 }).reduce<readonly ReturnType<typeof parseBlock>["header"][]>(
    (chain) => [...chain, parseBlock(rawOf(mineBlock(chain.at(-1)?.hash ?? hashOf(block), 201 + chain.length, []))).header], [parseBlock(raw).header],
  );
  const runs = Array.from({ length: repeats }, (_, run) => {
    const parsed = msOf(() => parseBlock(raw));
    const { txid = parent } = parsed.value.txs[(run * 263 + 1) % transactions] ?? {};
    const built = msOf(() => buildSpvProof(parsed.value, txid, headers));
    const checked = msOf(() => checkSpvProof(built.value, { txid, requiredDifficulty: null, minHeaders: 6 }));
    if (checked.value !== null) throw new Error(`a proof failed its check: ${checked.value.message}`);
    return { parse: parsed.ms, build: built.ms, check: checked.ms };
  });
  return [
    figure(`reading a block of ${transactions} transactions`, "ms", runs.map(({ parse }) => parse)),
    figure("building a proof from it", "ms", runs.map(({ build }) => build), { atMost: 5 }),
    figure("checking that proof", "ms", runs.map(({ check }) => check)),
  ];
}
