/**
 * Where every transfer is, why, and until when: kept current from the ledger, judged at each refresh, told on demand.
 * Always: `refresh` in one place only (the monitor role); questions are answered from the ledger by any role.
 * Never: a transfer's state decided here; folding, lateness and causes are core's.
 */
import type { Cause } from "../core/causes.ts";
import { failureOf } from "../core/errors.ts";
import { installationCauses } from "../core/findings.ts";
import type { LightClientView } from "../core/monitored-world.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";
import { learn, withBudgets } from "../core/transfer-progress.ts";
import type { Budgets as StepBudgets, StepHistory } from "../core/transfer-progress.ts";
import type { Journey, Transfer } from "../core/transfer.ts";
import type { Millis, TransferId } from "../core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../ports.ts";
import { alertsOf, createSightings } from "./alerts.ts";
import type { Alert } from "./alerts.ts";
import { createFolding } from "./fold.ts";
import { judge } from "./judge.ts";
import type { Judgement } from "./judge.ts";
import type { Observed } from "./observe.ts";
import { createQuestions } from "./questions.ts";
import type { Questions } from "./questions.ts";
import { createTransferGauges, showSteps } from "./transfer-gauges.ts";

export interface Transfers extends Questions {
  /** one turn: folds what changed, judges what is open, sets the gauges. Throws when the ledger cannot be read or written */
  refresh(signal: AbortSignal): Promise<void>;
  /** as of the last refresh */
  alerts(): readonly Alert[];
  /** the same; looked at when there was none */
  lightClients(): Promise<readonly LightClientView[]>;
  /** the same, by id */
  open(): ReadonlyMap<TransferId, Transfer>;
}

export type TransfersOptions = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly journeys: () => readonly BridgeJourneys[];
  readonly stepBudgets: StepBudgets;
  readonly observe: (signal: AbortSignal) => Promise<Observed>;
  /** what a text stands for on each chain: the scripts of an address, the key of an account */
  readonly spellings: readonly ((text: string) => readonly string[])[];
};

/** a turn of the monitor must not become late by a long history */
const foldForMs: Millis = 5_000;
/** ended transfers of each kind that a start learns usual times from */
const learnedFrom = 200;

export function createTransfers(options: TransfersOptions): Transfers {
  const { ledger, clock, meter, log, observe } = options;
  const own = budgeted(options);
  const journeyOf = ({ bridge, kind }: Pick<Transfer, "bridge" | "kind">): Journey | null => own().find((one) => one.bridge === bridge && one.kind === kind) ?? null;
  let history: StepHistory | null = null;
  let observed: Observed | null = null;
  let judgement: Judgement | null = null;
  let alerts: readonly Alert[] = [];
  const gauges = createTransferGauges(meter);
  const sightings = createSightings();
  const folding = createFolding({
    ledger, journeys: options.journeys, now: () => clock.now(),
    onEnded: (transfer) => {
      const journey = journeyOf(transfer);
      if (journey !== null && history !== null) history = learn(history, journey, transfer);
    },
  });

  async function refresh(signal: AbortSignal): Promise<void> {
    showSteps(own(), meter);
    try {
      observed = await observe(signal);
      await look(observed, signal);
    } catch (thrown) {
      // A ledger that stops the monitor, too, must not keep it from telling so.
      const { remedy, code, message } = failureOf(thrown);
      if (observed !== null && !signal.aborted && remedy === "Unavailable" && code.startsWith("ledger-")) {
        tell({ world: { ...observed.world, ledger: { writable: false, failure: message } }, clocks: { ...observed.clocks, now: clock.now() } });
      }
      throw thrown;
    }
    tell(observed);
  }

  async function look(now: Observed, signal: AbortSignal): Promise<void> {
    history ??= await historyOf(ledger, own());
    const isCurrent = await folding.catchUp(now.clocks, foldForMs, signal);
    if (!isCurrent) log.info({}, "transfers: changes are still to be folded; what is late is judged once they are");
    // Half-read history would call ended transfers late.
    if (isCurrent) judgement = await judge(folding.open().values(), { ledger, journeys: own(), journeyOf, history }, now);
  }

  function tell({ world, clocks }: Observed): void {
    const findings = installationCauses(world, clocks.now);
    const troubled = judgement?.troubled ?? [];
    alerts = alertsOf(findings, troubled, sightings, clocks.now);
    const active = new Set<Cause>([...findings.map(({ cause }) => cause), ...troubled.flatMap(({ explanation }) => explanation.cause ?? [])]);
    if (judgement !== null) gauges.show(judgement, active, world);
  }

  const newest = async (): Promise<Observed> => (observed ??= await observe(AbortSignal.timeout(foldForMs)));
  const questions = createQuestions({
    ledger, clock, journeyOf, open: () => folding.open(), history: () => history ?? {}, spellings: options.spellings, observed: newest,
  });
  return { ...questions, refresh, alerts: () => alerts, open: () => folding.open(), lightClients: async () => (await newest()).world.lightClients };
}

/** The journeys with the configured budgets, made anew only when the bridges' journeys change. */
function budgeted({ journeys, stepBudgets }: Pick<TransfersOptions, "journeys" | "stepBudgets">): () => readonly Journey[] {
  let [of, made]: [readonly BridgeJourneys[] | null, readonly Journey[]] = [null, []];
  return () => {
    const now = journeys();
    if (of?.length !== now.length || now.some((one, index) => one !== of?.[index])) made = now.flatMap((one) => one.journeys).map((one) => withBudgets(one, stepBudgets));
    of = now;
    return made;
  };
}

/** What ended transfers teach of usual times. */
async function historyOf(ledger: Ledger, journeys: readonly Journey[]): Promise<StepHistory> {
  let history: StepHistory = {};
  for (const journey of journeys) {
    const ended = await ledger.transfers({ open: false, bridge: journey.bridge, kind: journey.kind, limit: learnedFrom });
    for (const transfer of ended.toReversed()) history = learn(history, journey, transfer);
  }
  return history;
}
