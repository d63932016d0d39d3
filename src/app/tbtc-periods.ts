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
import type { AuditEntry, Hex, Millis } from "../core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../ports.ts";
import { readTbtcPeriods } from "../../relayer/reads/tbtc-periods.ts";
import { createKept } from "./seldom.ts";
import type { Kept } from "./seldom.ts";

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
/** as they stand in the audit log */
const record = { subject: "bridge tbtc", what: "periods" } as const;
const recordsLooked = 50;
/** governance does not change them more often */
const changesLooked = 1_000;

/** Knows what was on record; reads nothing yet. The very same value until one of them changes; `refresh` rejects only when the ledger does. */
export async function openPeriods({ ethereum, bridge, own, ledger, log, ...tools }: PeriodsParts): Promise<Kept<TbtcPeriods>> {
  const last = await lastRead(ledger);
  let read = last === null ? null : periodsIn(last.detail);
  let changes = "";

  const take = async (found: ReadPeriods): Promise<void> => {
    await ledger.note({ at: tools.clock.now(), who: "monitor", ...record, because: null, detail: found });
    log.info({ ...found }, read === null ? "the Bridge's periods were read" : "the Bridge's periods have changed: deadlines follow");
    read = found;
  };
  const none = tbtcPeriods(read, own);
  const kept: Kept<TbtcPeriods> = createKept({
    ...tools, none, everyMs: () => everyMs,
    read: async (signal) => {
      const seen = await changesIn(ledger);
      const { value } = await ethereum.ask((client, signal) => readTbtcPeriods(client, bridge, signal), signal);
      const isNew = JSON.stringify(value) !== JSON.stringify(read);
      if (isNew) await take(value);
      changes = seen;
      return isNew ? tbtcPeriods(value, own) : kept.current();
    },
    onAway: (code) => log.warn({ code }, `the Bridge's periods cannot be read; deadlines are reckoned with ${read === null ? "the usual ones" : "those read last"}`),
  });
  return { current: () => kept.current(), refresh: async (signal) => kept.refresh(signal, (await changesIn(ledger)) !== changes) };
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
