/**
 * Connections to the Redis behind the wakes, and what Redis must be for them.
 * Always: a producer's command ends within `commandTimeoutMs`; every connection has an 'error' listener, so that
 * Redis going away is a state, not a crash; a password is given apart from the URL.
 * Never: the URL or the password in a message. Host and port are all that is shown.
 */
import { Redis } from "ioredis";
import { misconfigured, unavailable } from "../core/errors.ts";
import type { GantryError } from "../core/errors.ts";
import type { Millis } from "../core/values.ts";

export type RedisAccess = {
  /** redis://[user@]host:port[/db], or rediss:// for TLS */
  readonly url: string;
  /** given apart from the URL because it comes from a file */
  readonly password?: string;
};
export type RedisFacts = { readonly version: string; readonly evictionPolicy: string };

const oldestVersion = [6, 2] as const;
const longestReconnectWaitMs = 1_000;

/** How Redis is called in messages: host and port, nothing else of the URL. */
export function redisLabel(access: RedisAccess): string {
  const url = new URL(access.url);
  return `${url.hostname}:${url.port === "" ? "6379" : url.port}`;
}

const reconnectWaitMs = (times: number): Millis => Math.min(50 * 2 ** Math.min(times, 6), longestReconnectWaitMs);
const password = (access: RedisAccess): { password?: string } => (access.password === undefined ? {} : { password: access.password });

/** For wakes and questions: refuses at once while Redis is away, and never answers later than the timeout. */
export function connectForCommands(access: RedisAccess, connectionName: string, commandTimeoutMs: Millis): Redis {
  return new Redis(access.url, {
    ...password(access),
    connectionName,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    retryStrategy: reconnectWaitMs,
    // A wake that may or may not have arrived is not worth repeating: the caller was told, the audit repeats it.
    autoResendUnfulfilledCommands: false,
  });
}

/**
 * For a worker: waits for Redis as long as it takes, until `stopped` says that nobody needs it any more.
 * The worker makes and closes the two connections of these options itself.
 */
export const connectionForWorker = (access: RedisAccess, connectionName: string, stopped: () => boolean) => ({
  ...password(access),
  url: access.url,
  connectionName,
  maxRetriesPerRequest: null,
  retryStrategy: (times: number): Millis | null => (stopped() ? null : reconnectWaitMs(times)),
});

/** Resolves at the first success or failure of a new connection: before that, "away" would be a guess. */
export function firstContact(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["ready", "error", "close", "end"]) redis.off(event, done);
      resolve();
    };
    for (const event of ["ready", "error", "close", "end"]) redis.on(event, done);
  });
}

/** Some connection errors carry only a code. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || ("code" in thrown ? String(thrown.code) : thrown.name) : String(thrown);

/** Every failed command means the same to the callers: go on without this wake. */
export const queueUnavailable = (access: RedisAccess, reason: string, cause: unknown): GantryError =>
  unavailable(
    "queue-unavailable",
    `Redis at ${redisLabel(access)} does not take wakes now (${reason}); nothing is lost, the audit repeats them; check that it runs and can be reached`,
    { cause },
  );

/** At the start, refused credentials are a mistake of the configuration, not a passing state. */
export function redisUnauthorized(access: RedisAccess, reason: string): GantryError | null {
  const refusal = /^(NOAUTH|WRONGPASS|NOPERM)\b/u.exec(reason)?.[1];
  if (refusal === undefined) return null;
  return misconfigured(
    "redis-unauthorized",
    `Redis at ${redisLabel(access)} refused the login or a command (${refusal}); correct redis.passwordFile, or the user's permissions`,
  );
}

const fieldOf = (info: string, field: string): string | null =>
  new RegExp(`^${field}:(.*?)\\r?$`, "mu").exec(info)?.[1]?.trim() ?? null;

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
};

/**
 * Reads version and eviction policy out of an INFO answer and refuses a Redis that would drop or mangle wakes.
 * Throws Misconfigured "redis-eviction-policy", "redis-too-old".
 */
export function readRedisFacts(info: string, access: RedisAccess): RedisFacts {
  const version = fieldOf(info, "redis_version") ?? "unknown";
  const evictionPolicy = fieldOf(info, "maxmemory_policy") ?? "unknown";
  if (!isNewEnough(version)) {
    throw misconfigured("redis-too-old", `Redis at ${redisLabel(access)} is version ${version}; 6.2 or newer is needed: upgrade it`);
  }
  if (evictionPolicy !== "noeviction") {
    throw misconfigured(
      "redis-eviction-policy",
      `Redis at ${redisLabel(access)} has maxmemory-policy "${evictionPolicy}" and may drop parts of a queue; only "noeviction" is allowed: set it in redis.conf`,
      { evidence: { policy: evictionPolicy } },
    );
  }
  return { version, evictionPolicy };
}
