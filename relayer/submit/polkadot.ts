/**
 * Brings effects to a Substrate chain: rehearsal, signing into a given nonce with a mortal era, broadcast, and where it stands.
 * Always: what is signed is fit for the runtime of the best block; a replacement raises the tip in the same nonce under the cap;
 * signed bytes go to a node only when they are durable (rehearseSigned, send). Never: waits for inclusion, chooses a nonce, or decides what
 * a dispatch error means.
 */
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { checkPeriod, eraBytes, isOver } from "../../src/chains/polkadot/era.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import { createMemory } from "../../src/chains/polkadot/memory.ts";
import type { Memory } from "../../src/chains/polkadot/memory.ts";
import type { DispatchFailure, PolkadotCall, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { checkShape, checkSigning } from "../../src/chains/polkadot/shape.ts";
import type { Needs } from "../../src/chains/polkadot/shape.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import type { GantryError as Refusal } from "../../src/core/errors.ts";
import { bug, failureOf, invalid, rejected } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Json, Millis, SourceEvent } from "../../src/core/values.ts";
import type { Clock, Meter, Submitter } from "../../src/ports.ts";
import type { PolkadotSigner, PolkadotSignRequest } from "../../src/signer/polkadot.ts";
import { broadcast } from "./broadcast.ts";
import type { EarlierTip, PolkadotFeePolicy } from "./polkadot-fees.ts";
import { chooseTip } from "./polkadot-fees.ts";
import { checkCost, checkPaused, dryRunCall, feeOf, refusalOf } from "./polkadot-rehearse.ts";
import { createPlaces, detailOf, trackPolkadot, unknownWhenPruned } from "./polkadot-track.ts";

export type PolkadotSubmitterOptions<P extends Json> = {
  readonly endpoints: Endpoints<PolkadotClient>;
  readonly signer: PolkadotSigner;
  /** `runtime` will execute the call */
  readonly encode: (event: SourceEvent, proof: P, runtime: PolkadotRuntime) => PolkadotCall;
  /** the shape of the calls that `encode` makes for this runtime */
  readonly needs: (runtime: PolkadotRuntime) => Needs;
  /** what the bridge makes of a failed dispatch, by name: "Issue.IssueCompleted" */
  readonly classify: (failure: DispatchFailure) => Refusal;
  readonly fees: PolkadotFeePolicy;
  /** hash of block 0. Throws Unavailable while no endpoint has told it and none is configured */
  readonly genesis: () => Hex;
  /** blocks in which a signed extrinsic is valid, a power of two from 4 to 4096; default 64 */
  readonly eraBlocks?: number;
  /**
   * How old a node's word on its best and final block may be when an extrinsic is priced, given a nonce or sent; default 0: it is
   * asked each time. Where a transaction stands is always asked anew.
   */
  readonly headsKeptMs?: Millis;
  /** decimals of the native token, for the metric; default 10 */
  readonly tokenDecimals?: number;
  readonly clock: Clock;
  readonly meter: Meter;
};

type Scene = { readonly best: BlockRef; readonly final: BlockRef; readonly birth: BlockRef; readonly runtime: PolkadotRuntime };
type SceneOf = (client: PolkadotClient, signal: AbortSignal) => Promise<Scene>;

const harmless: readonly string[] = ["already-known", "nonce-too-low"];

