/** `gantry devnet up`, `down` and `polkadot …`: one at a time, a configuration that works, a chain that obeys, nothing left. */
import { access, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { connectInterbtc } from "../../devnet/interbtc/chain.ts";
import { dotPair } from "../../devnet/interbtc/parties.ts";
import { polkadotVerbs } from "../../devnet/polkadot/control.ts";
import type { PolkadotState } from "../../devnet/polkadot/control.ts";
import { until } from "../../devnet/until.ts";
import type { Json } from "../../src/core/values.ts";
import { gantry, launch, mainFile } from "../support/gantry-process.ts";

const stateFile = new URL("../../.cache/devnet.json", import.meta.url);

test("up holds a devnet that a configuration fits, a second one is refused, down ends it and its folder", async () => {
  const up = launch([mainFile, "devnet", "up"]);
  try {
    let over = false;
    up.ended.then(() => (over = true), () => (over = true));
    const found = await until("the devnet to be up", async () => {
      if (over) return "ended";
      const state = JSON.parse(await readFile(stateFile, "utf8")) as { readonly config: string; readonly polkadotRawUrl: string };
      await polkadotVerbs(state.polkadotRawUrl).state(); // one that was killed may have left its file
      return state;
    }, { withinMs: 200_000 });
    if (found === "ended") throw new Error(`the devnet ended at its start: ${up.err()}`);
    const { config, polkadotRawUrl } = found;
    await vaultAndOracle(polkadotRawUrl);
    await userIsThere();
    await polkadotObeys();
    expect((await gantry("config", "check", "--config", config)).code).toBe(0);
    expect(await gantry("devnet", "up")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-runs") });
    expect((await gantry("devnet", "down")).code).toBe(0);
    expect((await up.ended).code).toBe(0);
    await expect(access(dirname(config))).rejects.toThrow("ENOENT");
    expect(await gantry("devnet", "polkadot", "mine")).toMatchObject({ code: 64, err: expect.stringContaining("no-devnet") });
    expect(await gantry("devnet", "down")).toMatchObject({ code: 64, err: expect.stringContaining("no-devnet") });
  } finally {
    await up.kill();
  }
}, 600_000);

/** One vault with collateral, and a price that counts: an issue could begin. */
async function vaultAndOracle(url: string): Promise<void> {
  const chain = await connectInterbtc(url);
  try {
    const vault = (await chain.read("vaultRegistry", "vaults", { accountId: chain.account("//Charlie"), currencies: dotPair })) as { readonly [field: string]: Json };
    expect(vault["id"]).toMatchObject({ accountId: chain.account("//Charlie") });
    expect(await chain.read("oracle", "aggregate", { ExchangeRate: dotPair.collateral })).not.toBeNull();
    expect(Number(await chain.read("oracle", "validUntil", { ExchangeRate: dotPair.collateral }))).toBeGreaterThan(Date.now());
    expect(await chain.read("security", "isDeactivated")).toBe(false);
  } finally {
    await chain.close();
  }
}

/** The user answers from another process; without a relayer the chain takes no request, and it is said why. */
async function userIsThere(): Promise<void> {
  const tokens = await gantry("devnet", "interbtc", "tokens", "--json");
  expect(JSON.parse(tokens.out)).toEqual({ tokensSat: "0" });
  expect(await gantry("devnet", "interbtc", "request", "0.01")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-call-failed") });
  expect(await gantry("devnet", "interbtc", "pay", "0xff")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-unknown-issue") });
}

async function polkadotObeys(): Promise<void> {
  const say = async (...args: readonly string[]): Promise<PolkadotState> => {
    const { code, out, err } = await gantry("devnet", "polkadot", ...args, "--json");
    expect(code, err).toBe(0);
    return JSON.parse(out) as PolkadotState;
  };
  const stalled = await say("stall", "on");
  expect((await say("mine", "3")).head.height).toBe(stalled.head.height + 3);
  expect((await say("finality", "4")).final.height).toBeLessThanOrEqual(stalled.head.height + 1);
  const forked = await say("reorg", "2", "--length", "2");
  expect(forked.head.height).toBe(stalled.head.height + 3);
  await say("time", "+86400");
  expect((await say("mine")).head.timeMs).toBeGreaterThanOrEqual(forked.head.timeMs + 86_400_000);
  expect((await say("price", "DOT", "9000")).specVersion).toBe(1);
  const paused = await say("pause", "Issue", "execute_issue");
  expect((await say("unpause", "Issue")).head.height).toBeGreaterThan(paused.head.height);
  expect((await say("upgrade")).specVersion).toBe(2);
  expect(await gantry("devnet", "polkadot", "pause", "Issues")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-unknown-call") });
  expect(await gantry("devnet", "polkadot", "time", "2001-01-01")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-time-passed") });
}
