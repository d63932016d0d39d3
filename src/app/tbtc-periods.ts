/**
 * The periods that tBTC's deadlines are made of, as the contracts have them now.
 * Always: read at the start, when governance changed them and once in ten minutes; what was read is on record in the ledger, so that a
 * start without a node goes on with it and says so; the configuration stays above.
 * Never: a deadline; those are in the journeys.
 */
import { periodsIn, tbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { OwnPeriods, ReadPeriods, TbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { failureOf } from "../core/errors.ts";
import type { AuditEntry, Hex, Millis } from "../core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../ports.ts";
import { readTbtcPeriods } from "../../relayer/lanes/tbtc-periods.ts";
import type { PeriodsSeen } from "./seldom.ts";

export type PeriodsParts = {
  readonly ethereum: Endpoints<EthereumClient>;
  readonly bridge: Hex;
  readonly own: OwnPeriods;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
};

const everyMs: Millis = 600_000;
const againMs: Millis = 30_000;
/** as they stand in the audit log */
const record = { subject: "bridge tbtc", what: "periods" } as const;
const recordsLooked = 50;
/** governance does not change them more often */
const changesLooked = 1_000;

/** Knows what was on record; reads nothing yet. */
export async function openPeriods(parts: PeriodsParts): Promise<PeriodsSeen<TbtcPeriods>> {
  const { ethereum, bridge, own, ledger, clock, meter, log } = parts;
  const last = await lastRead(ledger);
  let read = last === null ? null : periodsIn(last.detail);
  let current = tbtcPeriods(read, own);
  let dueAt: Millis = Number.NEGATIVE_INFINITY;
  let changes = "";
  let isAway = false;

  const take = async (found: ReadPeriods): Promise<void> => {
    if (JSON.stringify(found) === JSON.stringify(read)) return;
    await ledger.note({ at: clock.now(), who: "monitor", ...record, because: null, detail: found });
    log.info({ ...found }, read === null ? "the Bridge's periods were read" : "the Bridge's periods have changed: deadlines follow");
    read = found;
    current = tbtcPeriods(read, own);
  };
  return {
    current: () => current,
    async refresh(signal) {
      try {
        const seen = await changesIn(ledger);
        if (seen === changes && clock.now() < dueAt) return;
        const { value } = await ethereum.ask((client, signal) => readTbtcPeriods(client, bridge, signal), signal);
        await take(value);
        [changes, dueAt, isAway] = [seen, clock.now() + everyMs, false];
      } catch (thrown) {
        const { code } = failureOf(thrown);
        dueAt = clock.now() + againMs;
        meter.count("errors_total", { where: "monitor", code });
        if (!isAway) log.warn({ code }, `the Bridge's periods cannot be read; deadlines are reckoned with ${read === null ? "the usual ones" : "those read last"}`);
        isAway = true;
      }
    },
  };
}

async function lastRead(ledger: Ledger): Promise<AuditEntry | null> {
  const entries = await ledger.auditLog({ subject: record.subject, limit: recordsLooked });
  return entries.findLast(({ what, detail }) => what === record.what && periodsIn(detail) !== null) ?? null;
}

/** Which changes by governance have been seen. */
async function changesIn(ledger: Ledger): Promise<string> {
  const events = await ledger.events({ kind: "tbtc-parameters-updated", limit: changesLooked });
  return events.filter(({ at }) => at !== null).map(({ id, at }) => `${id} ${at?.hash ?? ""}`).join();
}
