/** How everything is, on one screen: what is wrong, the chains, what they know of each other, what flows between them, and the last minutes as charts. */
import type { Status, TransferAnswer, Transfers } from "../../../src/web/answers.ts";
import { lanesOf } from "../../../src/web/lanes.ts";
import { ago, dash, height, plural, span } from "../format.ts";
import { lagLines, rateLines } from "../history.ts";
import { lightClientFacts } from "../light-client.ts";
import { useAsked, useLive, useNow } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { AlertList } from "../parts/alert-list.tsx";
import { Empty, Trouble } from "../parts/bits.tsx";
import { Chart } from "../parts/chart.tsx";
import { ChainMap, moving } from "../parts/map.tsx";
import { TransferTable } from "../parts/transfer-table.tsx";

type Chain = Status["chains"][number];
const lateAtMost = 200;
const lateShown = 5;

function ChainCard({ chain: { name, best, final, cursor, lagBlocks, headAgeSeconds, endpoints, ranges }, statusAt }: { readonly chain: Chain; readonly statusAt: number }) {
  const now = useNow();
  const up = endpoints.filter((one) => one.up).length;
  const backlog = ranges.reduce((sum, { next, last }) => sum + Math.max(0, last - next + 1), 0);
  return (
    <article class="card chain-card" aria-label={name}>
      <h3>{name}</h3>
      <p class="big">{height(best?.height)}</p>
      <dl>
        <dt>final</dt><dd>{height(final?.height)}</dd>
        <dt>read to</dt><dd>{height(cursor?.height)}</dd>
        <dt>lag</dt><dd class={(lagBlocks ?? 0) > 2 ? "warn" : ""}>{lagBlocks === null ? dash : plural(Math.max(0, lagBlocks), "block")}</dd>
        <dt>head seen</dt><dd>{headAgeSeconds === null ? dash : ago(statusAt - headAgeSeconds * 1_000, now)}</dd>
        <dt>nodes</dt><dd class={up === 0 ? "bad" : up < endpoints.length ? "warn" : ""}>{up} of {endpoints.length} up</dd>
        {backlog === 0 ? null : <><dt>to search</dt><dd>{plural(backlog, "block")}</dd></>}
      </dl>
    </article>
  );
}

function LightClients({ clients }: { readonly clients: Status["lightClients"] }) {
  const now = useNow();
  if (clients?.length === 0) return null;
  return (
    <section aria-labelledby="light-clients">
      <h2 id="light-clients">Light clients of Bitcoin</h2>
      {clients === null ? <Empty>What they know is not known now.</Empty> : (
        <div class="cards wide">
          {clients.map((client) => lightClientFacts(client, now)).map(({ name, knows, lag, isBehind, toldBy, troubles }) => (
            <article key={name} class={`card ${troubles.length > 0 ? "late" : ""}`} aria-label={name}>
              <h3 class="dim">{name}</h3>
              <p class="big">{knows}</p>
              <dl>
                <dt>lag</dt><dd class={isBehind ? "warn" : ""}>{lag}</dd>
                <dt>told by</dt><dd>{toldBy}</dd>
              </dl>
              {troubles.map((trouble) => <p key={trouble} class="bad">{trouble}</p>)}
            </article>
          ))}
        </div>
      )}
    </section>
  );
}

/** Late transfers whose deliveries go through this lane; a delivery's id begins with its lane. */
const lateIn = (lane: string, late: readonly TransferAnswer[]): number => late.filter(({ deliveries }) => deliveries.some((id) => id.startsWith(lane))).length;

function LaneLines({ status, late }: { readonly status: Status; readonly late: readonly TransferAnswer[] }) {
  const { lanes } = lanesOf(status);
  if (lanes.length === 0) return <Empty>No bridge is configured: nothing is relayed.</Empty>;
  return (
    <ul class="lanes">
      {lanes.map((lane) => (
        <li key={lane.name}>
          <strong>{lane.name}</strong> <span class="dim">{lane.source} → {lane.target}</span>
          <span>{plural(moving(lane), "delivery", "deliveries")} moving, {lane.counts.delivered ?? 0} arrived</span>
          <span>{lane.oldest === null ? "nothing waits" : <>oldest <a href={hrefOf.delivery(lane.oldest.id)}>{span(lane.oldest.ageSeconds * 1_000)}</a>, {lane.oldest.state}{lane.oldest.waitCode === null ? "" : `, waits: ${lane.oldest.waitCode}`}</>}</span>
          {lateIn(lane.name, late) === 0 ? null : <span class="bad">{lateIn(lane.name, late)} late</span>}
          {lane.parked.length === 0 ? null : <span class="bad">{lane.parked.length} parked</span>}
          {lane.halts.map(({ scope, code }) => <span key={`${scope.kind} ${scope.name}`} class="bad">stopped: {scope.kind} {scope.name}, {code}</span>)}
        </li>
      ))}
    </ul>
  );
}

export function OverviewView() {
  const { status, alerts, samples } = useLive();
  const { value, problem } = useAsked<Transfers>(`transfers?state=open&late=true&limit=${lateAtMost}`);
  const late = value?.items ?? [];
  if (status === null) return <><h1>Overview</h1><Empty>Waiting for the first status.</Empty></>;
  return (
    <>
      <h1>Overview</h1>
      <section aria-labelledby="alerts-now">
        <h2 id="alerts-now">{alerts.length === 0 ? "No alert now" : plural(alerts.length, "alert")}</h2>
        <AlertList alerts={alerts.slice(0, 3)} />
        {alerts.length > 3 ? <p><a href="#/alerts">all {alerts.length} alerts</a></p> : null}
      </section>
      <section aria-labelledby="chains">
        <h2 id="chains">Chains</h2>
        <div class="cards">{status.chains.map((chain) => <ChainCard key={chain.name} chain={chain} statusAt={status.at} />)}</div>
      </section>
      <LightClients clients={status.lightClients} />
      <section aria-labelledby="lanes">
        <h2 id="lanes">Lanes</h2>
        <ChainMap chains={status.chains} lanes={status.lanes} stopped={(lane) => lanesOf(status).lanes.some(({ name, halts }) => name === lane.name && halts.length > 0)} />
        <LaneLines status={status} late={late} />
      </section>
      <section aria-labelledby="late">
        <h2 id="late">{late.length === 0 ? "No transfer is late" : <a href={hrefOf.transfers({ state: "open", late: "true" })}>{value?.next === null ? late.length : `more than ${late.length}`} late</a>}</h2>
        <Trouble problem={problem} />
        {late.length === 0 ? null : <TransferTable transfers={[...late].sort((a, b) => b.lateMs - a.lateMs).slice(0, lateShown)} />}
      </section>
      <section aria-labelledby="charts">
        <h2 id="charts">Since this page was opened</h2>
        <div class="charts">
          <Chart title="Blocks behind the head" lines={lagLines(samples)} />
          <Chart title="Deliveries arrived per minute" lines={rateLines(samples)} />
        </div>
      </section>
    </>
  );
}
