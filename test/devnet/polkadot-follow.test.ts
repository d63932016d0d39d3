/**
 * Gantry follows a Polkadot chain: head and final as the chain has them, through forks, an upgrade and an absence, beside another
 * chain. Blocks come when the test says so; what Gantry says is compared with the chain itself.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { createBitcoinDevnet } from "../../devnet/bitcoin.ts";
import { startPolkadot, upgradedRuntime } from "../../devnet/polkadot/server.ts";
import type { PolkadotServer } from "../../devnet/polkadot/server.ts";
import { createRunFolder, freePort } from "../../devnet/processes.ts";
import { findServers, startBitcoind, startRedis } from "../../devnet/servers.ts";
import type { BitcoinServer, RedisServer } from "../../devnet/servers.ts";
import { until } from "../../devnet/until.ts";
import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import type { Line } from "../../src/cli/doctor-check.ts";
import type { ChainStatus, StatusReport } from "../../src/monitor/status.ts";
import { gantry, launch, mainFile, whenServing } from "../support/gantry-process.ts";
import type { GantryProcess, Running } from "../support/gantry-process.ts";

const soon = { withinMs: 120_000, everyMs: 200 };
const forever = new AbortController().signal;
let folder: Awaited<ReturnType<typeof createRunFolder>>;
let chain: PolkadotServer;
let bitcoin: BitcoinServer;
let redis: RedisServer;
let number = 0;
const started: GantryProcess[] = [];

beforeAll(async () => {
  folder = await createRunFolder();
  const paths = await findServers();
  [chain, bitcoin, redis] = await Promise.all([
    startPolkadot({ folder: folder.path, blocks: "manual" }), startBitcoind({ folder: folder.path, paths }), startRedis({ folder: folder.path, paths }),
  ]);
  await createBitcoinDevnet({ rpc: bitcoin.rpc, signal: forever });
  await writeFile(join(folder.path, "key"), "//Bob\n", { mode: 0o600 });
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.kill()));
});
afterAll(async () => {
  await Promise.all([chain.stop(), bitcoin.stop(), redis.stop()]);
  await folder.remove();
});

type Written = { readonly file: string; readonly ledger: string };

/** Two chains and a Polkadot signer; `polkadot` is what is said about that chain besides its endpoint. */
async function written(polkadot: Record<string, unknown> = {}): Promise<Written> {
  number += 1;
  const [file, ledger] = [join(folder.path, `${number}.yml`), join(folder.path, `${number}.sqlite`)];
  await writeFile(file, stringify({
    instance: `polkadot-${number}`, ledger: { path: ledger }, redis: { url: redis.url }, http: { port: 0 },
    chains: {
      bitcoin: { network: "regtest", pollMs: 1_000, endpoints: [{ name: "bitcoind", url: bitcoin.url, cookieFile: bitcoin.cookieFile }] },
      polkadot: { pollMs: 1_000, endpoints: [{ name: "chopsticks", url: chain.url }], ...polkadot },
    },
    signers: { bob: { chain: "polkadot", keyFile: join(folder.path, "key") } },
  }), { mode: 0o600 });
  return { file, ledger };
}

function start({ file }: Written): GantryProcess {
  const one = launch([mainFile, "run", "--config", file]);
  started.push(one);
  return one;
}
const run = async (config: Written): Promise<Running> => whenServing(start(config), config.ledger);
const statusOf = async (one: Running): Promise<StatusReport> => (await one.client.status()) as StatusReport;

/** Resolves when Gantry has read a chain up to a height. */
const reads = (one: Running, name: ChainStatus["name"], height: number): Promise<ChainStatus> =>
  until(`block ${height} of ${name} to be read`, async () => {
    const found = (await statusOf(one)).chains.find((status) => status.name === name);
    return found?.cursor != null && found.cursor.height >= height ? found : null;
  }, soon);
const hashAt = (height: number): Promise<unknown> =>
  createJsonRpc({ name: "chain", url: chain.rawUrl.replace(/^ws/u, "http"), timeoutMs: 10_000 }).call("chain_getBlockHash", [height], forever);

