/** One suite for every ledger: what is promised in src/ports.ts holds for memory and for SQLite alike. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import type { Ledger } from "../../src/ports.ts";
import { commits } from "./ledger/commits.ts";
import { desk } from "./ledger/desk.ts";
import { pruning } from "./ledger/pruning.ts";
import { saves } from "./ledger/saves.ts";
import { slots } from "./ledger/slots.ts";
import { transfers } from "./ledger/transfers.ts";
import { turns } from "./ledger/turns.ts";
import { waits } from "./ledger/waits.ts";

const stores: Readonly<Record<string, (folder: string) => Promise<Ledger>>> = {
  memory: async () => createMemoryLedger(),
  sqlite: (folder) => createSqliteLedger({ path: join(folder, "ledger.sqlite") }),
};

describe.each(Object.entries(stores))("the %s ledger", (_, open) => {
  let folder: string;
  let ledger: Ledger;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "gantry-ledger-"));
    ledger = await open(folder);
  });
  afterEach(async () => {
    await ledger.close();
    rmSync(folder, { recursive: true });
  });

  describe("steps of a delivery", () => saves(() => ledger));
  describe("slots", () => slots(() => ledger));
  describe("whose turn it is for a slot", () => turns(() => ledger));
  describe("what watchers commit", () => commits(() => ledger));
  describe("whom a commit wakes", () => waits(() => ledger));
  describe("changes and transfers", () => transfers(() => ledger));
  describe("letting go", () => pruning(() => ledger));
  describe("questions, halts and the end", () => desk(() => ledger));
});
