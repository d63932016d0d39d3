/**
 * The page for people, as files in memory: read once at the start, served as they are.
 * Always: only what the build wrote; the names under assets/ carry their content's digest, so a browser may keep them.
 * Never: a path from a request reaching the file system.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type PageFile = { readonly path: string; readonly body: Buffer; readonly contentType: string; readonly etag: string; readonly isKept: boolean };

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
};

/** The built form has the page beside it; a clone has it where the set-up builds it. */
export const pageFolder: string = fileURLToPath(new URL(extname(import.meta.url) === ".ts" ? "../../.cache/page/" : "../../page/", import.meta.url));

/** @returns no files when the page was not built */
export async function readPage(folder: string): Promise<readonly PageFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = await Promise.all(names.map(async (name): Promise<PageFile | null> => {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) return null;
    const body = await readFile(join(folder, name));
    const path = `/${name.replaceAll("\\", "/")}`;
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
    return { path: path === "/index.html" ? "/" : path, body, contentType, etag, isKept: path.startsWith("/assets/") };
  }));
  return files.filter((file) => file !== null);
}
