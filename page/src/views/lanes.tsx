/** The lanes with what flows in them, what stops them, and the orders to stop and resume; signers and chains likewise. */
import type { Lanes } from "../../../src/web/answers.ts";
import { states } from "../../../src/core/delivery.ts";
import { ago, moment, plural, span } from "../format.ts";
import { useAsked, useLive, useNow } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { Empty, Id, Trouble } from "../parts/bits.tsx";
import { OrderButton } from "../parts/order-dialog.tsx";

type Halt = Lanes["halts"][number];
type ScopeFacts = { readonly kind: Halt["scope"]["kind"]; readonly name: string; readonly halts: readonly Halt[]; readonly after: () => void };

/** Stop it, or let it go on; and say that somebody looked. */
function ScopeOrders({ kind, name, halts, after }: ScopeFacts) {
  const subject = `${kind}:${name}`;
  const own = halts.find(({ scope }) => scope.kind === kind && scope.name === name);
  if (own === undefined) return <OrderButton verb="pause" subject={subject} says={`Stop ${kind} ${name}? What is already sent is still followed.`} after={after}>Pause</OrderButton>;
  return (
    <>
      <OrderButton verb="resume" subject={subject} says={`Let ${kind} ${name} go on? It was stopped: ${own.code}.`} after={after}>Resume</OrderButton>
      {own.code === "paused" ? null : <OrderButton verb="acknowledge" subject={subject} says={`Say that you have looked at ${kind} ${name}?`} after={after}>Looked at</OrderButton>}
    </>
  );
}

const Stops = ({ halts }: { readonly halts: readonly Halt[] }) => {
  const now = useNow();
  return <>{halts.map(({ scope, code, because, since }) => <p key={`${scope.kind} ${scope.name}`} class="bad">{scope.kind} {scope.name} is stopped since {moment(since, now)}: {code} ({because})</p>)}</>;
};

function LaneCard({ lane, halts, after }: { readonly lane: Lanes["lanes"][number]; readonly halts: readonly Halt[]; readonly after: () => void }) {
  const now = useNow();
  const counted = states.filter((state) => (lane.counts[state] ?? 0) > 0);
  return (
    <article class="card" aria-label={lane.name}>
      <h3>{lane.name}</h3>
      <p class="dim">{lane.source} → {lane.target}, signer {lane.signer}</p>
      <Stops halts={lane.halts} />
      <p>{counted.length === 0 ? "No delivery yet." : counted.map((state) => `${lane.counts[state] ?? 0} ${state}`).join(", ")}</p>
      {lane.oldest === null ? null : <p>Oldest: <a href={hrefOf.delivery(lane.oldest.id)}><Id id={lane.oldest.id} most={40} /></a>, {span(lane.oldest.ageSeconds * 1_000)}, {lane.oldest.state}{lane.oldest.waitCode === null ? "" : `, waits: ${lane.oldest.waitCode}`}</p>}
      {lane.parked.length === 0 ? null : <ul>{lane.parked.map(({ id, code, since }) => <li key={id} class="bad">parked <a href={hrefOf.delivery(id)}><Id id={id} most={40} /></a>: {code}, {ago(since, now)}</li>)}</ul>}
      <div class="buttons"><ScopeOrders kind="lane" name={lane.name} halts={halts} after={after} /></div>
    </article>
  );
}

export function LanesView() {
  const { value, problem, reload } = useAsked<Lanes>("lanes");
  const { status } = useLive();
  return (
    <>
      <h1>Lanes</h1>
      <Trouble problem={problem} />
      {value === null ? <Empty>Asking.</Empty> : (
        <>
          {value.lanes.length === 0 ? <Empty>No bridge is configured: nothing is relayed.</Empty> : null}
          <div class="cards wide">{value.lanes.map((lane) => <LaneCard key={lane.name} lane={lane} halts={value.halts} after={reload} />)}</div>
          <h2>Signers</h2>
          {value.signers.length === 0 ? <Empty>This process signs nothing.</Empty> : null}
          <div class="cards wide">
            {value.signers.map((signer) => (
              <article key={signer.name} class="card" aria-label={signer.name}>
                <h3>{signer.name}</h3>
                <p>{signer.chain}: {signer.openSlots - signer.includedSlots} of {plural(signer.maxOpenSlots, "slot")} open{signer.includedSlots === 0 ? "" : `, ${signer.includedSlots} in a block`}{signer.lowest === null ? "" : ` (${signer.lowest} to ${signer.highest ?? signer.lowest})`}</p>
                {signer.blockedBy === null ? null : <p class="warn">Slot {signer.blockedBy.slot} has to end first.</p>}
                <Stops halts={value.halts.filter(({ scope }) => scope.kind === "signer" && scope.name === signer.name)} />
                <div class="buttons"><ScopeOrders kind="signer" name={signer.name} halts={value.halts} after={reload} /></div>
              </article>
            ))}
          </div>
          <h2>Chains</h2>
          <div class="cards wide">
            {(status?.chains ?? []).map(({ name }) => (
              <article key={name} class="card" aria-label={name}>
                <h3>{name}</h3>
                <Stops halts={value.halts.filter(({ scope }) => scope.kind === "chain" && scope.name === name)} />
                <div class="buttons"><ScopeOrders kind="chain" name={name} halts={value.halts} after={reload} /></div>
              </article>
            ))}
          </div>
        </>
      )}
    </>
  );
}
