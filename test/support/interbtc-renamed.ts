/**
 * The upgraded runtime with one of its calls under another name: a change of shape that a bridge must notice.
 * Always: a real runtime, made from the project's own by writing a name of the same length into its text.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";

/** what a compressed runtime begins with */
const mark = 8;

/** A .wasm file in `folder`, of the upgrade's spec version. */
export async function renamedRuntime(folder: string, call: string, as: string): Promise<string> {
  const packed = await readFile(upgradedRuntime);
  const wasm = zstdDecompressSync(packed.subarray(mark));
  if (call.length !== as.length || !wasm.includes(call)) throw new RangeError(`${call} cannot become ${as}`);
  for (let at = wasm.indexOf(call); at >= 0; at = wasm.indexOf(call, at + 1)) wasm.write(as, at, "latin1");
  const file = join(folder, `${as}.wasm`);
  await writeFile(file, Buffer.concat([packed.subarray(0, mark), zstdCompressSync(wasm)]));
  return file;
}
