/**
 * Where the light client and Bitcoin's best chain part: the highest block both have on their main chain.
 * Always: not below the light client's first block, in steps that double, two questions per step.
 * Never: takes one endpoint's word that there is no such block.
 */
import type { LightClient } from "../../src/bridges/interbtc/light-client.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { invalid, unavailable, unsafe } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";

export type AncestorQuestion = {
  readonly light: LightClient;
  readonly bitcoin: Endpoints<BitcoinClient>;
  /** the light client's main chain at these heights */
  readonly mainHashes: (heights: readonly number[], signal: AbortSignal) => Promise<readonly (Hex | null)[]>;
};

const firstStep = 64;
const longestStep = 2_048;

/** Throws Unavailable "bitcoin-below-relay-start"; Unsafe "light-client-on-another-chain" when not even the first block is common. */
export async function commonAncestor({ light, bitcoin, mainHashes }: AncestorQuestion, signal: AbortSignal): Promise<number> {
  const { value: tip } = await bitcoin.ask(async (client, signal) => (await client.chainInfo(signal)).blocks, signal);
  if (tip < light.start) throw unavailable("bitcoin-below-relay-start", `The Bitcoin node is at height ${tip}, the light client begins at ${light.start}: waiting for the node.`, { evidence: { tip, start: light.start } });
  let last = Math.min(light.best.height, tip);
  for (let step = firstStep; last >= light.start; step = Math.min(step * 2, longestStep)) {
    const first = Math.max(light.start, last - step + 1);
    const heights = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const [known, { value: ours }] = await Promise.all([
      mainHashes(heights, signal),
      bitcoin.ask((client, signal) => client.hashesAt(first, heights.length, signal), signal),
    ]);
    const found = heights.findLast((_, index) => known[index] !== null && known[index] === ours[index]);
    if (found !== undefined) return found;
    last = first - 1;
  }
  return onAnotherChain({ light, bitcoin, mainHashes }, signal);
}

/** Every endpoint is asked for the first block: one that has the light client's is believed, and those that have another one are not. */
async function onAnotherChain({ light, bitcoin, mainHashes }: AncestorQuestion, signal: AbortSignal): Promise<never> {
  const [stored] = await mainHashes([light.start], signal);
  const answers = await bitcoin.askAll((client, signal) => client.hashAt(light.start, signal), signal);
  const given = answers.flatMap((answer) => ("value" in answer && answer.value !== null ? [{ endpoint: answer.endpoint, hash: answer.value }] : []));
  const [other] = given;
  if (stored === null || stored === undefined || other === undefined) throw unavailable("endpoints-disagree", `No endpoint tells the block at height ${light.start}, where the light client begins: waiting.`, { evidence: { start: light.start } });
  const evidence = { height: light.start, lightClient: toDisplay(stored), bitcoin: toDisplay(other.hash) };
  if (given.some(({ hash }) => hash === stored)) {
    for (const { endpoint, hash } of given) if (hash !== stored) bitcoin.distrust(endpoint, invalid("endpoint-on-another-chain", `endpoint ${endpoint} has another block ${toDisplay(hash)} at height ${light.start} than the light client (${toDisplay(stored)}) and other endpoints; correct its URL`, { evidence }).failure);
    throw unavailable("endpoints-disagree", `Bitcoin endpoints tell different blocks at height ${light.start}; those that have the light client's first block are asked.`, { evidence });
  }
  throw unsafe("light-client-on-another-chain", `The light client begins at height ${light.start} with block ${toDisplay(stored)}, but Bitcoin has ${toDisplay(other.hash)} there. It follows another Bitcoin network, or was started with a block that lost; nothing can be relayed to it.`, { evidence });
}
