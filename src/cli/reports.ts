/**
 * `status`, `show`, `alerts` and the orders: questions and orders to the running process.
 * Always: stdout holds the answer (text, or one JSON document); an order that was not carried out is a usage error.
 */
import { userInfo } from "node:os";
import { rejected } from "../core/errors.ts";
import type { Alert } from "../monitor/alerts.ts";
import type { ShowReport } from "../monitor/show.ts";
import type { StatusReport } from "../monitor/status.ts";
import type { Client } from "./client.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { Wanted } from "./program.ts";
import { showLines, statusLines } from "./render.ts";
import { alertLines } from "./render-transfers.ts";
import type { Terminal } from "./terminal.ts";

/** Prints a value as the person asked for it. */
export function answer<T>(terminal: Terminal, json: boolean, value: T, lines: (value: T) => readonly string[]): void {
  if (json) terminal.out(JSON.stringify(value, null, 2));
  else for (const line of lines(value)) terminal.out(line);
}

export async function status(client: Client, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const report = (await client.status()) as StatusReport;
  answer(terminal, json, report, (value) => statusLines(value, terminal.paint));
  return exitCodes.ok;
}

/** @throws Rejected `unknown-id` when nothing has this id */
export async function show(client: Client, terminal: Terminal, json: boolean, id: string): Promise<ExitCode> {
  const report = (await client.show(id)) as ShowReport | null;
  if (report === null) {
    throw rejected("unknown-id", `nothing here has the id "${id}"; ids, Bitcoin txids in either byte order, Ethereum transactions, addresses and accounts find transfers and deliveries. gantry status shows what there is`);
  }
  answer(terminal, json, report, (value) => showLines(value, terminal.paint));
  return exitCodes.ok;
}

export async function alerts(client: Client, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const report = (await client.alerts()) as { readonly alerts: readonly Alert[] };
  answer(terminal, json, report, (value) => alertLines(value.alerts, terminal.paint));
  return exitCodes.ok;
}

export async function order(client: Client, terminal: Terminal, json: boolean, wanted: Wanted): Promise<ExitCode> {
  const result = await client.order({ ...wanted, who: userInfo().username });
  if (!result.done && !json) throw rejected(result.code, result.said);
  answer(terminal, json, result, ({ said }) => [said]);
  return result.done ? exitCodes.ok : exitCodes.usage;
}
