/**
 * What the page is looked at over: the real server with a small ledger and made-up transfers, and a real Chromium.
 * Always: each test begins with a new server; the page had no trouble (errors, refused contents, requests elsewhere) when it ends.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { createClock } from "../../src/clock.ts";
import { serveApi } from "../../src/web/serve.ts";
import type { Served } from "../../src/web/serve.ts";
import { createApiStage } from "./api-parts.ts";
import type { ApiStage } from "./api-parts.ts";
import { startBrowser } from "./browser.ts";
import type { Browser, Tab } from "./browser.ts";
import { createFakeTransfers, fakeTransfer } from "./transfers.ts";
import type { FakeTransfers } from "./transfers.ts";
import { blockAt, createSmallWorld, hashOf, parkedBy, proved, signed, sourceFinal } from "./world.ts";
import type { SmallWorld } from "./world.ts";

export const minute = 60_000;
export const now = Date.now();

/** A deposit that the wallet does not sweep. */
export const late = fakeTransfer(4, {
  done: 1, openedAt: now - 300 * minute, now,
  explanation: {
    cause: "wallet-silent", sentence: "It waits for the wallet to sweep since 4 h; 1 h is normal. The wallet group must act within 90 min.",
    evidence: { deposit: hashOf(4), height: 840_004 }, action: { text: "Ask the wallet's operators why it is not swept.", command: "gantry doctor" },
  },
});

/** A browser with a page that was built from these sources. */
export async function startPageBrowser(): Promise<Browser> {
  await promisify(execFile)("sh", ["scripts/setup.sh", "browser"]);
  return startBrowser();
}

export interface PageStage {
  readonly small: SmallWorld;
  readonly api: ApiStage;
  readonly transfers: FakeTransfers;
  readonly accessFile: string;
  readonly url: string;
  /** stops the server; `serve` starts it again at the same address, with a new token */
  stop(): Promise<void>;
  serve(): Promise<void>;
  open(path: string, options?: Parameters<Browser["open"]>[1]): Promise<Tab>;
  end(): Promise<void>;
}

export async function createPageStage(browser: Browser): Promise<PageStage> {
  const folder = await mkdtemp(join(tmpdir(), "gantry-page-"));
  const accessFile = join(folder, "ledger.access");
  const small = await createSmallWorld();
  await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  const transfers = createFakeTransfers([...Array.from({ length: 120 }, (_, at) => fakeTransfer(at + 10, { done: at % 5, openedAt: now - (48 + at / 2) * minute, now })), late]);
  const api = createApiStage(small, transfers, createClock());
  const seen = { seenAt: Date.now(), askedAt: Date.now() };
  api.heads.set("bitcoin", { best: blockAt("bitcoin", 105), final: blockAt("bitcoin", 100), ...seen });
  api.heads.set("ethereum", { best: blockAt("ethereum", 21_000_105), final: blockAt("ethereum", 21_000_040), ...seen });
  const serve = (port: number): Promise<Served> => serveApi(api.parts, { host: "127.0.0.1", port, accessFile });
  let served = await serve(0);
  const { url } = served;
  const tabs: Tab[] = [];
  return {
    small, api, transfers, accessFile, url,
    stop: () => served.close(),
    serve: async () => void (served = await serve(Number(new URL(url).port))),
    open: async (path, options) => {
      const tab = await browser.open(`${url}${path}`, options);
      tabs.push(tab);
      return tab;
    },
    end: async () => {
      await Promise.all(tabs.map(({ page }) => page.context().close()));
      await served.close();
      await rm(folder, { recursive: true });
      expect(tabs.flatMap(({ troubles }) => troubles)).toEqual([]);
    },
  };
}
