/**
 * History that one endpoint gave, compared with what the others give: a range of blocks has no header to be checked
 * against, so a log left out there would be lost unseen, for ever.
 * Always: where they differ, the blocks in question are read one by one, which shows who was wrong; that endpoint is
 * demoted. Never: waits for an endpoint that is down, or believes the majority.
 */
import type { EthereumClient, EthereumLog } from "../../src/chains/ethereum/client.ts";
import { refOf } from "../../src/chains/ethereum/client.ts";
import type { Answer, Endpoints } from "../../src/chains/endpoints.ts";
import { isTrusted } from "../../src/chains/endpoint-health.ts";
import type { EndpointState } from "../../src/chains/endpoint-health.ts";
import { GantryError, invalid, unavailable } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import { matches, readBlockLogs, union } from "./block-logs.ts";
import type { Wanted } from "./block-logs.ts";

type Range = { readonly from: number; readonly to: number };
/** blocks looked into at once when endpoints differ; one is enough to find who is wrong */
const blocksLookedInto = 4;

const keyOf = (log: EthereumLog): string => `${log.blockHash}:${log.logIndex}`;

/** Throws Unavailable "endpoints-disagree" when the answer of its endpoint cannot be upheld now; the range is read again. */
export async function compareHistory(
  endpoints: Endpoints<EthereumClient>, { value: given, endpoint: by }: Answer<readonly EthereumLog[]>, range: Range, wanted: readonly Wanted[], signal: AbortSignal,
): Promise<void> {
  const others = (state: EndpointState): boolean => isTrusted(state) && state.name !== by;
  if (!endpoints.states().some(others)) return;
  const said = new Map<string, readonly EthereumLog[]>([[by, given]]);
  for (const answer of await endpoints.askAll((client, signal) => client.logs({ ...union(wanted), ...range }, signal), signal, others)) {
    if ("value" in answer) said.set(answer.endpoint, answer.value);
    // a smaller range can be compared
    else if (answer.failure.code === "log-range-too-large" && range.from < range.to) throw new GantryError(answer.failure);
  }
  const disputed = disputedBlocks([...said.values()]).slice(0, blocksLookedInto);
  if (disputed.length === 0) return;
  for (const hash of disputed) {
    const asked = new Set(said.keys());
    const answers = await endpoints.askAll((client, signal) => standsBy(client, hash, said.get(client.name) ?? [], wanted, signal), signal, ({ name }) => asked.has(name));
    // whoever contradicts itself is demoted; whoever does not have the block has no say
    for (const answer of answers) if ("failure" in answer) said.delete(answer.endpoint);
  }
  if (said.has(by) && disputedBlocks([...said.values()]).length === 0) return;
  throw unavailable("endpoints-disagree", `the endpoints give different logs for blocks ${range.from} to ${range.to}; the range is read again`, {
    evidence: { ...range, by, blocks: disputed },
  });
}

/** Blocks with a log that some gave and some did not. */
function disputedBlocks(said: readonly (readonly EthereumLog[])[]): readonly Hex[] {
  const times = new Map<string, { readonly block: Hex; count: number }>();
  for (const log of said.flat()) {
    const known = times.get(keyOf(log)) ?? { block: log.blockHash, count: 0 };
    known.count += 1;
    times.set(keyOf(log), known);
  }
  return [...new Set([...times.values()].filter(({ count }) => count < said.length).map(({ block }) => block))];
}

/** Throws Invalid "logs-left-out", or as readBlockLogs does, when the endpoint's own block is not what it said of the range. */
async function standsBy(client: EthereumClient, hash: Hex, said: readonly EthereumLog[], wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
  const block = await client.blockBy(hash, signal);
  if (block === null) throw unavailable("unknown-block", `endpoint ${client.name} does not have block ${hash} now; another endpoint is asked`);
  const there = await readBlockLogs(client, refOf(block), wanted, signal);
  const inRange = said.filter((log) => log.blockHash === hash && wanted.some((want) => matches(want, log)));
  if (there.length === inRange.length) return;
  throw invalid("logs-left-out", `endpoint ${client.name} gave ${inRange.length} logs of block ${block.height} for a range, and ${there.length} for the block itself; another endpoint is used`, {
    evidence: { endpoint: client.name, height: block.height, hash },
  });
}
