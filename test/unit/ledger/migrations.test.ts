/** Migrations: each whole or not at all, in order, once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrations } from "../../../src/ledger/migrations.ts";
import type { Migration } from "../../../src/ledger/migrations.ts";
import { openDatabase } from "../../../src/ledger/sqlite.ts";
import { refusalOf } from "../../support/ledger.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gantry-ledger-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const one = { number: 1, name: "one", sql: "CREATE TABLE one (id TEXT)" };
const two = { number: 2, name: "two", sql: "CREATE TABLE two (id TEXT); INSERT INTO one (id) VALUES ('by two')" };

/** Opens at `steps` and gives the first column of what `sql` selects. */
async function open(steps: readonly Migration[], sql = "SELECT number FROM migrations ORDER BY number"): Promise<readonly unknown[]> {
  const db = openDatabase(join(folder, "ledger.sqlite"), steps);
  try {
    return db.prepare(sql).all().flatMap((row) => Object.values(row));
  } finally {
    db.close();
  }
}

test("are numbered without gaps", () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
});

test("run once each, and later only what is new", async () => {
  expect(await open([one])).toEqual([1]);
  expect(await open([one, two])).toEqual([1, 2]);
  expect(await open([one, two], "SELECT id FROM one")).toEqual(["by two"]);
});

test("number what an older ledger holds, events before the deliveries they began, and count it", async () => {
  const db = openDatabase(join(folder, "ledger.sqlite"), migrations.slice(0, 1));
  db.exec(`
    INSERT INTO events (id, kind, body) VALUES ('a', 'k', '{}'), ('b', 'k', '{}');
    INSERT INTO deliveries (id, lane, event, state, created_at, version, body)
      VALUES ('d', 'l', 'a', 'seen', 1, 1, '{}'), ('e', 'l', 'b', 'seen', 1, 1, '{}')`);
  db.close();
  expect(await open(migrations, "SELECT id FROM (SELECT id, seq FROM events UNION ALL SELECT id, seq FROM deliveries) ORDER BY seq")).toEqual(["a", "b", "d", "e"]);
  expect(await open(migrations, "SELECT lane, state, count FROM delivery_counts")).toEqual(["l", "seen", 2]);
});

test("one that fails leaves the schema before it, and is tried again", async () => {
  expect(await refusalOf(open([one, { ...two, sql: `${two.sql}; NONSENSE` }]))).not.toBe("nothing");
  expect(await open([one])).toEqual([1]);
  expect(await open([one, two])).toEqual([1, 2]);
});

test("a newer schema is refused by name", async () => {
  await open([one, two]);
  expect(await refusalOf(open([one]))).toBe("Misconfigured ledger-newer");
});
