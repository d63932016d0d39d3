/**
 * The page in a real Chromium, against the real server with made-up transfers: it lives, finds, explains, asks for the token, survives.
 * Pictures of it are in test/artefacts afterwards.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { createClock } from "../../src/clock.ts";
import type { TransferReport } from "../../src/core/transfer.ts";
import { readAccess } from "../../src/web/access.ts";
import { serveApi } from "../../src/web/serve.ts";
import type { Served } from "../../src/web/serve.ts";
import { createApiStage } from "../support/api-parts.ts";
import type { ApiStage } from "../support/api-parts.ts";
import { startBrowser } from "../support/browser.ts";
import type { Browser, Tab } from "../support/browser.ts";
import { createFakeTransfers, fakeTransfer } from "../support/transfers.ts";
import type { FakeTransfers } from "../support/transfers.ts";
import { blockAt, createSmallWorld, hashOf, lane, parkedBy, proved, signed, sourceFinal } from "../support/world.ts";
import type { SmallWorld } from "../support/world.ts";

const minute = 60_000;
const now = Date.now();
const idOf = (number: number): string => `tbtc-deposit:${hashOf(number)}`;
const late = fakeTransfer(4, {
  done: 1, openedAt: now - 300 * minute, now,
  explanation: {
    cause: "wallet-silent", sentence: "It waits for the wallet to sweep since 4 h; 1 h is normal. The wallet group must act within 90 min.",
    evidence: { deposit: hashOf(4), height: 840_004 }, action: { text: "Ask the wallet's operators why it is not swept.", command: "gantry doctor" },
  },
});

let browser: Browser;
let folder = "";
let small: SmallWorld;
let stage: ApiStage;
let transfers: FakeTransfers;
let served: Served;
let tab: Tab;

const accessFile = (): string => join(folder, "ledger.access");
const serve = async (port = 0): Promise<Served> => serveApi(stage.parts, { host: "127.0.0.1", port, accessFile: accessFile() });
const portOf = (url: string): number => Number(new URL(url).port);
const text = (): Promise<string> => tab.page.innerText("body");
const says = (what: string | RegExp, within = 10_000) => tab.page.getByText(what).first().waitFor({ timeout: within });
const go = (hash: string) => tab.page.evaluate((to) => void Reflect.set(Reflect.get(globalThis, "location") as object, "hash", to), hash);

beforeAll(async () => {
  await promisify(execFile)("sh", ["scripts/setup.sh", "browser"]);
  browser = await startBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-page-"));
  small = await createSmallWorld();
  await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  const some: readonly TransferReport[] = [...Array.from({ length: 120 }, (_, at) => fakeTransfer(at + 10, { done: at % 5, openedAt: now - (48 + at / 2) * minute, now })), late];
  transfers = createFakeTransfers(some);
  stage = createApiStage(small, transfers, createClock());
  stage.heads.set("bitcoin", { best: blockAt("bitcoin", 105), final: blockAt("bitcoin", 100), seenAt: Date.now(), askedAt: Date.now() });
  stage.heads.set("ethereum", { best: blockAt("ethereum", 21_000_105), final: blockAt("ethereum", 21_000_040), seenAt: Date.now(), askedAt: Date.now() });
  served = await serve();
});
afterEach(async () => {
  const { troubles } = tab;
  await tab.page.context().close();
  await served.close();
  await rm(folder, { recursive: true });
  expect(troubles).toEqual([]);
});

describe("looking", () => {
  test("chains, lanes, what is late and what is wrong are there, and change by themselves", async () => {
    tab = await browser.open(served.url);
    await says("live");
    for (const wanted of ["bitcoin", "105", "2 blocks", "1 of 1 up", lane, "1 parked", "1 late", "wallet-silent", "No alert now"]) await says(wanted);
    await tab.picture("overview-light");
    await small.add("c", hashOf(3), [sourceFinal]);
    await says("2 deliveries moving");
    stage.alerts.push({ cause: "node-stalled", severity: "page", sentence: "No bitcoin node has shown a new block for 90 min.", since: now - 90 * minute, evidence: { height: 105 }, action: { text: "Look at the node.", command: "gantry doctor" } });
    await says("No bitcoin node has shown a new block for 90 min.");
    stage.heads.set("bitcoin", { best: blockAt("bitcoin", 107), final: blockAt("bitcoin", 101), seenAt: Date.now(), askedAt: Date.now() });
    await says("4 blocks");
    await tab.page.locator(".uplot canvas").first().waitFor();
    await tab.picture("overview-alert");
  });

  test("a transfer that moves is seen moving, in the table and in its own view", async () => {
    tab = await browser.open(`${served.url}/#/transfers`);
    const row = tab.page.locator("tr", { hasText: hashOf(11).slice(-10) });
    await row.getByText("swept").waitFor();
    transfers.put(fakeTransfer(11, { done: 2, openedAt: now - minute, now }));
    await row.getByText("proved").waitFor();
    await row.getByRole("link").click();
    await tab.page.locator("[aria-current=step]", { hasText: "proved" }).waitFor();
    transfers.put(fakeTransfer(11, { done: 4, openedAt: now - minute, now }));
    await says(/It ended: completed/u);
  });

  test("why a late transfer is late, who must act and until when is the first thing its view says", async () => {
    tab = await browser.open(served.url);
    await tab.page.getByRole("link", { name: "1 late" }).click();
    await tab.page.locator("tr.late").getByRole("link").click();
    await says("It waits for the wallet to sweep since 4 h; 1 h is normal. The wallet group must act within 90 min.");
    const shown = await text();
    for (const wanted of ["wallet-silent", "Ask the wallet's operators", "gantry doctor", "the wallet may refuse the deposit then", "late after 2 h"]) expect(shown).toContain(wanted);
    const countdown = tab.page.locator(".countdown");
    const before = await countdown.innerText();
    await until("the countdown to move", async () => ((await countdown.innerText()) === before ? null : true), { withinMs: 5_000 });
    await tab.page.getByText("Evidence").click();
    await says("840004");
    await tab.picture("transfer-late");
  });

  test("charts show what arrived since the page was opened", async () => {
    tab = await browser.open(served.url);
    await tab.page.getByRole("img", { name: /Deliveries arrived per minute/u }).waitFor();
    await tab.page.locator(".uplot canvas").nth(1).waitFor();
    expect(await tab.page.getByRole("img", { name: /Blocks behind the head; now: bitcoin 2/u }).count()).toBe(1);
  });
});

describe("finding", () => {
  test.each(fakeTransfer(77, { done: 1, openedAt: now, now }).keys.map((key) => [key.slice(0, 24), key]))("a transfer by %s", async (_shown, key) => {
    tab = await browser.open(`${served.url}/#/transfers`);
    await tab.page.getByRole("searchbox").fill(` ${key} `);
    await tab.page.keyboard.press("Enter");
    await until("one row", async () => ((await tab.page.locator("tbody tr").count()) === 1 ? true : null), { withinMs: 10_000 });
    await tab.page.locator("tbody").getByRole("link").click();
    await says(idOf(77));
  });

  test("a delivery by its transaction when no transfer has it, and nothing for what nobody knows", async () => {
    tab = await browser.open(`${served.url}/#/transfers?q=${hashOf(2)}`);
    await tab.page.getByRole("link", { name: `${lane}:b` }).click();
    await says("proof-refused (was final)");
    await go("#/transfers?q=nobody-knows-this");
    await says('Nothing here has to do with "nobody-knows-this".');
  });

  test("what is filtered stays filtered when the page is opened again", async () => {
    tab = await browser.open(`${served.url}/#/transfers`);
    await tab.page.getByLabel("State").selectOption("ended");
    await until("ended ones only", async () => ((await tab.page.locator("tbody tr").allInnerTexts()).every((row) => row.includes("completed")) ? true : null), { withinMs: 10_000 });
    await tab.page.reload();
    expect(await tab.page.getByLabel("State").inputValue()).toBe("ended");
    await tab.page.locator("tbody tr").first().getByText("completed").waitFor();
  });

  test("a hundred thousand are fifty at a time", async () => {
    for (let number = 1_000; number < 101_000; number += 1) transfers.put(fakeTransfer(number, { done: number % 5, openedAt: now - 120 * minute - number, now }));
    tab = await browser.open(`${served.url}/#/transfers`);
    await until("a page", async () => ((await tab.page.locator("tbody tr").count()) === 50 ? true : null), { withinMs: 20_000 });
    const first = await tab.page.locator("tbody tr").first().innerText();
    await tab.page.getByRole("button", { name: "Older" }).click();
    await says("page 2");
    await until("other rows", async () => ((await tab.page.locator("tbody tr").first().innerText()) === first ? null : true), { withinMs: 10_000 });
    expect(await tab.page.locator("tbody tr").count()).toBe(50);
    await tab.page.getByRole("button", { name: "Newer" }).click();
    await says("page 1");
  });
});

describe("ordering", () => {
  const dialog = () => tab.page.getByRole("dialog");

  test("needs the token, asks for it once, keeps it nowhere, and is recorded with the name", async () => {
    tab = await browser.open(`${served.url}/#/lanes`);
    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Pause" }).click();
    await dialog().getByLabel("Why").fill("contract upgrade");
    await dialog().getByLabel("Your name").fill("ada");
    await dialog().getByLabel("Token").fill("wrong");
    await dialog().getByRole("button", { name: "pause" }).click();
    await dialog().getByText("[unauthorized]").waitFor();
    expect(await small.ledger.halts()).toEqual([]);
    const { token } = await readAccess(accessFile());
    await dialog().getByLabel("Your name").fill("ada");
    await dialog().getByLabel("Token").fill(token);
    await tab.picture("order");
    await dialog().getByRole("button", { name: "pause" }).click();
    await dialog().getByText(/is paused/u).waitFor();
    expect(await small.ledger.auditLog({ subject: `lane:${lane}` })).toMatchObject([{ who: "ada", what: "pause", because: "contract upgrade" }]);
    await dialog().getByRole("button", { name: "Close" }).click();
    await says(/is stopped since/u);
    await tab.picture("lanes-paused");

    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Resume" }).click();
    expect(await dialog().getByLabel("Token").count()).toBe(0);
    await dialog().getByLabel("Why").fill("upgrade is done");
    await tab.page.keyboard.press("Enter");
    await dialog().getByText(/works again/u).waitFor();
    expect(await small.ledger.halts()).toEqual([]);

    const kept = await tab.page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state])") as string;
    expect(kept).not.toContain(token);
    await tab.page.reload();
    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Pause" }).click();
    expect(await dialog().getByLabel("Token").count()).toBe(1);
  });

  test("a parked delivery is resumed from its view; what is not possible is said", async () => {
    tab = await browser.open(`${served.url}/#/deliveries/${encodeURIComponent(`${lane}:b`)}`);
    const { token } = await readAccess(accessFile());
    const order = async (verb: string): Promise<void> => {
      await tab.page.getByRole("main").getByRole("button", { name: verb, exact: true }).click();
      await dialog().getByLabel("Why").fill("looked at it");
      if ((await dialog().getByLabel("Token").count()) > 0) {
        await dialog().getByLabel("Your name").fill("bob");
        await dialog().getByLabel("Token").fill(token);
      }
      await dialog().getByRole("button", { name: verb, exact: true }).click();
    };
    await order("resume");
    await dialog().getByText(/is now final/u).waitFor();
    await dialog().getByRole("button", { name: "Close" }).click();
    await tab.page.getByRole("heading", { name: "Delivery: final" }).waitFor();
    await says(/resume: looked at it/u);
    await tab.picture("delivery");
  });
});

describe("enduring", () => {
  test("a server that restarts: what was seen stays, with since when; then it goes on, and an old token is asked for anew", async () => {
    tab = await browser.open(served.url);
    await says("live");
    await served.close();
    await says(/not connected since/u, 20_000);
    expect(await text()).toContain("1 of 1 up");
    await tab.picture("not-connected");
    await small.add("c", hashOf(3), [sourceFinal]);
    served = await serve(portOf(served.url));
    await says("2 deliveries moving", 30_000);
    await until("live again", async () => ((await text()).includes("not connected") ? null : true), { withinMs: 20_000 });
  });

  test("a stream that is refused is taken up again later", async () => {
    const streams = Array.from({ length: 32 }, () => fetch(`${served.url}/api/v1/events`));
    const answers = await Promise.all(streams);
    tab = await browser.open(served.url);
    await says(/not connected since/u);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    await says("live", 20_000);
  });
});

describe("for everybody", () => {
  const views = ["#/", "#/transfers", `#/transfers/${encodeURIComponent(late.id)}`, `#/deliveries/${encodeURIComponent(`${lane}:b`)}`, "#/lanes", "#/alerts"];

  test.each(["light", "dark"] as const)("every view fits a phone of 320 px (%s)", async (scheme) => {
    stage.alerts.push({ cause: "node-stalled", severity: "page", sentence: "No bitcoin node has shown a new block for 90 min.", since: now, evidence: { endpoint: "x".repeat(90) }, action: { text: "Look.", command: `gantry show ${late.id}` } });
    tab = await browser.open(served.url, { width: 320, height: 640, scheme });
    for (const [at, view] of views.entries()) {
      await go(view);
      await tab.page.locator("main h1").waitFor();
      await until("the view", async () => ((await text()).includes("Asking.") ? null : true), { withinMs: 10_000 });
      expect(await tab.page.evaluate("document.scrollingElement.scrollWidth"), view).toBeLessThanOrEqual(320);
      await tab.picture(`phone-${scheme}-${at}`);
    }
  });

  test("text stands out from what is behind it, in both colours", async () => {
    tab = await browser.open(served.url);
    const theme = tab.page.getByRole("button", { name: /^colours/u });
    for (const wanted of ["light", "dark"]) {
      await theme.click();
      await until(wanted, async () => ((await tab.page.evaluate("document.documentElement.dataset.theme")) === wanted ? true : null), { withinMs: 5_000 });
      const colours = (await tab.page.evaluate(`Object.fromEntries(["back","card","mark","text","dim","link","good","warn","bad","bad-back","warn-back"].map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim()]))`)) as Record<string, string>;
      const pairs = [["text", "back"], ["text", "card"], ["text", "mark"], ["dim", "back"], ["dim", "card"], ["link", "card"], ["link", "back"], ["good", "card"], ["warn", "card"], ["bad", "card"], ["bad", "back"], ["bad", "bad-back"], ["warn", "warn-back"]];
      const weak = pairs.filter(([front = "", back = ""]) => contrast(colours[front] ?? "", colours[back] ?? "") < 4.5);
      expect(weak, wanted).toEqual([]);
      if (wanted === "dark") await tab.picture("overview-dark");
    }
    await tab.page.reload();
    await says("live");
    expect(await tab.page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  });

  test("the keyboard reaches everything: skip link, views, search, dialog", async () => {
    tab = await browser.open(served.url);
    await says("live");
    const { keyboard } = tab.page;
    const focused = (): Promise<string> => tab.page.evaluate("document.activeElement.innerText || document.activeElement.getAttribute('name') || document.activeElement.id");
    await keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await keyboard.press("Enter");
    expect(await tab.page.evaluate("document.activeElement.id")).toBe("main");
    await tab.page.getByRole("link", { name: "Lanes" }).focus();
    await keyboard.press("Enter");
    await tab.page.getByRole("heading", { name: "Lanes", level: 1 }).waitFor();
    expect(await tab.page.evaluate("document.activeElement.id")).toBe("main");
    for (let presses = 0; (await focused()) !== "Pause" && presses < 30; presses += 1) await keyboard.press("Tab");
    await keyboard.press("Enter");
    expect(await focused()).toBe("because");
    await keyboard.press("Escape");
    expect(await tab.page.getByRole("dialog").count()).toBe(0);
    expect(await focused()).toBe("Pause");
  });
});

/** As WCAG reckons it; 4.5 is what text needs. */
function contrast(front: string, back: string): number {
  const light = (colour: string): number => {
    const digits = colour.slice(1).length === 3 ? [...colour.slice(1)].map((one) => one + one) : (colour.slice(1).match(/../gu) ?? []);
    const [red = 0, green = 0, blue = 0] = digits.map((two) => Number.parseInt(two, 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [light(front), light(back)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
