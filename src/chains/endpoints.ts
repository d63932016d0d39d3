/**
 * Several endpoints of one chain behind one question: health, head lag, failover and demotion.
 * Always: the healthiest is asked first, the next one when it cannot answer or says what cannot be true.
 * Never: decides what an answer means, or gives up while another endpoint could answer.
 */
import { failureOf, GantryError, unavailable } from "../core/errors.ts";
import type { Failure } from "../core/errors.ts";
import type { ChainName, Millis } from "../core/values.ts";
import type { Clock, Meter } from "../ports.ts";
import { createHealth, isDown } from "./endpoint-health.ts";
import type { EndpointState, Entry } from "./endpoint-health.ts";

export type Answer<T> = { readonly value: T; readonly endpoint: string };
type EachAnswer<T> = { readonly endpoint: string; readonly value: T } | { readonly endpoint: string; readonly failure: Failure };
type Call<C, T> = (client: C, signal: AbortSignal) => Promise<T>;

export interface Endpoints<C> {
  /**
   * The healthiest endpoint first. Unavailable → the next one; Invalid → distrusted, the next one; anything else is thrown
   * as it is. When none is left: what the first of them said if all of them answered, else Unavailable "no-endpoint".
   */
  ask<T>(call: Call<C, T>, signal: AbortSignal): Promise<Answer<T>>;
  /** every endpoint (or every one of `whom`) in parallel, for broadcasting and cross-checks; one result each; never rejects */
  askAll<T>(call: Call<C, T>, signal: AbortSignal, whom?: (state: EndpointState) => boolean): Promise<readonly EachAnswer<T>[]>;
  sawHead(endpoint: string, height: number): void;
  /** this endpoint said something that cannot be true: last choice for demoteMs, counted in metrics */
  distrust(endpoint: string, failure: Failure): void;
  states(): readonly EndpointState[];
}

export type EndpointsOptions<C> = {
  readonly chain: ChainName;
  readonly endpoints: readonly { readonly name: string; readonly client: C }[];
  readonly clock: Clock;
  readonly meter: Meter;
  readonly demoteMs?: Millis;
  readonly maxLagBlocks?: number;
};

function noEndpoint(chain: ChainName, failures: readonly { readonly endpoint: string; readonly code: string }[]): GantryError {
  const each = failures.map(({ endpoint, code }) => `${endpoint}: ${code}`).join(", ");
  return unavailable("no-endpoint", `No ${chain} endpoint can answer now (${each}). Waiting for one to come back.`, { evidence: { chain, failures } });
}

/** `demoteMs` is 10 minutes and `maxLagBlocks` 2 unless told. */
export function createEndpoints<C>(options: EndpointsOptions<C>): Endpoints<C> {
  const { chain, clock, meter, demoteMs = 600_000, maxLagBlocks = 2 } = options;
  const health = createHealth(chain, options.endpoints, clock, meter, { demoteMs, maxLagBlocks });

  const tryOne = async <T>(entry: Entry<C>, call: Call<C, T>, signal: AbortSignal): Promise<T> => {
    try {
      const value = await call(entry.client, signal);
      health.answered(entry);
      return value;
    } catch (error) {
      // a call its own caller gave up says nothing about the endpoint
      if (!signal.aborted && error instanceof GantryError) health.failed(entry, error.failure);
      throw error;
    }
  };

  return {
    async ask(call, signal) {
      const failures: { endpoint: string; code: string; down: boolean; error: GantryError }[] = [];
      for (const entry of health.inOrder()) {
        try {
          return { value: await tryOne(entry, call, signal), endpoint: entry.name };
        } catch (error) {
          if (signal.aborted || !(error instanceof GantryError)) throw error;
          const { remedy, code } = error.failure;
          if (remedy !== "Unavailable" && remedy !== "Invalid") throw error;
          failures.push({ endpoint: entry.name, code, down: isDown(error.failure), error });
        }
      }
      const [first] = failures;
      if (first !== undefined && failures.every(({ down }) => !down)) throw first.error;
      throw noEndpoint(chain, failures.map(({ endpoint, code }) => ({ endpoint, code })));
    },
    askAll: (call, signal, whom = () => true) => {
      const asked = health.states().filter(whom).map(({ name }) => name);
      return Promise.all(
        health.inOrder().filter(({ name }) => asked.includes(name)).map(async (entry) => {
          try {
            return { endpoint: entry.name, value: await tryOne(entry, call, signal) };
          } catch (error) {
            return { endpoint: entry.name, failure: failureOf(error) };
          }
        }),
      );
    },
    sawHead(endpoint, height) {
      const entry = health.find(endpoint);
      if (entry !== undefined) health.sawHead(entry, height);
    },
    distrust(endpoint, failure) {
      const entry = health.find(endpoint);
      if (entry !== undefined) health.demote(entry, failure);
    },
    states: () => health.states(),
  };
}
