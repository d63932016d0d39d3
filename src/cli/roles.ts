/**
 * What one process can do. Several processes may share the roles.
 * Always: the names of `gantry run --role`.
 */
export const roles = ["watch", "relay", "monitor"] as const;
export type Role = (typeof roles)[number];
