/** What only the durable ledger can promise: kill -9, a full disk, one process, its file. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { transferId } from "../../src/core/values.ts";
import { createLedger } from "../../src/ledger/ledger.ts";
import { createSqliteLedger, createSqliteStore, openDatabase } from "../../src/ledger/sqlite.ts";
import type { Ledger } from "../../src/ports.ts";
import { begin, blockOf, commitOf, foundEvent, goLive, lane, moveView, nothingFound, refusalOf, setOf, signer, snapshot, step, viewOf, watchOf } from "../support/ledger.ts";

const writer = fileURLToPath(new URL("../support/ledger-writer.ts", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gantry-ledger-"));
  path = join(folder, "ledger.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function reopened<T>(look: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await createSqliteLedger({ path });
  try {
    return await look(ledger);
  } finally {
    await ledger.close();
  }
}

/** Starts the writer, kills it with SIGKILL after `lines` resolved saves, and returns the last version it told of each delivery. */
async function killWriterAfter(lines: number): Promise<ReadonlyMap<string, number>> {
  const child = spawn(process.execPath, [writer, path], { stdio: ["ignore", "pipe", "inherit"] });
  const told = new Map<string, number>();
  let count = 0;
  const ended = once(child, "close");
  try {
    for await (const line of createInterface(child.stdout)) {
      const [name = "", version = ""] = line.split(" ");
      if (/^\d+$/.test(version)) told.set(name, Number(version));
      if (++count === lines) child.kill("SIGKILL");
    }
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  expect(child.signalCode).toBe("SIGKILL");
  return told;
}

describe("kill -9", () => {
  test.each([1, 40, 700, 3_000])("after %i resolved saves: every one of them is there, and the lock is free at once", async (lines) => {
    const told = await killWriterAfter(lines);
    expect(told.size).toBeGreaterThan(0);
    await reopened(async (ledger) => {
      for (const [name, version] of told) expect((await snapshot(ledger, name)).delivery.version).toBeGreaterThanOrEqual(version);
    });
  });
});

describe("one process per ledger", () => {
  test("a second opening is refused while the first is open, by any name of the file, and allowed after it", async () => {
    const first = await createSqliteLedger({ path });
    symlinkSync(path, join(folder, "link.sqlite"));
    expect(await refusalOf(createSqliteLedger({ path }))).toBe("Unavailable ledger-locked");
    expect(await refusalOf(createSqliteLedger({ path: join(folder, "link.sqlite") }))).toBe("Unavailable ledger-locked");
    await begin(first, ["a"]);
    await first.close();
    const second = await createSqliteLedger({ path: join(folder, "link.sqlite") });
    expect((await snapshot(second, "a")).delivery.version).toBe(1);
    await second.close();
  });

  test("another process is refused, also after this one tried twice", async () => {
    const first = await createSqliteLedger({ path });
    expect(await refusalOf(createSqliteLedger({ path }))).toBe("Unavailable ledger-locked");
    // a writer that is let in would go on for ever
    const { stderr } = spawnSync(process.execPath, [writer, path], { stdio: ["ignore", "ignore", "pipe"], timeout: 60_000, killSignal: "SIGKILL" });
    expect(stderr.toString()).toContain("ledger-locked");
    await first.close();
  });

  test("a ledger that could not be opened leaves no lock behind", async () => {
    writeFileSync(path, "not a database, but long enough to be looked at as one".repeat(20));
    expect(await refusalOf(createSqliteLedger({ path }))).toBe("Misconfigured ledger-unusable");
    rmSync(path);
    await (await createSqliteLedger({ path })).close();
  });
});

describe("the file", () => {
  test("is readable by its owner only, with everything beside it, in folders made for it", async () => {
    path = join(folder, "new", "deep", "ledger.sqlite");
    const ledger = await createSqliteLedger({ path });
    await ledger.ping();
    for (const suffix of ["", "-wal", "-shm", ".lock"]) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    await ledger.close();
  });

  test("waits for the disk at every commit, with a write-ahead log and foreign keys", () => {
    const db = openDatabase(path);
    expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.prepare("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
    db.close();
  });

  test("written by a newer program is refused and left as it is", async () => {
    const db = openDatabase(path);
    db.exec("INSERT INTO migrations (number, name) VALUES (9000, 'from the future')");
    db.close();
    expect(await refusalOf(createSqliteLedger({ path }))).toBe("Misconfigured ledger-newer");
  });

  test("of another program, or a folder, is refused, and the folder keeps its mode", async () => {
    const db = openDatabase(path, []);
    db.exec("DROP TABLE migrations; CREATE TABLE theirs (id TEXT)");
    db.close();
    expect(await refusalOf(createSqliteLedger({ path }))).toBe("Misconfigured ledger-unusable");
    mkdirSync(join(folder, "folder"), { mode: 0o750 });
    expect(await refusalOf(createSqliteLedger({ path: join(folder, "folder") }))).toBe("Misconfigured ledger-unusable");
    expect(statSync(join(folder, "folder")).mode & 0o777).toBe(0o750);
  });

  test("where no folder can be made is refused at once", () => {
    const open = `import { createSqliteLedger } from ${JSON.stringify(new URL("../../src/ledger/sqlite.ts", import.meta.url).href)};\nawait createSqliteLedger({ path: "/proc/nowhere/ledger.sqlite" });`;
    // in a process of its own: what tries for ever never comes back
    const { stderr, signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", open], { stdio: ["ignore", "ignore", "pipe"], timeout: 60_000, killSignal: "SIGKILL" });
    expect([stderr.toString(), signal]).toEqual([expect.stringContaining("/proc/nowhere/ledger.sqlite cannot be opened"), null]);
  });

  test("holds everything over a restart", async () => {
    const first = await createSqliteLedger({ path });
    await begin(first, ["a", "b"]);
    await moveView(first, viewOf(8, 12));
    const { slot, hash } = await goLive(first, "a");
    await first.commit(commitOf({ found: { ...nothingFound, watches: [watchOf("w", 5, "ethereum")] } }));
    await step(first, "b", { waitsFor: { chain: "ethereum", height: 13, at: "best" }, waitCode: "x" });
    const seen = async (ledger: typeof first) => [
      await snapshot(ledger, "a"), await snapshot(ledger, "b"), await ledger.attemptByHash(hash), await ledger.view("ethereum"),
      await setOf(ledger, "ethereum"), await ledger.ranges("ethereum"), await ledger.auditLog({}), await ledger.events({}), await ledger.slots({}),
    ];
    const before = await seen(first);
    expect(await first.since({ name: "blocked", holds: true, now: 77 })).toBe(77);
    await first.close();
    const second = await createSqliteLedger({ path });
    expect(await seen(second)).toEqual(before);
    expect(await second.since({ name: "blocked", holds: true, now: 99 })).toBe(77);
    expect((await snapshot(second, "a")).slot?.ref).toEqual(slot);
    expect(await moveView(second, viewOf(9, 13))).toEqual(["b"]);
    await second.close();
  });
});

describe("a large ledger", () => {
  test("those that were made due for a slot are found without reading all that wait for one", async () => {
    const db = openDatabase(path);
    const asked: string[] = [];
    const prepare = db.prepare.bind(db);
    db.prepare = (sql) => {
      asked.push(sql);
      return prepare(sql);
    };
    const ledger = createLedger(createSqliteStore(db));
    await ledger.find({ slotOf: signer, dueBefore: 1, limit: 10 });
    const plan = asked.filter((sql) => sql.includes("wait_signer")).flatMap((sql) => prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row["detail"])));
    expect(plan).toEqual([expect.stringContaining("deliveries_due")]);
    await ledger.close();
  });

  test("no question of the loops reads a whole table", async () => {
    const db = openDatabase(path);
    const asked = new Set<string>();
    const prepare = db.prepare.bind(db);
    db.prepare = (sql) => {
      asked.add(sql);
      return prepare(sql);
    };
    const ledger = createLedger(createSqliteStore(db));
    await begin(ledger, ["a", "b"]);
    await moveView(ledger, viewOf(8, 12));
    const { hash } = await goLive(ledger, "a");
    await step(ledger, "a", { builtOn: [blockOf(9)] }, { sent: { hash, at: 1 } });
    await moveView(ledger, viewOf(8, 13, "ethereum", 12), { dropped: [blockOf(12)], blocks: [blockOf(12, "b"), blockOf(13, "b")] });
    await ledger.commit(commitOf({ dropped: [blockOf(10)], found: { ...nothingFound, watches: [watchOf("w", 5, "ethereum")] } }));
    await Promise.all([
      ledger.find({ dueBefore: 1, limit: 1_000 }), ledger.find({ lane, states: ["seen", "sent"], dueBefore: 1 }), ledger.find({ states: ["parked"] }),
      ledger.find({ serves: transferId("t") }), ledger.attemptByHash(hash), ledger.slots({ signer, open: true }), ledger.watchSet("ethereum"),
      ledger.ranges("ethereum"), ledger.auditLog({ subject: "a", limit: 5 }), ledger.ping(),
      ledger.mayAsk({ signer, maxOpenSlots: 9, rank: 1, now: 1 }),
    ]);
    const place = { id: transferId("t"), openedAt: 1 };
    await ledger.putTransfers([], { cursor: 1, fold: "f" }, { cursor: 0, fold: "" });
    for (const where of [{ open: true, after: place }, { bridge: "b", kind: "k" }, { key: "k" }, { text: "k", open: true }, { ids: [place.id], fold: "f" }, { after: place }]) {
      await ledger.transfers({ ...where, limit: 10 });
    }
    await Promise.all([ledger.changes(1, 10), ledger.projection(), ledger.forgetTransfers("f", 10), ledger.spent(signer, 1)]);
    const explainable = [...asked].filter((sql) => /^(SELECT|UPDATE|DELETE)/.test(sql));
    const scans = explainable.flatMap((sql) =>
      prepare(`EXPLAIN QUERY PLAN ${sql}`).all().filter((row) => String(row["detail"]).startsWith("SCAN")).map((row) => `${String(row["detail"])}: ${sql}`));
    expect(explainable.length).toBeGreaterThan(20);
    expect(scans).toEqual([]);
    await ledger.close();
  });
});

describe("a full disk", () => {
  test("a file that may not grow fails the commit itself: what was told is there, what was refused is not", async () => {
    // 4,000 blocks of 512 or 1,024 bytes, by the shell; Node ignores the signal, so the write fails like one to a broken disk
    const child = spawn("sh", ["-c", 'ulimit -f 4000 && exec "$0" "$@"', process.execPath, writer, path], { stdio: ["ignore", "pipe", "inherit"] });
    const told = new Map<string, number>();
    const refused: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      const [name = "", word = "", code = ""] = line.split(" ");
      if (word === "refused") refused.push(code);
      else told.set(name, Number(word));
    }
    expect(refused).toEqual(Array(20).fill("ledger-unwritable"));
    await reopened(async (ledger) => {
      for (const [name, version] of told) expect((await snapshot(ledger, name)).delivery.version).toBe(version);
      await step(ledger, "d0", { proof: "y".repeat(2_000) });
    });
  });

  test("nothing resolves and nothing is visible while it lasts; afterwards everything goes on", async () => {
    const db = openDatabase(path);
    const ledger = createLedger(createSqliteStore(db));
    const names = Array.from({ length: 20 }, (_, index) => `d${index}`);
    await begin(ledger, names);
    const pages = Number(db.prepare("PRAGMA page_count").get()?.["page_count"]);
    db.exec(`PRAGMA max_page_count = ${pages + 4}`);
    const before = await Promise.all(names.map((name) => snapshot(ledger, name)));

    const small = step(ledger, "d0", { wakeAt: 1 });
    const large = names.slice(1).map((name) => step(ledger, name, { proof: "x".repeat(4_000) }));
    const refused = await Promise.all([small, ...large, ledger.ping()].map(refusalOf));
    expect(new Set(refused)).toEqual(new Set(["Unavailable ledger-unwritable"]));
    expect(await Promise.all(names.map((name) => snapshot(ledger, name)))).toEqual(before);
    const commit = commitOf({ found: { ...nothingFound, events: [{ ...foundEvent("e"), payload: "x".repeat(80_000) }] } });
    expect(await refusalOf(ledger.commit(commit))).toBe("Unavailable ledger-unwritable");

    db.exec("PRAGMA max_page_count = 1000000");
    await Promise.all(names.map((name) => step(ledger, name, { proof: "x".repeat(4_000) })));
    await ledger.commit(commit);
    await ledger.ping();
    const healed = await Promise.all(names.map((name) => snapshot(ledger, name)));
    expect(healed.map(({ delivery }) => delivery.version)).toEqual(names.map(() => 2));
    await ledger.close();
  });
});
