/**
 * A real redis-server for tests: free loopback port, nothing kept, always stopped, also when the test dies.
 * Always: the test that starts one stops it; a stopped one can be started again on the same port, empty.
 * Never: a server somebody else runs, or one reachable from outside.
 */
import { createConnection } from "node:net";
import { createRunFolder, createServerProcess, freePort } from "../../devnet/processes.ts";
import { findServers } from "../../devnet/servers.ts";
import { until as untilHolds } from "../../devnet/until.ts";

/** devnet's poll with the patience these tests need. */
export async function until(what: string, yes: () => boolean | Promise<boolean>): Promise<void> {
  await untilHolds(what, async () => yes(), { withinMs: 60_000, everyMs: 20 });
}

/** Sends one inline command and returns the first bytes of the answer; "" when nobody listens. */
export function redisCommand(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port }, () => socket.write(`${command}\r\n`));
    socket.once("data", (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.once("error", () => resolve(""));
    socket.once("close", () => resolve(""));
  });
}

export type TestRedis = {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  /** at once, as a crash does */
  kill(): Promise<void>;
  /** silent from now on, with its sockets open */
  freeze(): void;
  thaw(): void;
  /** for good */
  end(): Promise<void>;
};

/** Started and answering. `flags` are options of redis-server. */
export async function createTestRedis(flags: readonly string[] = []): Promise<TestRedis> {
  // A user's own Redis must not be emptied or stopped, so these tests always start one of theirs.
  const command = (await findServers()).redisServer ?? "redis-server";
  const folder = await createRunFolder();
  const port = await freePort();
  const server = createServerProcess({
    name: "redis", folder: folder.path, command,
    args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder.path, "--save", "", "--appendonly", "no", ...flags],
    // any answer will do, also "log in first"
    ready: async () => (await redisCommand(port, "PING")) !== "",
    readyWithinMs: 60_000, graceMs: 2_000,
  });
  const end = async (): Promise<void> => {
    await server.kill();
    await folder.remove();
  };
  await server.start();
  return { port, url: `redis://127.0.0.1:${port}`, start: () => server.start(), kill: () => server.kill(), freeze: () => server.freeze(), thaw: () => server.thaw(), end };
}
