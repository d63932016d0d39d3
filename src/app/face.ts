/**
 * What one process shows and obeys: metrics, health, reports, orders; and the loop that keeps the gauges true.
 * Always: served in every role, so that a process without the monitor role can still be asked how it is.
 * Never: a judgement of its own; monitor/ judges, web/ serves, commands.ts obeys.
 */
import { createCommands } from "../commands.ts";
import type { Config } from "../config/schema.ts";
import { failureOf } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import type { LaneName, Millis, Scope } from "../core/values.ts";
import { logLevels } from "../log.ts";
import type { AdjustableLog, LogLevel } from "../log.ts";
import { createGauges } from "../monitor/gauges.ts";
import type { Gauges } from "../monitor/gauges.ts";
import { health, readiness } from "../monitor/health.ts";
import type { ReadinessFacts, Verdict } from "../monitor/health.ts";
import type { Metrics } from "../monitor/metrics.ts";
import { show } from "../monitor/show.ts";
import { status } from "../monitor/status.ts";
import type { World } from "../monitor/world.ts";
import { accessPath } from "../web/access.ts";
import { serveApi } from "../web/serve.ts";
import type { Served } from "../web/serve.ts";

export type FaceParts = {
  readonly config: Config;
  readonly world: World;
  readonly metrics: Metrics;
  readonly log: AdjustableLog;
  readonly policyOf: (lane: LaneName) => Policy;
  /** every loop of this process with the longest time one turn may take */
  readonly loops: readonly { readonly loop: string; readonly budgetMs: Millis }[];
  /** an endpoint further behind is not fresh */
  readonly maxLagBlocks: number;
};

export type Face = Served & { readonly gauges: Gauges };

const lastTurn = "loop_last_turn_timestamp_seconds";

/**
 * Listens and publishes the access file beside the ledger. The gauges are refreshed by `keepGauges`.
 * @throws Misconfigured `listen-failed`
 */
export async function showFace(parts: FaceParts): Promise<Face> {
  const { config, world, metrics, log, policyOf } = parts;
  const startedAt = world.clock.now();
  const gauges = createGauges(world, metrics.meter);
  const commands = createCommands({
    ...world, log, policyOf, scopes: scopesIn(world), logLevels, setLogLevel: (level) => log.setLevel(level as LogLevel),
  });
  const served = await serveApi({
    commands, metrics, log, hostNames: config.http.hostNames,
    status: () => status(world, gauges.heads()),
    show: (id) => show(world, id),
    health: () => judgeHealth(parts, startedAt),
    ready: async () => readiness(await readinessFacts(parts)),
  }, { host: config.http.host, port: config.http.port, accessFile: accessPath(config.ledger.path) });
  return { ...served, gauges };
}

/** The monitor role's loop: ends with the signal. `everyMs` must be well below the loop's budget. */
export async function keepGauges(gauges: Gauges, { world, metrics }: Pick<FaceParts, "world" | "metrics">, everyMs: Millis, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await gauges.refresh(signal);
    metrics.meter.set(lastTurn, { loop: "monitor" }, world.clock.now() / 1000);
    await world.clock.sleep(everyMs, signal);
  }
}

const scopesIn = ({ chains, lanes, signers }: World): readonly Scope[] => [
  ...chains.map(({ name }): Scope => ({ kind: "chain", name })),
  ...chains.flatMap((chain) => chain.endpoints().map(({ name }): Scope => ({ kind: "endpoint", name }))),
  ...lanes.map(({ name }): Scope => ({ kind: "lane", name })),
  ...signers.map(({ name }): Scope => ({ kind: "signer", name })),
];

async function judgeHealth({ metrics, loops, world }: FaceParts, startedAt: Millis): Promise<Verdict> {
  const turns = await metrics.read(lastTurn);
  const turnOf = (loop: string): Millis | null => {
    const seconds = turns.find(({ labels }) => labels.loop === loop)?.value ?? 0;
    return seconds === 0 ? null : seconds * 1000;
  };
  return health(loops.map(({ loop, budgetMs }) => ({ loop, budgetMs, lastTurnAt: turnOf(loop) })), startedAt, world.clock.now());
}

async function readinessFacts({ world: { ledger, queue, chains }, maxLagBlocks }: FaceParts): Promise<ReadinessFacts> {
  const failureFrom = (work: Promise<unknown>): Promise<string | null> => work.then(() => null, (thrown: unknown) => failureOf(thrown).message);
  const [ledgerFailure, queueFailure, facts] = await Promise.all([
    failureFrom(ledger.ping()),
    failureFrom(queue.ping()),
    Promise.all(chains.map(async (chain) => {
      const [view, ranges] = await Promise.all([ledger.view(chain.name), ledger.ranges(chain.name)]);
      return { name: chain.name, endpoints: chain.endpoints(), cursorHeight: (view?.tip.at(-1) ?? view?.final)?.height ?? null, ranges };
    })),
  ]);
  return { chains: facts, ledgerFailure, queueFailure, maxLagBlocks };
}
