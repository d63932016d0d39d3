/** The doctor on real nodes: all is well, then one thing after the other is not, each told with what to do. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import { writeDevnetConfig } from "../../src/cli/devnet-config.ts";
import type { Line } from "../../src/cli/doctor-check.ts";
import { gantry } from "../support/gantry-process.ts";

let devnet: Devnet;
let file = "";
beforeAll(async () => {
  devnet = await startDevnet();
  ({ file } = await writeDevnetConfig(devnet));
});
afterAll(() => devnet.stop());

async function lines(path: string): Promise<{ readonly code: number; readonly by: (what: string) => Line | undefined }> {
  const { code, out } = await gantry("doctor", "--config", path, "--json");
  const { checks } = JSON.parse(out) as { readonly checks: readonly Line[] };
  return { code, by: (what) => checks.find((one) => one.what === what) };
}

async function changed(name: string, from: string | RegExp, to: string): Promise<string> {
  const path = join(devnet.folder, name);
  await writeFile(path, (await readFile(file, "utf8")).replace(from, to));
  return path;
}

test("all is well: 0, and every part is named", async () => {
  const { code, by } = await lines(file);
  expect(code).toBe(0);
  for (const what of ["configuration", "Node.js", "ledger", "http", "redis", "bitcoin bitcoind", "ethereum anvil", "signer relayer", "tbtc contracts"]) {
    expect(by(what), what).toMatchObject({ verdict: "ok" });
  }
});

test("a wrong network is 78, and hides nothing else", async () => {
  const { code, by } = await lines(await changed("signet.yml", "regtest", "signet"));
  expect(code).toBe(78);
  expect(by("bitcoin bitcoind")).toMatchObject({ verdict: "fail", code: "wrong-genesis" });
  expect(by("tbtc contracts")).toMatchObject({ verdict: "ok" });
});

test("a port that another program has is 78, before the start finds out", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { code, by } = await lines(await changed("taken.yml", /port: 0/u, `port: ${port}`)).finally(() => taken.close());
  expect(code).toBe(78);
  expect(by("http")).toMatchObject({ verdict: "fail", code: "listen-failed", said: expect.stringContaining(`127.0.0.1:${port}: another program has it`) });
});

test("an account that may not submit is 78 with what its owner has to call", async () => {
  const key = join(devnet.folder, "stranger.key");
  await writeFile(key, `${devnet.ethereum.privateKey(9)}\n`, { mode: 0o600 });
  const path = await changed("stranger.yml", /keyFile: .*\n\s*passphraseFile: .*/u, `keyFile: ${key}`);
  const { code, by } = await lines(path);
  expect(code).toBe(78);
  expect(by("tbtc contracts")).toMatchObject({ verdict: "fail", code: "tbtc-maintainer-not-authorized", said: expect.stringContaining("authorizeSpvMaintainer") });
});

test("a node and a Redis that are away are 75", async () => {
  const away = (await readFile(file, "utf8")).replace(devnet.servers.bitcoin.url, "http://127.0.0.1:1").replace(/redis:\/\/[^\s]+/u, "redis://127.0.0.1:1");
  const path = join(devnet.folder, "away.yml");
  await writeFile(path, away);
  const { code, by } = await lines(path);
  expect(code).toBe(75);
  expect(by("bitcoin bitcoind")).toMatchObject({ verdict: "fail", code: "endpoint-unreachable" });
  expect(by("redis")).toMatchObject({ verdict: "fail", code: "queue-unavailable" });
});

test("an endpoint that is away fails alone: account and contracts are asked of the next one", async () => {
  const { url } = devnet.servers.ethereum;
  const { code, by } = await lines(await changed("second.yml", `      - name: anvil\n        url: ${url}\n`, `      - name: away\n        url: http://127.0.0.1:1\n      - name: anvil\n        url: ${url}\n`));
  expect(code).toBe(75);
  expect(by("ethereum away")).toMatchObject({ verdict: "fail", code: "endpoint-unreachable" });
  for (const what of ["ethereum anvil", "signer relayer", "tbtc contracts"]) expect(by(what), what).toMatchObject({ verdict: "ok" });
});
