/**
 * What one process can do. It does all of it unless told; a ledger has one process, so what is left out is done by nobody.
 * Always: the names of `gantry run --role`, in the order they are shown.
 */
import type { Role } from "../app/parts.ts";

export const roles = ["watch", "relay", "monitor"] as const satisfies readonly Role[];
