/** Alerts, each with its cause, its sentence and what to do. */
import { causes } from "../../../src/core/causes.ts";
import type { Alert } from "../../../src/web/answers.ts";
import { ago, moment } from "../format.ts";
import { useNow } from "../hooks.ts";
import { CauseTag, Command, Evidence, LookedAt } from "./bits.tsx";

export function AlertList({ alerts }: { readonly alerts: readonly Alert[] }) {
  const now = useNow();
  if (alerts.length === 0) return null;
  return (
    <ul class="alerts">
      {alerts.map((alert) => (
        <li key={`${alert.cause} ${alert.sentence}`} class={`alert ${alert.severity}`}>
          <p><strong>{alert.sentence}</strong></p>
          <p class="dim"><CauseTag cause={alert.cause} /> {causes[alert.cause].title}; {alert.severity}; since {moment(alert.since, now)} ({ago(alert.since, now)})</p>
          {alert.action === null ? null : <p>{alert.action.text}</p>}
          {alert.action?.command == null ? null : <Command command={alert.action.command} />}
          {alert.acknowledged === null ? null : <LookedAt by={alert.acknowledged} />}
          <Evidence of={alert.evidence} />
        </li>
      ))}
    </ul>
  );
}
