/**
 * What a bad day of interBTC needs beyond the stage: somebody else who relays and executes, and what people read of an issue.
 * Always: the rival has an account of its own, so that its nonces are never ours; what was minted is read from the parachain.
 * Never: waits without saying for what.
 */
import { Keyring } from "@polkadot/api";
import { connectInterbtc } from "../../devnet/interbtc/chain.ts";
import type { InterbtcChain, Outcome } from "../../devnet/interbtc/chain.ts";
import { executeIssue, wrappedOf } from "../../devnet/interbtc/parties.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { fullProof, relayHeaderOf } from "../../devnet/interbtc/proof.ts";
import type { FullTransactionProof, RelayHeader } from "../../devnet/interbtc/proof.ts";
import { createHeaderRelay } from "../../devnet/interbtc/relay.ts";
import type { HeaderRelay } from "../../devnet/interbtc/relay.ts";
import { parseHeader } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock, BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import { bytesOf, hexOf, reverseHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Gantry } from "./chains-story.ts";
import { until } from "./chains-story.ts";
import type { InterbtcGantryStage } from "./interbtc-gantry.ts";

/** whoever else relays, with funds of its own */
const rival = "//Ferdie";
const requester = "//Dave";

export interface Rival {
  readonly relay: HeaderRelay;
  /** the chain as it sees it: on a connection of its own */
  readonly chain: InterbtcChain;
  /** proves the payment (txid in wire order) in the block that Bitcoin has it in now */
  execute(issue: Issue, txid: Hex): Promise<Outcome>;
  /** the same into the pool, better paid than anything of ours */
  submit(issue: Issue, txid: Hex): Promise<void>;
  close(): Promise<void>;
}

export async function rivalOf(stage: InterbtcGantryStage): Promise<Rival> {
  const chain = await connectInterbtc(stage.polkadot.url);
  const relay = createHeaderRelay({ chain, bitcoin: stage.bitcoin, who: rival });
  const proofOf = async (txid: Hex): Promise<FullTransactionProof> => fullProof(await blockWith(stage, txid), txid);
  return {
    chain,
    relay,
    execute: async (issue, txid) => executeIssue(chain, rival, issue.id, await proofOf(txid)),
    submit: async (issue, txid) => {
      const pair = new Keyring({ type: "sr25519" }).addFromUri(rival);
      await chain.call("issue", "executeIssue", issue.id, await proofOf(txid)).signAndSend(pair, { nonce: -1, tip: 10n ** 10n });
    },
    close: () => chain.close(),
  };
}

/** The newest block with the transaction: no node here keeps an index of them. */
async function blockWith({ bitcoin, relay }: InterbtcGantryStage, txid: Hex): Promise<BitcoinBlock> {
  let { hash } = await bitcoin.tip();
  for (let depth = 0; depth < 32; depth += 1) {
    const block = await relay.block(hash);
    if (block.txs.some((tx) => tx.txid === txid)) return block;
    hash = block.header.parent;
  }
  throw new RangeError(`${txid} is in none of the newest blocks`);
}

/** Blocks of the parachain until `look` finds something: nobody waits for the next one of a slow rhythm. */
export const minedUntil = <T>(stage: InterbtcGantryStage, what: string, look: () => Promise<T | null | undefined | false>): Promise<T> =>
  until(what, async () => {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await stage.polkadot.mine();
    return null;
  });

/** What the requester has of the wrapped token, free and locked. */
export const mintedSat = async ({ chain }: InterbtcGantryStage): Promise<bigint> => (await wrappedOf(chain, requester)).freeSat;

/** The light client has Bitcoin's tip as its best block. */
export const told = (stage: InterbtcGantryStage, withinMs?: number): Promise<unknown> =>
  until("the light client to be at Bitcoin's tip", async () => {
    const { hash } = await stage.bitcoin.tip();
    return ((await stage.chain.read("btcRelay", "bestBlock")) as { readonly content: Hex }).content === hash;
  }, withinMs);

/** The light client stores Bitcoin's tip, on whichever of its chains. */
export const stored = (stage: InterbtcGantryStage): Promise<unknown> =>
  until("the light client to store Bitcoin's tip", async () => {
    const { hash } = await stage.bitcoin.tip();
    return ((await stage.chain.read("btcRelay", "blockHeaders", { content: hash })) as { readonly blockHeight: number }).blockHeight > 0;
  });

/** Every nonce that was handed out is used, and finally so. */
export const settled = (gantry: Gantry): Promise<unknown> =>
  until("all nonces to be over", async () => (await gantry.status()).signers.every(({ openSlots }) => openSlots === 0));

/** A paid issue is executed, and Gantry knows that it is for good. */
export async function arrived(stage: InterbtcGantryStage, gantry: Gantry, issue: Issue, txid: Hex): Promise<void> {
  await until(`issue ${issue.id} to be executed`, () => stage.isExecuted(issue));
  await gantry.reaches(txid, "delivered");
}

/** Headers that no Bitcoin node ever had, with true work, one on the other from `parent` (a block's hash in wire order) on. */
export async function branchOn({ relay }: InterbtcGantryStage, parent: Hex, count: number): Promise<readonly RelayHeader[]> {
  const branch: BitcoinHeader[] = [];
  for (let before = await relay.header(parent); branch.length < count; before = branch.at(-1) ?? before) branch.push(workedOn(before));
  return branch.map(relayHeaderOf);
}

/** The header before it with another parent, time and nonce. */
function workedOn(before: BitcoinHeader): BitcoinHeader {
  const bytes = Buffer.from(before.raw.slice(2), "hex");
  bytes.set(bytesOf(before.hash), 4);
  bytes.writeUInt32LE(before.timeSeconds + 7, 68);
  for (let nonce = 0; ; nonce += 1) {
    bytes.writeUInt32LE(nonce, 76);
    const tried = parseHeader(hexOf(bytes));
    if (BigInt(reverseHex(tried.hash)) < tried.target) return tried;
  }
}
