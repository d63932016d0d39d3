/** The tBTC lanes and readers against production contracts: on regtest, and on the recorded chain with real work. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, witnessScript } from "../../devnet/bitcoin.ts";
import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import type { EthereumDevnet } from "../../devnet/ethereum.ts";
import { startPowDevnet } from "../../devnet/pow-devnet.ts";
import type { PowDevnet } from "../../devnet/pow-devnet.ts";
import type { Tbtc } from "../../devnet/tbtc/deploy.ts";
import { classifyRevert } from "../../src/bridges/tbtc/errors.ts";
import { scriptWatches } from "../../src/bridges/tbtc/names.ts";
import type { TbtcProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { createEthereumClient, refOf } from "../../src/chains/ethereum/client.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import type { JsonRpc } from "../../src/chains/json-rpc.ts";
import { createClock } from "../../src/clock.ts";
import { failureOf } from "../../src/core/errors.ts";
import { signerName } from "../../src/core/values.ts";
import type { BlockRef, Hex, SourceEvent, Watch } from "../../src/core/values.ts";
import type { FoundEvent } from "../../src/ports.ts";
import { createTbtcDepositSweepLane } from "../../relayer/lanes/tbtc-deposit-sweep.ts";
import { createTbtcRedemptionLane } from "../../relayer/lanes/tbtc-redemption.ts";
import { checkTbtc } from "../../src/app/tbtc-start-check.ts";
import type { TbtcLane } from "../../relayer/lanes/tbtc-wallet-lane.ts";
import { createWatchIndex, matchBlock } from "../../watchers/bitcoin/match.ts";
import { createTbtcBitcoinReader } from "../../watchers/bitcoin/tbtc.ts";
import { createTbtcEthereumReader } from "../../watchers/ethereum/tbtc.ts";
import { createMemoryMeter } from "../support/quiet.ts";

const { signal } = new AbortController();
const clock = createClock();
const asStored = (event: FoundEvent): SourceEvent => ({ ...event, generation: 0 });

/** Lanes and readers as the program composes them, over one endpoint each. */
function compose(options: { bitcoin: JsonRpc; ethereum: JsonRpc; tbtc: Tbtc; wallet: Hex; maintainer: Hex; firstHeight: number; direct?: boolean }) {
  const { tbtc, wallet, maintainer } = options;
  const bitcoin = createBitcoinClient(options.bitcoin);
  const ethereum = createEthereumClient(options.ethereum);
  const common = { clock, meter: createMemoryMeter() };
  const laneOptions = {
    signer: signerName("maintainer"), bridge: tbtc.bridge.address, maintainerProxy: options.direct === true ? null : tbtc.maintainerProxy.address,
    bitcoin: createEndpoints({ ...common, chain: "bitcoin", endpoints: [{ name: bitcoin.name, client: bitcoin }] }),
    ethereum: createEndpoints({ ...common, chain: "ethereum", endpoints: [{ name: ethereum.name, client: ethereum }] }),
  };
  const index = createWatchIndex(scriptWatches(wallet, options.firstHeight));
  const bitcoinReader = createTbtcBitcoinReader();
  const ethereumReader = createTbtcEthereumReader({ bridge: tbtc.bridge.address, reimbursementPool: tbtc.reimbursementPool.address, maintainerProxy: tbtc.maintainerProxy.address, watchtower: null, bitcoinHeightHint: () => options.firstHeight });
  return {
    sweeps: createTbtcDepositSweepLane(laneOptions),
    redemptions: createTbtcRedemptionLane(laneOptions),
    /** what the reader finds in the newest Bitcoin block, or in the one at `height` */
    async readBitcoin(height?: number) {
      const { blocks } = await bitcoin.chainInfo(signal);
      const hash = await bitcoin.hashAt(height ?? blocks, signal);
      const block = await bitcoin.block(hash ?? "0x", signal);
      const ref: BlockRef = { chain: "bitcoin", height: block.height, hash: block.header.hash, parent: block.header.parent, time: block.header.timeSeconds * 1000 };
      return matchBlock(block.txs, ref, index, [bitcoinReader]);
    },
    /** what the reader finds in all of Ethereum so far */
    async readEthereum(): Promise<readonly SourceEvent[]> {
      const head = await ethereum.blockBy("latest", signal);
      const logs = await ethereum.logs({ addresses: ethereumReader.addresses, topics: ethereumReader.topics, from: 0, to: head?.height ?? 0 }, signal);
      const events: SourceEvent[] = [];
      for (const log of logs) {
        const block = await ethereum.blockBy(log.blockHash, signal);
        if (block === null) throw new Error("a log without block");
        const found = await ethereumReader.read(log, refOf(block), (hash) => ethereum.transaction(hash, signal));
        events.push(...found.events.map(asStored));
      }
      return events;
    },
    settle: (event: SourceEvent): readonly Watch[] => ethereumReader.settle(event).watches,
    /** null when the contracts would accept the call now; else what the refusal means */
    async rehearse(lane: TbtcLane, event: SourceEvent, proof: TbtcProof, from = maintainer) {
      try {
        await ethereum.call({ ...lane.encodeCall(event, proof), from }, "latest", signal);
        return null;
      } catch (thrown) {
        const { code, evidence } = failureOf(thrown);
        if (code !== "call-reverted") throw thrown;
        const { reason, data } = evidence as { reason: string | null; data: Hex };
        return { reason, code: classifyRevert(reason, data).failure.code };
      }
    },
    check: (change: object = {}) => checkTbtc(ethereum, { bridge: tbtc.bridge.address, bank: tbtc.bank.address, relay: tbtc.relay.address, walletRegistry: tbtc.walletRegistry, reimbursementPool: tbtc.reimbursementPool.address, maintainerProxy: tbtc.maintainerProxy.address, maintainer, ...change }, signal),
  };
}

