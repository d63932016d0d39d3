/** What people order while it runs: found by any id, obeyed, recorded with its reason; a forgotten nonce holds nobody up. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import type { Hex } from "../../src/core/values.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import type { DeliveryReport, ShowReport } from "../../src/monitor/show.ts";
import type { StatusReport } from "../../src/monitor/status.ts";
import { gantry as command } from "../support/gantry-process.ts";
import type { Running, Said } from "../support/gantry-process.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";

const lane = "tbtc-deposit-sweep";

describe("orders to the running process", () => {
  let stage: Stage;
  let gantry: Running;
  const order = (...args: readonly string[]): Promise<Said> => command(...args, "--config", stage.config.file);
  const show = async (id: string): Promise<DeliveryReport | undefined> => {
    const said = await order("show", id, "--json");
    expect(said.code, said.err).toBe(exitCodes.ok);
    return (JSON.parse(said.out) as ShowReport).deliveries[0];
  };
  const obeyed = async (...args: readonly string[]): Promise<void> => {
    const said = await order(...args);
    expect(said.code, said.err).toBe(exitCodes.ok);
  };
  const isWaiting = (code: string) => ({ wait }: DeliveryReport): boolean => wait?.code === code;

  type Pooled = { readonly from: Hex; readonly to: Hex; readonly input: Hex };
  const pooled = async (): Promise<readonly Pooled[]> => {
    const content = (await stage.devnet.ethereum.rpc.call("txpool_content", [], new AbortController().signal)) as { readonly pending: Readonly<Record<string, Readonly<Record<string, Pooled>>>> };
    return Object.values(content.pending).flatMap((byNonce) => Object.values(byNonce));
  };

  beforeAll(async () => {
    // impatient, so that an abandoned transaction is outbid while somebody watches
    stage = await createStage({ edit: (config) => Object.assign(config["policy"] ?? {}, { bumpAfterSeconds: 3 }) });
    gantry = await stage.run();
  });
  afterEach(() => stage.devnet.ethereum.setBlocks({ everySeconds: 1 }));
  afterAll(() => stage.end());

  test("an abandoned delivery whose transaction was never mined: its nonce is consumed by an empty one, and the signer moves on", async () => {
    const { devnet: { ethereum, relayer, wallet } } = stage;
    const before = await stage.nonce();
    const [first, second] = [await stage.deposit(), await stage.deposit()];
    await ethereum.setBlocks("none");
    const given = await stage.sweep(first);
    await stage.bury();
    await until("the proof to be in the pool", async () => (await stage.inPool()) === 1n, { withinMs: 60_000 });
    const { id } = await stage.reaches(gantry, given, "sent");
    await obeyed("abandon", id, "--because", "settled by hand");
    await until("an empty transaction to itself to outbid it", async () => {
      const mine = (await pooled()).filter(({ from }) => from === relayer.address);
      return mine.length === 1 && mine.every(({ to, input }) => to === relayer.address && input === "0x");
    }, { withinMs: 60_000 });
    await ethereum.setBlocks({ everySeconds: 1 });
    await until("the nonce to be consumed", async () => (await stage.nonce()) === before + 1n, { withinMs: 60_000 });

    wallet.rewind(null); // the Bridge never learns of the first sweep: the second one is this wallet's first
    const next = await stage.sweep(second);
    await stage.bury();
    await stage.reaches(gantry, next, "delivered");
    expect(await stage.effects(given)).toBe(0);
    expect(await stage.effects(next)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 2n);
    expect((await show(id))?.state).toBe("abandoned");
    await until("all slots to be closed", async () => ((await gantry.client.status()) as StatusReport).signers[0]?.openSlots === 0, { withinMs: 60_000 });
  });

  test("status tells the whole, show finds a delivery by every id people hold", async () => {
    const deposit = await stage.deposit();
    const txid = await stage.sweep(deposit);
    await stage.bury();
    const { id, event, serves, effectTx } = await stage.reaches(gantry, txid, "delivered");
    const ids = [id, event.id, ...serves, deposit.key, toDisplay(txid), `0x${toDisplay(txid)}`, txid, effectTx ?? ""];
    expect(serves).toHaveLength(1);
    for (const one of ids) expect((await show(one))?.id, one).toBe(id);

    const { chains, lanes, signers, queue } = await until("all slots to be closed", async () => {
      const told = JSON.parse((await order("status", "--json")).out) as StatusReport;
      return told.signers.every(({ openSlots }) => openSlots === 0) ? told : null;
    }, { withinMs: 60_000 });
    expect(chains.map(({ name, endpoints }) => [name, endpoints.every(({ up }) => up)])).toEqual([["bitcoin", true], ["ethereum", true]]);
    expect(lanes.find(({ name }) => name === lane)?.counts).toEqual({ delivered: 2, abandoned: 1 });
    expect(signers.map(({ name, openSlots }) => [name, openSlots])).toEqual([["relayer", 0]]);
    expect(queue.reachable).toBe(true);
    expect((await order("status")).out).toContain(lane);

    const nothing = await order("show", "0x1234567890");
    expect(nothing.code).toBe(exitCodes.usage);
    expect(nothing.err).toMatch(/^gantry: nothing here has the id "0x1234567890".*\[unknown-id\]\n$/u);
  });

  test.each([["lane", lane], ["signer", "relayer"], ["chain", "ethereum"]])("a paused %s sends nothing; resumed, it goes on", async (kind, name) => {
    const before = await stage.nonce();
    await obeyed("pause", kind, name, "--because", "an upgrade");
    const again = await order("pause", kind, name, "--because", "an upgrade");
    expect(again).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining("already-halted") as string });
    const txid = await stage.sweep(await stage.deposit());
    await stage.bury();
    await stage.reaches(gantry, txid, isWaiting("halted"));
    expect((await order("status")).out).toContain("an upgrade");
    await until("the pause to be a metric", async () => (await gantry.metric(`gantry_halted{scope="${kind}:${name}",code="paused"}`)) === 1, { withinMs: 60_000 });
    expect(await stage.nonce("pending")).toBe(before);

    await obeyed("resume", kind, name, "--because", "the upgrade is done");
    await stage.reaches(gantry, txid, "delivered");
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });

  test("park, resume and retry of one delivery; what is not possible is said with what is", async () => {
    const before = await stage.nonce();
    const txid = await stage.sweep(await stage.deposit());
    await stage.devnet.bitcoin.mine(1);
    const { id } = await stage.reaches(gantry, txid, () => true);
    await obeyed("park", id, "--because", "the wallet's operator asked");
    await stage.bury();
    await until("Bitcoin to have been read", async () => {
      const view = ((await gantry.client.status()) as StatusReport).chains[0]?.cursor;
      return view?.height === (await stage.devnet.bitcoin.tip()).height;
    }, { withinMs: 60_000 });
    expect(await show(id)).toMatchObject({ state: "parked", parked: { code: "parked-by-person" } });
    const refused = await order("retry", id, "--because", "impatience");
    expect(refused.code).toBe(exitCodes.usage);
    expect(refused.err).toContain("allowed are: resume, abandon");
    expect(await stage.nonce("pending")).toBe(before);

    // before the resume: a block could take the proof before the pool is looked at
    await stage.devnet.ethereum.setBlocks("none");
    await obeyed("resume", id, "--because", "the operator agrees");
    await until("the proof to be in the pool", async () => (await stage.inPool()) === 1n, { withinMs: 60_000 });
    await obeyed("retry", id, "--because", "looking once more");
    await stage.devnet.ethereum.setBlocks({ everySeconds: 1 });
    const { history } = await stage.reaches(gantry, txid, "delivered");
    const orders = history.filter(({ because }) => because !== null);
    expect(orders.map(({ what, because }) => [what, because])).toEqual([
      ["park", "the wallet's operator asked"], ["resume", "the operator agrees"], ["retry", "looking once more"],
    ]);
    expect(orders.every(({ who }) => who !== "relay" && who !== "")).toBe(true);
    expect(await stage.effects(txid)).toBe(1);
    expect(await stage.nonce("pending")).toBe(before + 1n);
  });

  test("the log level changes while it runs", async () => {
    expect(gantry.log().some(({ level }) => level === "debug")).toBe(false);
    await obeyed("log-level", "debug", "--because", "looking closer");
    await gantry.logged("a line of level debug", ({ level }) => level === "debug");
    expect((await order("log-level", "loud", "--because", "why not")).code).toBe(exitCodes.usage);
  });

  test("afterwards every order to a scope is in the audit log, and without a running process an order says so with 75", async () => {
    gantry.signal("SIGTERM");
    expect(await gantry.ended).toEqual({ code: exitCodes.ok, signal: null });
    for (const args of [["status"], ["pause", "lane", lane, "--because", "nobody is there"]]) {
      const said = await order(...args);
      expect(said.code).toBe(exitCodes.temporary);
      expect(said.err).toMatch(/^gantry: no running Gantry found .* start it with: gantry run \[not-running\]\n$/u);
    }
    const ledger = await createSqliteLedger({ path: stage.config.ledgerPath });
    const log = await Promise.all([`lane:${lane}`, "signer:relayer", "chain:ethereum"].map((subject) => ledger.auditLog({ subject })));
    await ledger.close();
    for (const entries of log) expect(entries.map(({ what, because }) => [what, because])).toEqual(expect.arrayContaining([["pause", "an upgrade"], ["resume", "the upgrade is done"]]));
  });
});
