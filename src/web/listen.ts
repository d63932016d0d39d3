/**
 * Whether the API's address can be had.
 * Always: what is taken to try is given back at once. Never: an answer for later; somebody else may take it meanwhile.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { misconfigured } from "../core/errors.ts";
import type { GantryError } from "../core/errors.ts";

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has it", EADDRNOTAVAIL: "it is no address of this machine", EACCES: "this user may not", ENOTFOUND: "there is no host of this name",
};

/** Misconfigured `listen-failed` */
export function cannotListen(host: string, port: number, cause: unknown): GantryError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return misconfigured("listen-failed", `http: cannot listen on ${host}:${port}: ${reasons[code] ?? code}; choose a free port (http.port; 0 takes any) and an address of this machine (http.host)`, { cause });
}

/** @throws Misconfigured `listen-failed` */
export async function tryListen(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }
  server.close();
  await once(server, "close");
}
