/**
 * What tBTC's contracts say, for explaining and alerting: does the pool that refunds the proofs' gas still pay?
 * Always: read where nothing is relayed too; what cannot be read is "not known", and counted.
 * Never: a judgement.
 */
import type { EthereumClient } from "../chains/ethereum/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { failureOf } from "../core/errors.ts";
import type { Hex, Millis } from "../core/values.ts";
import type { BridgeFacts } from "../monitor/observe.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";

/** a refund that failed is told of for this long */
const failedWithinMs: Millis = 24 * 3_600_000;
const failuresLookedAt = 100;
/** whole ether; one proof's gas is a small part of it on any day */
const leastBalance = 0.05;
const weiPerEther = 1e18;

export type TbtcFactsParts = {
  readonly ethereum: Endpoints<EthereumClient>;
  /** the pool the Bridge refers to; null: gas is not refunded to this installation */
  readonly pool: ((signal: AbortSignal) => Promise<Hex>) | null;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly meter: Meter;
};

export function createTbtcFacts({ ethereum, pool, ledger, clock, meter }: TbtcFactsParts): (signal: AbortSignal) => Promise<BridgeFacts> {
  let address: Hex | null = null;
  const balanceOf = async (find: (signal: AbortSignal) => Promise<Hex>, signal: AbortSignal): Promise<number | null> => {
    try {
      address ??= await find(signal);
      const of = address;
      return Number((await ethereum.ask((client, signal) => client.balance(of, "latest", signal), signal)).value) / weiPerEther;
    } catch (thrown) {
      meter.count("errors_total", { where: "monitor", code: failureOf(thrown).code });
      return null;
    }
  };
  return async (signal) => ({
    lightClients: [], activeBlocks: null, relayedHeight: null,
    view: {
      name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, epoch: null,
      refundPool: pool === null ? null : { balance: await balanceOf(pool, signal), leastBalance, failedAt: await lastFailed(ledger, clock.now()) },
    },
  });
}

async function lastFailed(ledger: Ledger, now: Millis): Promise<Millis | null> {
  const events = await ledger.events({ kind: "tbtc-refund-failed", limit: failuresLookedAt });
  const recorded = await ledger.recorded(events.filter(({ at }) => at !== null).map(({ id }) => id));
  const lately = recorded.map(({ recordedAt }) => recordedAt).filter((at) => at > now - failedWithinMs);
  return lately.length === 0 ? null : Math.max(...lately);
}
