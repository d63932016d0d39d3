/**
 * A log and a meter that remember instead of printing.
 * Always: what was counted and logged can be asserted on.
 */
import type { Log, Meter } from "../../src/ports.ts";

export type LogLine = { readonly level: string; readonly fields: Record<string, unknown>; readonly message: string };

export function createMemoryLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export function createMemoryMeter(): Meter & { total(name: string): number; last(name: string): number | undefined } {
  const totals = new Map<string, number>();
  const gauges = new Map<string, number>();
  return {
    count: (name, _labels, by = 1) => void totals.set(name, (totals.get(name) ?? 0) + by),
    observe: () => undefined,
    set: (name, _labels, value) => void gauges.set(name, value),
    total: (name) => totals.get(name) ?? 0,
    last: (name) => gauges.get(name),
  };
}
