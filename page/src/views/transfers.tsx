/** All transfers, page by page as the server gives them; filtered and searched there too, so that a hundred thousand are no more than fifty. */
import { useEffect, useState } from "preact/hooks";
import type { Shown, Transfers } from "../../../src/web/answers.ts";
import { typed } from "../form.ts";
import { useAsked } from "../hooks.ts";
import { hrefOf, queryOf } from "../router.ts";
import type { Filter } from "../router.ts";
import { Empty, Id, Trouble } from "../parts/bits.tsx";
import { TransferTable } from "../parts/transfer-table.tsx";

const perPage = 50;

/** Deliveries and events that the text leads to, when it names no transfer. */
function Elsewhere({ q }: { readonly q: string }) {
  const { value, problem } = useAsked<Shown>(`show/${encodeURIComponent(q)}`);
  if (value === null) return <Empty>{problem === null || problem.code === "unknown-id" ? `Nothing here has to do with "${q}".` : problem.message}</Empty>;
  return (
    <>
      <Empty>No transfer has to do with it, but:</Empty>
      <ul>
        {value.deliveries.map(({ id, state }) => <li key={id}>delivery <a href={hrefOf.delivery(id)}><Id id={id} most={80} /></a>, {state}</li>)}
        {value.events.map(({ id, kind, at }) => <li key={id}>event <Id id={id} most={80} /> ({kind}){at === null ? ", in no block now" : ` in ${at.chain} block ${at.height}`}</li>)}
      </ul>
    </>
  );
}

function FilterForm({ filter }: { readonly filter: Filter }) {
  const go = (change: Filter): void => {
    location.hash = hrefOf.transfers({ ...filter, ...change });
  };
  const choice = (key: "state" | "bridge" | "kind" | "late", label: string, options: Readonly<Record<string, string>>) => (
    <label>{label}
      <select value={filter[key] ?? ""} onChange={(event) => go({ [key]: event.currentTarget.value })}>
        <option value="">any</option>
        {Object.entries(options).map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
  return (
    <form class="filter" role="search" onSubmit={(event) => { event.preventDefault(); go({ q: typed(event.currentTarget, "q") }); }}>
      <label class="search">Find
        <input key={filter.q ?? ""} name="q" type="search" defaultValue={filter.q ?? ""} maxLength={300} placeholder="id, txid, address, account" autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit">Find</button>
      {choice("state", "State", { open: "open", ended: "ended" })}
      {choice("late", "Late", { true: "late", false: "on time" })}
      {choice("bridge", "Bridge", { tbtc: "tbtc", interbtc: "interbtc" })}
      {choice("kind", "Kind", { deposit: "deposit", redemption: "redemption", "moving-funds": "moving funds", "moved-funds": "moved funds", issue: "issue", redeem: "redeem", replace: "replace", refund: "refund" })}
    </form>
  );
}

export function TransfersView({ filter }: { readonly filter: Filter }) {
  /** cursors of the pages up to this one; the first page has none */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const query = queryOf(filter);
  useEffect(() => setCursors([]), [query]);
  const { value, problem } = useAsked<Transfers>(`transfers?${queryOf({ ...filter, limit: String(perPage), cursor: cursors.at(-1) })}`);
  const next = value?.next ?? null;
  return (
    <>
      <h1>Transfers</h1>
      <FilterForm filter={filter} />
      <Trouble problem={problem} />
      {value === null ? (problem === null ? <Empty>Asking.</Empty> : null) : value.items.length > 0 ? <TransferTable transfers={value.items} />
        : filter.q === undefined ? <Empty>{query === "" ? "No transfer has been seen yet." : "No transfer is like this."}</Empty> : <Elsewhere q={filter.q} />}
      {cursors.length === 0 && next === null ? null : (
        <nav class="pages" aria-label="Pages">
          <button type="button" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>Newer</button>
          <span>page {cursors.length + 1}</span>
          <button type="button" disabled={next === null} onClick={() => setCursors(next === null ? cursors : [...cursors, next])}>Older</button>
        </nav>
      )}
    </>
  );
}