/** Submitter for one signer and one kind of effect. Metric fees_spent_total{chain="polkadot"} counts whole tokens of final extrinsics. */
export function createPolkadotSubmitter<P extends Json>(given: PolkadotSubmitterOptions<P>): Submitter<P> {
  const options = { ...given, knownFees: createMemory<{ fee: bigint; at: Millis }>(1_024) };
  const { endpoints, signer, classify } = options;
  const period = options.eraBlocks ?? 64;
  checkPeriod(period);
  const counted = new Set<Hex>();
  const scenes = createScenes(options, period);
  const { sceneOf } = scenes;
  const places = createPlaces();

  return {
    signer: signer.name,

    ...createLooks(options, scenes, period),

    async floor(signal) {
      const { value } = await endpoints.ask(async (client, signal) => {
        const { final, best } = await sceneOf(client, signal);
        const [settled, latest, pending] = await Promise.all([
          client.nonce(signer.account, final.hash, signal).catch(unknownWhenPruned), client.nonce(signer.account, best.hash, signal), client.nonce(signer.account, "pending", signal),
        ]);
        return { next: pending > latest ? pending : latest, settled: settled === latest && pending <= latest };
      }, signal);
      return value;
    },

    sign: (event, proof, slot, previous, signal) => signInto({ ...options, sceneOf }, period, { slot, previous, purpose: "effect", encode: (runtime) => encodeFor(runtime, options, event, proof).bytes }, signal),

    fill: (slot, previous, signal) => signInto({ ...options, sceneOf }, period, { slot, previous, purpose: "fill", encode: (runtime) => runtime.encodeCall(emptyCall) }, signal),

    async rehearseSigned(tx, signal) {
      signer.handOut(tx.slot.slot);
      return (await endpoints.ask(async (client, signal) => refusalOf(client, tx, classify, await sceneOf(client, signal), signal), signal)).value;
    },

    async send(tx, signal) {
      signer.handOut(tx.slot.slot);
      await broadcast(endpoints, (client, signal) => hand(client, { signer, sceneOf }, tx, signal), signal);
    },

    async track(slot, attempts, signal) {
      const status = await trackPolkadot({ endpoints, account: signer.account, classify, places }, slot, attempts, signal);
      if ((status.kind === "included" || status.kind === "taken") && status.final) signer.settle(slot.slot);
      if (status.kind === "included" && status.final && !counted.has(status.hash)) {
        if (counted.size >= 10_000) counted.clear();
        counted.add(status.hash);
        options.meter.count("fees_spent_total", { chain: "polkadot" }, Number(status.feePaid) / 10 ** (options.tokenDecimals ?? 10));
      }
      return status;
    },
  };
}

/** What is asked about an effect before anything is signed for it. */
function createLooks<P extends Json>(options: PolkadotSubmitterOptions<P> & PricingOptions, { sceneOf, passing }: ReturnType<typeof createScenes>, period: number): Pick<Submitter<P>, "rehearse" | "prepare"> {
  const { endpoints, signer, classify } = options;
  const look = (sceneOf: SceneOf, ask: (client: PolkadotClient, scene: Scene, call: { readonly call: PolkadotCall; readonly bytes: Hex; readonly price: () => Promise<Priced> }, signal: AbortSignal) => Promise<unknown>): Submitter<P>["rehearse"] =>
    async (event, proof, signal) => {
      await endpoints.ask(async (client, signal) => {
        const scene = await sceneOf(client, signal);
        const encoded = encodeFor(scene.runtime, options, event, proof);
        await ask(client, scene, { ...encoded, price: () => pricedAhead(client, options, { ...requestOf(options, scene, period), call: encoded.bytes }, scene, signal) }, signal);
      }, signal);
    };
  return {
    rehearse: look(sceneOf, (client, { runtime, best: { hash: at } }, { call, bytes, price }, signal) => inOrder([
      checkPaused(client, runtime, { call, at, classify }, signal), dryRunCall(client, runtime, { account: signer.account, call: bytes, at, classify }, signal), price(),
    ])),
    prepare: look(passing, (_client, _scene, { price }) => price()),
  };
}

