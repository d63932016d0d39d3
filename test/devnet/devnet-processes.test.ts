/** No server and no folder outlives the process that started them, however it ends. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRunFolder, createServerProcess } from "../../devnet/processes.ts";
import { findServers, startBitcoind, startRedis } from "../../devnet/servers.ts";
import { until } from "../../devnet/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const parent = `
  const { startDevnet } = await import("./devnet/devnet.ts");
  const devnet = await startDevnet();
  const pids = Object.values(devnet.servers).map((server) => server.pid());
  console.log(JSON.stringify({ folder: devnet.folder, pids, files: devnet.relayer }));
`;

describe("a whole devnet in a process of its own", () => {
  test.each(["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"] as const)("leaves no server and no folder when its process ends by %s", async (signal) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", parent], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`ended early with ${code}`)));
    });
    const { folder, pids } = JSON.parse(line) as { folder: string; pids: number[] };
    expect(pids).toHaveLength(3);
    expect(pids.every(alive)).toBe(true);
    child.kill(signal);
    await until("all servers to be gone", () => Promise.resolve(!pids.some(alive)), { withinMs: 60_000 });
    await until("the folder to be gone", () => Promise.resolve(!existsSync(folder)), { withinMs: 60_000 });
  });
});

describe("one server", () => {
  let folder: Awaited<ReturnType<typeof createRunFolder>>;
  beforeAll(async () => {
    folder = await createRunFolder();
  });
  afterAll(() => folder.remove());

  test("that cannot start says why and is not left running", async () => {
    const broken = createServerProcess({
      name: "broken", folder: folder.path, command: "sh", args: ["-c", "echo no luck; exit 3"],
      ready: () => Promise.resolve(false), readyWithinMs: 60_000, graceMs: 1000,
    });
    await expect(broken.start()).rejects.toThrow(/broken did not start: it ended with status 3. Its last words: no luck/);
    expect(broken.pid()).toBeNull();
  });

  test("that does not end on TERM is killed after the grace time", async () => {
    const stubborn = createServerProcess({
      name: "stubborn", folder: folder.path, command: "sh", args: ["-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"],
      ready: async () => (await readFile(join(folder.path, "stubborn.log"), "utf8")).includes("deaf"), readyWithinMs: 60_000, graceMs: 300,
    });
    await stubborn.start();
    const pid = stubborn.pid() ?? 0;
    await stubborn.stop();
    expect(alive(pid)).toBe(false);
  });

  test("comes back on its port with its data after stop, kill and freeze", async () => {
    const bitcoind = await startBitcoind({ folder: folder.path, paths: await findServers() });
    const signal = new AbortController().signal;
    const height = (timeoutMs?: number): Promise<unknown> => bitcoind.rpc.call("getblockcount", [], signal, timeoutMs);
    await bitcoind.rpc.call("generatetodescriptor", [3, "raw(51)"], signal);
    await bitcoind.stop();
    await expect(height()).rejects.toMatchObject({ failure: { code: "endpoint-unreachable" } });
    await bitcoind.start();
    expect(await height()).toBe(3);
    bitcoind.freeze();
    await expect(height(300)).rejects.toMatchObject({ failure: { code: "endpoint-timeout" } });
    bitcoind.thaw();
    expect(await height()).toBe(3);
    await bitcoind.kill();
    await bitcoind.start();
    expect(await height()).toBeTypeOf("number");
    await bitcoind.stop();
  });

  test("Redis keeps everything in memory and refuses instead of forgetting", async () => {
    const redis = await startRedis({ folder: folder.path, paths: await findServers() });
    expect(redis.ours).toBe(true);
    expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
    await redis.kill();
    expect(redis.pid()).toBeNull();
    await redis.start();
    expect(redis.pid()).toBeTypeOf("number");
    await redis.stop();
  });
});

test("secrets are readable by their owner only", async () => {
  const folder = await createRunFolder();
  try {
    const { writeKeyFiles } = await import("../../devnet/keys.ts");
    const files = await writeKeyFiles({ folder: folder.path, name: "relayer", privateKey: `0x${"11".repeat(32)}`, encrypted: true });
    for (const file of [files.plainFile, files.keystoreFile ?? "", files.passphraseFile ?? ""]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    const { Wallet } = await import("ethers");
    const opened = await Wallet.fromEncryptedJson(await readFile(files.keystoreFile ?? "", "utf8"), (await readFile(files.passphraseFile ?? "", "utf8")).trim());
    expect(opened.privateKey).toBe(`0x${"11".repeat(32)}`);
  } finally {
    await folder.remove();
  }
});
