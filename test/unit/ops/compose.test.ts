/** docker-compose.yml and Dockerfile: valid by the specification, exact in their versions, closed to the outside, and of one piece with ops/. */
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseConfig } from "../../../src/config/parse.ts";
import { composeFile } from "../../support/compose.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const compose = composeFile();
const services = Object.entries(compose.services);
const packageJson = JSON.parse(read("package.json")) as { readonly version: string };
const dockerfile = read("Dockerfile");

/** The specification's schema, with its draft's words for what today's calls otherwise; durations are Compose's own ("5s"). */
function schema(): z.ZodType {
  const text = read("test/fixtures/compose/compose-spec.json").replaceAll("#/definitions/", "#/$defs/").replaceAll(/,?\s*"format": "duration"/gu, "");
  const { $schema: _draft, id: _id, definitions, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return z.fromJSONSchema({ ...rest, $defs: definitions } as Parameters<typeof z.fromJSONSchema>[0]);
}

describe("docker-compose.yml", () => {
  it("is what the Compose Specification allows", () => {
    expect(schema().safeParse(compose).error?.issues ?? []).toEqual([]);
  });
  it.each([
    ["an unknown key", { services: { a: { image: "a:1", comand: [] } } }],
    ["a number for an image", { services: { a: { image: 1 } } }],
    ["an unknown condition", { services: { a: { image: "a:1", depends_on: { b: { condition: "service_fine" } } } } }],
  ])("would not be with %s", (_what, wrong) => {
    expect(schema().safeParse(wrong).success).toBe(false);
  });
  it("names every image by an exact version, its own by the version of the package", () => {
    const images = services.flatMap(([, { image }]) => image ?? []);
    expect(images.length).toBeGreaterThan(5);
    expect(images.filter((image) => !/^[a-z0-9./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)?$/u.test(image))).toEqual([]);
    expect(images).toContain(`gantry:${packageJson.version}`);
  });
  it("gives every service a profile, a restart policy and a way to tell that it is well", () => {
    for (const [name, { profiles, restart, healthcheck, build }] of services) {
      expect(profiles?.every((profile) => profile === "devnet" || profile === "run"), name).toBe(true);
      expect(restart, name).toBe("unless-stopped");
      // the product's image has its own
      expect(healthcheck !== undefined || build?.target === "product", name).toBe(true);
    }
  });
  it("publishes ports on loopback only, each once in a profile", () => {
    const ports = services.flatMap(([, one]) => (one.ports ?? []).map((port) => ({ port, profiles: one.profiles ?? [] })));
    expect(ports.filter(({ port }) => !/^127\.0\.0\.1:\d+:\d+$/u.test(port))).toEqual([]);
    for (const profile of ["devnet", "run"]) {
      const open = ports.filter(({ profiles }) => profiles.includes(profile)).map(({ port }) => port);
      expect(new Set(open).size).toBe(open.length);
    }
  });
  it("waits only for services that are there in the same profile", () => {
    for (const [name, { depends_on: needs, profiles }] of services) {
      for (const other of Object.keys(needs ?? {})) {
        for (const profile of profiles ?? []) expect(compose.services[other]?.profiles, `${name} needs ${other}`).toContain(profile);
      }
    }
  });
  it("mounts what is in the repository, read-only, what the operator brings, and volumes that it declares", () => {
    const brought = ["./gantry.yml", "./secrets", "./secrets/alertmanager"];
    for (const [name, { volumes }] of services) {
      for (const volume of volumes ?? []) {
        const [source = "", , mode] = volume.split(":");
        if (!source.startsWith("./")) expect(Object.keys(compose.volumes), name).toContain(source);
        else expect(mode, volume).toBe("ro");
        if (source.startsWith("./") && !brought.includes(source)) expect(existsSync(source), volume).toBe(true);
      }
    }
  });
  it("has a Redis that throws nothing away", () => {
    const { command = [] } = compose.services["redis"] ?? {};
    expect(command[command.indexOf("--maxmemory-policy") + 1]).toBe("noeviction");
  });
});

describe("the files it mounts", () => {
  const hosts = (profile: string): readonly string[] => services.filter(([, { profiles }]) => profiles?.includes(profile)).flatMap(([name, { networks }]) => [name, ...(networks?.default.aliases ?? [])]);
  it("name hosts that are there in either profile", () => {
    const prometheus = read("ops/prometheus/prometheus.yml");
    const targets = [...prometheus.matchAll(/"?([a-z0-9.-]+):\d+"?\]/gu)].map(([, host = ""]) => host).filter((host) => host !== "127.0.0.1");
    const [, grafana = ""] = /http:\/\/([a-z-]+):9090/u.exec(read("ops/grafana/provisioning/datasources/prometheus.yml")) ?? [];
    expect(targets).toEqual(expect.arrayContaining(["gantry", "alertmanager"]));
    for (const profile of ["devnet", "run"]) expect([...targets, grafana].filter((host) => !hosts(profile).includes(host))).toEqual([]);
  });
  it("let the devnet's parties find their nodes, with the password that bitcoind knows by its digest", () => {
    const text = read("ops/compose/devnet.json");
    const named = [...text.matchAll(/\/\/([a-z-]+):\d+/gu)].map(([, host = ""]) => host);
    expect(named.filter((host) => !hosts("devnet").includes(host))).toEqual([]);
    const { bitcoin: { user, password } } = JSON.parse(text) as { readonly bitcoin: { readonly user: string; readonly password: string } };
    const [, given, salt = "", digest] = /^-rpcauth=([a-z]+):([0-9a-f]+)\$\$([0-9a-f]+)$/u.exec(compose.services["bitcoind"]?.command?.find((word) => word.startsWith("-rpcauth")) ?? "") ?? [];
    expect(given).toBe(user);
    expect(digest).toBe(createHmac("sha256", salt).update(password).digest("hex"));
  });
  it("begin a configuration that is valid", () => {
    const text = read("ops/compose/gantry.yml");
    expect(parseConfig(text).problems).toEqual([]);
    const { ledger, http } = parse(text) as { readonly ledger: { readonly path: string }; readonly http: { readonly port: number; readonly hostNames: readonly string[] } };
    const mounted = (compose.services["gantry"]?.volumes ?? []).map((volume) => volume.split(":")[1] ?? "");
    expect(mounted.some((path) => ledger.path.startsWith(`${path}/`))).toBe(true);
    expect(compose.services["gantry"]?.ports?.some((port) => port.endsWith(`:${http.port}`))).toBe(true);
    expect(http.hostNames).toContain("gantry");
  });
});

