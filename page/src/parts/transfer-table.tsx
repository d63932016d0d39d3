/** Transfers as a table; on a narrow screen each row is a card. */
import type { TransferAnswer } from "../../../src/web/answers.ts";
import { ago, away, dash, span } from "../format.ts";
import { useNow } from "../hooks.ts";
import { hrefOf } from "../router.ts";
import { CauseTag, Id } from "./bits.tsx";

/** The step it is in, or how it ended. */
export const where = ({ explanation, outcome, state }: TransferAnswer): string => (state === "ended" ? (outcome ?? "ended") : (explanation?.step ?? dash));

function Row({ transfer, now }: { readonly transfer: TransferAnswer; readonly now: number }) {
  const { id, bridge, kind, openedAt, endedAt, lateMs, deadline, explanation, eta } = transfer;
  return (
    <tr class={lateMs > 0 ? "late" : ""}>
      <td data-label="Transfer"><a href={hrefOf.transfer(id)}><Id id={id} /></a></td>
      <td data-label="Kind">{bridge} {kind}</td>
      <td data-label="Step">{where(transfer)}{explanation === null ? null : <span class="dim"> {explanation.who}</span>}</td>
      <td data-label="Opened">{endedAt === null ? ago(openedAt, now) : `${ago(openedAt, now)}, took ${span(endedAt - openedAt)}`}</td>
      <td data-label="Late">{lateMs > 0 ? <span class="bad">{span(lateMs)}</span> : dash}</td>
      <td data-label="Deadline" class={deadline?.passed === true ? "bad" : ""}>{deadline?.at == null ? (deadline === null ? dash : "not by a clock") : away(deadline.at, now)}</td>
      <td data-label="Expected">{eta === null ? dash : away(eta.medianAt, now)}{eta === null || eta.afterDeadlineMs === 0 ? null : <span class="bad"> after its deadline</span>}</td>
      <td data-label="Cause">{explanation?.cause == null ? dash : <CauseTag cause={explanation.cause} />}</td>
    </tr>
  );
}

export function TransferTable({ transfers }: { readonly transfers: readonly TransferAnswer[] }) {
  const now = useNow();
  return (
    <table class="transfers">
      <thead><tr><th>Transfer</th><th>Kind</th><th>Step</th><th>Opened</th><th>Late</th><th>Deadline</th><th>Expected</th><th>Cause</th></tr></thead>
      <tbody>{transfers.map((transfer) => <Row key={transfer.id} transfer={transfer} now={now} />)}</tbody>
    </table>
  );
}