/** Where a new extrinsic is born and what runtime it is for; one node's answer serves all that happens within `headsKeptMs`. */
function createScenes({ clock, genesis, headsKeptMs = 0 }: Pick<PolkadotSubmitterOptions<Json>, "clock" | "genesis" | "headsKeptMs">, period: number): { readonly sceneOf: SceneOf; readonly passing: SceneOf } {
  const kept = new WeakMap<PolkadotClient, { readonly scene: Promise<Scene>; readonly at: Millis }>();
  const read: SceneOf = async (client, signal) => {
    const [on, wanted] = [await client.genesis(signal), genesis()];
    if (on !== wanted) throw invalid("endpoint-on-another-chain", `endpoint ${client.name} is on the chain with genesis ${on} now, ${wanted} is configured; another endpoint is used, correct its URL`);
    const [final, best] = await Promise.all([client.head("final", signal), client.head("best", signal)]);
    // born in a final block it survives every reorg; when finality stalls that would leave it too few blocks to live in
    const birth = (best.height - final.height) * 2 <= period ? final : best;
    const runtime = await client.runtimeAfter(best.hash, signal);
    checkSigning(runtime);
    return { best, final, birth, runtime };
  };
  const sceneOf: SceneOf = async (client, signal) => {
    const [known, now] = [kept.get(client), clock.now()];
    if (known !== undefined && now - known.at < headsKeptMs) {
      // one that failed, or that its own caller gave up, is nobody else's answer
      const scene = await known.scene.catch(() => null);
      if (scene !== null) return scene;
    }
    const scene = read(client, signal);
    if (headsKeptMs > 0) kept.set(client, { scene, at: now });
    return scene;
  };
  // what is asked ahead is about a block that is over when it counts: nothing else may see it
  return { sceneOf, passing: read };
}

const emptyCall: PolkadotCall = { pallet: "System", name: "remark", args: { remark: "0x" } };

function encodeFor<P extends Json>(runtime: PolkadotRuntime, { encode, needs }: Pick<PolkadotSubmitterOptions<P>, "encode" | "needs">, event: SourceEvent, proof: P): { readonly call: PolkadotCall; readonly bytes: Hex } {
  checkShape(runtime, needs(runtime));
  const call = encode(event, proof, runtime);
  return { call, bytes: runtime.encodeCall(call) };
}

type Bare = Omit<PolkadotSignRequest, "call" | "nonce">;

const requestOf = ({ genesis }: { readonly genesis: () => Hex }, { runtime, birth }: Scene, period: number): Bare => ({
  registry: runtime.registry, specVersion: runtime.specVersion, transactionVersion: runtime.transactionVersion, genesis: genesis(), tipPlanck: 0n,
  era: eraBytes({ birth: birth.height, birthHash: birth.hash, period }), birthHash: birth.hash,
});

type Priced = { readonly tipPlanck: bigint; readonly costPlanck: bigint };
/** inclusion fees by the hash of the call, with the time they were asked */
type KnownFees = Memory<{ readonly fee: bigint; readonly at: Millis }>;
type PricingOptions = Pick<PolkadotSubmitterOptions<Json>, "signer" | "fees" | "clock"> & { readonly knownFees: KnownFees };

/** a call is priced when it is rehearsed and again when it is signed, a moment later; a chain's fees move slowly */
const feeKeptMs: Millis = 30_000;

/** Tip and what it may cost, with the account's balance looked at. */
async function priced(client: PolkadotClient, { signer, fees, clock, knownFees }: PricingOptions, request: PolkadotSignRequest, earlier: EarlierTip | null, scene: Scene, signal: AbortSignal): Promise<Priced> {
  const [key, now] = [blake2(request.call), clock.now()];
  const known = knownFees.get(key);
  const fee = known !== undefined && now - known.at < feeKeptMs ? known.fee : await feeOf(client, signer.mock(request), scene.best.hash, signal);
  if (known === undefined || now - known.at >= feeKeptMs) knownFees.set(key, { fee, at: now });
  const tipPlanck = chooseTip(fee, earlier, fees);
  const costPlanck = fee + tipPlanck;
  await checkCost(client, { account: signer.account, at: scene.best.hash, costPlanck }, signal);
  return { tipPlanck, costPlanck };
}

/** Before there is a nonce of its own: the account's next one does for the price. */
async function pricedAhead(client: PolkadotClient, options: PricingOptions, request: Omit<PolkadotSignRequest, "nonce">, scene: Scene, signal: AbortSignal): Promise<Priced> {
  const nonce = await client.nonce(options.signer.account, scene.best.hash, signal);
  return priced(client, options, { ...request, nonce }, null, scene, signal);
}

