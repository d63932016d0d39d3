/**
 * The Meter behind /metrics: prom-client with an own registry, filled from the series table.
 * Always: every series whose labels are known exists from the start, at 0 or where it begins; a name or label outside the table throws.
 * Never: a global registry, or a value that is not a finite number.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { bug } from "../core/errors.ts";
import type { Meter } from "../ports.ts";
import { combinations, refusalOf } from "./labels.ts";
import type { Known, LabelSet } from "./labels.ts";
import { prefix, series } from "./series.ts";
import type { Series } from "./series.ts";

export interface Metrics {
  readonly meter: Meter;
  /** what only a chain tells of: its series exist from now on, as the others do from the start */
  know(more: Known): void;
  /** the whole page in Prometheus' text format */
  text(): Promise<string>;
  readonly contentType: string;
  /** last value of a gauge for each of its label sets: what the page shows, for health and reports */
  read(name: string): Promise<readonly { readonly labels: LabelSet; readonly value: number }[]>;
}

type Instrument = Counter | Gauge | Histogram;

function instrumentOf(one: Series, registry: Registry): Instrument {
  const common = { name: prefix + one.name, help: one.help, labelNames: [...one.labels], registers: [registry] };
  if (one.type === "histogram") return new Histogram({ ...common, buckets: [...(one.buckets ?? [])] });
  return one.type === "counter" ? new Counter(common) : new Gauge(common);
}

function labelSetsAtStart(one: Series, known: Known): readonly LabelSet[] {
  const closed = combinations(one.labels.filter((name) => one.first?.[name] === undefined), known, one.own);
  return Object.entries(one.first ?? {}).reduce<readonly LabelSet[]>(
    (sets, [name, values]) => sets.flatMap((set) => (values ?? []).map((value) => ({ ...set, [name]: value }))),
    closed,
  );
}

function begin(instrument: Instrument, set: LabelSet, value: number): void {
  if (instrument instanceof Histogram) instrument.zero(set);
  else if (instrument instanceof Counter) instrument.inc(set, 0);
  else instrument.set(set, value);
}

/** Processor time and memory are read when somebody looks. */
function measureProcess(instruments: ReadonlyMap<string, Instrument>): void {
  const cpu = instruments.get("process_cpu_seconds_total");
  const memory = instruments.get("process_resident_memory_bytes");
  const usage = process.cpuUsage();
  if (cpu instanceof Counter) {
    cpu.reset();
    cpu.inc((usage.user + usage.system) / 1e6);
  }
  if (memory instanceof Gauge) memory.set(process.memoryUsage.rss());
}

/**
 * Metrics of one process.
 * @throws Bug `series-unknown` or `series-misused` from `meter` for anything outside the table
 */
export function createMetrics(configured: Known): Metrics {
  let known = configured;
  const registry = new Registry();
  const instruments = new Map<string, Instrument>();
  const table = new Map(series.map((one) => [one.name, one]));
  for (const one of series) {
    const instrument = instrumentOf(one, registry);
    instruments.set(one.name, instrument);
    for (const set of labelSetsAtStart(one, known)) begin(instrument, set, one.begins ?? 0);
  }

  const misused = (name: string, why: string) => bug("series-misused", `metric "${name}": ${why}; see src/monitor/series.ts`);
  function find<T extends Instrument>(kind: new (...args: never[]) => T, name: string, given: Readonly<Record<string, string>>, value: number): T {
    const one = table.get(name);
    const instrument = instruments.get(name);
    if (one === undefined || instrument === undefined) throw bug("series-unknown", `metric "${name}" is not in src/monitor/series.ts`);
    if (!(instrument instanceof kind)) throw misused(name, `it is a ${one.type}`);
    if (!Number.isFinite(value) || (one.type === "counter" && value < 0)) throw misused(name, `${value} is not a possible value`);
    const names = Object.keys(given);
    if (names.length !== one.labels.length || one.labels.some((label) => given[label] === undefined)) {
      throw misused(name, `labels are {${names.join(", ")}}, allowed is exactly {${one.labels.join(", ")}}`);
    }
    const refusal = refusalOf(given, known, one.own);
    if (refusal !== null) throw misused(name, refusal);
    return instrument;
  }

  const meter: Meter = {
    count: (name, given, by = 1) => find(Counter, name, given, by).inc(given, by),
    observe: (name, given, value) => find(Histogram, name, given, value).observe(given, value),
    set: (name, given, value) => find(Gauge, name, given, value).set(given, value),
  };
  meter.set("build_info", { version: known.version, node: process.version }, 1);
  meter.set("process_start_time_seconds", {}, Math.round(Date.now() / 1000 - process.uptime()));

  return {
    meter,
    know(more) {
      for (const one of series) {
        const begun = new Set(labelSetsAtStart(one, known).map((set) => JSON.stringify(set)));
        const instrument = instruments.get(one.name);
        if (instrument === undefined) continue;
        for (const set of labelSetsAtStart(one, more)) if (!begun.has(JSON.stringify(set))) begin(instrument, set, one.begins ?? 0);
      }
      known = more;
    },
    contentType: registry.contentType,
    text() {
      measureProcess(instruments);
      return registry.metrics();
    },
    async read(name) {
      const { values } = await gaugeOf(instruments, name).get();
      return values.map((one) => ({ labels: one.labels as LabelSet, value: one.value }));
    },
  };
}

function gaugeOf(instruments: ReadonlyMap<string, Instrument>, name: string): Gauge {
  const instrument = instruments.get(name);
  if (instrument instanceof Gauge) return instrument;
  throw bug("series-unknown", `"${name}" is not a gauge of src/monitor/series.ts`);
}
