/**
 * Transfers and alerts as text for people.
 * Always: the explaining sentence as it is, then the command to type. Never: a judgement of its own.
 */
import { causes } from "../core/causes.ts";
import type { Acknowledgement, Action, StepReport, TransferReport } from "../core/transfer.ts";
import type { Alert } from "../monitor/alerts.ts";
import { moment, printable, span } from "./terminal.ts";
import type { Colour, Paint } from "./terminal.ts";

export function transferLines(one: TransferReport, paint: Paint): readonly string[] {
  const { explanation } = one;
  const state = one.state === "open" ? "open" : (one.outcome ?? "ended");
  const colour: Colour = one.outcome === "completed" ? "good" : one.lateMs > 0 ? "bad" : "bold";
  return [
    `${paint("bold", one.id)}  ${one.bridge} ${one.kind}`,
    `  transfer  ${paint(colour, state)} since ${moment(one.endedAt ?? one.openedAt)}${one.lateMs > 0 ? paint("bad", `, late by ${span(one.lateMs)}`) : ""}`,
    ...(explanation === null ? [] : [`  why       ${printable(explanation.sentence)}`]),
    ...(explanation === null || explanation.cause === null ? [] : [`  cause     ${paint(one.lateMs > 0 ? "bad" : "warn", explanation.cause)}: ${causes[explanation.cause].title}`]),
    ...actionLines(explanation?.action ?? null),
    ...lookedLines(one.acknowledged, "  looked at ", paint),
    ...(one.deadline === null ? [] : [`  deadline  ${one.deadline.passed ? paint("bad", "passed") : one.deadline.at === null ? "by its own chain's clock" : moment(one.deadline.at)}: ${printable(one.deadline.text)}`]),
    ...expectedLines(one, paint),
    "  steps",
    ...one.steps.map((step) => stepLine(step, paint)),
  ];
}

function expectedLines({ eta, deadline }: TransferReport, paint: Paint): readonly string[] {
  if (eta === null) return [];
  const after = eta.afterDeadlineMs === 0 || deadline === null || deadline.at === null ? "" : paint("bad", `, after its deadline ${moment(deadline.at)}`);
  return [`  expected  about ${moment(eta.medianAt)}${after}, nine times in ten before ${moment(eta.p90At)}`];
}

const actionLines = (action: Action | null): readonly string[] =>
  action === null ? [] : [`  do        ${printable(action.text)}`, ...(action.command === null ? [] : [`            → ${action.command}`])];

const lookedLines = (by: Acknowledgement | null, before: string, paint: Paint): readonly string[] =>
  by === null ? [] : [paint("dim", `${before}by ${printable(by.who)} since ${moment(by.at)}${by.because === null ? "" : `: ${printable(by.because)}`}`)];

function stepLine({ name, who, startedAt, endedAt, normalMs, lateMs }: StepReport, paint: Paint): string {
  if (startedAt === null) return paint("dim", `    –                        ${name} (${who})`);
  const took = endedAt === null ? "under way" : `took ${span(endedAt - startedAt)}`;
  return `    ${moment(startedAt)}  ${name} (${who}), ${took}, ${span(normalMs)} is normal${lateMs > 0 ? paint("bad", `, late by ${span(lateMs)}`) : ""}`;
}

export function alertLines(alerts: readonly Alert[], paint: Paint): readonly string[] {
  if (alerts.length === 0) return [paint("good", "nothing is wrong")];
  return alerts.flatMap(({ cause, severity, sentence, since, action, acknowledged }) => [
    `${paint(severity === "page" ? "bad" : "warn", `${severity} ${cause}`)} since ${moment(since)}`,
    `  ${printable(sentence)}`,
    ...(action === null ? [] : [`  ${printable(action.text)}`, ...(action.command === null ? [] : [`  → ${action.command}`])]),
    ...lookedLines(acknowledged, "  looked at ", paint),
  ]);
}
