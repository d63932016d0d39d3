/**
 * docker-compose.yml as a value, and its services as processes of this machine: the file's own command lines, with its
 * container paths, addresses and ports put in place of those that are free here.
 * Never: a command line of the test's own.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

export type ComposeService = {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
};
export type ComposeFile = { readonly services: Readonly<Record<string, ComposeService>>; readonly volumes: Readonly<Record<string, unknown>> };

export const composeFile = (): ComposeFile => parse(readFileSync("docker-compose.yml", "utf8")) as ComposeFile;

export function serviceOf(name: string): ComposeService {
  const service = composeFile().services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** What stands there instead, in one pass and the longest first, so that no path is taken for a part of another. */
export function replaced(text: string, places: Readonly<Record<string, string>>): string {
  const known = Object.keys(places).sort((a, b) => b.length - a.length).map((there) => there.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&"));
  return text.replaceAll(new RegExp(known.join("|"), "gu"), (there) => places[there] ?? there);
}

/** The service's command line, as a container would get it ($$ is one $), in this machine's places. */
export const commandOf = (name: string, places: Readonly<Record<string, string>>): readonly string[] =>
  (serviceOf(name).command ?? []).map((word) => replaced(word.replaceAll("$$", "$"), places));
