/**
 * What a PromQL text says of Gantry's series: names and labels that are not in the catalogue.
 * Never: a parser of PromQL; promtool does that.
 */
import { series } from "../../../src/monitor/series.ts";
import type { Series } from "../../../src/monitor/series.ts";

const partsOf = { histogram: ["_bucket", "_sum", "_count"], gauge: [""], counter: [""] } as const;
const exported: ReadonlyMap<string, Series> = new Map(series.flatMap((one) => partsOf[one.type].map((end) => [`gantry_${one.name}${end}`, one] as const)));
/** given by Prometheus to every scraped series */
const ofTheScrape = ["job", "instance", "le"];

/** A complaint for each name or label that no instance exports. */
export function misusedIn(text: string): readonly string[] {
  const plain = text.replaceAll("\\\"", "\"");
  return [...plain.matchAll(/\b(gantry_[a-z_]*[a-z])\b(\{[^}]*\})?/gu)].flatMap(([, name = "", inside = ""]) => {
    const one = exported.get(name);
    if (one === undefined) return [`${name} is not exported`];
    const used = [...inside.matchAll(/([a-z_]+)\s*(?:!=|=~|!~|=)/gu)].map(([, label = ""]) => label);
    return used.filter((label) => !ofTheScrape.includes(label) && !(one.labels as readonly string[]).includes(label)).map((label) => `${name} has no label ${label}`);
  });
}
