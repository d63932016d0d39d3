/**
 * Gantry beside somebody else's relayer (`--role watch,monitor`): it sends nothing, and says where a redeem is, by anything a person has.
 * Always: the redeem was requested and paid before Gantry ever started, and Gantry is killed in the middle.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { executeRedeem } from "../../devnet/interbtc/parties.ts";
import type { Redeem } from "../../devnet/interbtc/parties.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { addressOf } from "../../src/chains/bitcoin/script-address.ts";
import { accountText } from "../../src/chains/polkadot/account.ts";
import type { Hex } from "../../src/core/values.ts";
import { launch, mainFile, whenServing } from "../support/gantry-process.ts";
import type { GantryProcess, Running } from "../support/gantry-process.ts";
import { rivalOf } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { createRedeems } from "../support/interbtc-redeems.ts";

let stage: InterbtcGantryStage;
let rival: Rival;
let redeem: Redeem;
let payment: { readonly txid: Hex; readonly block: Hex };
/** of Gantry's account, before Gantry was started */
let nonce: number;
let gantry: Running;
const started: GantryProcess[] = [];

async function start(): Promise<Running> {
  const one = launch([mainFile, "run", "--config", stage.file, "--role", "watch,monitor"]);
  started.push(one);
  return whenServing(one, stage.ledgerPath);
}
type Shown = { readonly transfers: readonly { readonly id: string; readonly outcome: string | null; readonly explanation: { readonly step: string } | null }[]; readonly notes: Readonly<Record<string, readonly string[]>> };
const show = async (text: string): Promise<Shown | null> => gantry.client.show(text).then((found) => found as Shown, () => null);
/** where the redeem is, by this text, once what is said of it contains `words` */
const said = (text: string, words: string): Promise<Shown> =>
  until(`"${words}" to be said of ${text}`, async () => {
    const found = await show(text);
    return JSON.stringify(found).includes(words) ? found : null;
  }, { withinMs: 90_000, everyMs: 500 });

beforeAll(async () => {
  stage = await startInterbtcGantry();
  rival = await rivalOf(stage);
  const issue = await stage.request(30_000n);
  const { tx } = await stage.pay(issue);
  await rival.relay.mine(3);
  await stage.polkadot.mine(2);
  expect((await rival.execute(issue, tx.txid)).failure).toBeNull();
  const redeems = createRedeems(stage, rival);
  redeem = await redeems.request();
  const sent = await redeems.pay(redeem);
  const [block = "0x"] = await rival.relay.mine(1);
  payment = { txid: sent.tx.txid, block };
  await stage.polkadot.mine(2);
  nonce = await stage.nonce();
  gantry = await start();
});
afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  await rival.close();
  await stage.stop();
});

test("a redeem that was requested and paid before the first start is found by whatever a person has", async () => {
  const { notes } = await said(redeem.id, "pays exactly what is asked");
  const [id] = Object.keys(notes);
  // notes are of now, steps of when transfers were looked at last
  const { transfers } = await said(redeem.id, '"step":"payment-final"');
  expect(transfers.map((one) => [one.id, one.explanation?.step])).toEqual([[id, "payment-final"]]);
  const texts = [toDisplay(payment.txid), payment.txid, addressOf(redeem.script, "regtest") ?? "", accountText(stage.chain.account("//Dave")), accountText(stage.vault.id.accountId)];
  for (const text of texts) expect([text, (await show(text))?.transfers.some((one) => one.id === id)]).toEqual([text, true]);
});

test("killed and started again it goes on where it was, and says when the payment can be proved, and that it was", async () => {
  await started.at(-1)?.kill();
  await rival.relay.mine(6);
  await stage.polkadot.mine(2);
  gantry = await start();
  await said(redeem.id, "The light client can verify the payment since active block");
  await said(redeem.id, '"step":"provable"');
  const proof = fullProof(await stage.relay.block(payment.block), payment.txid);
  expect((await executeRedeem(rival.chain, "//Ferdie", redeem.id, proof)).failure).toBeNull();
  await stage.polkadot.mine(2);
  await said(redeem.id, '"outcome":"completed"');
  expect(await stage.nonce()).toBe(nonce);
});
