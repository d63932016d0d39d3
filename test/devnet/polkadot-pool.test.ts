/** The dev chain's pool, rule by rule, over the wire: a node's codes, replacement by tip, the future queue, bans. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { until } from "../../devnet/until.ts";
import type { Hex } from "../../src/core/values.ts";
import { account, refusal, soon, startTestChain } from "../support/polkadot-chain.ts";
import type { TestChain } from "../support/polkadot-chain.ts";

let run: TestChain;
beforeAll(async () => {
  run = await startTestChain();
});
afterAll(() => run.stop());

describe("the pool", () => {
  beforeEach(() => run.chain.mine(1));

  test("1010: outdated, unpayable, badly signed; the same again: 1012", async () => {
    const nonce = await run.nonceOf("//Alice");
    await run.send(await run.signed("//Alice", nonce));
    await run.chain.mine(1);
    const stale = await run.signed("//Alice", nonce);
    expect(await refusal(run.send(stale))).toMatchObject({ code: 1010, data: "Transaction is outdated" });
    expect((await refusal(run.send(stale))).code).toBe(1012);
    expect(await refusal(run.send(await run.signed("//Nobody", 0)))).toMatchObject({ code: 1010, data: "Inability to pay some fees (e.g. account balance too low)" });
    const raw = await run.signed("//Alice", nonce + 1);
    expect(await refusal(run.send(`0x${raw.slice(2, -2)}00`))).toMatchObject({ code: 1010, data: "Transaction has a bad signature" });
    expect((await refusal(run.send(`0x${raw.slice(2, -20)}`))).code).toBe(1002);
  });

  test("1013 for what it has; 1012 for what is mined", async () => {
    const raw = await run.signed("//Alice", await run.nonceOf("//Alice"));
    await run.send(raw);
    expect((await refusal(run.send(raw))).code).toBe(1013);
    await run.chain.mine(1);
    expect((await refusal(run.send(raw))).code).toBe(1012);
  });

  test("1014 for the same nonce at the same price; a higher tip takes its place and the first one is told", async () => {
    const nonce = await run.nonceOf("//Alice");
    const told: string[] = [];
    await run.api.tx.system.remarkWithEvent("0x01").signAndSend(account("//Alice"), { nonce }, ({ status }) => void told.push(status.type));
    expect((await refusal(run.send(await run.signed("//Alice", nonce)))).code).toBe(1014);
    const better = await run.signed("//Alice", nonce, 1_000_000);
    await run.send(better);
    await until("the end of the first", () => Promise.resolve(told.includes("Usurped")), soon);
    expect(await run.ask("author_pendingExtrinsics")).toEqual([better]);
    await run.chain.mine(1);
  });

  test("a nonce gap waits in the future queue and is mined when it closes", async () => {
    const nonce = await run.nonceOf("//Alice");
    await run.send(await run.signed("//Alice", nonce + 1));
    expect((await run.chain.state()).future).toHaveLength(1);
    expect(await run.nonceOf("//Alice")).toBe(nonce);
    await run.chain.mine(1);
    await run.send(await run.signed("//Alice", nonce));
    expect(await run.nonceOf("//Alice")).toBe(nonce + 2);
    await run.chain.mine(1);
    expect(await run.chain.state()).toMatchObject({ ready: [], future: [] });
  });

  test("1016 when it is full of better ones", async () => {
    await run.chain.setPool({ ready: 1 });
    await run.send(await run.signed("//Bob", await run.nonceOf("//Bob"), 1_000_000));
    expect((await refusal(run.send(await run.signed("//Alice", await run.nonceOf("//Alice"))))).code).toBe(1016);
    await run.chain.setPool({ ready: 8192 });
    await run.chain.mine(1);
  });

  test("a transaction can vanish from it, and be banned", async () => {
    const raw = await run.signed("//Alice", await run.nonceOf("//Alice"));
    const hash = (await run.send(raw)) as Hex;
    expect(await run.chain.dropExtrinsic(hash)).toEqual([hash]);
    expect(await run.ask("author_pendingExtrinsics")).toEqual([]);
    await run.send(raw);
    await run.chain.dropExtrinsic(hash, { banned: true });
    expect((await refusal(run.send(raw))).code).toBe(1012);
    await run.chain.mine(1);
  });
});

