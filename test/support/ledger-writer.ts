/**
 * A process that saves steps as fast as it can and says on stdout which ones resolved, until it is killed.
 * Always: says "<delivery> <version>" only after the save resolved. Started with the ledger's path as its argument.
 */
import { writeSync } from "node:fs";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import { begin, step } from "./ledger.ts";

const path = process.argv[2] ?? "";
const names = Array.from({ length: 20 }, (_, index) => `d${index}`);
const ledger = await createSqliteLedger({ path });
await begin(ledger, names);

async function saveForever(name: string): Promise<void> {
  for (;;) {
    const { version } = await step(ledger, name, { proof: "x".repeat(2_000) });
    writeSync(1, `${name} ${version}\n`);
  }
}

await Promise.all(names.map(saveForever));
