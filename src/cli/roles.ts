/**
 * What one process can do. Several processes may share the roles.
 * Always: the names of `gantry run --role`, in the order they are shown.
 */
import type { Role } from "../app/parts.ts";

export const roles = ["watch", "relay", "monitor"] as const satisfies readonly Role[];