async function prove(lane: TbtcLane, event: SourceEvent): Promise<TbtcProof> {
  const anchored = await lane.anchor(event, clock.now(), signal);
  if (anchored.kind !== "ready") throw new Error(`${anchored.kind} ${anchored.kind === "not-yet" ? anchored.code : anchored.failure.code}`);
  const proof = await lane.build(event, anchored.anchor, signal);
  expect(lane.check(event, anchored.anchor, proof)).toBeNull();
  return proof;
}
const waitCode = async (lane: TbtcLane, event: SourceEvent): Promise<string> => {
  const anchored = await lane.anchor(event, clock.now(), signal);
  return anchored.kind === "not-yet" ? anchored.code : anchored.kind;
};
const submit = (ethereum: EthereumDevnet, from: Hex, lane: TbtcLane, event: SourceEvent, proof: TbtcProof) => ethereum.transactRaw(from, lane.encodeCall(event, proof));
const only = (events: readonly FoundEvent[]): SourceEvent => {
  const [event] = events;
  if (event === undefined || events.length !== 1) throw new Error(`${events.length} events, not one`);
  return asStored(event);
};

describe("on regtest", () => {
  let devnet: Devnet;
  let parts: ReturnType<typeof compose>;
  beforeAll(async () => {
    devnet = await startDevnet({ blocks: "each-transaction", poolWei: 0n });
    parts = compose({ bitcoin: devnet.servers.bitcoin.rpc, ethereum: devnet.servers.ethereum.rpc, tbtc: devnet.tbtc, wallet: devnet.wallet.pubKeyHash, maintainer: devnet.relayer.address, firstHeight: devnet.start.bitcoinHeight });
  });
  afterAll(() => devnet.stop());
  const payee = (label: string): Hex => witnessScript(keyOf(label).publicKey);

  test("the start check passes for what was deployed and names what was not", async () => {
    expect(await parts.check()).toMatchObject({ relay: devnet.tbtc.relay.address });
    await expect(parts.check({ relay: devnet.tbtc.bank.address })).rejects.toMatchObject({ failure: { code: "tbtc-reference-differs" } });
    await expect(parts.check({ bridge: devnet.tbtc.bank.address })).rejects.toMatchObject({ failure: { code: "tbtc-not-a-bridge" } });
    await expect(parts.check({ maintainer: devnet.ethereum.account(9) })).rejects.toMatchObject({ failure: { code: "tbtc-maintainer-not-authorized" } });
  });

  let sweep: SourceEvent;
  let sweepProof: TbtcProof;

  test("a sweep waits for the reveal, then is proved and accepted; every refusal has its class", async () => {
    const { depositor, wallet, ethereum, tbtc } = devnet;
    const funded = await depositor.fund([
      { depositor: ethereum.account(4), valueSat: 50_000_000n, walletPubKeyHash: wallet.pubKeyHash },
      { depositor: ethereum.account(5), valueSat: 20_000_000n, walletPubKeyHash: wallet.pubKeyHash, kind: "p2sh", extraData: `0x${"11".repeat(32)}` },
    ]);
    await devnet.bitcoin.mine();
    await wallet.sweep(funded);
    await devnet.bitcoin.mine();
    const found = await parts.readBitcoin();
    expect(found.births.map(({ lane, serves }) => [lane, [...serves].sort()])).toEqual([["tbtc-deposit-sweep", funded.map(({ key }) => `tbtc-deposit-${key}`).sort()]]);
    sweep = only(found.events);

    expect(await waitCode(parts.sweeps, sweep)).toBe("deposit-not-revealed");
    for (const deposit of funded) await depositor.reveal(deposit);
    sweepProof = await prove(parts.sweeps, sweep);
    expect(await parts.rehearse(parts.sweeps, sweep, sweepProof)).toBeNull();

    const { spv } = sweepProof;
    const refusals: readonly [string, TbtcProof][] = [
      ["tbtc-proof-refused", { ...sweepProof, spv: { ...spv, merkleProof: "0x", coinbaseProof: "0x" } }],
      ["tbtc-proof-refused", { ...sweepProof, spv: { ...spv, coinbaseProof: "0x" } }],
      ["tbtc-proof-refused", { ...sweepProof, spv: { ...spv, coinbasePreimage: `0x${"00".repeat(32)}` } }],
      ["tbtc-proof-refused", { ...sweepProof, spv: { ...spv, inputVector: "0x00" } }],
      ["tbtc-proof-refused", { ...sweepProof, spv: { ...spv, outputVector: "0x00" } }],
      ["tbtc-headers-refused", { ...sweepProof, spv: { ...spv, headers: `${spv.headers}00` } }],
      ["tbtc-headers-refused", { ...sweepProof, spv: { ...spv, headers: `${spv.headers}${spv.headers.slice(2)}` } }],
      ["tbtc-transaction-refused", { ...sweepProof, vault: tbtc.bank.address }],
    ];
    for (const [code, proof] of refusals) expect(await parts.rehearse(parts.sweeps, sweep, proof)).toMatchObject({ code });
    expect(await parts.rehearse(parts.sweeps, sweep, sweepProof, ethereum.account(9))).toMatchObject({ reason: "Caller is not authorized", code: "tbtc-not-authorized" });
    expect(await parts.rehearse(parts.redemptions, sweep, sweepProof)).toMatchObject({ reason: "No main UTXO for given wallet", code: "tbtc-main-utxo-moved" });
  });

  test("the same proof goes straight to the Bridge for who may submit there", async () => {
    const { tbtc, ethereum } = devnet;
    const direct = compose({ bitcoin: devnet.servers.bitcoin.rpc, ethereum: devnet.servers.ethereum.rpc, tbtc, wallet: devnet.wallet.pubKeyHash, maintainer: tbtc.maintainerProxy.address, firstHeight: 0, direct: true });
    expect(await direct.rehearse(direct.sweeps, sweep, sweepProof)).toBeNull();
    expect(await direct.rehearse(direct.sweeps, sweep, sweepProof, ethereum.account(9))).toMatchObject({ reason: "Caller is not SPV maintainer", code: "tbtc-not-authorized" });
  });

  test("the effect is seen once it is there, by its own transaction, and again only when final", async () => {
    const { ethereum, wallet, relayer } = devnet;
    expect(await parts.sweeps.delivered(sweep, "best", signal)).toBeNull();
    const receipt = await submit(ethereum, relayer.address, parts.sweeps, sweep, sweepProof);
    expect(await parts.sweeps.delivered(sweep, "best", signal)).toMatchObject({ tx: receipt.transactionHash, block: { hash: receipt.blockHash } });
    expect(await parts.rehearse(parts.sweeps, sweep, sweepProof)).toMatchObject({ reason: "Invalid main UTXO data", code: "tbtc-main-utxo-moved" });
    const main = await wallet.proved();
    const again: TbtcProof = { ...sweepProof, mainUtxo: main === null ? null : { ...main.outpoint, valueSat: main.valueSat.toString() } };
    expect(await parts.rehearse(parts.sweeps, sweep, again)).toMatchObject({ reason: "Deposit already swept", code: "tbtc-already-settled" });
    expect(await waitCode(parts.sweeps, sweep)).toBe("already-proven");
    await ethereum.mine(70);
    expect(await parts.sweeps.delivered(sweep, "final", signal)).toMatchObject({ tx: receipt.transactionHash });
  });

  test("the Ethereum reader knows the new main UTXO from the call data, and the refund that failed", async () => {
    const main = await devnet.wallet.proved();
    const events = await parts.readEthereum();
    const proof = events.find(({ kind }) => kind === "tbtc-deposits-swept");
    expect(proof?.payload).toMatchObject({ call: "direct", mainUtxo: { ...main?.outpoint, valueSat: main?.valueSat.toString() } });
    expect(proof === undefined ? [] : parts.settle(proof).map(({ target }) => target)).toContainEqual({ outpoint: main?.outpoint });
    expect(events.map(({ kind }) => kind).sort()).toEqual(["tbtc-deposit-revealed", "tbtc-deposit-revealed", "tbtc-deposits-swept", "tbtc-refund-failed", "tbtc-wallet-registered"]);
  });

  test("a redemption and the sweep after it are proved in the wallet's order", async () => {
    const { wallet, ethereum, redeemer, depositor, relayer } = devnet;
    const main = await wallet.proved();
    if (main === null) throw new Error("the sweep was proved");
    const wish = { walletPubKeyHash: wallet.pubKeyHash, mainUtxo: main };
    const requests = [
      await redeemer.request({ ...wish, redeemer: ethereum.account(4), amountSat: 7_000_000n, outputScript: payee("one") }),
      await redeemer.request({ ...wish, redeemer: ethereum.account(5), amountSat: 5_000_000n, outputScript: payee("two") }),
    ];
    await wallet.redeem(requests);
    await devnet.bitcoin.mine();
    const found = await parts.readBitcoin();
    const payment = only(found.events);
    expect(found.births.map(({ lane, serves }) => [lane, [...serves].sort()])).toEqual([["tbtc-redemption", requests.map(({ key }) => `tbtc-redemption-${key}`).sort()]]);

    const deposit = await depositor.deposit({ depositor: ethereum.account(6), valueSat: 30_000_000n, walletPubKeyHash: wallet.pubKeyHash });
    await devnet.bitcoin.mine();
    await wallet.sweep([deposit]);
    await devnet.bitcoin.mine();
    const second = only((await parts.readBitcoin()).events);
    expect(await waitCode(parts.sweeps, second)).toBe("main-utxo-not-mine");

    const proof = await prove(parts.redemptions, payment);
    expect(await parts.rehearse(parts.redemptions, payment, proof)).toBeNull();
    await submit(ethereum, relayer.address, parts.redemptions, payment, proof);
    expect(await parts.redemptions.delivered(payment, "best", signal)).not.toBeNull();
    expect(await parts.rehearse(parts.redemptions, payment, proof)).toMatchObject({ code: "tbtc-main-utxo-moved" });

    const secondProof = await prove(parts.sweeps, second);
    expect(secondProof.mainUtxo).not.toBeNull();
    expect(await parts.rehearse(parts.sweeps, second, secondProof)).toBeNull();
  });

  test("a payment whose input's value was never seen is proved from the block's undo data", async () => {
    const blind = compose({ bitcoin: devnet.servers.bitcoin.rpc, ethereum: devnet.servers.ethereum.rpc, tbtc: devnet.tbtc, wallet: devnet.wallet.pubKeyHash, maintainer: devnet.relayer.address, firstHeight: 0 });
    const event = only((await blind.readBitcoin()).events);
    expect(event.payload).toMatchObject({ inputs: expect.arrayContaining([expect.objectContaining({ unlock: "wallet", valueSat: null })]) as unknown });
    expect(await blind.rehearse(blind.sweeps, event, await prove(blind.sweeps, event))).toBeNull();
  });
});

