/**
 * The API's parts over a small world: a memory ledger, made-up transfers, orders that are carried out.
 * Always: reports come from the program's own functions; only transfers and alerts are made up.
 */
import { createCommands } from "../../src/commands.ts";
import { show } from "../../src/monitor/show.ts";
import { status } from "../../src/monitor/status.ts";
import type { HeadSeen, WatchedChain } from "../../src/monitor/world.ts";
import type { LightClientView } from "../../src/core/monitored-world.ts";
import type { ChainName } from "../../src/core/values.ts";
import type { Clock } from "../../src/ports.ts";
import type { Alert } from "../../src/web/answers.ts";
import type { ApiParts } from "../../src/web/parts.ts";
import { createMemoryLog } from "./quiet.ts";
import type { FakeTransfers } from "./transfers.ts";
import { policy, scopes } from "./world.ts";
import type { SmallWorld } from "./world.ts";

export type ApiStage = {
  readonly parts: Omit<ApiParts, "token" | "page">;
  readonly alerts: Alert[];
  readonly heads: Map<ChainName, HeadSeen>;
  readonly lightClients: LightClientView[];
  readonly log: ReturnType<typeof createMemoryLog>;
};

/** `clock` tells the reports' time; by default the world's own, which stands still. */
export function createApiStage({ world: small }: SmallWorld, transfers: FakeTransfers, clock: Clock = small.clock): ApiStage {
  const others = (["ethereum", "polkadot"] as const).map((name): WatchedChain => ({
    name, head: () => Promise.reject(new Error("nobody asks")), endpoints: () => [{ name: "only", up: name === "ethereum", head: null, lagBlocks: null, demotedUntil: null, lastFailure: null }],
  }));
  const world = { ...small, clock, chains: [...small.chains, ...others] };
  const log = createMemoryLog();
  const alerts: Alert[] = [];
  const heads = new Map<ChainName, HeadSeen>();
  const lightClients: LightClientView[] = [];
  return {
    alerts, heads, lightClients, log,
    parts: {
      status: () => status(world, heads, lightClients),
      show: (id) => show(world, id),
      transfers: transfers.face,
      alerts: () => alerts,
      metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: () => Promise.resolve("gantry_redis_up 1\n") },
      health: () => Promise.resolve({ ok: true, reasons: [] }),
      ready: () => Promise.resolve({ ok: false, reasons: ["bitcoin: no block read yet"] }),
      commands: createCommands({ ...world, log, policyOf: () => policy, scopes, logLevels: ["info"], setLogLevel: () => undefined, causeOf: async (id) => (await transfers.face.get(id))?.explanation?.cause ?? null }),
      hostNames: [], version: "0.0.0", log,
    },
  };
}
