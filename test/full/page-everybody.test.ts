/** The page on a phone, in the dark, without a mouse: in a real Chromium. Pictures of it are in test/artefacts afterwards. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { laneName } from "../../src/core/values.ts";
import type { Browser, Tab } from "../support/browser.ts";
import { createPageStage, late, now, startPageBrowser } from "../support/page-stage.ts";
import type { PageStage } from "../support/page-stage.ts";
import { lane } from "../support/world.ts";

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

const text = (): Promise<string> => tab.page.innerText("body");
const says = (what: string | RegExp, within = 60_000) => tab.page.getByText(what).first().waitFor({ timeout: within });
const go = (hash: string) => tab.page.evaluate((to) => void Reflect.set(Reflect.get(globalThis, "location") as object, "hash", to), hash);

describe("for everybody", () => {
  const views = ["#/", "#/transfers", `#/transfers/${encodeURIComponent(late.id)}`, `#/deliveries/${encodeURIComponent(`${lane}:b`)}`, "#/lanes", "#/alerts"];

  test.each(["light", "dark"] as const)("every view fits a phone of 320 px (%s)", async (scheme) => {
    stage.api.alerts.push({ id: "node-stalled", who: "operator", deadline: null, acknowledged: null, transfers: [], cause: "node-stalled", severity: "page", sentence: "No bitcoin node has shown a new block for 90 min.", since: now, evidence: { endpoint: "x".repeat(90) }, action: { text: "Look.", command: `gantry show ${late.id}` } });
    stage.api.lightClients.push({ lane: laneName("interbtc-headers"), bridge: "interbtc", chain: "polkadot", height: 840_000, lagBlocks: 120, lagBudgetBlocks: 2, behindSince: now, behindBudgetMs: 1, otherForkSince: now, blockedSince: now, retarget: { height: 842_688, because: "runtime", since: now } });
    tab = await stage.open("/", { width: 320, height: 640, scheme });
    await tab.page.getByRole("article", { name: "interbtc on polkadot" }).waitFor();
    for (const [at, view] of views.entries()) {
      await go(view);
      await tab.page.locator("main h1").waitFor();
      await until("the view", async () => ((await text()).includes("Asking.") ? null : true), { withinMs: 60_000 });
      expect(await tab.page.evaluate("document.scrollingElement.scrollWidth"), view).toBeLessThanOrEqual(320);
      await tab.picture(`phone-${scheme}-${at}`);
    }
  });

  test("text stands out from what is behind it, in both colours", async () => {
    tab = await stage.open("/");
    const theme = tab.page.getByRole("button", { name: /^colours/u });
    for (const wanted of ["light", "dark"]) {
      await theme.click();
      await until(wanted, async () => ((await tab.page.evaluate("document.documentElement.dataset.theme")) === wanted ? true : null), { withinMs: 60_000 });
      const colours = await tab.page.evaluate<Record<string, string>>(`Object.fromEntries(["back","card","mark","text","dim","link","good","warn","bad","bad-back","warn-back"].map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim()]))`);
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
    tab = await stage.open("/");
    await says("live");
    const { keyboard } = tab.page;
    const focused = (): Promise<string> => tab.page.evaluate("document.activeElement.innerText || document.activeElement.getAttribute('name') || document.activeElement.id");
    await keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await keyboard.press("Enter");
    await until("the content to have the focus", async () => (await tab.page.evaluate("document.activeElement.id")) === "main", { withinMs: 60_000 });
    await tab.page.getByRole("link", { name: "Lanes" }).focus();
    await keyboard.press("Enter");
    await tab.page.getByRole("heading", { name: "Lanes", level: 1 }).waitFor();
    await until("the view to have the focus", async () => (await tab.page.evaluate("document.activeElement.id")) === "main", { withinMs: 60_000 });
    await tab.page.getByRole("button", { name: "Pause" }).first().waitFor();
    for (let presses = 0; (await focused()) !== "Pause" && presses < 30; presses += 1) await keyboard.press("Tab");
    await keyboard.press("Enter");
    await until("the dialog to have the focus", async () => (await focused()) === "because", { withinMs: 60_000 });
    await keyboard.press("Escape");
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    await until("the button to have the focus again", async () => (await focused()) === "Pause", { withinMs: 60_000 });
  });
});

/** As WCAG reckons it; 4.5 is what text needs. */
function contrast(front: string, back: string): number {
  const light = (colour: string): number => {
    const digits = colour.slice(1).length === 3 ? colour.slice(1).split("").map((one) => one + one) : (colour.slice(1).match(/../gu) ?? []);
    const [red = 0, green = 0, blue = 0] = digits.map((two) => Number.parseInt(two, 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [light(front), light(back)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
