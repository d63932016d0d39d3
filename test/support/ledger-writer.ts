/**
 * A process that saves steps as fast as it can and says on stdout what became of each, until it is killed or refused.
 * Always: says "<delivery> <version>" only after that save resolved; "<delivery> refused <code>" is its delivery's last word.
 * Started with the ledger's path as its argument.
 */
import { writeSync } from "node:fs";
import { failureOf } from "../../src/core/errors.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import { begin, step } from "./ledger.ts";

const path = process.argv[2] ?? "";
const names = Array.from({ length: 20 }, (_, index) => `d${index}`);
const ledger = await createSqliteLedger({ path });
await begin(ledger, names);

async function saveUntilRefused(name: string): Promise<void> {
  try {
    for (;;) {
      const { version } = await step(ledger, name, { proof: "x".repeat(2_000) });
      writeSync(1, `${name} ${version}\n`);
    }
  } catch (thrown) {
    writeSync(1, `${name} refused ${failureOf(thrown).code}\n`);
  }
}

await Promise.all(names.map(saveUntilRefused));
await ledger.close();
