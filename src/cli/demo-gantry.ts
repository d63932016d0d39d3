/**
 * Gantry in the demo: started as an operator starts it, in a process of its own, and watched only through its API.
 * Always: it ends when this process ends, however that happens; its log is in the run folder.
 */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerProcess } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { unavailable } from "../core/errors.ts";
import type { State } from "../core/delivery.ts";
import type { DeliveryReport, ShowReport } from "../monitor/show.ts";
import type { ChainStatus, StatusReport } from "../monitor/status.ts";
import { accessPath, readAccess } from "../web/access.ts";
import { createClient } from "./client.ts";
import type { Client } from "./client.ts";
import type { DevnetConfig } from "./devnet-config.ts";
import type { Journal } from "./demo-journal.ts";

export interface DemoGantry {
  readonly url: string;
  /** resolves when /readyz says so */
  ready(signal: AbortSignal): Promise<void>;
  /** resolves when it has read a chain up to this height, with the final block it goes by */
  reads(chain: ChainStatus["name"], height: number, signal: AbortSignal): Promise<{ readonly read: NonNullable<ChainStatus["cursor"]>; readonly final: NonNullable<ChainStatus["final"]> }>;
  /** records each step of the delivery that a hash leads to, until it is delivered */
  follow(txid: string, journal: Journal, signal: AbortSignal): Promise<DeliveryReport>;
  /** what it complained about, newest last */
  complaints(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const arrivesWithinMs = 240_000;
const readyWithinMs = 180_000;
const readsWithinMs = 180_000;
const lookEveryMs = 150;

/** This file's own neighbour: the source or the built form of the command. */
const mainFile = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));

export async function startGantry(folder: string, config: DevnetConfig): Promise<DemoGantry> {
  const server = createServerProcess({
    name: "gantry", folder, command: process.execPath, args: [mainFile, "run", "--config", config.file],
    ready: async () => (await fetch(new URL("/healthz", (await readAccess(accessPath(config.ledgerPath))).url), { signal: AbortSignal.timeout(2_000) })).ok,
    readyWithinMs: 120_000, graceMs: 12_000,
  });
  await server.start();
  const access = await readAccess(accessPath(config.ledgerPath));
  const client = createClient(access);
  const alive = (): void => {
    if (server.pid() === null) throw unavailable("demo-gantry-ended", "Gantry ended in the middle of the demo; its last complaints are above");
  };
  return {
    url: access.url,
    ready: (signal) => becomeReady(client, alive, signal),
    reads: (chain, height, signal) => reads(client, chain, height, signal),
    follow: (txid, journal, signal) => follow(client, txid, journal, alive, signal),
    complaints: () => complaintsIn(join(folder, "gantry.log")),
    stop: () => server.stop(),
  };
}

async function becomeReady(client: Client, alive: () => void, signal: AbortSignal): Promise<void> {
  const ended = await until("Gantry to be ready", async () => {
    const gone = goneOf(alive);
    if (gone !== null) return gone;
    const { ok, reasons } = await client.ready();
    if (!ok) throw unavailable("demo-not-ready", reasons.join("; "));
    return "ready";
  }, { withinMs: readyWithinMs, everyMs: lookEveryMs, signal });
  if (ended !== "ready") throw ended;
}

function reads(client: Client, name: ChainStatus["name"], height: number, signal: AbortSignal): ReturnType<DemoGantry["reads"]> {
  return until(`Gantry to read ${name} up to block ${height}`, async () => {
    const { chains } = (await client.status()) as StatusReport;
    const found = chains.find((one) => one.name === name);
    if (found?.cursor == null || found.final === null || found.cursor.height < height) return null;
    return { read: found.cursor, final: found.final };
  }, { withinMs: readsWithinMs, everyMs: lookEveryMs, signal });
}

/** `until` takes a throw for "not yet"; an end for good has to be an answer. */
function goneOf(alive: () => void): Error | null {
  try {
    alive();
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

async function follow(client: Client, txid: string, journal: Journal, alive: () => void, signal: AbortSignal): Promise<DeliveryReport> {
  let told = 0;
  const end = await until(`the proof of ${txid} to arrive`, async () => {
    const gone = goneOf(alive);
    if (gone !== null) return gone;
    const found = (await client.show(txid)) as ShowReport | null;
    const delivery = found?.deliveries[0];
    if (delivery === undefined) {
      journal.now("gantry: looks for the transaction in Bitcoin's blocks");
      return null;
    }
    const moves = movesOf(delivery);
    for (const move of moves.slice(told)) journal.add(move);
    told = moves.length;
    journal.now(`gantry: ${delivery.state}${delivery.wait?.code === undefined || delivery.wait.code === null ? "" : `, waits: ${delivery.wait.code}`}`);
    if (delivery.state === "parked") return unavailable("demo-parked", `Gantry parked the delivery: ${delivery.parked?.code ?? "no code"}`, { evidence: delivery.parked?.evidence ?? null });
    return delivery.state === "delivered" ? delivery : null;
  }, { withinMs: arrivesWithinMs, everyMs: lookEveryMs, signal });
  if (end instanceof Error) throw end;
  return end;
}

const meanings: Readonly<Partial<Record<State, string>>> = {
  final: "sees that Bitcoin cannot undo it",
  proven: "builds the proof and checks it",
  sent: "signs the proof's transaction and saves it",
  included: "the proof is in a block",
  delivered: "the proof is final",
};

/** The changes of state in the delivery's audit trail, as steps. */
function movesOf({ history, createdAt, effectTx, by, target }: DeliveryReport): Parameters<Journal["add"]>[0][] {
  let before = createdAt;
  return history.flatMap(({ at, what }) => {
    const [, from, to] = /^(\S+) → (\S+)$/u.exec(what) ?? [];
    const meaning = meanings[to as State];
    if (from === to || meaning === undefined) return [];
    const startedAt = before;
    before = at;
    const txs = to === "included" && effectTx !== null && target !== null ? [{ chain: target, id: effectTx }] : [];
    const where = (to === "included" || to === "delivered") && target !== null ? ` on ${target}` : "";
    return [{ who: "gantry", what: `${meaning}${where}`, startedAt, seconds: (at - startedAt) / 1000, note: to === "included" && by === "other" ? "sent by somebody else" : "", txs }];
  });
}

async function complaintsIn(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, "utf8").catch(() => "")).trimEnd().split("\n");
  const loud = lines.filter((line) => !/"level":"(?:debug|info)"/u.test(line));
  return (loud.length > 0 ? loud : lines).slice(-10);
}
