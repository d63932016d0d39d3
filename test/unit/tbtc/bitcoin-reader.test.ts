import { describe, expect, it } from "vitest";
import { outpointKey, redemptionKey } from "../../../src/bridges/tbtc/keys.ts";
import { depositTransfer, outpointWatch, redemptionTransfer, scriptWatches, walletTxEvent } from "../../../src/bridges/tbtc/names.ts";
import { walletTxOf } from "../../../src/bridges/tbtc/wallet-tx.ts";
import { watchId } from "../../../src/core/values.ts";
import type { Watch } from "../../../src/core/values.ts";
import { createTbtcBitcoinReader } from "../../../watchers/bitcoin/tbtc.ts";
import { createWatchIndex, matchBlock } from "../../../watchers/bitcoin/match.ts";
import { fromDisplay } from "../../../src/chains/bitcoin/order.ts";
import { redemption, story, storyBlocks, sweep, wallet } from "../../support/tbtc-story.ts";

const reader = createTbtcBitcoinReader();
const scripts = scriptWatches(wallet, 0);
const mainWatch = outpointWatch(wallet, { txid: sweep.tx.txid, index: 0 }, sweep.tx.outputs[0]?.valueSat ?? 0n, sweep.block.height);

describe("recorded chain, matched block by block", () => {
  const index = createWatchIndex(scripts);
  const found = storyBlocks.map(({ txs, ref }) => matchBlock(txs, ref, index, [reader]));

  it("gives one delivery for the sweep, serving its three deposits", () => {
    expect(found.flatMap(({ births }) => births)[0]).toEqual({
      id: `tbtc-deposit-sweep-${story.sweepTxid}`, lane: "tbtc-deposit-sweep", event: walletTxEvent(sweep.tx.txid), deadline: null,
      serves: expect.arrayContaining(story.deposits.map(({ fundingTxid, fundingOutputIndex }) => depositTransfer(outpointKey({ txid: fromDisplay(fundingTxid), index: fundingOutputIndex })))) as unknown,
    });
  });

  it("gives one delivery for the redemption, serving its three requests", () => {
    const births = found.flatMap((each) => each.births);
    expect(births).toHaveLength(2);
    expect(births[1]).toEqual({
      id: `tbtc-redemption-${story.redemptionTxid}`, lane: "tbtc-redemption", event: walletTxEvent(redemption.tx.txid), deadline: null,
      serves: story.redemptions.map(({ outputScript }) => redemptionTransfer(redemptionKey(outputScript, wallet))),
    });
  });

  it("watches the outputs to the wallet from their block on, with their value", () => {
    expect(found.flatMap(({ watches }) => watches)).toEqual([mainWatch, outpointWatch(wallet, { txid: redemption.tx.txid, index: 3 }, redemption.tx.outputs[3]?.valueSat ?? 0n, redemption.block.height)]);
  });

  it("knows the value of the redemption's input from the sweep", () => {
    const event = found.flatMap(({ events }) => events).find(({ id }) => id === walletTxEvent(redemption.tx.txid));
    expect(event?.kind).toBe("tbtc-redemption");
    expect(event && walletTxOf(event).inputs).toEqual([{ outpoint: { txid: sweep.tx.txid, index: 0 }, unlock: "wallet", valueSat: sweep.tx.outputs[0]?.valueSat.toString() }]);
  });
});

describe("a spend that is final", () => {
  const [event] = reader.read(redemption.tx, redemption.block.ref, [mainWatch]).events;

  it("ends the watch of the output that it spent, a day of blocks later, and no script's", () => {
    expect(event && reader.settle({ ...event, generation: 0 })).toEqual({ births: [], watches: [], ends: [{ watch: mainWatch.id, afterBlocks: 144 }] });
  });

  it("is one of a wallet: what other bridges saw on Bitcoin ends nothing", () => {
    expect(event && reader.settle({ ...event, generation: 0, kind: "interbtc-issue-payment", payload: { issueId: "0x12" } })).toEqual({ births: [], watches: [] });
  });
});

describe("order of the two chains", () => {
  it("finds a redemption that pays the wallet nothing, by the output it spends alone", () => {
    const tx = { ...redemption.tx, outputs: redemption.tx.outputs.slice(0, 3) };
    const found = matchBlock([tx], redemption.block.ref, createWatchIndex([mainWatch]), [reader]);
    expect(found.births.map(({ lane }) => lane)).toEqual(["tbtc-redemption"]);
    expect(found.watches).toEqual([]);
  });

  it("finds it without knowing what it spends too, when change comes back: the value stays open", () => {
    const found = matchBlock([redemption.tx], redemption.block.ref, createWatchIndex(scripts), [reader]);
    const [event] = found.events;
    expect(event && walletTxOf(event).inputs[0]?.valueSat).toBeNull();
  });
});

describe("values of spent outputs", () => {
  it("are not taken from another output of the same transaction", () => {
    const other = outpointWatch(wallet, { txid: sweep.tx.txid, index: 5 }, 1n, 0);
    const [event] = reader.read(redemption.tx, redemption.block.ref, [other, ...scripts]).events;
    expect(event && walletTxOf(event).inputs[0]?.valueSat).toBeNull();
  });
});

describe("what is none of its business", () => {
  it("ignores a stranger paying the wallet: no event, no watch", () => {
    const tx = { ...redemption.tx, inputs: redemption.tx.inputs.map((input) => ({ ...input, witness: [] })) };
    expect(reader.read(tx, redemption.block.ref, scripts)).toEqual({ events: [], births: [], watches: [] });
  });

  it("ignores watches of other bridges", () => {
    const foreign: Watch = { ...mainWatch, id: watchId("other"), forWhom: "interbtc:0x12" };
    expect(reader.read(redemption.tx, redemption.block.ref, [foreign])).toEqual({ events: [], births: [], watches: [] });
  });

  it("shows other transactions of the wallet without a delivery", () => {
    const tx = { ...redemption.tx, outputs: redemption.tx.outputs.slice(3) };
    const found = reader.read(tx, redemption.block.ref, [mainWatch]);
    expect(found.events.map(({ kind }) => kind)).toEqual(["tbtc-other"]);
    expect(found.births).toEqual([]);
    expect(found.watches).toHaveLength(1);
  });
});
