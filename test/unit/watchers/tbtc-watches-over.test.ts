/** Years of a wallet's payments do not make the watch set grow: what was spent for good leaves it. */
import { describe, expect, it } from "vitest";
import { outpointWatch, scriptWatches, walletTxEvent } from "../../../src/bridges/tbtc/names.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import type { Hex } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createWatchIndex, matchBlock } from "../../../watchers/bitcoin/match.ts";
import { createTbtcBitcoinReader, tbtcSpent } from "../../../watchers/bitcoin/tbtc.ts";
import { commitOf, hashOf, moveView, nothingFound, viewOf } from "../../support/ledger.ts";
import { redemption, wallet } from "../../support/tbtc-story.ts";

describe("a tBTC wallet that spends its output with every block", () => {
  const reader = createTbtcBitcoinReader();
  const txid = (round: number): Hex => hashOf(`round ${round}`);
  const [input] = redemption.tx.inputs;
  const [change] = redemption.tx.outputs.slice(3);
  if (input === undefined || change === undefined) throw new Error("the recorded redemption has changed");
  const txOf = (round: number): BitcoinTx => ({ ...redemption.tx, txid: txid(round), inputs: [{ ...input, outpoint: { txid: txid(round - 1), index: 0 } }], outputs: [change] });
  const outpoints = async (ledger: Ledger): Promise<number> => (await ledger.watchSet("bitcoin")).watches.filter(({ target }) => "outpoint" in target).length;

  async function spend(ledger: Ledger, rounds: number, settle: typeof reader.settle): Promise<readonly number[]> {
    await ledger.commit(commitOf({ chain: "ethereum", found: { ...nothingFound, watches: scriptWatches(wallet, 1_000) } }));
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const height = 1_000 + round;
      // each block is final when the next one comes
      const view = viewOf(height, height, "bitcoin");
      const index = createWatchIndex((await ledger.watchSet("bitcoin")).watches);
      const found = matchBlock([txOf(round)], view.final, index, [reader]);
      const before = (await ledger.events({ ids: [walletTxEvent(txid(round - 1))] })).map(settle);
      await moveView(ledger, view, { blocks: [view.final], found: { ...found, ends: before.flatMap(({ ends }) => ends ?? []) } });
      await ledger.commit(commitOf({ chain: "bitcoin", progress: (await ledger.ranges("bitcoin")).map(({ id, last }) => ({ id, next: last + 1, missing: [] })) }));
      sizes.push(await outpoints(ledger));
    }
    return sizes;
  }

  it("has no more outputs watched after many blocks than after a day of them, the unspent one always among them", async () => {
    const ledger = createMemoryLedger();
    const sizes = await spend(ledger, 400, (event) => reader.settle(event));
    expect(new Set(sizes.slice(200))).toEqual(new Set([sizes[399]]));
    expect(sizes[399]).toBeLessThan(150);
    expect((await ledger.watchSet("bitcoin")).watches.map(({ id }) => id)).toContain(outpointWatch(wallet, { txid: txid(399), index: 0 }, change.valueSat, 0).id);
  });

  it("is rid of what was spent before watches had an end, a day of blocks after the next start", async () => {
    const ledger = createMemoryLedger();
    await spend(ledger, 20, () => ({ births: [], watches: [] }));
    expect(await outpoints(ledger)).toBe(20);
    const { final } = viewOf(1_018, 1_018, "bitcoin");
    const { ends = [], ...others } = await tbtcSpent(ledger, final);
    expect(others).toEqual(nothingFound);
    await ledger.commit(commitOf({ chain: "bitcoin", found: { ...nothingFound, ends } }));
    await moveView(ledger, viewOf(1_200, 1_200, "bitcoin"));
    // the spend above what was final then is left to its own end
    expect(await outpoints(ledger)).toBe(2);
  });
});
