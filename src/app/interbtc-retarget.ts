/**
 * Which header of Bitcoin's best chain the light client can never be told, though its ancestors could: the first of a difficulty
 * period, where that chain is only a fork for it.
 * Always: by what the light client stores and what our watchers see of Bitcoin. Never: a cause of an act; the lane's own look decides.
 */
import type { Dialect, StoredHeader } from "../bridges/interbtc/dialect.ts";
import type { LightClient } from "../bridges/interbtc/light-client.ts";
import { retargetOnFork, retargetOnV1 } from "../bridges/interbtc/light-client.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import type { Hex } from "../core/values.ts";
import { storedHeaders } from "../../relayer/reads/interbtc-light-client.ts";

/** `because`: that chain is a fork for the light client, or its runtime (the first version) refuses every such header. */
export type Untellable = { readonly height: number; readonly because: "fork" | "runtime" };

export type RetargetQuestion = {
  readonly dialect: Dialect;
  readonly light: LightClient;
  /** the highest height at which its main chain is Bitcoin's */
  readonly commonAt: number;
  /** null: not known */
  readonly isOnBitcoin: boolean | null;
  /** Bitcoin's best height */
  readonly headHeight: number;
};

/** headers asked for at once */
const atOnce = 128;

/** `ours`: Bitcoin's block at a height, in wire order; null: our watchers do not remember it. */
export function createRetargetSight(polkadot: Endpoints<PolkadotClient>, ours: (height: number) => Promise<Hex | null>) {
  /** The last block of Bitcoin's best chain that the light client stores, on whichever of its chains; all below it are stored, too. */
  const lastStored = async ({ dialect, light, commonAt, headHeight }: RetargetQuestion, signal: AbortSignal): Promise<StoredHeader> => {
    let last: StoredHeader = { height: commonAt, chainId: 0, paraHeight: 0 };
    for (;;) {
      const from = last.height + 1;
      const hashes = await Promise.all(Array.from({ length: Math.min(atOnce, headHeight - from + 1) }, (_, index) => ours(from + index)));
      const known = hashes.slice(0, hashes.includes(null) ? hashes.indexOf(null) : hashes.length).filter((hash) => hash !== null);
      const stored = known.length === 0 ? [] : (await polkadot.ask((client, signal) => storedHeaders(client, dialect, known, light.at.hash, signal), signal)).value;
      const end = stored.indexOf(null);
      last = stored[(end === -1 ? stored.length : end) - 1] ?? last;
      if (end !== -1 || stored.length < atOnce) return last;
    }
  };
  return async (question: RetargetQuestion, signal: AbortSignal): Promise<Untellable | null> => {
    const { dialect, light, commonAt, isOnBitcoin, headHeight } = question;
    if (!light.isDifficultyChecked || headHeight <= commonAt) return null;
    if (dialect.name === "v1") {
      const [height] = retargetOnV1(light, commonAt + 1, headHeight - commonAt);
      return height === undefined ? null : { height, because: "runtime" };
    }
    if (isOnBitcoin !== false) return null;
    const last = await lastStored(question, signal);
    const [height] = retargetOnFork(light, last, headHeight - last.height);
    return height === undefined ? null : { height, because: "fork" };
  };
}
