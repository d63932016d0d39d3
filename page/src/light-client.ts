/**
 * A light client of Bitcoin as its card shows it.
 * Always: pure; "behind" is a warning only once it is further behind than usual; what is not known is a dash.
 */
import type { Status } from "../../src/web/answers.ts";
import { lightClientTroubles } from "../../src/core/light-client-words.ts";
import { ago, dash, height, moment, plural } from "./format.ts";

type LightClient = NonNullable<Status["lightClients"]>[number];

export type LightClientFacts = {
  readonly name: string;
  /** the Bitcoin height up to which it knows */
  readonly knows: string;
  readonly lag: string;
  readonly isBehind: boolean;
  /** which lane keeps it at the tip */
  readonly toldBy: string;
  readonly troubles: readonly string[];
};

export function lightClientFacts(client: LightClient, now: number): LightClientFacts {
  const { bridge, chain, lane, lagBlocks, behindSince } = client;
  const since = (at: number): string => `${moment(at, now)} (${ago(at, now)})`;
  const lag = lagBlocks === null ? dash : plural(lagBlocks, "block");
  return {
    name: `${bridge} on ${chain}`, knows: height(client.height), isBehind: behindSince !== null,
    lag: behindSince === null ? lag : `${lag}, since ${since(behindSince)}`,
    toldBy: lane ?? "no lane of Gantry", troubles: lightClientTroubles(client, since),
  };
}
