/** The header lane on a real bitcoind and the dev chain's light client. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { startInterbtc } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { composeHeaderRelay } from "../support/interbtc-headers.ts";
import type { HeaderRelayOptions, HeaderRelayParts } from "../support/interbtc-headers.ts";

let stage: InterbtcStage;
const opened: HeaderRelayParts[] = [];
const soon = { withinMs: 60_000, everyMs: 100 };

beforeAll(async () => {
  stage = await startInterbtc();
  await stage.polkadot.setBlocks({ everySeconds: 1, atOnce: true });
}, 60_000);
afterAll(() => stage.stop());
afterEach(async () => {
  for (const parts of opened.splice(0)) await parts.stop();
});

async function relaying(options: HeaderRelayOptions = {}): Promise<HeaderRelayParts> {
  const parts = await composeHeaderRelay(stage, options);
  opened.push(parts);
  parts.run();
  return parts;
}
const best = async (): Promise<unknown> => (await stage.chain.read("btcRelay", "bestBlock") as { content: string }).content;
const caughtUp = () => until("the light client to be at Bitcoin's tip", async () => (await best()) === (await stage.bitcoin.tip()).hash, soon);

describe("the header lane", () => {
  test("catches up from 40 blocks behind, several updates at once in consecutive nonces", async () => {
    await stage.relay.initialize();
    await stage.bitcoin.mine(40);
    const calls = new Map<string, number>();
    const parts = await relaying({ calls });
    await caughtUp();
    await until("all updates to be final", async () => (await parts.updates("delivered")).length === 10, soon);
    expect(await parts.updates("parked", "abandoned", "orphaned")).toEqual([]);
  }, 120_000);
});
