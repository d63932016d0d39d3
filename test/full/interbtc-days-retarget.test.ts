/**
 * Bitcoin's best chain crosses a change of difficulty while it is only a fork for the parachain's light client, which checks difficulty:
 * the state is said plainly, since when, also after a restart; it ends when the chain that the light client follows wins on Bitcoin.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { relayHeaderOf } from "../../devnet/interbtc/proof.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { LightClientStatus } from "../../src/monitor/status.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { rivalOf, told } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import type { Hex } from "../../src/core/values.ts";

/** the first of a period; Bitcoin is brought to a few blocks below it */
const retarget = 4_032;
const atOnce = 500;
let stage: InterbtcGantryStage;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry({ initialised: false });
  rival = await rivalOf(stage);
  for (let left = retarget - 6 - (await stage.bitcoin.tip()).height; left > 0; left -= atOnce) await stage.bitcoin.mine(Math.min(left, atOnce));
  await stage.relay.initialize();
  await stage.relay.mine(4);
  await checkDifficulty();
}, 600_000);
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

/** The development preset begins without the check, as regtest needs it at every retarget of the main chain. */
async function checkDifficulty(): Promise<void> {
  const { chain } = stage;
  const key = chain.api.query["btcRelay"]?.["disableDifficultyCheck"]?.key() ?? "";
  await chain.sudo(chain.call("system", "setStorage", [[key, "0x00"]]));
  expect(await chain.read("btcRelay", "disableDifficultyCheck")).toBe(false);
}

const lightClient = async (gantry: Gantry, is: (one: LightClientStatus) => boolean): Promise<LightClientStatus> =>
  until("gantry status to tell it of the light client", async () => (await gantry.status()).lightClients?.find(is));
const bitcoind = (method: string, ...params: readonly unknown[]): Promise<unknown> => stage.bitcoin.rpc.call(method, params, AbortSignal.timeout(60_000));
const hashAt = async (height: number): Promise<string> => String(await bitcoind("getblockhash", height));

test("the first header of a period cannot be told on a fork: status says which, since when, also after a restart, and that it is over", async () => {
  let gantry = await stage.gantry();
  await told(stage);
  const { height } = await stage.bitcoin.tip();
  expect(height).toBe(retarget - 2);
  expect(await lightClient(gantry, ({ lagBlocks }) => lagBlocks === 0)).toMatchObject({ bridge: "interbtc", chain: "polkadot", height, otherForkSince: null, blockedSince: null, retarget: null });

  const { dropped, added } = await stage.bitcoin.reorg(2, { length: 5 });
  const onFork = await lightClient(gantry, (one) => one.retarget !== null);
  expect(onFork).toMatchObject({ retarget: { height: retarget, because: "fork" }, otherForkSince: expect.any(Number) as number });
  await until("the lane to say why it tells no more", async () => gantry.said("retarget-on-fork"));
  // everything below is told; the pallet itself refuses what comes next
  await until("the headers below to be told", async () => (await headerAt(added[2] ?? "0x")) > 0);
  const refused = await rival.relay.store(relayHeaderOf(await stage.relay.header(added[3] ?? "0x")), 9);
  expect(refused.failure).toBe("BTCRelay.MissingBlockHeight");
  expect((await gantry.status()).lanes.find(({ name }) => name === "interbtc-headers")?.parked).toEqual([]);
  const blocked = await lightClient(gantry, ({ blockedSince }) => blockedSince !== null);
  await gantry.stop();

  gantry = await stage.gantry();
  const again = await lightClient(gantry, (one) => one.retarget !== null);
  expect(again).toMatchObject({ retarget: onFork.retarget, otherForkSince: onFork.otherForkSince, blockedSince: blocked.blockedSince });

  await bitcoind("reconsiderblock", toDisplay(dropped[0] ?? "0x"));
  await bitcoind("invalidateblock", toDisplay(added[0] ?? "0x"));
  expect(await hashAt(height)).toBe(toDisplay(dropped[1] ?? "0x"));
  expect(await lightClient(gantry, (one) => one.retarget === null && one.otherForkSince === null)).toMatchObject({ height });
  await gantry.stop();
}, 600_000);

const headerAt = async (hash: Hex): Promise<number> => ((await stage.chain.read("btcRelay", "blockHeaders", { content: hash })) as { readonly blockHeight: number }).blockHeight;