test("head, final, balance and health are what the chain says; a fork and a runtime upgrade are followed", async () => {
  await chain.mine(4);
  const one = await run(await written());
  const { head } = await chain.state();
  expect((await reads(one, "polkadot", head.height)).cursor).toMatchObject({ height: head.height, hash: head.hash });

  await chain.reorg(2);
  const forked = (await chain.state()).head;
  expect((await reads(one, "polkadot", forked.height)).cursor).toMatchObject({ hash: forked.hash });
  expect(await hashAt(forked.height)).toBe(forked.hash);

  await chain.upgrade(upgradedRuntime);
  await chain.mine(3);
  const after = await chain.state();
  expect(after.specVersion).toBe(2);
  const status = await until("the final block to be followed", async () => {
    const found = await reads(one, "polkadot", after.head.height);
    return found.final?.height === after.final.height && found.lagBlocks === 0 ? found : null;
  }, soon);
  expect(status).toMatchObject({ final: { hash: after.final.hash }, lagBlocks: 0, endpoints: [{ name: "chopsticks", up: true }] });
  expect((await statusOf(one)).halts).toEqual([]);

  await until("Gantry to be ready", async () => (await one.client.ready()).ok, soon);
  const gauge = async (sample: string, is: (value: number) => boolean): Promise<unknown> => until(`${sample} to be read`, async () => is((await one.metric(sample)) ?? -1), soon);
  await gauge('gantry_chain_height{chain="polkadot",at="final"}', (height) => height === after.final.height);
  await gauge('gantry_chain_height{chain="polkadot",at="cursor"}', (height) => height === after.head.height);
  await gauge('gantry_endpoint_up{chain="polkadot",endpoint="chopsticks"}', (up) => up === 1);
  await gauge('gantry_signer_balance{chain="polkadot",signer="bob"}', (coins) => coins > 1);
});

test("a chain that is away holds up only itself, and is caught up with when it is back", async () => {
  const config = await written();
  await chain.stop();
  const one = await run(config);
  await reads(one, "bitcoin", Number(await bitcoin.rpc.call("getblockcount", [], forever)));
  const { ok, reasons } = await one.client.ready();
  expect(ok).toBe(false);
  expect(reasons.join("; ")).toContain("polkadot: no fresh endpoint");
  await chain.start();
  await chain.mine(3);
  const { head } = await chain.state();
  expect((await reads(one, "polkadot", head.height)).cursor).toMatchObject({ hash: head.hash });
  await until("Gantry to be ready", async () => (await one.client.ready()).ok, soon);
});

test("a head below the final block halts the chain, and nothing else", async () => {
  const one = await run(await written());
  const before = await chain.state();
  await reads(one, "polkadot", before.head.height);
  await chain.setHead(before.final.height - 1);
  await chain.mine(4);
  const halts = await until("a halt", async () => {
    const { halts } = await statusOf(one);
    return halts.length > 0 ? halts : null;
  }, soon);
  expect(halts).toMatchObject([{ scope: { kind: "chain", name: "polkadot" } }]);
  await reads(one, "bitcoin", Number(await bitcoin.rpc.call("getblockcount", [], forever)));
});

test.each([
  ["another genesis", "wrong-genesis", `0x${"12".repeat(32)}`],
  ["a plain key on a chain that is not said to be the development chain", "plain-key-refused", null],
])("%s ends it with 78 and one clear line", async (_name, code, genesis) => {
  const own = String(await hashAt(0));
  const { file } = await written({ genesis: genesis ?? own });
  const said = await gantry("run", "--config", file);
  expect(said.code, said.err).toBe(exitCodes.config);
  const words = said.err.trimEnd().split("\n").filter((line) => !line.startsWith("{"));
  expect(words).toHaveLength(1);
  expect(words[0]).toContain(`[${code}]`);
  if (code === "wrong-genesis") for (const word of ["chopsticks", own, "0x1212"]) expect(words[0]).toContain(word);
});

test("the doctor looks at genesis, runtime, properties, clock and balance", async () => {
  const doctor = async (config: Written): Promise<{ readonly code: number; readonly by: (what: string) => Line | undefined }> => {
    const { code, out } = await gantry("doctor", "--config", config.file, "--json");
    const { checks } = JSON.parse(out) as { readonly checks: readonly Line[] };
    return { code, by: (what) => checks.find((one) => one.what === what) };
  };
  const well = await doctor(await written());
  expect(well.by("polkadot chopsticks")).toMatchObject({ verdict: "ok", said: expect.stringMatching(/block \d+, .* old, final \d+, gantry-dev 2, genesis 0x[0-9a-f]{8}…, INTR with 10 decimals, prefix 42/u) });
  expect(well.by("signer bob")).toMatchObject({ verdict: "ok", said: expect.stringContaining("INTR") });
  expect(well.code).toBe(exitCodes.ok);

  const wrong = await doctor(await written({ genesis: `0x${"12".repeat(32)}` }));
  expect(wrong.by("polkadot chopsticks")).toMatchObject({ verdict: "fail", code: "wrong-genesis" });
  expect(wrong.code).toBe(exitCodes.config);
  const away = await doctor(await written({ endpoints: [{ name: "gone", url: `ws://127.0.0.1:${await freePort()}` }] }));
  expect(away.by("polkadot gone")).toMatchObject({ verdict: "fail", code: "endpoint-unreachable" });
  expect(away.code).toBe(exitCodes.temporary);

  const { head } = await chain.state();
  await chain.setTime(head.timeMs + 3_600_000);
  await chain.mine(1);
  expect((await doctor(await written())).by("polkadot chopsticks")).toMatchObject({ verdict: "warn", said: expect.stringContaining("ahead of this host's clock") });
});
