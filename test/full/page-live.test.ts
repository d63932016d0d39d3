/**
 * The page over the real program on real chains: a deposit is seen coming and arriving, found by every key it has; the program may be killed meanwhile.
 * Every answer of that running instance fits its schema.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { TransferReport } from "../../src/core/transfer.ts";
import { transfer as transferSchema } from "../../src/web/answers.ts";
import { routesOf } from "../../src/web/routes.ts";
import { createApiStage } from "../support/api-parts.ts";
import { startBrowser } from "../support/browser.ts";
import type { Browser, Tab } from "../support/browser.ts";
import type { Running } from "../support/gantry-process.ts";
import { createStage } from "../support/gantry-stage.ts";
import type { Stage } from "../support/gantry-stage.ts";
import { createFakeTransfers } from "../support/transfers.ts";
import { createSmallWorld } from "../support/world.ts";

let stage: Stage;
let gantry: Running;
let browser: Browser;
let tab: Tab;
const slow = { withinMs: 120_000 };

beforeAll(async () => {
  await promisify(execFile)("sh", ["scripts/setup.sh", "servers", "browser"]);
  const port = await freePort();
  stage = await createStage({ devnet: { polkadot: true }, edit: (config) => void Object.assign(config["http"] ?? {}, { port }) });
  gantry = await stage.run();
  browser = await startBrowser();
  tab = await browser.open(`${gantry.url}/`);
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});

const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, gantry.url))).json();
const only = async (q: string): Promise<TransferReport | null> => {
  const { items } = (await get(`/api/v1/transfers?q=${encodeURIComponent(q)}`)) as { readonly items: readonly TransferReport[] };
  return items.length === 1 ? (items[0] ?? null) : null;
};
const go = (hash: string) => tab.page.evaluate((to) => void Reflect.set(Reflect.get(globalThis, "location") as object, "hash", to), hash);

test("three chains are followed before anybody's eyes", async () => {
  for (const name of ["bitcoin", "ethereum", "polkadot"]) await tab.page.getByRole("article", { name }).getByText(/1 of 1 up/u).waitFor({ timeout: 120_000 });
  const tall = tab.page.getByRole("article", { name: "ethereum" }).locator(".big");
  const before = await tall.innerText();
  await until("a newer block", async () => ((await tall.innerText()) === before ? null : true), slow);
  await tab.picture("live-overview");
});

test("a deposit appears, moves and arrives without a reload; a process killed meanwhile is told, and taken up again", async () => {
  await go("#/transfers");
  const deposit = await stage.deposit();
  const funding = toDisplay(deposit.funding.tx.txid);
  await stage.bury();
  const report = await until("the deposit to be known", () => only(funding), slow);
  const row = tab.page.locator("tbody tr", { hasText: report.id.slice(-10) });
  await row.waitFor({ timeout: 90_000 });
  await row.getByRole("link").click();
  await tab.page.locator("[aria-current=step]").waitFor();
  await tab.picture("live-transfer-open");

  await gantry.kill();
  await tab.page.getByText(/not connected since/u).waitFor({ timeout: 90_000 });
  const sweep = await stage.sweep(deposit);
  await stage.bury();
  gantry = await stage.run();
  await stage.reaches(gantry, sweep, "delivered", 90_000);
  await tab.page.getByText(/It ended: completed/u).waitFor({ timeout: 120_000 });
  await tab.picture("live-transfer-ended");

  const ended = await until("the end", async () => {
    const found = await only(funding);
    return found?.state === "ended" ? found : null;
  }, slow);
  const known = [...ended.keys, funding, deposit.funding.tx.txid, toDisplay(sweep), ...ended.deliveries];
  for (const key of known) {
    await go("#/transfers");
    await tab.page.getByRole("searchbox").fill(key);
    await tab.page.keyboard.press("Enter");
    await tab.page.locator("tbody tr", { hasText: ended.id.slice(-10) }).waitFor({ timeout: 90_000 });
  }
});

test("every answer of the running instance fits its schema", async () => {
  const specs = routesOf({ ...createApiStage(await createSmallWorld(), createFakeTransfers([])).parts, token: "", page: [] }, () => []);
  const { items } = (await get("/api/v1/transfers")) as { readonly items: readonly TransferReport[] };
  expect(items.map((one) => transferSchema.safeParse(one).error)).toEqual(items.map(() => undefined));
  const [transfer] = items;
  const [delivery = ""] = transfer?.deliveries ?? [];
  expect(delivery).not.toBe("");
  const ids: Readonly<Record<string, string>> = { "/api/v1/deliveries/:id": delivery, "/api/v1/show/:id": delivery, "/api/v1/transfers/:id": transfer?.id ?? "" };
  for (const { path, method, answers } of specs.filter((one) => one.method === "GET")) {
    const answer = await fetch(new URL(path.replace(":id", encodeURIComponent(ids[path] ?? "")), gantry.url), { method });
    const text = await answer.text();
    const body: unknown = answer.headers.get("content-type")?.startsWith("application/json") === true ? JSON.parse(text) : text;
    expect(answers[answer.status]?.schema.safeParse(body).error, `${path}: ${text.slice(0, 500)}`).toBeUndefined();
    expect(text).not.toMatch(/:\/\/[^/\s"]+:[^/\s"]+@/u);
  }
  expect(tab.troubles).toEqual([]);
});
