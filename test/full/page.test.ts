/**
 * The page in a real Chromium, against the real server with made-up transfers: it lives, finds, explains, asks for the token, survives.
 * Pictures of it are in test/artefacts afterwards.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { laneName } from "../../src/core/values.ts";
import { readAccess } from "../../src/web/access.ts";
import type { Browser, Tab } from "../support/browser.ts";
import { createPageStage, late, minute, now, startPageBrowser } from "../support/page-stage.ts";
import type { PageStage } from "../support/page-stage.ts";
import { fakeTransfer } from "../support/transfers.ts";
import { blockAt, hashOf, lane, sourceFinal } from "../support/world.ts";

let browser: Browser;
let stage: PageStage;
let tab: Tab;

beforeAll(async () => {
  browser = await startPageBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stage = await createPageStage(browser);
});
afterEach(() => stage.end());

const idOf = (number: number): string => `tbtc-deposit:${hashOf(number)}`;
const text = (): Promise<string> => tab.page.innerText("body");
const says = (what: string | RegExp, within = 60_000) => tab.page.getByText(what).first().waitFor({ timeout: within });
const go = (hash: string) => tab.page.evaluate((to) => void Reflect.set(Reflect.get(globalThis, "location") as object, "hash", to), hash);

describe("looking", () => {
  test("chains, lanes, what is late and what is wrong are there, and change by themselves", async () => {
    tab = await stage.open("/");
    await says("live");
    for (const wanted of ["bitcoin", "105", "2 blocks", "1 of 1 up", lane, "1 parked", "1 late", "wallet-silent", "No alert now"]) await says(wanted);
    await tab.picture("overview-light");
    await stage.small.add("c", hashOf(3), [sourceFinal]);
    await says("2 deliveries moving");
    stage.api.alerts.push({ id: "node-stalled", who: "operator", deadline: null, acknowledged: { at: now - minute, who: "grace", because: "calling the host" }, transfers: [], cause: "node-stalled", severity: "page", sentence: "No bitcoin node has shown a new block for 90 min.", since: now - 90 * minute, evidence: { height: 105 }, action: { text: "Look at the node.", command: "gantry doctor" } });
    await says("No bitcoin node has shown a new block for 90 min.");
    await says("Looked at by grace");
    stage.api.heads.set("bitcoin", { best: blockAt("bitcoin", 107), final: blockAt("bitcoin", 101), seenAt: Date.now(), askedAt: Date.now() });
    await says("4 blocks");
    const since = now - 80 * minute;
    stage.api.lightClients.push({ lane: laneName("interbtc-headers"), bridge: "interbtc", chain: "polkadot", height: 101, lagBlocks: 6, lagBudgetBlocks: 2, behindSince: since, behindBudgetMs: 60 * minute, otherForkSince: null, blockedSince: since });
    const client = tab.page.getByRole("article", { name: "interbtc on polkadot" });
    for (const wanted of ["101", /6 blocks, since .*1 h 2\d min ago/u, "interbtc-headers", /a fork it knows has stopped every proof since/u]) await client.getByText(wanted).first().waitFor();
    await tab.page.locator(".uplot canvas").first().waitFor();
    await tab.picture("overview-alert");
  });

  test("a transfer that moves is seen moving, in the table and in its own view", async () => {
    tab = await stage.open(`/#/transfers`);
    const row = tab.page.locator("tr", { hasText: hashOf(11).slice(-10) });
    await row.getByText("swept").waitFor();
    stage.transfers.put(fakeTransfer(11, { done: 2, openedAt: now - minute, now }));
    await row.getByText("proved").waitFor();
    await row.getByRole("link").click();
    await tab.page.locator("[aria-current=step]", { hasText: "proved" }).waitFor();
    stage.transfers.put(fakeTransfer(11, { done: 4, openedAt: now - minute, now }));
    await says(/It ended: completed/u);
  });

  test("why a late transfer is late, who must act and until when is the first thing its view says", async () => {
    tab = await stage.open("/");
    await tab.page.getByRole("link", { name: "1 late" }).click();
    await tab.page.locator("tr.late").getByRole("link").click();
    await says("It waits for the wallet to sweep since 4 h; 1 h is normal. The wallet group must act within 90 min.");
    const shown = await text();
    for (const wanted of ["wallet-silent", "Ask the wallet's operators", "gantry doctor", "the wallet may refuse the deposit then", "late after 2 h"]) expect(shown).toContain(wanted);
    const countdown = tab.page.locator(".countdown");
    const before = await countdown.innerText();
    await until("the countdown to move", async () => ((await countdown.innerText()) === before ? null : true), { withinMs: 60_000 });
    await tab.page.getByText("Evidence").click();
    await says("840004");
    await tab.picture("transfer-late");
  });

  test("charts show what arrived since the page was opened", async () => {
    tab = await stage.open("/");
    await tab.page.getByRole("img", { name: /Deliveries arrived per minute/u }).waitFor();
    await tab.page.locator(".uplot canvas").nth(1).waitFor();
    await tab.page.getByRole("img", { name: /Blocks behind the head; now: bitcoin 2/u }).waitFor();
  });
});

describe("finding", () => {
  test.each(fakeTransfer(77, { done: 1, openedAt: now, now }).keys.map((key) => [key.slice(0, 24), key]))("a transfer by %s", async (_shown, key) => {
    tab = await stage.open(`/#/transfers`);
    await tab.page.getByRole("searchbox").fill(` ${key} `);
    await tab.page.keyboard.press("Enter");
    await until("one row", async () => ((await tab.page.locator("tbody tr").count()) === 1 ? true : null), { withinMs: 60_000 });
    await tab.page.locator("tbody").getByRole("link").click();
    await says(idOf(77));
  });

  test("a delivery by its transaction when no transfer has it, and nothing for what nobody knows", async () => {
    tab = await stage.open(`/#/transfers?q=${hashOf(2)}`);
    await tab.page.getByRole("link", { name: `${lane}:b` }).click();
    await says("proof-refused (was final)");
    await go(`#/deliveries/${encodeURIComponent(`${lane}:a`)}`);
    await says(/costs at most 2\.10e-14 ether, signed .*, not sent/u);
    await go("#/transfers?q=nobody-knows-this");
    await says('Nothing here has to do with "nobody-knows-this".');
  });

  test("what is filtered stays filtered when the page is opened again", async () => {
    tab = await stage.open(`/#/transfers`);
    await tab.page.getByLabel("State").selectOption("ended");
    await until("ended ones only", async () => ((await tab.page.locator("tbody tr").allInnerTexts()).every((row) => row.includes("completed")) ? true : null), { withinMs: 60_000 });
    await tab.page.reload();
    expect(await tab.page.getByLabel("State").inputValue()).toBe("ended");
    await tab.page.locator("tbody tr").first().getByText("completed").waitFor();
  });

  test("a hundred thousand are fifty at a time", async () => {
    for (let number = 1_000; number < 101_000; number += 1) stage.transfers.put(fakeTransfer(number, { done: number % 5, openedAt: now - 120 * minute - number, now }));
    tab = await stage.open(`/#/transfers`);
    await until("a page", async () => ((await tab.page.locator("tbody tr").count()) === 50 ? true : null), { withinMs: 60_000 });
    const first = await tab.page.locator("tbody tr").first().innerText();
    await tab.page.getByRole("button", { name: "Older" }).click();
    await says("page 2");
    await until("other rows", async () => ((await tab.page.locator("tbody tr").first().innerText()) === first ? null : true), { withinMs: 60_000 });
    await until("fifty of them", async () => ((await tab.page.locator("tbody tr").count()) === 50 ? true : null), { withinMs: 60_000 });
    await tab.page.getByRole("button", { name: "Newer" }).click();
    await says("page 1");
  });
});

describe("ordering", () => {
  const dialog = () => tab.page.getByRole("dialog");

  test("needs the token, asks for it once, keeps it nowhere, and is recorded with the name", async () => {
    tab = await stage.open(`/#/lanes`);
    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Pause" }).click();
    await dialog().getByLabel("Why").fill("contract upgrade");
    await dialog().getByLabel("Your name").fill("ada");
    await dialog().getByLabel("Token").fill("wrong");
    await dialog().getByRole("button", { name: "pause" }).click();
    await dialog().getByText("[unauthorized]").waitFor();
    expect(await stage.small.ledger.halts()).toEqual([]);
    const { token } = await readAccess(stage.accessFile);
    await dialog().getByLabel("Your name").fill("ada");
    await dialog().getByLabel("Token").fill(token);
    await tab.picture("order");
    await dialog().getByRole("button", { name: "pause" }).click();
    await dialog().getByText(/is paused/u).waitFor();
    expect(await stage.small.ledger.auditLog({ subject: `lane:${lane}` })).toMatchObject([{ who: "ada", what: "pause", because: "contract upgrade" }]);
    await dialog().getByRole("button", { name: "Close" }).click();
    await says(/is stopped since/u);
    await tab.picture("lanes-paused");

    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Resume" }).click();
    await dialog().getByLabel("Why").fill("upgrade is done");
    expect(await dialog().getByLabel("Token").count()).toBe(0);
    await tab.page.keyboard.press("Enter");
    await dialog().getByText(/works again/u).waitFor();
    expect(await stage.small.ledger.halts()).toEqual([]);

    const kept = await tab.page.evaluate<string>("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state])");
    expect(kept).not.toContain(token);
    await tab.page.reload();
    await tab.page.getByRole("article", { name: lane }).getByRole("button", { name: "Pause" }).click();
    await dialog().getByLabel("Token").waitFor();
  });

  test("that somebody looks at a halt, or at a late transfer, is put on record", async () => {
    const halt = { scope: { kind: "signer", name: "maintainer" }, code: "foreign-transactions", because: "four in an hour", since: now } as const;
    await stage.small.ledger.halt(halt, { at: now, who: "relay", what: "halt", subject: "signer:maintainer", because: null, detail: null });
    tab = await stage.open("/#/lanes");
    const { token } = await readAccess(stage.accessFile);
    await tab.page.getByRole("article", { name: "maintainer" }).getByRole("button", { name: "Looked at" }).click();
    await dialog().getByLabel("Why").fill("finding out who");
    await dialog().getByLabel("Your name").fill("ada");
    await dialog().getByLabel("Token").fill(token);
    await tab.page.keyboard.press("Enter");
    await dialog().getByText(/on record that ada looks at/u).waitFor();
    expect(await stage.small.ledger.auditLog({ subject: "signer:maintainer" })).toContainEqual(expect.objectContaining({ who: "ada", because: "finding out who" }));
    await dialog().getByRole("button", { name: "Close" }).click();
    await go(`#/transfers/${encodeURIComponent(late.id)}`);
    await tab.page.getByRole("button", { name: "I look at it" }).click();
    await dialog().getByLabel("Why").fill("called the wallet");
    await tab.page.keyboard.press("Enter");
    // the made-up transfers are in no ledger, and the answer says so
    await dialog().getByText(/no transfer and no stopped scope/u).waitFor();
  });

  test("a parked delivery is resumed from its view; what is not possible is said", async () => {
    tab = await stage.open(`/#/deliveries/${encodeURIComponent(`${lane}:b`)}`);
    const { token } = await readAccess(stage.accessFile);
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
    tab = await stage.open("/");
    await says("live");
    await stage.stop();
    await says(/not connected since/u);
    expect(await text()).toContain("1 of 1 up");
    await tab.picture("not-connected");
    await stage.small.add("c", hashOf(3), [sourceFinal]);
    await stage.serve();
    await says("2 deliveries moving");
    await until("live again", async () => ((await text()).includes("not connected") ? null : true), { withinMs: 60_000 });
  });

  test("a stream that is refused is taken up again later", async () => {
    const streams = Array.from({ length: 32 }, () => fetch(`${stage.url}/api/v1/events`));
    const answers = await Promise.all(streams);
    tab = await stage.open("/");
    await says(/not connected since/u);
    await Promise.all(answers.flatMap(({ body }) => (body === null ? [] : [body.cancel()])));
    await says("live");
  });
});
