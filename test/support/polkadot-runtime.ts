/** The dev chain's runtime for tests, and a second build of it with a higher spec version. */
import { existsSync } from "node:fs";

import { devRuntime } from "../../devnet/polkadot/server.ts";

export const runtimeWasm: string = existsSync(devRuntime) ? devRuntime : "/tmp/t2/v1.compressed.wasm";
export const nextRuntimeWasm: string = existsSync(devRuntime) ? devRuntime.replace(/\.compact/, "_next.compact") : "/tmp/t2/v2.compressed.wasm";
