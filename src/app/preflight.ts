/**
 * Are the nodes and contracts what the configuration says? Asked before a chain is used, and for each endpoint before its first use.
 * Always: a wrong network or contract at the start ends the process (Misconfigured); a node that is away is waited for.
 * Never: a question answered by an endpoint that was not checked.
 */
import type { Failure } from "../core/errors.ts";
import { failureOf, invalid, misconfigured } from "../core/errors.ts";
import type { ChainName, Hex, Millis } from "../core/values.ts";
import type { Clock, Log, Meter } from "../ports.ts";
import type { Node } from "../nodes.ts";

export type Check<C> = (client: C, signal: AbortSignal) => Promise<void>;

const checkWithinMs: Millis = 30_000;
const askAgainMs: Millis = 2_000;

/**
 * The same nodes, each checked before its first answer is believed. An endpoint that turns out to be another network after the
 * start is refused (Invalid "endpoint-refused"), and asked again by the next call.
 */
export function guardNodes<C extends object>(nodes: readonly Node<C>[], check: Check<C>): readonly Node<C>[] {
  return nodes.map(({ name, client }) => {
    let checked: Promise<void> | null = null;
    const verify = (): Promise<void> => {
      checked ??= check(client, AbortSignal.timeout(checkWithinMs)).catch((thrown: unknown) => {
        checked = null;
        const { remedy, message } = failureOf(thrown);
        throw remedy === "Misconfigured" ? invalid("endpoint-refused", message, { cause: thrown }) : thrown;
      });
      return checked;
    };
    const guarded = new Proxy(client, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          await verify();
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
    return { name, client: guarded };
  });
}

/** Checks every endpoint once: the first wrong one throws Misconfigured; those that are away are told and left for later. */
export async function checkAll<C>(chain: ChainName, nodes: readonly Node<C>[], check: Check<C>, log: Log, signal: AbortSignal): Promise<void> {
  await Promise.all(nodes.map(async ({ name, client }) => {
    try {
      await check(client, signal);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.remedy !== "Unavailable") throw thrown;
      log.warn({ chain, endpoint: name, code: failure.code }, `endpoint cannot be checked yet: ${failure.message}`);
    }
  }));
}

/**
 * Repeats `ask` until the chain can answer. What no node can mean (Invalid: another network, a lie) is waited out too: the other chain
 * goes on, and another node may come. Each try counts as a turn of `loops`, which begin afterwards: waiting is not hanging. Null when stopped meanwhile; throws what waiting cannot cure.
 */
export async function untilAvailable<T>(
  chain: ChainName, loops: readonly string[], ask: () => Promise<T>, { clock, log, meter }: { readonly clock: Clock; readonly log: Log; readonly meter: Meter }, stop: AbortSignal,
): Promise<T | null> {
  for (let last: Failure | null = null; !stop.aborted;) {
    try {
      return await ask();
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (stop.aborted) return null;
      if (failure.remedy !== "Unavailable" && failure.remedy !== "Invalid") throw thrown;
      if (failure.code !== last?.code) log.warn({ chain, code: failure.code }, `waiting for ${chain}: ${failure.message}`);
      last = failure;
      for (const loop of loops) meter.set("loop_last_turn_timestamp_seconds", { loop }, clock.now() / 1000);
      await clock.sleep(askAgainMs, stop);
    }
  }
  return null;
}

/** Throws Misconfigured "signer-twice" when one account stands behind two signers. */
export function refuseTwice(accounts: readonly Hex[]): void {
  const twice = accounts.find((account, index) => accounts.indexOf(account) !== index);
  if (twice !== undefined) {
    throw misconfigured("signer-twice", `two signers hold the same key (account ${twice}); one account must have one signer only, or its nonces collide: remove one of them`);
  }
}
