/** An alert as the monitor tells it, made up. */
import { causes } from "../../src/core/causes.ts";
import type { Alert } from "../../src/monitor/alerts.ts";

export const alertOf = (change: Partial<Alert> = {}): Alert => {
  const cause = change.cause ?? "node-stalled";
  return {
    id: `${cause} chain:bitcoin`, cause, severity: causes[cause].severity, who: causes[cause].who, since: 0, sentence: "No bitcoin node has shown a new block for 90 min.",
    evidence: { scope: { chain: "bitcoin" } }, deadline: null, transfers: [], action: { text: "Look at the node.", command: "gantry doctor" }, acknowledged: null, ...change,
  };
};
