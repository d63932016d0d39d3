/**
 * Grafana dashboards as code: panels in rows, laid out from left to right, in the JSON that Grafana provisions.
 * Always: the same description gives the same file; every query is limited to the chosen instances.
 * Never: what a dashboard shows; that is in dashboards*.ts.
 */

export type Query = { readonly expr: string; readonly legend: string };
export type PanelKind = "timeseries" | "stat" | "table" | "bargauge" | "state-timeline";
export type Panel = {
  readonly kind: PanelKind;
  readonly title: string;
  /** what it answers, for the panel's tooltip */
  readonly says: string;
  readonly queries: readonly Query[];
  /** Grafana's unit, e.g. "s", "short", "bytes", "ops" */
  readonly unit: string;
  /** of 24 columns */
  readonly width: number;
  /** from this value on it is red; none: no colours */
  readonly redFrom?: number;
  /** 1 is good and 0 is bad, or the other way round */
  readonly good?: 0 | 1;
};
export type Row = { readonly title: string; readonly panels: readonly Panel[] };
export type Variable = { readonly name: string; readonly label: string; readonly query: string };
export type Dashboard = { readonly file: string; readonly uid: string; readonly title: string; readonly says: string; readonly variables: readonly Variable[]; readonly rows: readonly Row[] };

const height = 7;
const columns = 24;
const datasource = { type: "prometheus", uid: "${datasource}" };

/** A series of the chosen instances. */
export const s = (name: string, labels = ""): string => `gantry_${name}{instance=~"$instance"${labels === "" ? "" : `,${labels}`}}`;
export const query = (expr: string, legend: string): Query => ({ expr, legend });

const panel = (kind: PanelKind) => (title: string, says: string, unit: string, queries: readonly Query[], more: Partial<Pick<Panel, "width" | "redFrom" | "good">> = {}): Panel =>
  ({ kind, title, says, unit, queries, width: 8, ...more });
export const [lines, number, list, bars, states] = [panel("timeseries"), panel("stat"), panel("table"), panel("bargauge"), panel("state-timeline")] as const;

const letters = (at: number): string => String.fromCharCode(65 + at);

function thresholds({ redFrom, good }: Panel): object {
  const [low, high, from] = good === 1 ? ["red", "green", 1] : good === 0 ? ["green", "red", 1] : ["green", "red", redFrom];
  return { mode: "absolute", steps: from === undefined ? [{ color: "green", value: null }] : [{ color: low, value: null }, { color: high, value: from }] };
}

const optionsOf: Readonly<Record<PanelKind, object>> = {
  timeseries: { legend: { displayMode: "list", placement: "bottom", showLegend: true }, tooltip: { mode: "multi", sort: "desc" } },
  stat: { colorMode: "value", graphMode: "none", justifyMode: "auto", reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, textMode: "value_and_name" },
  table: { cellHeight: "sm", showHeader: true },
  bargauge: { displayMode: "basic", orientation: "horizontal", reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, showUnfilled: true },
  "state-timeline": { alignValue: "left", mergeValues: true, rowHeight: 0.8, showValue: "never" },
};

function json(one: Panel, id: number, at: { readonly x: number; readonly y: number }): object {
  const { kind, title, says, unit, queries, width, good } = one;
  const isNow = kind === "stat" || kind === "table" || kind === "bargauge";
  const words = good === undefined ? [] : [{ type: "value", options: { 0: { text: good === 1 ? "no" : "ok" }, 1: { text: good === 1 ? "ok" : "yes" } } }];
  return {
    id, type: kind, title, description: says, datasource, gridPos: { h: height, w: width, ...at },
    fieldConfig: { defaults: { unit, mappings: words, thresholds: thresholds(one), ...(kind === "timeseries" ? { color: { mode: "palette-classic" } } : { color: { mode: "thresholds" } }) }, overrides: [] },
    options: optionsOf[kind],
    targets: queries.map(({ expr, legend }, position) => ({
      refId: letters(position), datasource, expr, legendFormat: legend, ...(isNow ? { instant: true, range: false } : { instant: false, range: true }), ...(kind === "table" ? { format: "table" } : {}),
    })),
    ...(kind === "table" ? { transformations: [{ id: "organize", options: { excludeByName: { Time: true, __name__: true, job: true } } }] } : {}),
  };
}

/** The rows, one below the other; a panel that does not fit any more begins a new line. */
function laidOut(rows: readonly Row[]): readonly object[] {
  const all: object[] = [];
  let [x, y] = [0, 0];
  for (const { title, panels } of rows) {
    if (x > 0) [x, y] = [0, y + height];
    all.push({ id: all.length + 1, type: "row", title, collapsed: false, gridPos: { h: 1, w: columns, x: 0, y }, panels: [] });
    y += 1;
    for (const one of panels) {
      if (x + one.width > columns) [x, y] = [0, y + height];
      all.push(json(one, all.length + 1, { x, y }));
      x += one.width;
    }
  }
  return all;
}

const variable = ({ name, label, query: asked }: Variable): object => ({
  name, label, type: "query", datasource, query: { query: asked, refId: name }, definition: asked, refresh: 2, sort: 1, multi: true, includeAll: true, allValue: ".+", current: { text: "All", value: "$__all" }, hide: 0,
});

/** The dashboard as Grafana provisions it. */
export const dashboardJson = ({ uid, title, says, variables, rows }: Dashboard): object => ({
  uid, title, description: says, tags: ["gantry"], schemaVersion: 39, version: 1, editable: false, graphTooltip: 1, refresh: "30s", time: { from: "now-6h", to: "now" }, timezone: "browser",
  links: [{ asDropdown: false, includeVars: true, keepTime: true, tags: ["gantry"], title: "Gantry", type: "dashboards" }],
  annotations: { list: [{
    name: "alerts", enable: true, hide: false, iconColor: "red", datasource,
    expr: 'ALERTS{alertstate="firing",cause!=""}', step: "60s", titleFormat: "{{alertname}}", tagKeys: "severity,cause",
  }] },
  templating: { list: [
    { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1, multi: false, includeAll: false, hide: 0, current: {} },
    variable({ name: "instance", label: "Gantry", query: "label_values(gantry_build_info, instance)" }),
    ...variables.map(variable),
  ] },
  panels: laidOut(rows),
});
