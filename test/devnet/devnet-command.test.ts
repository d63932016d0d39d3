/** `gantry devnet up` and `down`: one at a time, a configuration that works, nothing left. */
import { access, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { gantry, launch, mainFile } from "../support/gantry-process.ts";

const stateFile = new URL("../../.cache/devnet.json", import.meta.url);

test("up holds a devnet that a configuration fits, a second one is refused, down ends it and its folder", async () => {
  const up = launch([mainFile, "devnet", "up"]);
  try {
    const config = await until("the devnet to be up", async () => {
      const state = JSON.parse(await readFile(stateFile, "utf8")) as { readonly config: string };
      return state.config;
    }, { withinMs: 60_000 });
    expect((await gantry("config", "check", "--config", config)).code).toBe(0);
    expect(await gantry("devnet", "up")).toMatchObject({ code: 64, err: expect.stringContaining("devnet-runs") });
    expect((await gantry("devnet", "down")).code).toBe(0);
    expect((await up.ended).code).toBe(0);
    await expect(access(dirname(config))).rejects.toThrow("ENOENT");
    expect(await gantry("devnet", "down")).toMatchObject({ code: 64, err: expect.stringContaining("no-devnet") });
  } finally {
    await up.kill();
  }
});
