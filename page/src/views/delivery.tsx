/** One delivery: where it stands, why it waits, its transactions and its history; and what can be ordered. */
import type { DeliveryAnswer } from "../../../src/web/answers.ts";
import { isActive } from "../../../src/core/delivery.ts";
import { costOf, timesSent } from "../../../src/core/words.ts";
import { away, moment } from "../format.ts";
import { useAsked, useNow } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { Copied, Empty, Evidence, Id, Trouble } from "../parts/bits.tsx";
import { OrderButton } from "../parts/order-dialog.tsx";

function Orders({ delivery: { id, state }, after }: { readonly delivery: DeliveryAnswer; readonly after: () => void }) {
  const verbs = isActive(state) ? (["retry", "park", "abandon"] as const) : state === "parked" ? (["resume", "abandon"] as const) : [];
  const says = { retry: "Look at this delivery at once?", park: "Stop working on this delivery until it is resumed?", resume: "Let this delivery go on?", abandon: "Never work on this delivery again?" };
  return <div class="buttons">{verbs.map((verb) => <OrderButton key={verb} verb={verb} subject={id} says={says[verb]} after={after}>{verb}</OrderButton>)}</div>;
}

function Transactions({ slots, target, now }: Pick<DeliveryAnswer, "slots" | "target"> & { readonly now: number }) {
  if (slots.length === 0) return <Empty>None signed yet.</Empty>;
  return (
    <ul>
      {slots.map(({ signer, slot, state, attempts }) => (
        <li key={`${signer} ${slot}`}>{signer} slot {slot}: {state}
          <ul>{attempts.map(({ hash, fee, purpose, signedAt, broadcasts }) => <li key={hash}><Id id={hash} most={70} /><Copied text={hash} /> {purpose}, costs at most {costOf(fee, target)}, signed {moment(signedAt, now)}, {timesSent(broadcasts)}</li>)}</ul>
        </li>
      ))}
    </ul>
  );
}

export function DeliveryView({ id }: { readonly id: string }) {
  const { value, problem, reload } = useAsked<DeliveryAnswer>(`deliveries/${encodeURIComponent(id)}`);
  const now = useNow();
  if (value === null) return <><h1>Delivery</h1>{problem === null ? <Empty>Asking.</Empty> : <Trouble problem={problem} />}</>;
  const { state, since, what, wait, parked, lastError, serves, lane, event, effectTx, includedIn, halts, history } = value;
  return (
    <>
      <h1>Delivery: {state}</h1>
      <p><Id id={value.id} most={90} /><Copied text={value.id} /></p>
      <Trouble problem={problem} />
      <section class="card" aria-label="Now">
        {what === null ? null : <p class="sentence">{what}</p>}
        <dl>
          <dt>lane</dt><dd><a href="#/lanes">{lane}</a></dd>
          <dt>{state}</dt><dd>since {moment(since, now)}</dd>
          {wait === null ? null : <><dt>waits</dt><dd>{wait.code ?? "its turn"}; looked at again {away(wait.until, now)} at the latest{wait.for !== null && "chain" in wait.for ? `, or at ${wait.for.chain} ${wait.for.height} ${wait.for.at}` : ""}{wait.for !== null && "signer" in wait.for ? `, or when ${wait.for.signer} has a slot` : ""}</dd></>}
          {parked === null ? null : <><dt>parked</dt><dd class="bad">{parked.code} (was {parked.from})</dd></>}
          {halts.map(({ scope, code, because }) => <><dt>stopped</dt><dd class="bad">{scope.kind} {scope.name}: {code} ({because})</dd></>)}
          {lastError === null ? null : <><dt>last error</dt><dd>{lastError.message} <code>[{lastError.code}]</code></dd></>}
          {effectTx === null ? null : <><dt>effect</dt><dd><Id id={effectTx} most={70} /><Copied text={effectTx} />{includedIn === null ? "" : ` in ${includedIn.chain} block ${includedIn.height}`}{value.by === "other" ? ", by somebody else" : ""}</dd></>}
          <dt>event</dt><dd><Id id={event.id} most={70} /> {event.at === null ? "in no block now" : `in ${event.at.chain} block ${event.at.height} (${value.eventStanding})`}</dd>
          {serves.length === 0 ? null : <><dt>for</dt><dd>{serves.map((one) => <a key={one} href={hrefOf.transfer(one)}><Id id={one} most={60} /> </a>)}</dd></>}
        </dl>
        <Evidence of={parked?.evidence ?? lastError?.evidence} />
        <Orders delivery={value} after={reload} />
      </section>
      <section aria-labelledby="transactions"><h2 id="transactions">Transactions</h2><Transactions slots={value.slots} target={value.target} now={now} /></section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        <ol class="history">{history.map(({ at, who, what: did, because }, index) => <li key={index}><span class="dim">{moment(at, now)} {who}</span> {did}{because === null ? "" : `: ${because}`}</li>)}</ol>
      </section>
    </>
  );
}
