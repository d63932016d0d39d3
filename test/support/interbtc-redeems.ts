/**
 * Redeems of //Dave at //Bob's vault on Gantry's stage, with a vault that does only what a test says.
 * Always: the vault's part is played from outside; nobody here is Gantry's account, so that its nonces are never touched.
 */
import { keyOf } from "../../devnet/bitcoin.ts";
import type { SentTx } from "../../devnet/bitcoin.ts";
import { executeRedeem, idOutput, requestRedeem } from "../../devnet/interbtc/parties.ts";
import type { Redeem } from "../../devnet/interbtc/parties.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import { told } from "./interbtc-days.ts";
import type { Rival } from "./interbtc-days.ts";
import type { InterbtcGantryStage } from "./interbtc-gantry.ts";
import { until } from "../../devnet/until.ts";
import type { Hex } from "../../src/core/values.ts";

const redeemer = "//Dave";
const executor = "//Ferdie";
/** what makes a block final for Gantry, and stable for the light client */
const buried = 6;

export interface Redeems {
  /** //Dave's tokens become bitcoin */
  request(amountSat?: bigint): Promise<Redeem>;
  /** in the pool: what is asked for, or another sum */
  pay(redeem: Redeem, valueSat?: bigint): Promise<SentTx>;
  /** the payment is buried and proved by somebody else; resolves when it is executed */
  prove(redeem: Redeem, sent: SentTx): Promise<void>;
  /** by the redeemer; the failure's name, null: it is cancelled */
  cancel(redeem: Redeem, reimburse: boolean): Promise<string | null>;
  /** blocks of a stalled parachain until so many of the request's active blocks are left, and Bitcoin blocks until its clock has passed */
  runOut(redeem: Redeem, leftBlocks: number): Promise<void>;
}

export function createRedeems(stage: InterbtcGantryStage, rival: Rival): Redeems {
  const { chain, bitcoin, polkadot, relay, vault } = stage;
  const stored = async ({ id }: Redeem): Promise<{ readonly opentime: number; readonly period: number; readonly btcHeight: number }> => (await chain.read("redeem", "redeemRequests", id)) as never;
  const pay: Redeems["pay"] = ({ id, script, amountSat }, valueSat = amountSat) => bitcoin.pay([{ script, valueSat }, idOutput(id)]);
  return {
    request: (amountSat = 7_000n) => requestRedeem(chain, redeemer, vault, amountSat, keyOf("interbtc redeemer")),
    pay,
    async prove({ id }, { tx }) {
      const [hash]: readonly (Hex | undefined)[] = await bitcoin.mine(buried);
      if (hash === undefined) throw new RangeError("blocks were asked for");
      await told(stage);
      const proof = fullProof(await relay.block(hash), tx.txid);
      await until("the redeem to be executed", async () => (await executeRedeem(rival.chain, executor, id, proof)).failure === null || null, { withinMs: 120_000, everyMs: 1_000 });
    },
    cancel: async ({ id }, reimburse) => (await chain.send(redeemer, chain.call("redeem", "cancelRedeem", id, reimburse))).failure,
    async runOut(redeem, leftBlocks) {
      const { opentime, period, btcHeight } = await stored(redeem);
      const { height } = await bitcoin.tip();
      const missing = btcHeight + Math.ceil(period / 50) + 1 - height;
      if (missing > 0) await bitcoin.mine(missing);
      await told(stage);
      await polkadot.stall(true);
      const active = Number(await chain.read("security", "activeBlockCount"));
      const blocks = opentime + period - active - leftBlocks + 1;
      if (blocks > 0) await polkadot.mine(blocks);
    },
  };
}
