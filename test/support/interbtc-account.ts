/**
 * What Gantry's account did on the parachain, read from its blocks: every extrinsic with how it ended, and who else used its key.
 * Always: from the chain, never from Gantry's words; blocks of the head's branch alone.
 */
import { Keyring } from "@polkadot/api";
import type { EventRecord } from "@polkadot/types/interfaces";
import { camel } from "../../src/chains/polkadot/items.ts";
import type { Hex } from "../../src/core/values.ts";
import { relayer } from "./interbtc-gantry.ts";
import type { InterbtcGantryStage } from "./interbtc-gantry.ts";

export type Done = {
  readonly hash: Hex;
  readonly nonce: number;
  /** "pallet.call", as @polkadot/api has them */
  readonly call: string;
  readonly ok: boolean;
  /** headers it stored, and issues it executed */
  readonly headers: readonly Hex[];
  readonly issues: readonly Hex[];
};

type Stage = Pick<InterbtcGantryStage, "chain" | "polkadot">;

const fieldOf = ({ event }: EventRecord, name: string): Hex | null => event.data[(event.data.names ?? []).findIndex((one) => camel(one) === name)]?.toHex() ?? null;
const fieldsOf = (records: readonly EventRecord[], method: string, field: string): readonly Hex[] =>
  records.filter(({ event }) => event.method === method).flatMap((record) => fieldOf(record, field) ?? []);

/** In the order of the blocks, from a height on to the head. */
export async function doneBy({ chain, polkadot }: Stage, fromHeight: number): Promise<readonly Done[]> {
  const { api } = chain;
  const [{ head }, ours] = [await polkadot.state(), chain.account(relayer).slice(2)];
  const found: Done[] = [];
  for (let height = fromHeight; height <= head.height; height += 1) {
    const hash = await api.rpc.chain.getBlockHash(height);
    const { block } = await api.rpc.chain.getBlock(hash);
    const its = block.extrinsics.map((extrinsic, index) => ({ extrinsic, index })).filter(({ extrinsic }) => extrinsic.isSigned && extrinsic.signer.toHex().endsWith(ours));
    if (its.length === 0) continue;
    const records = (await (await api.at(hash)).query["system"]?.["events"]?.()) as unknown as readonly EventRecord[];
    for (const { extrinsic, index } of its) {
      const told = records.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index);
      found.push({
        hash: extrinsic.hash.toHex(),
        nonce: extrinsic.nonce.toNumber(),
        call: `${extrinsic.method.section}.${extrinsic.method.method}`,
        ok: told.some(({ event }) => event.method === "ExtrinsicSuccess") && !told.some(({ event }) => event.method === "BatchInterrupted"),
        headers: fieldsOf(told, "StoreMainChainHeader", "blockHash"),
        issues: fieldsOf(told, "ExecuteIssue", "issueId"),
      });
    }
  }
  return found;
}

/** Nothing of the account waits for a nonce that does not come. */
export const isGapless = (done: readonly Done[]): boolean => done.every(({ nonce }, index) => nonce === (done[0]?.nonce ?? 0) + index);

/** Somebody else with the key of Gantry's account: a remark in this nonce, better paid than anything of ours. Its hash. */
export async function foreignRemark({ chain: { api } }: Stage, nonce: number): Promise<Hex> {
  const pair = new Keyring({ type: "sr25519" }).addFromUri(relayer);
  const call = api.tx["system"]?.["remark"]?.(`0x${nonce.toString(16).padStart(8, "0")}`);
  if (call === undefined) throw new Error("the runtime has no System.remark");
  const signed = await call.signAsync(pair, { nonce, tip: 10n ** 9n, era: 0 });
  await api.rpc.author.submitExtrinsic(signed);
  return signed.hash.toHex();
}

/** 1,000 INTR */
export const plenty = 10_000_000_000_000n;

/** What Gantry's account has of the token that pays fees, from now on. */
export const hold = async ({ chain }: Stage, planck: bigint): Promise<void> => void (await chain.sudo(chain.call("tokens", "setBalance", chain.account(relayer), { Token: "INTR" }, planck, 0n)));
