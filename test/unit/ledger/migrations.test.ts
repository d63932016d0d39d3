/** Migrations: each whole or not at all, in order, once. */
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, migrations } from "../../../src/ledger/migrations.ts";
import { refusalOf } from "../../support/ledger.ts";

let db: DatabaseSync;
beforeEach(() => void (db = new DatabaseSync(":memory:")));
afterEach(() => db.close());

const one = { number: 1, name: "one", sql: "CREATE TABLE one (id TEXT)" };
const two = { number: 2, name: "two", sql: "CREATE TABLE two (id TEXT); INSERT INTO one (id) VALUES ('by two')" };
const numbers = (): readonly unknown[] => db.prepare("SELECT number FROM migrations ORDER BY number").all().map((row) => row["number"]);
const attempt = (steps: typeof migrations): Promise<string> => refusalOf(Promise.resolve().then(() => migrate(db, steps)));

test("are numbered without gaps", () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
});

test("run once each, and later only what is new", () => {
  migrate(db, [one]);
  migrate(db, [one, two]);
  migrate(db, [one, two]);
  expect(numbers()).toEqual([1, 2]);
  expect(db.prepare("SELECT id FROM one").all()).toHaveLength(1);
});

test("one that fails leaves the schema before it, and is tried again", async () => {
  expect(await attempt([one, { ...two, sql: `${two.sql}; NONSENSE` }])).not.toBe("nothing");
  expect(numbers()).toEqual([1]);
  migrate(db, [one, two]);
  expect(numbers()).toEqual([1, 2]);
});

test("a newer schema is refused by name", async () => {
  migrate(db, [one, two]);
  expect(await attempt([one])).toBe("Misconfigured ledger-newer");
});

test("a database of another program is left alone", async () => {
  db.exec("CREATE TABLE theirs (id TEXT)");
  expect(await attempt(migrations)).toBe("Misconfigured ledger-unusable");
  expect(db.prepare("SELECT name FROM sqlite_master").all()).toHaveLength(1);
});
