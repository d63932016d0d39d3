/**
 * Prepared statements, kept by their text, and typed reading of their rows.
 * Always: a column that is not of the stored kind is our bug and says so.
 * Never: text put into SQL; values are bound.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { bug } from "../core/errors.ts";

export type Row = Record<string, SQLOutputValue>;

export interface Statements {
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => void;
  readonly one: (sql: string, ...values: readonly SQLInputValue[]) => Row | null;
  readonly all: (sql: string, ...values: readonly SQLInputValue[]) => readonly Row[];
}

export function createStatements(db: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const fresh = db.prepare(sql);
    prepared.set(sql, fresh);
    return fresh;
  };
  return {
    run: (sql, ...values) => void statement(sql).run(...values),
    one: (sql, ...values) => statement(sql).get(...values) ?? null,
    all: (sql, ...values) => statement(sql).all(...values),
  };
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw wrongColumn(column, value);
  return value;
}

export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw wrongColumn(column, value);
  return value;
}

export const textOrNull = (row: Row, column: string): string | null => (row[column] === null ? null : textOf(row, column));
export const numberOrNull = (row: Row, column: string): number | null => (row[column] === null ? null : numberOf(row, column));
export const jsonOf = (row: Row, column: string): unknown => JSON.parse(textOf(row, column)) as unknown;

const wrongColumn = (column: string, value: unknown): Error =>
  bug("ledger-column", `column ${column} of the ledger holds ${value === undefined ? "nothing" : typeof value}, which this program never stores there`);

/** `where` parts joined, with what they bind. */
export type Condition = { readonly sql: string; readonly values: readonly SQLInputValue[] };

export function whereOf(conditions: readonly (Condition | null)[]): Condition {
  const real = conditions.filter((condition) => condition !== null);
  return {
    sql: real.length === 0 ? "" : `WHERE ${real.map(({ sql }) => sql).join(" AND ")}`,
    values: real.flatMap(({ values }) => values),
  };
}

export const equals = (column: string, value: SQLInputValue | undefined): Condition | null =>
  value === undefined ? null : { sql: `${column} = ?`, values: [value] };

export const isIn = (column: string, values: readonly SQLInputValue[] | undefined): Condition | null =>
  values === undefined ? null : { sql: values.length === 0 ? "1 = 0" : `${column} IN (${values.map(() => "?").join(", ")})`, values };

/** No limit is a very large one, so that the text of a statement does not depend on it. */
export const limitOf = (limit: number | undefined): number => limit ?? Number.MAX_SAFE_INTEGER;

/** Values bound to one statement at most; SQLite allows 32,766, others less. */
export const boundAtOnce = 500;

export const inPieces = <T>(values: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(values.length / boundAtOnce) }, (_, index) => values.slice(index * boundAtOnce, (index + 1) * boundAtOnce));
