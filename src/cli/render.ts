/**
 * The reports as text for people.
 * Always: the same values as `--json`; one screen for a healthy system; what needs a person stands out and names the command.
 * Never: a value of its own.
 */
import { parkedReasons } from "../monitor/parked-range.ts";
import type { DeliveryReport, ShowReport } from "../monitor/show.ts";
import type { ChainStatus, LaneStatus, LightClientStatus, StatusReport } from "../monitor/status.ts";
import { isActive, states } from "../core/delivery.ts";
import { lightClientTroubles } from "../core/light-client-words.ts";
import type { Json } from "../core/values.ts";
import { costOf, timesSent } from "../core/words.ts";
import { transferLines } from "./render-transfers.ts";
import { moment, printable, span, table } from "./terminal.ts";
import type { Paint } from "./terminal.ts";

const orDash = (value: number | string | null): string => (value === null ? "–" : String(value));

export function statusLines(report: StatusReport, paint: Paint): readonly string[] {
  return [
    ...table(["CHAIN", "BEST", "FINAL", "READ TO", "BEHIND", "HEAD SEEN", "ENDPOINTS"], report.chains.map((one) => chainRow(one, paint))),
    ...report.chains.flatMap((one) => rangeLines(one, paint)),
    "",
    ...table(["LANE", "SOURCE → TARGET", "STATES", "OLDEST OPEN"], report.lanes.map((one) => laneRow(one, paint))),
    ...(report.lightClients === null || report.lightClients.length === 0 ? [] : ["", ...report.lightClients.flatMap((one) => lightClientLines(one, paint))]),
    "",
    ...table(["SIGNER", "CHAIN", "OPEN SLOTS", "RANGE"], report.signers.map((one) => [
      one.name, one.chain, `${one.openSlots - one.includedSlots} of ${one.maxOpenSlots}${one.includedSlots === 0 ? "" : `, ${one.includedSlots} in a block`}`, one.lowest === null ? "–" : `${one.lowest} – ${one.highest}`,
    ])),
    "",
    report.queue.reachable
      ? `queue: reachable, ${Object.values(report.queue.overdue).reduce((sum, count) => sum + count, 0)} wakes overdue`
      : paint("bad", `queue: away (${printable(report.queue.failure ?? "no reason given")}); deliveries are looked at less often until it is back`),
    ...attentionLines(report, paint),
  ];
}

function chainRow(one: ChainStatus, paint: Paint): readonly string[] {
  const up = one.endpoints.filter((endpoint) => endpoint.up).length;
  const endpoints = `${up} of ${one.endpoints.length} up`;
  return [
    one.name, orDash(one.best?.height ?? null), orDash(one.final?.height ?? null), orDash(one.cursor?.height ?? null), orDash(one.lagBlocks),
    one.headAgeSeconds === null ? "–" : `${span(one.headAgeSeconds * 1000)} ago`,
    up === one.endpoints.length ? endpoints : paint(up === 0 ? "bad" : "warn", endpoints),
  ];
}

const rangeLines = ({ name, ranges }: ChainStatus, paint: Paint): readonly string[] => [
  ...ranges.filter(({ missing }) => missing.length === 0).map(({ purpose, next, last }) => paint("dim", `${name}: blocks ${next}–${last} still to be searched for ${purpose}`)),
  ...parkedReasons(ranges).map((reason) => paint("bad", `${name}: ${reason}`)),
];

function laneRow(one: LaneStatus, paint: Paint): readonly string[] {
  const counts = states.filter((state) => (one.counts[state] ?? 0) > 0).map((state) => {
    const text = `${one.counts[state]} ${state}`;
    return state === "parked" ? paint("bad", text) : text;
  });
  const { oldest } = one;
  const waits = oldest === null || oldest.waitCode === null ? "" : `, waits: ${oldest.waitCode}`;
  return [one.name, `${one.source} → ${one.target}`, counts.join(", ") || "none yet", oldest === null ? "–" : `${span(oldest.ageSeconds * 1000)}, ${oldest.state}${waits}`];
}

/** "interbtc's light client on polkadot knows Bitcoin up to height 840000, 0 behind", and what is wrong with it. */
function lightClientLines(client: LightClientStatus, paint: Paint): readonly string[] {
  const { bridge, chain, height, lagBlocks, behindSince } = client;
  const lag = lagBlocks === null ? "not compared with Bitcoin" : `${lagBlocks} behind${behindSince === null ? "" : ` since ${moment(behindSince)}`}`;
  return [
    `${bridge}'s light client on ${chain} knows Bitcoin up to height ${orDash(height)}, ${behindSince === null ? lag : paint("warn", lag)}`,
    ...lightClientTroubles(client, moment).map((trouble) => paint("bad", `  ${trouble}`)),
  ];
}

