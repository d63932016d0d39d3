/**
 * One life of the program: everything it awaits goes through here, so it can be killed at any await.
 * Always: after death no call returns and none takes effect; a call may take effect and die before its answer.
 * Never: a polite stop. That is what signals are for.
 */
import { unavailable } from "../../src/core/errors.ts";
import type { Clock, Ledger } from "../../src/ports.ts";
import type { Random } from "../support/random.ts";

/** How bad the world is now. All are probabilities per call, except `maxLagBlocks`. */
export type Faults = {
  readonly rpc: number;
  readonly stall: number;
  readonly lie: number;
  readonly ledger: number;
  readonly queue: number;
  readonly badData: number;
  readonly maxLagBlocks: number;
};
export const calm: Faults = { rpc: 0, stall: 0, lie: 0, ledger: 0, queue: 0, badData: 0, maxLagBlocks: 0 };

export type Life = {
  readonly clock: Clock;
  readonly faults: () => Faults;
  readonly random: Random;
  isDead(): boolean;
  kill(): void;
  /** a call to a node: takes time, may fail before or after it took effect */
  rpc<T>(name: string, call: () => T | Promise<T>): Promise<T>;
  ledger(real: Ledger): Ledger;
};

const forever = new Promise<never>(() => undefined);
const unending = new AbortController().signal;

export function createLife(clock: Clock, random: Random, faults: () => Faults): Life {
  let dead = false;
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (dead) return forever;
    await clock.sleep(ms, signal);
    if (dead) return forever;
  };
  const pause = (): Promise<void> => sleep(random.chance(faults().stall) ? random.between(5_000, 40_000) : random.between(1, 300), unending);
  const breath = async (): Promise<void> => {
    if (dead) return forever;
    if (random.chance(0.3)) await sleep(random.between(1, 50), unending);
  };

  async function rpc<T>(name: string, call: () => T | Promise<T>): Promise<T> {
    await pause();
    if (random.chance(faults().rpc / 2)) throw unavailable("endpoint-timeout", `${name}: no connection`);
    const value = await call();
    await pause();
    if (random.chance(faults().rpc / 2)) throw unavailable("endpoint-timeout", `${name}: no answer`);
    return value;
  }

  /** A refused write has no effect; one whose answer never came back died with us. */
  function ledger(real: Ledger): Ledger {
    return new Proxy(real, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return async (...args: unknown[]): Promise<unknown> => {
          await breath();
          if (random.chance(faults().ledger)) throw unavailable("ledger-unwritable", `${String(name)}: the disk is away`);
          const value: unknown = await Reflect.apply(method, target, args);
          await breath();
          return value;
        };
      },
    });
  }

  return { clock: { now: () => clock.now(), sleep }, faults, random, isDead: () => dead, kill: () => void (dead = true), rpc, ledger };
}
