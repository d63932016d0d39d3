/**
 * A real Chromium without windows, as scripts/setup.sh found or fetched it, and pages in it that remember what went wrong.
 * Always: pictures go to test/artefacts; the browser ends with `close`.
 * Never: a search in the environment; scripts/setup.sh does that.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";

export type Tab = {
  readonly page: Page;
  /** errors in the page, what its security policy refused, and requests that left the server's origin; oldest first */
  readonly troubles: readonly string[];
  /** stores what is to be seen now; the whole document unless `part` */
  picture(name: string): Promise<void>;
};

export interface Browser {
  open(url: string, options?: { readonly width?: number; readonly height?: number; readonly scheme?: "light" | "dark" }): Promise<Tab>;
  close(): Promise<void>;
}

/** for machines much slower than this one: a wait that is over costs nothing */
const patienceMs = 120_000;
const pictures = fileURLToPath(new URL("../artefacts/", import.meta.url));

/** @throws Error with the command to run when scripts/setup.sh was not run with `browser` */
async function findChromium(): Promise<string> {
  try {
    return (JSON.parse(await readFile(fileURLToPath(new URL("../../.cache/browser.json", import.meta.url)), "utf8")) as { readonly chromium: string }).chromium;
  } catch (cause) {
    throw new Error("It is not known where Chromium is. Run: sh scripts/setup.sh browser", { cause });
  }
}

export async function startBrowser(): Promise<Browser> {
  // It opens only our own page, and the sandbox needs rights that a container does not give.
  const browser = await chromium.launch({ executablePath: await findChromium(), chromiumSandbox: false, timeout: patienceMs });
  await mkdir(pictures, { recursive: true });
  return {
    close: () => browser.close(),
    async open(url, { width = 1_280, height = 900, scheme = "light" } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      const troubles: string[] = [];
      page.on("pageerror", (error) => troubles.push(String(error)));
      page.on("console", (message) => {
        // A refused answer is an error to the browser's console; to the page it is an answer.
        if (message.type() === "error" && !/Failed to load resource/u.test(message.text())) troubles.push(message.text());
      });
      page.on("request", (request) => {
        if (new URL(request.url()).origin !== new URL(url).origin) troubles.push(`asked ${request.url()}`);
      });
      await page.goto(url);
      return {
        page, troubles,
        picture: async (name) => void (await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })),
      };
    },
  };
}