/** All at once; of several refusals the first in this order counts. */
async function inOrder(asked: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(asked)) if (result.status === "rejected") throw result.reason;
}

type Signing = { readonly slot: SlotRef; readonly previous: Attempt | null; readonly purpose: SignedTx["purpose"]; readonly encode: (runtime: PolkadotRuntime) => Hex };

async function signInto(options: PricingOptions & Pick<PolkadotSubmitterOptions<Json>, "endpoints" | "genesis"> & { readonly sceneOf: SceneOf }, period: number, signing: Signing, signal: AbortSignal): Promise<SignedTx> {
  const { signer, endpoints, clock } = options;
  const { slot, previous, purpose } = signing;
  if (slot.signer !== signer.name) throw bug("slot-of-another-signer", `slot ${slot.slot} belongs to ${slot.signer}, not to ${signer.name}`);
  const { value } = await endpoints.ask(async (client, signal) => {
    const scene = await options.sceneOf(client, signal);
    const call = signing.encode(scene.runtime);
    const request = { ...requestOf(options, scene, period), call, nonce: slot.slot };
    const price = await priced(client, options, request, previous === null ? null : { tipPlanck: BigInt(detailOf(previous).tipPlanck), wasSent: previous.broadcasts > 0 }, scene, signal);
    return { request: { ...request, tipPlanck: price.tipPlanck }, price, scene };
  }, signal);
  const { request, price, scene } = value;
  const raw = await signer.sign(request, previous === null ? null : { raw: previous.raw, nonce: previous.slot.slot });
  return {
    hash: blake2(raw), raw, slot, purpose,
    replaces: previous?.hash ?? null,
    fee: price.costPlanck,
    detail: { birth: scene.birth.height, birthHash: scene.birth.hash, period, tipPlanck: `${price.tipPlanck}`, specVersion: request.specVersion },
    signedAt: clock.now(),
  };
}

type Sending = Pick<PolkadotSubmitterOptions<Json>, "signer"> & { readonly sceneOf: SceneOf };

/** A node that has it, or saw its nonce used for good, needs it no more. */
async function hand(client: PolkadotClient, { signer, sceneOf }: Sending, tx: SignedTx, signal: AbortSignal): Promise<void> {
  const scene = await sceneOf(client, signal);
  if (await isBygone(client, signer.account, tx, scene, signal)) return;
  try {
    await client.submit(tx.raw, signal);
  } catch (thrown) {
    if (!harmless.includes(failureOf(thrown).code) && !(await isPooled(client, tx, signal))) throw thrown;
  }
}

/**
 * Is the nonce used for good, so that these bytes need not go anywhere? Throws Rejected "era-over" or "signature-refused" when no
 * block takes them any more. A node that once saw them so bans them, and would only say that for half an hour.
 */
async function isBygone(client: PolkadotClient, account: Hex, tx: SignedTx, { final, runtime }: Scene, signal: AbortSignal): Promise<boolean> {
  const era = detailOf(tx);
  if (!isOver(era, final.height)) {
    if (era.specVersion === runtime.specVersion) return false;
    throw rejected("signature-refused", `extrinsic ${tx.hash} was signed for version ${era.specVersion} of the runtime, and version ${runtime.specVersion} runs now: no block takes it any more; it is signed anew in the same nonce`);
  }
  if ((await client.nonce(account, final.hash, signal)) > tx.slot.slot) return true;
  throw rejected("era-over", `extrinsic ${tx.hash} was valid until block ${era.birth + era.period - 1}, and block ${final.height} is final: no block can hold it any more; it is signed anew in the same nonce`);
}

/** A node that bans bytes it was given too often may still hold them. */
async function isPooled(client: PolkadotClient, tx: SignedTx, signal: AbortSignal): Promise<boolean> {
  return (await client.pending(signal)).some((raw) => blake2(raw) === tx.hash);
}
