/**
 * Every kind of false header, forks of real regtest blocks, and what proofs are worth meanwhile.
 * Always: each false header is a true one with one thing changed, and work found for it again where work is not the lie.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { eventIn } from "../../devnet/interbtc/chain.ts";
import { askIssue, dotPair, executeIssue, requestIssue } from "../../devnet/interbtc/parties.ts";
import { fullProof, relayHeaderOf } from "../../devnet/interbtc/proof.ts";
import type { RelayHeader } from "../../devnet/interbtc/proof.ts";
import { keyOf } from "../../devnet/bitcoin.ts";
import { parseHeader } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import { hexOf, reverseHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { registered, stable, startInterbtc } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";

/** The header with 4 bytes changed at `at`, and a nonce that meets its target, or does not. */
function forged(header: BitcoinHeader, at: number, value: number, meets = true): RelayHeader {
  const bytes = Buffer.from(header.raw.slice(2), "hex");
  bytes.writeUInt32LE(value, at);
  for (let nonce = 0; ; nonce += 1) {
    bytes.writeUInt32LE(nonce, 76);
    const tried = parseHeader(hexOf(bytes));
    if (BigInt(reverseHex(tried.hash)) < tried.target === meets && tried.hash !== header.hash) return relayHeaderOf(tried);
  }
}
const fields = { version: 0, time: 68, bits: 72 };

/** The node's next block, not relayed. */
async function next({ bitcoin, relay }: InterbtcStage): Promise<BitcoinHeader> {
  const [hash = "0x"] = await bitcoin.mine(1);
  return relay.header(hash);
}
const refusal = async ({ relay }: InterbtcStage, header: RelayHeader, forkBound?: number): Promise<string | null> => (await relay.store(header, forkBound)).failure;

describe("with the difficulty rules of the real chain", () => {
  let stage: InterbtcStage;
  beforeAll(async () => {
    stage = await startInterbtc({ preset: "strict" });
  });
  afterAll(() => stage.stop());

  test("the relay starts at the first block of a period, once", async () => {
    const { relay, bitcoin } = stage;
    const start = (await bitcoin.tip()).height;
    expect(start % 2016).not.toBe(0);
    expect((await relay.initialize()).failure).toBe("BTCRelay.InvalidStartHeight");
    expect((await relay.initialize(806_400)).failure).toBeNull(); // the height is the starter's word
    expect((await relay.initialize(806_400)).failure).toBe("BTCRelay.AlreadyInitialized");
  });

  test("a header has the target of its parent, harder or easier is false", async () => {
    const header = await next(stage);
    expect(header.bits).toBe(0x207fffff);
    expect(await refusal(stage, forged(header, fields.bits, 0x207ffffe))).toBe("BTCRelay.DiffTargetHeader");
    expect(await refusal(stage, forged(header, fields.bits, 0x2100ffff))).toBe("BTCRelay.DiffTargetHeader");
    expect(await refusal(stage, relayHeaderOf(header))).toBeNull();
    expect(await stage.relay.bestHeight()).toBe(806_401);
  });

  test("regtest goes on until the next period, whose target it cannot have", async () => {
    const { chain, bitcoin, relay } = stage;
    const hashes = await bitcoin.mine(2016 - 2);
    for (let at = 0; at < hashes.length; at += 200) {
      const headers = await Promise.all(hashes.slice(at, at + 200).map((hash) => relay.header(hash)));
      await chain.done("//Eve", chain.call("utility", "batchAll", headers.map((header) => chain.call("btcRelay", "storeBlockHeader", relayHeaderOf(header), 2))));
    }
    expect(await relay.bestHeight()).toBe(808_415);
    expect(await refusal(stage, relayHeaderOf(await next(stage)))).toBe("BTCRelay.DiffTargetHeader");
    // a fork that began within the period does not know the period's first block
    const { added } = await bitcoin.reorg(2);
    const [last, first] = await Promise.all(added.map((hash) => relay.header(hash)));
    if (last === undefined || first === undefined) throw new Error("a reorg of 2 adds 3");
    expect(eventIn(await relay.store(relayHeaderOf(last)), "BTCRelay.StoreForkHeader")).toMatchObject({ chainId: 1, forkHeight: 808_415 });
    expect(await refusal(stage, relayHeaderOf(first))).toBe("BTCRelay.MissingBlockHeight");
    expect(await relay.bestHeight()).toBe(808_415);
  });
});

