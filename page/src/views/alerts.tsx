/** What is wrong now. */
import { useLive } from "../hooks.ts";
import { AlertList } from "../parts/alert-list.tsx";
import { Empty } from "../parts/bits.tsx";

const order = ["page", "ticket", "info"] as const;

export function AlertsView() {
  const { alerts, connection } = useLive();
  const sorted = [...alerts].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || a.since - b.since);
  return (
    <>
      <h1>Alerts</h1>
      {alerts.length === 0 ? <Empty>{connection.is === "live" ? "Nothing is wrong." : "Nothing was wrong when last heard of."}</Empty> : <AlertList alerts={sorted} />}
    </>
  );
}
