/**
 * Real Prometheus and Alertmanager on ops/, pointed at a running Gantry: what they raise, and what clears again.
 * Always: the rules of the repository with every duration in them shortened by one factor; the inhibitions as they are.
 * Never: a receiver; what would be sent is read from Alertmanager's API.
 */
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { createServerProcess, freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { findMonitoring } from "./monitoring.ts";

export type Alert = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>>; readonly isInhibited: boolean };

export interface Alerting {
  /** what people would be told now: firing and not inhibited; without the watchdog, which always is */
  told(): Promise<readonly Alert[]>;
  /** everything that fires, also what is inhibited */
  firing(): Promise<readonly Alert[]>;
  /** resolves when this alert (with these labels) is told */
  raised(name: string, labels?: Readonly<Record<string, string>>, withinMs?: number): Promise<Alert>;
  /** the alert is told with these labels, alone (or with `beside`), with texts that are filled in; nothing is told any more after the repair */
  alone(name: string, labels: Readonly<Record<string, string>>, repair: () => Promise<unknown>, options?: { readonly withinMs?: number; readonly beside?: readonly string[] }): Promise<Alert>;
  /** resolves when this alert is told, and no other */
  only(name: string, withinMs?: number): Promise<unknown>;
  /** resolves when nothing at all is told */
  quiet(withinMs?: number): Promise<void>;
  /** remembers what people hear of from now on */
  listen(): Listener;
  /** an instant query's values with their labels */
  query(expr: string): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>;
  end(): Promise<void>;
}

export interface Listener {
  /** names of alerts that were told for long enough that people heard of them */
  heard(): readonly string[];
  end(): Promise<readonly string[]>;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** shorter windows would not hold enough scrapes to tell an increase */
const leastSeconds = 5;

/** Every duration in a rule file, `factor` times as long. */
export function paced(text: string, factor: number): string {
  const scaled = (amount: string, unit: string, least: number): string => `${Math.max(least, Math.round(Number(amount) * (unitSeconds[unit] ?? 1) * factor))}s`;
  return text
    .replaceAll(/(\bfor: )(\d+)([smhd])\b/gu, (_all, before: string, amount: string, unit: string) => before + scaled(amount, unit, 1))
    .replaceAll(/(\[|offset )(\d+)([smhd])\b/gu, (_all, before: string, amount: string, unit: string) => before + scaled(amount, unit, leastSeconds));
}

async function writeRules(to: string, factor: number): Promise<void> {
  for (const name of await readdir("ops/prometheus/rules")) await writeFile(join(to, name), paced(await readFile(join("ops/prometheus/rules", name), "utf8"), factor));
}

async function writePrometheus(folder: string, target: string, alertmanager: number): Promise<string> {
  const config = parse(await readFile("ops/prometheus/prometheus.yml", "utf8")) as Record<string, unknown>;
  const file = join(folder, "prometheus.yml");
  await writeFile(file, stringify({
    ...config, global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
    scrape_configs: [{ job_name: "gantry", static_configs: [{ targets: [target] }] }],
  }));
  return file;
}

type ShownAlert = { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>>; readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] } };

/**
 * Told for less than this, nobody is told: one look of Gantry at its gauges counts until the next one, some ten seconds later. A wake
 * that was due in that very moment outlasts a shortened rule, but by far no rule of ops/.
 */
const heldBackMs = 15_000;
/** looks in a row that may fail: an Alertmanager that is busy for a moment says nothing about Gantry */
const mostFailures = 40;

function listen(told: () => Promise<readonly Alert[]>): Listener {
  const since = new Map<string, number>();
  const heard = new Set<string>();
  const over = new AbortController();
  const look = async (): Promise<void> => {
    for (let failures = 0; !over.signal.aborted; await pause(250)) {
      const alerts = await told().catch((cause: unknown) => {
        failures += 1;
        if (failures > mostFailures) throw cause;
        return null;
      });
      if (alerts === null) continue;
      failures = 0;
      const names = new Set(alerts.map(({ name }) => name));
      const now = performance.now();
      for (const name of since.keys()) if (!names.has(name)) since.delete(name);
      for (const name of names) {
        const from = since.get(name) ?? now;
        since.set(name, from);
        if (now - from >= heldBackMs) heard.add(name);
      }
    }
  };
  const looking = look();
  looking.catch(() => undefined);
  return {
    heard: () => [...heard],
    end: async () => {
      over.abort();
      await looking;
      return [...heard];
    },
  };
}

