/**
 * What a signer does with slots that no running delivery looks after: their delivery ended early, or is parked.
 * Always: a slot with signed bytes ends only when a final block consumed it; a slot without bytes is filled only when
 * something above it waits (else the next reservation takes it).
 * Never: sends a delivery's effect for a delivery that gave it up.
 */
import type { Slot } from "./delivery.ts";
import type { Policy } from "./policy.ts";
import type { Millis } from "./values.ts";

export type SlotAct =
  | { readonly do: "none" }
  /** sign an empty self-transaction into it, outbidding what is there */
  | { readonly do: "fill" }
  | { readonly do: "send" }
  | { readonly do: "track" };

/** Where the slot's last transaction stands, as far as it was looked up. */
export type SlotStanding = "unknown" | "pending" | "missing";

export function decideSlot(
  slot: Slot,
  hasHigherOpenSlots: boolean,
  standing: SlotStanding,
  policy: Pick<Policy, "bumpAfterMs" | "trackEveryMs">,
  now: Millis,
): SlotAct {
  if (slot.state === "spent" || slot.state === "void") return { do: "none" };
  const last = slot.attempts.at(-1);
  if (last === undefined) return hasHigherOpenSlots ? { do: "fill" } : { do: "none" };
  if (last.broadcasts === 0) return last.purpose === "fill" ? { do: "send" } : { do: "fill" };
  switch (standing) {
    case "unknown":
      return { do: "track" };
    case "missing":
      return last.purpose === "fill" ? { do: "send" } : { do: "fill" };
    case "pending":
      return now - last.signedAt >= policy.bumpAfterMs ? { do: "fill" } : { do: "none" };
  }
}
