/**
 * `gantry doctor`: everything Gantry needs, looked at one by one, each line with what to do.
 * Always: changes nothing but an empty lock file; a part that fails does not hide the next one.
 * Never: a secret or a URL with credentials.
 */
import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/schema.ts";
import { misconfigured } from "../core/errors.ts";
import { accessPath, readAccess } from "../web/access.ts";
import { createClient } from "./client.ts";
import { bridgeChecks, chainChecks } from "./doctor-chains.ts";
import { examine, linesOf, ok, warn } from "./doctor-check.ts";
import type { Finding } from "./doctor-check.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

const oldestNode = [22, 18] as const;

export async function doctor(config: Config, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const { lines, code } = await examine([
    { what: "configuration", look: () => Promise.resolve(ok("valid")) },
    { what: "Node.js", look: () => Promise.resolve(nodeVersion(process.versions.node)) },
    { what: "ledger", look: () => ledger(config.ledger.path) },
    { what: "http", look: () => http(config) },
    { what: "redis", look: () => redis(config) },
    ...chainChecks(config),
    ...bridgeChecks(config),
    ...(config.chains.polkadot === undefined ? [] : (await import("./doctor-polkadot.ts")).polkadotChecks(config)),
  ]);
  if (json) terminal.out(JSON.stringify({ ok: code === exitCodes.ok, checks: lines }, null, 2));
  else for (const line of linesOf(lines, terminal)) terminal.out(line);
  return code;
}

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return enough ? ok(version) : warn(`${version}; ${oldestNode.join(".")} or newer is needed, 24 is preferred`);
}

/** The process that answers for this ledger; null: none does. */
const runningOn = (path: string) =>
  readAccess(accessPath(path)).then((found) => createClient(found).ready().then((verdict) => ({ ...found, verdict }))).catch(() => null);

/** Held by a running Gantry is good; else the lock must be free and the folder writable. */
async function ledger(path: string): Promise<Finding> {
  const running = await runningOn(path);
  if (running !== null) {
    const { pid, verdict } = running;
    return verdict.ok ? ok(`in use by the running Gantry (process ${pid}), which is ready`) : warn(`in use by the running Gantry (process ${pid}), which is not ready: ${verdict.reasons.join("; ")}`);
  }
  const there = await stat(path).catch(() => null);
  if (there === null) {
    await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
      throw misconfigured("ledger-unusable", `ledger.path: the folder of "${path}" is not there or not writable by this user; make it, or name another one`, { cause });
    });
    return ok(`${path} will be made at the first start`);
  }
  const { lock } = await import("../ledger/lock.ts");
  lock(path).release();
  await access(path, constants.R_OK | constants.W_OK);
  return ok(`${path}, ${Math.ceil(there.size / 1024)} KiB, free`);
}

/** Taken by a running Gantry is good; else it must be free. */
async function http({ http: { host, port }, ledger: { path } }: Config): Promise<Finding> {
  const running = await runningOn(path);
  if (running !== null) return ok(running.url);
  const { tryListen } = await import("../web/listen.ts");
  await tryListen(host, port);
  return ok(port === 0 ? `${host}, any port` : `${host}:${port} is free`);
}

async function redis({ redis: { url, passwordFile }, instance }: Config): Promise<Finding> {
  const { createBullmqWakeQueue } = await import("../queue/bullmq.ts");
  const { readSecretFile } = await import("../secret.ts");
  const { createClock } = await import("../clock.ts");
  const password = passwordFile === undefined ? {} : { password: (await readSecretFile(passwordFile, "redis.passwordFile")).reveal() };
  const quiet = () => undefined;
  const queue = createBullmqWakeQueue({
    url, ...password, prefix: `gantry:${instance}`, clock: createClock(),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet }, meter: { count: quiet, observe: quiet, set: quiet },
  });
  try {
    const { version, evictionPolicy } = await queue.checkRedis();
    return ok(`version ${version}, ${evictionPolicy}`);
  } finally {
    await queue.close();
  }
}
