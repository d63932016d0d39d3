/**
 * A real redis-server for tests: free loopback port, nothing on disk, always stopped.
 * Always: the test that starts one stops it; a stopped one can be started again on the same port, empty.
 * Never: a server somebody else runs, or one reachable from outside.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, createConnection } from "node:net";
import type { AddressInfo } from "node:net";
import { findServers } from "../../devnet/servers.ts";

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** One bounded poll for everything: asks every 20 ms until the answer is yes. */
export async function until(what: string, yes: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await yes())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
  stop(): Promise<void>;
};

export async function createTestRedis(flags: readonly string[] = []): Promise<TestRedis> {
  // A user's own Redis must not be emptied or stopped, so these tests always start one of theirs.
  const binary = (await findServers()).redisServer ?? "redis-server";
  const port = await freePort();
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    running.kill("SIGKILL");
    await once(running, "exit");
  };
  const start = async (): Promise<void> => {
    child = spawn(binary, ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no", ...flags], { stdio: "ignore" });
    // `-` any answer at all, also NOAUTH
    await until(`redis-server answers on port ${port}`, async () => (await redisCommand(port, "PING")) !== "");
  };
  await start();
  return { port, url: `redis://127.0.0.1:${port}`, start, stop };
}
