/** The dev chain's pool refuses what a node's pool refuses, with the same words. */
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { poolErrors } from "../../../devnet/polkadot/pool-errors.ts";
import { createPool } from "../../../devnet/polkadot/pool.ts";
import type { Validity } from "../../../devnet/polkadot/pool.ts";
import type { Hex } from "../../../src/core/values.ts";

const fixture = JSON.parse(readFileSync(new URL("../../fixtures/polkadot/pool-errors.json", import.meta.url), "utf8")) as { errors: { name: string; error: unknown }[] };
const answers: { readonly [name: string]: unknown } = {
  stale: poolErrors.invalid("Stale"),
  future: poolErrors.invalid("Future"),
  payment: poolErrors.invalid("Payment"),
  "bad-signature": poolErrors.invalid("BadProof"),
  "ancient-birth-block": poolErrors.invalid("AncientBirthBlock"),
  "exhausts-resources": poolErrors.invalid("ExhaustsResources"),
  custom: poolErrors.invalid("Custom", 7),
  unknown: poolErrors.unknown("CannotLookup"),
  banned: poolErrors.banned(),
  "already-imported": poolErrors.known(`0x${"11".repeat(32)}`),
  "priority-too-low": poolErrors.tooLow(2781n, 2781n),
  "immediately-dropped": poolErrors.dropped(),
};

test.each(fixture.errors)("$name is said as in the fixture that clients classify", ({ name, error }) => {
  expect(answers[name]).toEqual(error);
});

const tx = (name: string): { hash: Hex; raw: Hex } => ({ hash: `0x${Buffer.from(name).toString("hex")}`, raw: "0x00" });
const valid = (nonce: number, options: { readonly first?: boolean; readonly priority?: bigint; readonly longevity?: bigint; readonly who?: string } = {}): Validity => {
  const { first = false, priority = 1n, longevity = 64n, who = "a" } = options;
  return { ok: true, priority, longevity, provides: [`${who}${nonce}`], requires: first ? [] : [`${who}${nonce - 1}`] };
};
const names = (list: readonly { readonly hash: Hex }[]): readonly string[] => list.map(({ hash }) => Buffer.from(hash.slice(2), "hex").toString());
const minute = 60_000;

describe("the pool", () => {
  test("keeps a nonce gap in the future queue and promotes it when the gap closes", () => {
    const pool = createPool();
    expect(pool.submit(tx("two"), valid(2), 1, 0)).toMatchObject({ ok: true, state: "future" });
    expect(pool.submit(tx("zero"), valid(0, { first: true }), 1, 0)).toMatchObject({ ok: true, state: "ready", promoted: [] });
    expect(pool.submit(tx("one"), valid(1), 1, 0)).toMatchObject({ ok: true, state: "ready", promoted: [tx("two").hash] });
    expect(names(pool.ready())).toEqual(["zero", "one", "two"]);
  });

  test("gives a block the best payers first, but each account's nonces in order", () => {
    const pool = createPool();
    pool.submit(tx("a0"), valid(0, { first: true, priority: 1n }), 1, 0);
    pool.submit(tx("a1"), valid(1, { priority: 9n }), 1, 0);
    pool.submit(tx("b0"), valid(0, { first: true, priority: 5n, who: "b" }), 1, 0);
    expect(names(pool.ready())).toEqual(["b0", "a0", "a1"]);
  });

  test("replaces the same nonce only for a higher priority, and keeps what waits for that nonce", () => {
    const pool = createPool();
    pool.submit(tx("zero"), valid(0, { first: true, priority: 5n }), 1, 0);
    pool.submit(tx("one"), valid(1), 1, 0);
    expect(pool.submit(tx("same"), valid(0, { first: true, priority: 5n }), 1, 0)).toEqual({ ok: false, refusal: poolErrors.tooLow(5n, 5n) });
    expect(pool.submit(tx("more"), valid(0, { first: true, priority: 6n }), 1, 0)).toMatchObject({ ok: true, replaced: [tx("zero").hash] });
    expect(names(pool.ready())).toEqual(["more", "one"]);
  });

  test("says known once, then banned, until the ban is over", () => {
    const pool = createPool();
    pool.submit(tx("zero"), valid(0, { first: true }), 1, 0);
    expect(pool.known(tx("zero").hash, 0)).toMatchObject({ refusal: { code: 1013 } });
    expect(pool.known(tx("zero").hash, 29 * minute)).toMatchObject({ refusal: { code: 1012 } });
    expect(pool.known(tx("zero").hash, 31 * minute)).toMatchObject({ refusal: { code: 1013 } });
  });

  test("bans what the runtime calls invalid, not what it does not know", () => {
    const pool = createPool();
    pool.submit(tx("bad"), { ok: false, unknown: false, refusal: poolErrors.invalid("Payment") }, 1, 0);
    pool.submit(tx("odd"), { ok: false, unknown: true, refusal: poolErrors.unknown("CannotLookup") }, 1, 0);
    expect(pool.known(tx("bad").hash, 0)).toMatchObject({ refusal: { code: 1012 } });
    expect(pool.known(tx("odd").hash, 0)).toBeNull();
  });

  test("above its limit drops the worst payer, which may be the newcomer", () => {
    const pool = createPool();
    pool.setLimits({ ready: 1 });
    pool.submit(tx("low"), valid(0, { first: true, priority: 1n }), 1, 0);
    expect(pool.submit(tx("high"), valid(0, { first: true, priority: 9n, who: "b" }), 1, 0)).toMatchObject({ ok: true, dropped: [tx("low").hash] });
    expect(pool.submit(tx("lower"), valid(0, { first: true, priority: 2n, who: "c" }), 1, 0)).toEqual({ ok: false, refusal: poolErrors.dropped() });
    expect(pool.known(tx("lower").hash, 0)).toMatchObject({ refusal: { code: 1012 } });
    expect(names(pool.ready())).toEqual(["high"]);
  });

  test("after a block forgets and bans what is in it, invalid or past its era", () => {
    const pool = createPool();
    for (const [name, nonce] of [["mined", 0], ["stays", 1]] as const) pool.submit(tx(name), valid(nonce, { first: nonce === 0 }), 1, 0);
    pool.submit(tx("old"), valid(0, { first: true, who: "b", longevity: 1n }), 1, 0);
    const gone = pool.renew([{ ...tx("stays"), validity: valid(1, { first: true }) }, { ...tx("old"), validity: valid(0, { first: true, who: "b" }) }], [tx("mined").hash], 2, 0);
    expect(gone).toEqual([tx("old").hash]);
    expect(names(pool.ready())).toEqual(["stays"]);
    for (const name of ["mined", "old"]) expect(pool.known(tx(name).hash, 0)).toMatchObject({ refusal: { code: 1012 } });
  });

  test("drops with a transaction all that need it", () => {
    const pool = createPool();
    for (const nonce of [0, 1, 2]) pool.submit(tx(String(nonce)), valid(nonce, { first: nonce === 0 }), 1, 0);
    expect(pool.drop(tx("1").hash)).toEqual([tx("1").hash, tx("2").hash]);
    expect(names(pool.ready())).toEqual(["0"]);
  });
});