/** @param options.target host:port of Gantry; `factor` shortens every duration of the rules */
export async function startAlerting(options: { readonly folder: string; readonly target: string; readonly factor: number }): Promise<Alerting> {
  const paths = await findMonitoring();
  const folder = join(options.folder, "alerting");
  for (const path of ["rules", "alertmanager"]) await mkdir(join(folder, path), { recursive: true });
  await cp("ops/alertmanager", join(folder, "alertmanager"), { recursive: true });
  await writeRules(join(folder, "rules"), options.factor);
  const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
  const [api, alertApi] = [`http://127.0.0.1:${prometheusPort}`, `http://127.0.0.1:${alertmanagerPort}`];
  const isReady = (url: string) => async () => (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
  const common = { folder, readyWithinMs: 90_000, graceMs: 5_000 };
  const alertmanager = createServerProcess({
    ...common, name: "alertmanager", command: paths.alertmanager, ready: isReady(alertApi),
    args: [`--config.file=${join(folder, "alertmanager/alertmanager.yml")}`, `--storage.path=${join(folder, "am")}`, `--web.listen-address=127.0.0.1:${alertmanagerPort}`, "--cluster.listen-address="],
  });
  const prometheus = createServerProcess({
    ...common, name: "prometheus", command: paths.prometheus, ready: isReady(api),
    args: [`--config.file=${await writePrometheus(folder, options.target, alertmanagerPort)}`, `--storage.tsdb.path=${join(folder, "tsdb")}`, `--web.listen-address=127.0.0.1:${prometheusPort}`, "--rules.alert.resend-delay=1s"],
  });
  await Promise.all([alertmanager.start(), prometheus.start()]);

  const firing = async (): Promise<readonly Alert[]> => {
    const shown = (await (await fetch(`${alertApi}/api/v2/alerts?active=true&inhibited=true&silenced=true`)).json()) as readonly ShownAlert[];
    return shown.map(({ labels, annotations, status }) => ({ name: labels["alertname"] ?? "", labels, annotations, isInhibited: status.inhibitedBy.length > 0 })).filter(({ name }) => name !== "Watchdog");
  };
  const told = async (): Promise<readonly Alert[]> => (await firing()).filter(({ isInhibited }) => !isInhibited);
  const raised: Alerting["raised"] = (name, labels = {}, withinMs = 90_000) => until(`the alert ${name} ${JSON.stringify(labels)}`, async () =>
      (await told()).find((alert) => alert.name === name && Object.entries(labels).every(([label, value]) => alert.labels[label] === value)) ?? null, { withinMs, everyMs: 250 });
  const quiet: Alerting["quiet"] = async (withinMs = 90_000) => void (await until("nothing to be told any more", async () => ((await told()).length === 0 ? true : null), { withinMs, everyMs: 250 }));
  const only: Alerting["only"] = (name, withinMs = 90_000) => until(`${name} to be told alone`, async () => {
    const names = (await told()).map((alert) => alert.name).join(", ");
    if (names !== name) throw new Error(`told: ${names || "nothing"}`);
    return true;
  }, { withinMs, everyMs: 250 });
  const query: Alerting["query"] = async (expr) => {
    const answer = (await (await fetch(`${api}/api/v1/query?query=${encodeURIComponent(expr)}`)).json()) as { readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[] } };
    return answer.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  };
  // before its first scrape a target is missing, which a shortened rule already calls down
  await until("Prometheus to have scraped Gantry", async () => (await query('up{job="gantry"} == 1')).length > 0, { withinMs: 90_000, everyMs: 250 });
  await quiet();
  return {
    told, firing, raised, only, quiet, query,
    listen: () => listen(told),
    alone: async (name, labels, repair, { withinMs = 120_000, beside = [] } = {}) => {
      const listener = listen(told);
      let alert: Alert;
      try {
        alert = await raised(name, labels, withinMs);
        await repair();
        await quiet(withinMs);
      } finally {
        await listener.end();
      }
      const all = listener.heard();
      const wrong = all.filter((one) => one !== name && !beside.includes(one));
      const texts = Object.values(alert.annotations).join(" ");
      if (wrong.length > 0) throw new Error(`told beside ${name}: ${wrong.join(", ")}`);
      if (texts.includes("error expanding")) throw new Error(`${name} has a text that is not filled in: ${texts}`);
      return alert;
    },
    end: async () => {
      await prometheus.stop();
      await alertmanager.stop();
    },
  };
}
