/**
 * The logs of exactly one block that a set of readers wants, as far as one endpoint can be believed.
 * Always: logs agree with the header's filter; when that filter allows a log the endpoint did not give, the block's receipts
 * are read and must make that filter bit for bit, so a log cannot be left out unseen.
 * Never: takes silence for absence.
 */
import { bloomAllows, bloomOf } from "../../src/chains/ethereum/bloom.ts";
import type { EthereumClient, EthereumLog } from "../../src/chains/ethereum/client.ts";
import { invalid, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";

/** Logs of these addresses whose first topic is one of these. */
export type Wanted = { readonly addresses: readonly Hex[]; readonly topics: readonly Hex[] };

/**
 * Logs of `block` that match one of `wanted`, in order. Throws Invalid "block-not-as-linked", "log-not-in-block",
 * "logs-left-out", "receipts-incomplete" when the endpoint contradicts itself, Unavailable "unknown-block" when it lacks the block.
 */
export async function readBlockLogs(client: EthereumClient, block: BlockRef, wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly EthereumLog[]> {
  const header = await client.blockBy(block.hash, signal);
  if (header === null) throw unavailable("unknown-block", `endpoint ${client.name} does not have block ${block.hash} now; another endpoint is asked`);
  const refuse = (code: string, what: string): Error =>
    invalid(code, `endpoint ${client.name} contradicts itself about block ${block.height} (${block.hash}): ${what}; another endpoint is used`, {
      evidence: { endpoint: client.name, height: block.height, hash: block.hash },
    });
  if (header.height !== block.height || header.parent !== block.parent) throw refuse("block-not-as-linked", "its height or parent is not the one seen before");

  const logs = await client.logs({ ...union(wanted), blockHash: block.hash }, signal);
  const impossible = logs.some((log) => log.blockHeight !== block.height || !bloomAllows(header.logsBloom, [log.address], log.topics));
  if (impossible) throw refuse("log-not-in-block", "a log is not in the header's filter");
  const given = logs.filter((log) => wanted.some((want) => matches(want, log)));
  if (!somethingMayBeMissing(header.logsBloom, given, wanted)) return given;

  const all = await client.blockLogs(block.hash, signal);
  if (bloomOf(all) !== header.logsBloom) throw refuse("receipts-incomplete", "its receipts do not make the header's filter");
  const there = all.filter((log) => wanted.some((want) => matches(want, log)));
  if (there.length !== given.length) throw refuse("logs-left-out", `it gave ${given.length} of ${there.length} logs`);
  return given;
}

/** Does the filter allow an (address, topic) of which no log was given? */
function somethingMayBeMissing(bloom: Hex, given: readonly EthereumLog[], wanted: readonly Wanted[]): boolean {
  return wanted.some(({ addresses, topics }) =>
    addresses.some((address) =>
      topics.some((topic) => bloomAllows(bloom, [address], [topic]) && !given.some((log) => log.address === address && log.topics[0] === topic)),
    ),
  );
}

export const matches = (want: Wanted, log: EthereumLog): boolean => {
  const topic = log.topics[0];
  return topic !== undefined && want.topics.includes(topic) && want.addresses.includes(log.address);
};

/** One question for all readers. */
export function union(wanted: readonly Wanted[]): Wanted {
  return {
    addresses: [...new Set(wanted.flatMap(({ addresses }) => addresses))],
    topics: [...new Set(wanted.flatMap(({ topics }) => topics))],
  };
}
