/**
 * Reads the configuration from disk. The only file that looks at the environment.
 * Always: paths in the result are absolute; secret files are there and readable by their owner only; all mistakes at once.
 * Never: keeps a secret in the configuration. Secrets are read from their files where they are used.
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { failureOf, misconfigured } from "../core/errors.ts";
import { checkSecretFile, readSecretFile } from "../secret.ts";
import { looksLikeKey } from "./leaf.ts";
import { configInvalid, parseConfig } from "./parse.ts";
import type { Config } from "./schema.ts";
import { filesIn, pathText } from "./shape.ts";
import type { FileKey, KeyPath } from "./shape.ts";

const usualName = "gantry.yml";

/** The file to read: as told, else GANTRY_CONFIG, else gantry.yml in the working folder. */
export const configFile = (told?: string): string => told ?? process.env["GANTRY_CONFIG"] ?? usualName;

async function secretProblem(one: FileKey, folder: string): Promise<readonly string[]> {
  if (one.file !== "secret" || looksLikeKey(one.value)) return [];
  return checkSecretFile(resolve(folder, one.value), pathText(one.path)).then(() => [], (thrown: unknown) => [failureOf(thrown).message]);
}

/** Sets one value of a freshly parsed configuration. */
function put(config: Config, path: KeyPath, value: string): void {
  let at: unknown = config;
  for (const step of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[step];
  const last = path.at(-1);
  if (last !== undefined) (at as Record<string | number, unknown>)[last] = value;
}

/**
 * Throws Misconfigured "config-missing" when the file cannot be read, "config-invalid" with all its mistakes
 * (evidence {file, problems}).
 */
export async function loadConfig(file: string): Promise<Config> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw misconfigured("config-missing", `configuration "${file}" cannot be read (${code}); name another with --config or GANTRY_CONFIG, or begin with a copy of gantry.example.yml`, { cause });
  });
  const { config, raw, problems } = parseConfig(text);
  const folder = dirname(resolve(file));
  const missing = await Promise.all(filesIn(config ?? raw).map((one) => secretProblem(one, folder)));
  const all = [...problems, ...missing.flat()];
  if (config === null || all.length > 0) throw configInvalid(file, all);
  for (const { path, value } of filesIn(config)) put(config, path, resolve(folder, value));
  return config;
}

type EndpointAddress = { readonly name: string; readonly url?: string | undefined; readonly urlFile?: string | undefined };

/** Where an endpoint listens, read from its file when the URL is a secret. Throws Misconfigured "secret-file-…", "endpoint-url-invalid". */
export async function endpointUrl(endpoint: EndpointAddress, protocol: "http" | "ws" = "http", what: "endpoint" | "webhook" = "endpoint"): Promise<string> {
  if (endpoint.urlFile === undefined) return endpoint.url ?? "";
  const url = (await readSecretFile(endpoint.urlFile, `urlFile of ${what} "${endpoint.name}"`)).reveal().trim();
  if (URL.canParse(url) && [`${protocol}:`, `${protocol}s:`].includes(new URL(url).protocol)) return url;
  throw misconfigured("endpoint-url-invalid", `urlFile of ${what} "${endpoint.name}": "${endpoint.urlFile}" does not hold a URL; one line with a ${protocol}:// or ${protocol}s:// URL is needed`);
}
