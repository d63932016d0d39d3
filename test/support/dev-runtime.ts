/**
 * The dev chain's runtime as its committed wasm describes itself, without a chain.
 * Always: the wasm's own metadata; its worker is gone when the promise resolves.
 */
import { readFile } from "node:fs/promises";

import { destroyWorker, emptyTaskHandler, runTask } from "@acala-network/chopsticks";

import { devRuntime } from "../../devnet/polkadot/server.ts";
import { createRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

/** SCALE writes these many bytes in front of bytes that are 16 KiB or longer. */
const lengthBytes = 4;

export async function devMetadata(): Promise<Hex> {
  const wasm = hexOf(await readFile(devRuntime));
  const nothing = { ...emptyTaskHandler, getStorage: () => Promise.resolve(undefined), getNextKey: () => Promise.resolve(undefined) };
  const answer = await runTask({ wasm, calls: [["Metadata_metadata", []]], mockSignatureHost: false, allowUnresolvedImports: false, runtimeLogLevel: 0 }, nothing);
  await destroyWorker();
  if ("Error" in answer) throw new Error(`The runtime does not tell its metadata: ${answer.Error}`);
  return `0x${answer.Call.result.slice(2 + 2 * lengthBytes)}`;
}

export const createDevRuntime = async (): Promise<PolkadotRuntime> => createRuntime({ specName: "gantry-dev", specVersion: 1, transactionVersion: 1, apis: new Map() }, await devMetadata());
