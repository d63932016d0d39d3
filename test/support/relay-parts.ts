/**
 * A lane and a submitter that answer what a test says, and by default what costs nothing.
 * Always: every call is written down in `calls`.
 */
import type { LaneWork } from "../../relayer/perform.ts";
import type { Attempt, SlotRef } from "../../src/core/delivery.ts";
import type { Json } from "../../src/core/values.ts";
import { laneName } from "../../src/core/values.ts";
import type { Lane, Submitter } from "../../src/ports.ts";
import { attemptOf, policy, signer, sourceBlock } from "./delivery.ts";

export type Parts = { readonly calls: string[]; readonly work: LaneWork };

export function createParts(lane: Partial<Lane> = {}, submitter: Partial<Submitter> = {}, more: Partial<LaneWork> = {}): Parts {
  const calls: string[] = [];
  const told = <T extends object>(parts: T): T =>
    new Proxy(parts, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          calls.push(String(name));
          return Reflect.apply(value, target, args);
        };
      },
    });
  const fullLane: Lane = {
    name: laneName("tbtc-sweep"), source: "bitcoin", target: "ethereum", signer,
    delivered: async () => null,
    anchor: async () => ({ kind: "ready", anchor: null, builtOn: [sourceBlock], deadline: null }),
    build: async (): Promise<Json> => ({ p: 1 }),
    check: () => null,
    distrust: () => undefined,
    describe: () => "an effect",
    ...lane,
  };
  const bytes = (previous: Attempt | null, slot: SlotRef, purpose: "effect" | "fill") =>
    attemptOf(slot.slot, previous === null ? 0 : 1, { slot, purpose, broadcasts: 0 });
  const fullSubmitter: Submitter = {
    signer,
    rehearse: async () => undefined,
    floor: async () => ({ next: 5n, settled: true }),
    sign: async (_event, _proof, slot, previous) => bytes(previous, slot, "effect"),
    fill: async (slot, previous) => bytes(previous, slot, "fill"),
    send: async () => undefined,
    track: async () => ({ kind: "pending" }),
    ...submitter,
  };
  return { calls, work: { lane: told(fullLane), submitter: told(fullSubmitter), policy, maxOpenSlots: 4, concurrency: 2, ...more } };
}
