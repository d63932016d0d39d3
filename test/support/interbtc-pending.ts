/**
 * An issue whose execution Gantry has sent while the parachain makes no blocks: it waits in the pool for what a test does to it.
 * Always: the light client is kept at the tip by somebody else, so that the nonce in the pool is the execution's alone.
 */
import type { Issue } from "../../devnet/interbtc/parties.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DeliveryReport, ShowReport } from "../../src/monitor/show.ts";
import { until } from "./chains-story.ts";
import type { Gantry } from "./chains-story.ts";
import type { Rival } from "./interbtc-days.ts";
import type { ConfigText } from "./gantry-stage.ts";
import type { InterbtcGantryStage } from "./interbtc-gantry.ts";

/** for `edit`: headers are somebody else's business */
export function withoutHeaders(config: ConfigText): void {
  const { interbtc } = config["bridges"] as { readonly interbtc: { readonly lanes: { readonly headers: Record<string, unknown> } } };
  interbtc.lanes.headers["enabled"] = false;
}

/** `txid` of the payment; `nonce` of the execution that waits in the pool with hash `sent`. */
export type Pending = { readonly issue: Issue; readonly txid: Hex; readonly nonce: number; readonly sent: Hex; readonly from: number };

/** Paid and provable, but one block short of what Gantry calls final. */
export async function almostFinal(stage: InterbtcGantryStage, { relay }: Rival): Promise<{ readonly issue: Issue; readonly txid: Hex }> {
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await relay.follow();
  await stage.polkadot.mine(2);
  // Gantry keeps a head for a moment: rehearsed at one without these blocks, what it signs would be put off and signed once more
  const { head: { height } } = await stage.polkadot.state();
  await until("two more blocks by the clock", async () => (await stage.polkadot.state()).head.height >= height + 2);
  return { issue, txid: tx.txid };
}

/** Leaves the parachain without blocks. */
export async function pending(stage: InterbtcGantryStage, gantry: Gantry, rival: Rival): Promise<Pending> {
  const { issue, txid } = await almostFinal(stage, rival);
  const [nonce, { head }] = [await stage.nonce(), await stage.polkadot.state()];
  await stage.polkadot.stall(true);
  await stage.bitcoin.mine(1);
  const sent = await inPool(stage);
  await gantry.reaches(txid, "sent");
  return { issue, txid, nonce, sent, from: head.height };
}

/** The hash of what waits in the pool, other than `not`. */
export const inPool = ({ polkadot }: InterbtcGantryStage, not: readonly Hex[] = []): Promise<Hex> =>
  until("an extrinsic to wait in the pool", async () => (await polkadot.state()).ready.find((hash) => !not.includes(hash)));

/** What Gantry says of the issue's delivery. */
export const deliveryOf = async (gantry: { show(id: string): Promise<ShowReport | null> }, { id }: Issue): Promise<DeliveryReport | null> => (await gantry.show(id))?.deliveries[0] ?? null;
