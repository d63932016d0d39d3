/** Silent oracles: nothing new can be asked for, what needs a price waits by that name, everything else goes on. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { askIssue } from "../../devnet/interbtc/parties.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(() => stage.stop());

/** longer than a price counts on the parachain (Oracle.MaxDelay is an hour) */
const longMs = 2 * 3_600_000;
/** what the development preset says: planck of DOT per satoshi */
const priceOf = async (): Promise<number> => Number(BigInt(((await stage.chain.read("oracle", "aggregate", { ExchangeRate: { Token: "DOT" } })) as string)) / 10n ** 18n);

test("while oracles are silent headers and exact payments go on, an overpaid issue waits for a price, and is executed when there is one", async () => {
  const price = await priceOf();
  const [exact, over] = [await stage.request(), await stage.request()];
  const { head } = await stage.polkadot.state();
  const tokens = await mintedSat(stage);
  await until("the requests to be known", async () => (await gantry.show(over.id)) !== null);
  // the development preset's prices never expire; a real chain's do
  const { api } = stage.chain;
  await stage.chain.sudo(stage.chain.call("system", "killStorage", [api.query["oracle"]?.["neverExpires"]?.key()]));
  await stage.polkadot.setPrice("DOT", price);
  await stage.polkadot.mine(2);
  await stage.polkadot.setTime(Date.now() + longMs);
  await stage.polkadot.mine(2);
  expect((await askIssue(stage.chain, "//Dave", stage.vault, 20_000n)).failure).toBe("Oracle.MissingExchangeRate");

  const first = (await stage.pay(exact)).tx.txid;
  await stage.bitcoin.mine(6);
  await told(stage);
  expect(await gantry.reaches(first, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect((await mintedSat(stage)) - tokens).toBe(exact.amountSat);
  const second = (await stage.pay(over, over.totalSat * 2n)).tx.txid;
  await stage.bitcoin.mine(6);
  expect(await gantry.waitsFor(second, "interbtc-no-price")).toMatchObject({ parked: null, lastError: { code: "interbtc-no-price" } });
  await stage.bitcoin.mine(1);
  await told(stage);
  expect(await stage.executions(over, head.height)).toBe(0);
  // waiting does not make it dearer: nothing that went out had to be outbid
  const fees = (await gantry.delivery(second))?.slots.flatMap(({ attempts }) => attempts.map(({ fee }) => BigInt(fee))) ?? [];
  expect(fees.every((fee) => fee < 2n * (fees[0] ?? 0n))).toBe(true);

  await stage.polkadot.setPrice("DOT", price);
  expect(await gantry.reaches(second, "delivered")).toMatchObject({ by: "us", parked: null });
  expect(await stage.executions(over, head.height)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(exact.amountSat + over.amountSat * 2n);
});
