/** One transfer: the sentence first, then the timeline with budgets, the deadline, and everything it is known by. */
import type { TransferAnswer } from "../../../src/web/answers.ts";
import { away, countdown, dash, moment, span } from "../format.ts";
import { useAsked, useNow } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { CauseTag, Command, Copied, Empty, Evidence, Id, LookedAt, Trouble } from "../parts/bits.tsx";
import { OrderButton } from "../parts/order-dialog.tsx";
import { where } from "../parts/transfer-table.tsx";

type Step = TransferAnswer["steps"][number];

/** How much of its budgets a step has used: full at "late after", with a mark at "normal". */
function Budget({ usedMs, normalMs, lateAfterMs }: { readonly usedMs: number; readonly normalMs: number; readonly lateAfterMs: number }) {
  const whole = Math.max(lateAfterMs, usedMs, 1);
  const percent = (ms: number): string => `${Math.min(100, (100 * ms) / whole)}%`;
  return (
    <div class="budget" role="img" aria-label={`${span(usedMs)} used; normal are ${span(normalMs)}, late after ${span(lateAfterMs)}`}>
      <div class={usedMs > lateAfterMs ? "used over" : usedMs > normalMs ? "used slow" : "used"} style={{ width: percent(usedMs) }} />
      <div class="mark" style={{ left: percent(normalMs) }} /><div class="mark end" style={{ left: percent(lateAfterMs) }} />
    </div>
  );
}

function StepItem({ step, now }: { readonly step: Step; readonly now: number }) {
  const { name, who, says, startedAt, endedAt, normalMs, lateAfterMs, lateMs } = step;
  const stands = startedAt === null ? "ahead" : endedAt === null ? "now" : "done";
  return (
    <li class={`step ${stands}${lateMs > 0 ? " late" : ""}`} {...(stands === "now" ? { "aria-current": "step" as const } : {})}>
      <p><strong>{name}</strong> <span class="dim">{says} ({who})</span></p>
      {startedAt === null ? <p class="dim">normally {span(normalMs)}</p> : (
        <>
          <p>{moment(startedAt, now)}{endedAt === null ? `, for ${span(now - startedAt)}` : ` to ${moment(endedAt, now)}, took ${span(endedAt - startedAt)}`}
            <span class="dim"> (normal {span(normalMs)}, late after {span(lateAfterMs)})</span>{lateMs > 0 ? <span class="bad"> {span(lateMs)} late</span> : null}</p>
          <Budget usedMs={(endedAt ?? now) - startedAt} normalMs={normalMs} lateAfterMs={lateAfterMs} />
        </>
      )}
    </li>
  );
}

function Now({ transfer, now }: { readonly transfer: TransferAnswer; readonly now: number }) {
  const { explanation, deadline, eta, lateMs, outcome, endedAt, openedAt } = transfer;
  return (
    <section class={`card now${lateMs > 0 ? " late" : ""}`} aria-label="Now">
      {explanation === null ? <p class="sentence">It ended: {outcome ?? "ended"}{endedAt === null ? "" : `, ${moment(endedAt, now)}, after ${span(endedAt - openedAt)}`}.</p> : (
        <>
          <p class="sentence">{explanation.sentence}</p>
          {explanation.cause === null ? null : <p>Cause: <CauseTag cause={explanation.cause} /></p>}
          {explanation.action === null ? null : <p>{explanation.action.text}</p>}
          {explanation.action?.command == null ? null : <Command command={explanation.action.command} />}
          <Evidence of={explanation.evidence} />
        </>
      )}
      <dl>
        {lateMs > 0 ? <><dt>late</dt><dd class="bad">{span(lateMs)}</dd></> : null}
        {deadline === null ? null : <><dt>deadline</dt><dd class={deadline.passed ? "bad" : ""}>{deadline.at === null ? "" : <strong class="countdown">{deadline.at >= now ? `in ${countdown(deadline.at - now)}` : `${countdown(now - deadline.at)} ago`}</strong>} {deadline.text}</dd></>}
        {eta === null ? null : <><dt>expected</dt><dd>{away(eta.medianAt, now)}{eta.afterDeadlineMs > 0 ? <span class="bad">, {span(eta.afterDeadlineMs)} after its deadline</span> : null}; nine of ten by {moment(eta.p90At, now)}</dd></>}
      </dl>
    </section>
  );
}

/** That it is taken care of: who said so, or the button to say it. */
function Looked({ transfer: { id, explanation, acknowledged }, after }: { readonly transfer: TransferAnswer; readonly after: () => void }) {
  if (acknowledged !== null) return <LookedAt by={acknowledged} />;
  if (explanation === null || explanation.cause === null) return null;
  return <div class="buttons"><OrderButton verb="acknowledge" subject={id} says="Say that you look at this transfer? Messages about it are not repeated, until its cause changes or a deadline passes." after={after}>I look at it</OrderButton></div>;
}

export function TransferView({ id }: { readonly id: string }) {
  const { value, problem, reload } = useAsked<TransferAnswer>(`transfers/${encodeURIComponent(id)}`);
  const now = useNow();
  if (value === null) return <><h1>Transfer</h1>{problem === null ? <Empty>Asking.</Empty> : <Trouble problem={problem} />}<p><a href={hrefOf.transfers({ q: id })}>Search everything for it</a></p></>;
  return (
    <>
      <h1>{value.bridge} {value.kind}: {where(value)}</h1>
      <p><Id id={value.id} most={90} /><Copied text={value.id} /></p>
      <Trouble problem={problem} />
      <Now transfer={value} now={now} />
      <Looked transfer={value} after={reload} />
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <ol class="timeline">{value.steps.map((step) => <StepItem key={step.name} step={step} now={now} />)}</ol>
      </section>
      <section aria-labelledby="known">
        <h2 id="known">Known by</h2>
        <ul class="keys">{value.keys.map((key) => <li key={key}><Id id={key} most={70} /><Copied text={key} /></li>)}</ul>
        {value.deliveries.length === 0 ? null : <p>Deliveries: {value.deliveries.map((one) => <a key={one} href={hrefOf.delivery(one)}><Id id={one} most={70} /> </a>)}</p>}
        <dl><dt>opened</dt><dd>{moment(value.openedAt, now)}</dd><dt>ended</dt><dd>{value.endedAt === null ? dash : moment(value.endedAt, now)}</dd></dl>
        <Evidence of={value.facts} label="Facts" />
      </section>
    </>
  );
}
