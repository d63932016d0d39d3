/**
 * Gantry for interBTC alone, on a stage of bitcoind, the dev chain and a Redis of its own: in this process, or in one to kill.
 * Always: promises are read from the parachain, not from Gantry's words; blocks come when a test says so unless it asks for a
 * rhythm; everything started here ends with `stop`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { SentTx } from "../../devnet/bitcoin.ts";
import { requestIssue, requestIssues } from "../../devnet/interbtc/parties.ts";
import type { Issue, Vault } from "../../devnet/interbtc/parties.ts";
import { startRedis, findServers } from "../../devnet/servers.ts";
import type { RedisServer } from "../../devnet/servers.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import type { Json, LaneName } from "../../src/core/values.ts";
import type { Clock } from "../../src/ports.ts";
import { runGantry } from "./chains-story.ts";
import type { Gantry } from "./chains-story.ts";
import { launch, mainFile, whenServing } from "./gantry-process.ts";
import type { GantryProcess, Running } from "./gantry-process.ts";
import { killedFile } from "./gantry-stage.ts";
import type { ConfigText } from "./gantry-stage.ts";
import type { Point } from "./gantry-points.ts";
import { registered, startInterbtc } from "./interbtc.ts";
import type { InterbtcStage, InterbtcStageOptions } from "./interbtc.ts";

/** the account Gantry relays with; neither sudo, vault, nor user */
export const relayer = "//Eve";
const user = "//Dave";

export type InterbtcGantryOptions = InterbtcStageOptions & {
  /** last changes to the configuration as written */
  readonly edit?: (config: ConfigText) => void;
  /** start the light client at the tip and mine what makes it take requests; default true */
  readonly initialised?: boolean;
};

export interface InterbtcGantryStage extends InterbtcStage {
  readonly redis: RedisServer;
  readonly vault: Vault;
  readonly file: string;
  readonly ledgerPath: string;
  /** the program in this process; in real time unless a clock is given */
  gantry(change?: (config: Config) => void, clock?: Clock): Promise<Gantry>;
  /** `gantry run` with its API answering */
  run(): Promise<Running>;
  /** `gantry run`, as launched */
  launch(): GantryProcess;
  /** Gantry that kills itself at `point` of a delivery of this lane */
  launchKilled(point: Point, lane: LaneName): GantryProcess;
  /** //Dave asks for tokens of //Bob's vault */
  request(amountSat?: bigint): Promise<Issue>;
  /** many requests at once */
  requests(count: number, amountSat?: bigint): Promise<readonly Issue[]>;
  /** what the issue asks for, or another amount; in the pool */
  pay(issue: Issue, valueSat?: bigint): Promise<SentTx>;
  /** is the issue executed, at the head? */
  isExecuted(issue: Issue): Promise<boolean>;
  /** nonce of Gantry's account at the head */
  nonce(): Promise<number>;
  /** how many executions of an issue the chain's blocks hold, failed ones included, from a height on */
  executions(issue: Issue, fromHeight: number): Promise<number>;
}

const depositSat = 1_000_000n;

export async function startInterbtcGantry(options: InterbtcGantryOptions = {}): Promise<InterbtcGantryStage> {
  const stage = await startInterbtc({ blocks: { everySeconds: 1, atOnce: true }, ...options });
  const found = await findServers();
  const redis = await startRedis({ folder: stage.folder, paths: { ...found, redisUrl: null, redisServer: found.redisServer ?? "redis-server" } });
  if (options.initialised !== false) {
    await stage.relay.initialize();
    await stage.relay.mine(3);
  }
  const vault = await registered(stage.chain);
  const { file, ledgerPath } = await writeConfig(stage, redis, options.edit);
  const apps: Gantry[] = [];
  const launched: GantryProcess[] = [];
  const keep = (one: GantryProcess): GantryProcess => {
    launched.push(one);
    return one;
  };
  const start = (): GantryProcess => keep(launch([mainFile, "run", "--config", file]));
  return {
    ...stage, redis, vault, file, ledgerPath,
    async gantry(change, clock) {
      const config = await loadConfig(file);
      for (const chain of [config.chains.bitcoin, config.chains.polkadot]) if (chain !== undefined) chain.pollMs = 300;
      change?.(config);
      const app = await runGantry(config, ledgerPath, clock);
      apps.push(app);
      return app;
    },
    launch: start,
    run: () => whenServing(start(), ledgerPath),
    launchKilled: (point, lane) => keep(launch([killedFile, file, point, "killed", lane])),
    request: (amountSat = depositSat) => requestIssue(stage.chain, user, vault, amountSat),
    requests: (count, amountSat = 20_000n) => requestIssues(stage.chain, user, vault, amountSat, count),
    pay: ({ script, totalSat }, valueSat = totalSat) => stage.bitcoin.pay([{ script, valueSat }]),
    ...readings(stage),
    stop: async () => {
      for (const app of apps) await app.stop();
      await Promise.all(launched.map((one) => one.kill()));
      await redis.stop();
      await stage.stop();
    },
  };
}

async function writeConfig(stage: InterbtcStage, redis: RedisServer, edit: InterbtcGantryOptions["edit"]): Promise<{ readonly file: string; readonly ledgerPath: string }> {
  const [file, keyFile, ledgerPath] = [join(stage.folder, "gantry.yml"), join(stage.folder, "relayer.key"), join(stage.folder, "gantry.sqlite")];
  await writeFile(keyFile, `${relayer}\n`, { mode: 0o600 });
  const config: ConfigText = {
    ledger: { path: ledgerPath },
    redis: { url: redis.url },
    http: { port: 0 },
    chains: {
      // the preset asks for 3 confirmations: final is deeper, so that reorgs around them can be played
      bitcoin: { network: "regtest", pollMs: 1_000, timeoutMs: 10_000, finalDepth: 6, endpoints: [{ name: "bitcoind", url: stage.bitcoinServer.url, cookieFile: stage.bitcoinServer.cookieFile }] },
      polkadot: { pollMs: 1_000, timeoutMs: 10_000, endpoints: [{ name: "chopsticks", url: stage.polkadot.url }] },
    },
    signers: { vault: { chain: "polkadot", keyFile } },
    bridges: { interbtc: { signer: "vault", lanes: { headers: { rankedDelay: false }, issue: { rankedDelay: false } } } },
    policy: { trackEverySeconds: 1, backoffCapSeconds: 2, maxWaitSeconds: 5, bumpAfterSeconds: 600 },
  };
  edit?.(config);
  await writeFile(file, stringify(config), { mode: 0o600 });
  return { file, ledgerPath };
}

type Readings = Pick<InterbtcGantryStage, "isExecuted" | "nonce" | "executions">;

function readings({ chain, polkadot }: InterbtcStage): Readings {
  return {
    isExecuted: async ({ id }) => ((await chain.read("issue", "issueRequests", id)) as { readonly status: Json } | null)?.status === "Completed",
    nonce: async () => ((await chain.read("system", "account", chain.account(relayer))) as { readonly nonce: number }).nonce,
    executions: async ({ id }, fromHeight) => {
      const { head } = await polkadot.state();
      let count = 0;
      for (let height = fromHeight; height <= head.height; height += 1) {
        const block = await chain.api.rpc.chain.getBlock(await chain.api.rpc.chain.getBlockHash(height));
        count += block.block.extrinsics.filter(({ method }) => method.section === "issue" && method.method === "executeIssue" && method.args[0]?.toHex() === id).length;
      }
      return count;
    },
  };
}