/** What a person has to do, with the command that does it. */
function attentionLines({ lanes, halts, signers }: StatusReport, paint: Paint): readonly string[] {
  return [
    ...halts.flatMap(({ scope, code, because, since }) => [
      paint(code === "paused" ? "warn" : "bad", `${scope.kind} ${scope.name} is stopped since ${moment(since)}: ${code} (${printable(because)})`),
      `  → gantry resume ${scope.kind} ${scope.name} --because …`,
    ]),
    ...lanes.flatMap((lane) => lane.parked.flatMap(({ id, code, since }) => [
      paint("bad", `${id} is parked since ${moment(since)}: ${code}`),
      `  → gantry show ${id}`,
    ])),
    ...signers.flatMap(({ name, blockedBy }) => (blockedBy === null ? [] : [
      paint("warn", `signer ${name}: all slots are open; slot ${blockedBy.slot} has to end first${blockedBy.delivery === null ? "" : ` (gantry show ${blockedBy.delivery})`}`),
    ])),
  ];
}

export function showLines(report: ShowReport, paint: Paint): readonly string[] {
  return [
    ...report.transfers.flatMap((one) => [...transferLines(one, paint), ...(report.notes[one.id] ?? []).map((note) => `  ${printable(note)}`), ""]),
    ...report.deliveries.flatMap((one, at) => [...(at === 0 ? [] : [""]), ...deliveryLines(one, paint)]),
    ...report.events.map((event) =>
      `event ${event.id} (${event.kind}) on ${event.chain}${event.at === null ? ", in no block now" : ` in block ${event.at.height}`}${report.deliveries.length === 0 ? ": seen, no delivery serves it" : ""}`),
  ];
}

function deliveryLines(one: DeliveryReport, paint: Paint): readonly string[] {
  const colour = one.state === "parked" ? "bad" : one.state === "delivered" ? "good" : "bold";
  const by = one.by === null ? "" : one.by === "us" ? ", by us" : ", by somebody else";
  return [
    `${paint("bold", one.id)}  ${one.what === null ? "" : printable(one.what)}`,
    `  state     ${paint(colour, one.state)}${by} since ${moment(one.since)}`,
    ...waitingLines(one),
    ...(one.parked === null ? [] : [
      `  parked    ${paint("bad", one.parked.code)}, was ${one.parked.from}: ${printable(JSON.stringify(one.parked.evidence))}`,
      `            → gantry resume ${one.id} --because …   or   gantry abandon ${one.id} --because …`,
    ]),
    ...one.halts.map(({ scope, code }) => `  stopped   ${scope.kind} ${scope.name}: ${code}`),
    ...(one.lastError === null ? [] : [`  error     ${one.lastError.code}: ${printable(one.lastError.message)} (${one.tries} tries, ${one.redos} redone)`]),
    `  event     ${one.event.kind} on ${one.event.chain}, ${one.event.at === null ? "in no block now" : `block ${one.event.at.height} (${one.eventStanding})`}`,
    ...(one.serves.length === 0 ? [] : [`  serves    ${one.serves.join(", ")}`]),
    ...one.slots.flatMap((slot) => [
      `  slot      ${slot.signer} ${slot.slot}: ${slot.state}`,
      ...slot.attempts.map((attempt) => `            ${attempt.hash}  ${attempt.purpose}, costs at most ${costOf(attempt.fee, one.target)}, ${timesSent(attempt.broadcasts)}`),
    ]),
    ...(one.includedIn === null ? [] : [`  effect    ${one.effectTx ?? "transaction unknown"} in ${one.includedIn.chain} block ${one.includedIn.height}`]),
    "  history",
    ...one.history.map((entry) => `    ${moment(entry.at)}  ${entry.who}: ${printable(entry.what)}${entry.because === null ? "" : ` because ${printable(entry.because)}`}${outcomeOf(entry.detail)}`),
  ];
}

/** The relayer's entries carry what came out of the step, and the code of what it waits for. */
function outcomeOf(detail: Json): string {
  const field = (name: string): string | null => {
    const value = typeof detail === "object" && detail !== null && !Array.isArray(detail) ? (detail as Readonly<Record<string, Json>>)[name] : null;
    return typeof value === "string" ? value : null;
  };
  const outcome = field("outcome");
  const code = field("code");
  return outcome === null ? "" : printable(`  (${outcome}${code === null ? "" : `: ${code}`})`);
}

function waitedFor(wait: NonNullable<DeliveryReport["wait"]>["for"]): string {
  if (wait === null) return "";
  if ("fact" in wait) return ` for ${wait.fact}`;
  return "signer" in wait ? ` for a slot of ${wait.signer}` : ` for ${wait.chain} ${wait.at} height ${wait.height}`;
}

function waitingLines({ state, wait }: DeliveryReport): readonly string[] {
  if (!isActive(state) || wait === null) return [];
  return [`  waits     ${wait.code ?? "for its turn"}${waitedFor(wait.for)}, looked at again ${moment(wait.until)} at the latest`];
}