describe("with real work, a retarget and factor 3", () => {
  let devnet: PowDevnet;
  let parts: ReturnType<typeof compose>;
  beforeAll(async () => {
    devnet = await startPowDevnet({ blocks: "each-transaction" });
    parts = compose({ bitcoin: createJsonRpc({ name: "pow", url: devnet.node.url, timeoutMs: 5_000 }), ethereum: devnet.servers.ethereum.rpc, tbtc: devnet.story.tbtc, wallet: devnet.story.walletPubKeyHash, maintainer: devnet.relayer.address, firstHeight: 812_446 });
  });
  afterAll(() => devnet.stop());
  const cut = (proof: TbtcProof, headers: number): TbtcProof => ({ ...proof, spv: { ...proof.spv, headers: proof.spv.headers.slice(0, 2 + 160 * headers) as Hex } });

  test("never ready too early, ready as soon as the contracts agree", async () => {
    const { node, story, ethereum, relayer } = devnet;
    node.reveal(2);
    const sweep = only((await parts.readBitcoin(812_447)).events);
    expect(await waitCode(parts.sweeps, sweep)).toBe("deposit-not-revealed");
    await story.revealDeposits();
    expect(await waitCode(parts.sweeps, sweep)).toBe("not-enough-work");
    node.reveal();
    const sweepProof = await prove(parts.sweeps, sweep);
    expect(await parts.rehearse(parts.sweeps, sweep, cut(sweepProof, 1))).toMatchObject({ code: "work-insufficient" });
    expect(await parts.rehearse(parts.sweeps, sweep, sweepProof)).toBeNull();

    node.reveal(2);
    const payment = only((await parts.readBitcoin(812_449)).events);
    expect(await waitCode(parts.redemptions, payment)).toBe("main-utxo-not-mine");
    await submit(ethereum, relayer.address, parts.sweeps, sweep, sweepProof);
    await story.requestRedemptions();
    expect(await waitCode(parts.redemptions, payment)).toBe("epoch-not-relayed");
    await story.retarget();
    expect(await waitCode(parts.redemptions, payment)).toBe("not-enough-work");
    node.reveal();
    const proof = await prove(parts.redemptions, payment);
    expect(await parts.rehearse(parts.redemptions, payment, cut(proof, 2))).toMatchObject({ code: "work-insufficient" });
    await submit(ethereum, relayer.address, parts.redemptions, payment, proof);
    expect(await parts.redemptions.delivered(payment, "best", signal)).not.toBeNull();
  });
});