describe("with the rules of a devnet", () => {
  let stage: InterbtcStage;
  beforeAll(async () => {
    stage = await startInterbtc();
  });
  afterAll(() => stage.stop());
  const nowhere: Hex = `0x${"5a".repeat(32)}`;

  test("nobody can issue before the relay has its confirmations", async () => {
    const { chain, relay } = stage;
    const vault = { who: "//Bob", id: { accountId: chain.account("//Bob"), currencies: dotPair }, key: keyOf("interbtc vault") };
    expect((await askIssue(chain, "//Charlie", vault, 1_000_000n)).failure).toBe("Issue.WaitingForRelayerInitialization");
    await relay.initialize();
    await relay.mine(stable.bitcoin - 1);
    expect((await askIssue(chain, "//Charlie", vault, 1_000_000n)).failure).toBe("Issue.WaitingForRelayerInitialization");
    await relay.mine(1);
    expect((await askIssue(chain, "//Charlie", vault, 1_000_000n)).failure).toBe("VaultRegistry.VaultNotFound");
  });

  test("a header needs a known parent, work below its target, version 4 and a target of compact form", async () => {
    const header = await next(stage);
    const truth = relayHeaderOf(header);
    expect(await refusal(stage, { ...truth, hashPrevBlock: { content: nowhere } })).toBe("BTCRelay.BlockNotFound");
    expect(await refusal(stage, forged(header, fields.version, 0x20000000, false))).toBe("BTCRelay.LowDiff");
    expect(await refusal(stage, forged(header, fields.version, 3))).toBe("BTCRelay.InvalidBlockVersion");
    expect(await refusal(stage, forged(header, fields.version, 0xffffffff))).toBe("BTCRelay.InvalidBlockVersion");
    expect(await refusal(stage, { ...truth, target: truth.target + 1n })).toBe("BTCRelay.InvalidCompact");
    expect(await refusal(stage, forged(header, fields.bits, 0x1d00ffff, false))).toBe("BTCRelay.LowDiff");
  });

  test("a true header is stored once and free, whatever hash its sender says; what is refused costs a fee", async () => {
    const header = await next(stage);
    await stage.relay.follow();
    const truth = relayHeaderOf(await next(stage));
    const chains = Number(await stage.chain.read("btcRelay", "chainCounter"));
    expect(await refusal(stage, truth, chains)).toBe("BTCRelay.WrongForkBound");
    const stored = await stage.relay.store({ ...truth, hash: { content: nowhere } }, chains + 1);
    expect(stored).toMatchObject({ failure: null, feePlanck: 0n });
    expect(eventIn(stored, "BTCRelay.StoreMainChainHeader")).toMatchObject({ blockHash: truth.hash });
    for (const known of [truth, relayHeaderOf(header)]) {
      const again = await stage.relay.store(known);
      expect(again.failure).toBe("BTCRelay.DuplicateBlock");
      expect(again.feePlanck).toBeGreaterThan(0n);
    }
  });

  test("a fork near the tip stops every proof; the losing branch proves nothing; the winning one does", async () => {
    const { chain, bitcoin, relay, polkadot } = stage;
    const vault = await registered(chain);
    const [old, lost] = [await requestIssue(chain, "//Charlie", vault, 1_000_000n), await requestIssue(chain, "//Charlie", vault, 1_000_000n)];
    const oldProof = await stage.settled(await bitcoin.pay([{ script: old.script, valueSat: old.totalSat }]));
    const sent = await bitcoin.pay([{ script: lost.script, valueSat: lost.totalSat }]);
    const lostProof = await stage.mined(sent);
    const { height } = await bitcoin.tip();

    const { dropped } = await bitcoin.reorg(1, { leaveOut: [sent.tx.txid] });
    expect(dropped).toEqual([lostProof.userTxProof.merkleProof.blockHeader.hash.content]);
    const ahead = await relay.follow();
    expect(ahead.flatMap(({ events }) => events)).toContainEqual({ name: "BTCRelay.ForkAheadOfMainChain", data: { mainChainHeight: height, forkHeight: height + 1, forkId: 1 } });
    expect(await relay.bestHeight()).toBe(height);
    expect((await executeIssue(chain, "//Eve", old.id, oldProof)).failure).toBe("BTCRelay.OngoingFork");

    await bitcoin.mine(stable.bitcoin - 1);
    const won = await relay.follow();
    expect(won.flatMap(({ events }) => events)).toContainEqual(expect.objectContaining({ name: "BTCRelay.ChainReorg", data: expect.objectContaining({ newChainTipHeight: height + stable.bitcoin }) as object }));
    await polkadot.mine(stable.polkadot);
    expect((await executeIssue(chain, "//Eve", lost.id, lostProof)).failure).toBe("BTCRelay.InvalidChainID");
    expect((await executeIssue(chain, "//Eve", old.id, oldProof)).failure).toBeNull();

    await bitcoin.putBack([sent.tx.txid]);
    const [again = nowhere] = await relay.mine(stable.bitcoin);
    await polkadot.mine(stable.polkadot);
    expect((await executeIssue(chain, "//Eve", lost.id, fullProof(await relay.block(again), sent.tx.txid))).failure).toBeNull();
  });
});