describe("Dockerfile", () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)\n([\s\S]*?)(?=^FROM |$(?![\s\S]))/gmu)].map(([, from = "", name = "", body = ""]) => ({ from, name, body }));
  const stage = (name: string) => stages.find((one) => one.name === name)?.body ?? "";
  it("has the stages that docker-compose.yml builds", () => {
    const wanted = services.flatMap(([, { build }]) => build?.target ?? []);
    expect(wanted.filter((target) => !stages.some(({ name }) => name === target))).toEqual([]);
  });
  it("brings the Node that the set-up brings", () => {
    const [, node] = /^node_version=(\S+)$/mu.exec(read("scripts/setup.sh")) ?? [];
    expect(/^ARG NODE_VERSION=(\S+)$/mu.exec(dockerfile)?.[1]).toBe(node);
    for (const { from } of stages) expect(from === `node:\${NODE_VERSION}-bookworm-slim` || stages.some(({ name }) => name === from), from).toBe(true);
  });
  it.each(["product", "devnet"])("does not run as root in %s, and owns the folders that volumes are mounted on", (name) => {
    expect(stage(name).match(/^USER (\S+)/gmu)?.at(-1)).toBe("USER node");
    const mounted = services.filter(([, { build }]) => build?.target === name).flatMap(([, { volumes }]) => volumes ?? []).filter((volume) => !volume.startsWith("./")).map((volume) => volume.split(":")[1] ?? "");
    expect(mounted.length).toBeGreaterThan(0);
    for (const path of mounted) expect(stage(name)).toMatch(new RegExp(`install -d -o node -g node[^\\n]* ${path}(?: |$)`, "mu"));
  });
  it("tells that it is well by the loops, not by the process", () => {
    expect(stage("product")).toMatch(/^HEALTHCHECK .*\n?.*\/healthz/mu);
  });
  it("copies what is there, and never a secret, a ledger or the host's packages", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(([, from = ""]) => from.split(" "));
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    const ignored = read(".dockerignore").split("\n");
    expect(ignored).toEqual(expect.arrayContaining([".git", "node_modules", ".cache", "dist", "secrets", "*.sqlite*"]));
  });
});
