/** Years of issues do not make the watch set grow: what is executed, or was over for long, leaves it. */
import { expect, it } from "vitest";
import { requestFromJson, requestToJson } from "../../../src/bridges/interbtc/issue-request.ts";
import { overForBlocks } from "../../../src/bridges/interbtc/payment.ts";
import type { Hex } from "../../../src/core/values.ts";
import { eventId } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createInterbtcPolkadotReader } from "../../../watchers/polkadot/interbtc.ts";
import { commitOf, moveView, nothingFound, viewOf } from "../../support/ledger.ts";
import { request } from "../interbtc/facts.ts";

it("the set is as large after the hundredth round of issues as after the tenth", async () => {
  const overBlocks = 20;
  const [ledger, reader] = [createMemoryLedger(), createInterbtcPolkadotReader({ watchVaults: "all", keep: { executedBlocks: 6, overBlocks } })];
  const [perRound, blocksPerRound, periodActive] = [50, 3, 500];
  const idOf = (round: number, at: number): Hex => `0x${(round * 1_000 + at).toString(16).padStart(64, "0")}`;
  const sizes: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const height = 1_000 + round * blocksPerRound;
    await moveView(ledger, viewOf(height, height + 2, "bitcoin"));
    const event = (kind: string, payload: object) => reader.settle({ id: eventId("e"), chain: "polkadot", kind, at: null, generation: 0, payload: payload as never });
    const asked = Array.from({ length: perRound }, (_, at) => event("interbtc-issue-requested", requestToJson({ ...request, id: idOf(round, at), bitcoinHeight: height, periodActive }) as object));
    // one of ten is never paid, and nobody cancels it
    const executed = Array.from({ length: perRound }, (_, at) => at).filter((at) => round > 0 && at % 10 !== 0).map((at) => event("interbtc-issue-executed", { issueId: idOf(round - 1, at) }));
    const settled = [...asked, ...executed];
    // the parachain is ahead: Bitcoin's clock decides
    const clocks = { globalPeriod: 0, parachainBlocksPerBitcoinBlock: 50, activeBlocks: 1_000_000, bitcoinHeight: height };
    const over = (await ledger.watchSet("bitcoin")).watches.filter(({ detail }) => overForBlocks(requestFromJson(detail), clocks) > overBlocks);
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: settled.flatMap(({ watches }) => watches), ends: [...settled.flatMap(({ ends }) => ends ?? []), ...over.map(({ id }) => ({ watch: id, afterBlocks: 0 }))] } }));
    await ledger.commit(commitOf({ chain: "bitcoin", progress: (await ledger.ranges("bitcoin")).map(({ id, last }) => ({ id, next: last + 1, missing: [] })) }));
    sizes.push((await ledger.watchSet("bitcoin")).watches.length);
  }
  expect(new Set(sizes.slice(20)).size).toBe(1);
  expect(Math.max(...sizes)).toBeLessThan(perRound * 8);
});
