/**
 * What a bench says: figures with their spread and, where there is one, their target.
 * Always: a figure is a ratio or a percentile of one run; a target is printed beside it, never asserted.
 */
export type Figure = {
  readonly name: string;
  readonly unit: string;
  /** the median where there are several, else the one */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** what is asked for, and whether this run reached it; null: only for comparison */
  readonly target: { readonly atLeast: number } | { readonly atMost: number } | null;
  readonly met: boolean | null;
};
type Target = NonNullable<Figure["target"]>;

/** The value below which this share of the values lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Median, least and most of several repetitions. */
export function figure(name: string, unit: string, values: readonly number[], target: Target | null = null): Figure {
  const value = median(values);
  const met = target === null ? null : "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
  return { name, unit, value, min: Math.min(...values), max: Math.max(...values), target, met };
}

export const round = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

export const targetText = ({ target, unit }: Figure): string =>
  target === null ? "" : "atLeast" in target ? `≥ ${target.atLeast} ${unit}` : `≤ ${target.atMost} ${unit}`;

/** One line for each figure. */
export function tableOf(figures: readonly Figure[]): string {
  const header = ["figure", "value", "min", "max", "unit", "target", "met"];
  const rows = figures.map((one) => [
    one.name, ...[one.value, one.min, one.max].map((value) => String(round(value))), one.unit, targetText(one), one.met === null ? "" : one.met ? "yes" : "no",
  ]);
  const widths = header.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column] ?? "")].map(({ length }) => length)));
  const isNumber = (column: number): boolean => column >= 1 && column <= 3;
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ").trimEnd();
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
