/**
 * Which Gantry this is.
 * Always: the version of the nearest package.json named gantry; source and built form lie at different depths.
 */
import { readFileSync } from "node:fs";

function versionAbove(folder: URL): string {
  try {
    const found: unknown = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    if (typeof found === "object" && found !== null && "name" in found && found.name === "gantry" && "version" in found) return String(found.version);
  } catch {
    // not here: one folder up
  }
  const up = new URL("../", folder);
  return up.href === folder.href ? "unknown" : versionAbove(up);
}

export const version = versionAbove(new URL("./", import.meta.url));
