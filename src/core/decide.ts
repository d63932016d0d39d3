/**
 * The one next act of a delivery, from one ledger snapshot.
 * Always: unknown → wait, doubtful → ask the chain; a halted scope still looks but never signs or sends.
 * Never: I/O, a clock, or a wait without an end and a reason.
 */
import type { Act, Attempt, Outcome, Snapshot } from "./delivery.ts";
import { isActive } from "./delivery.ts";
import type { Policy } from "./policy.ts";
import type { Millis, Wait } from "./values.ts";

/** `waitCode` under which a sent delivery remembers that no node knows its bytes any more. */
export const lostCode = "transaction-lost";
/** `waitCode` of a delivery with bytes that may not go out yet: a lower slot of its signer has none. */
export const lowerSlotCode = "lower-slot-reserved";
/** `waitCode` of a delivery to be proved again whose slot the signer is about to consume. */
const slotFillCode = "slot-fill-unsent";

const note = (outcome: Outcome): Act => ({ do: "note", outcome });

export function decide(snapshot: Snapshot, policy: Policy, now: Millis): Act {
  const { delivery, eventStanding } = snapshot;
  if (delivery.state === "orphaned") {
    return eventStanding === "tip" || eventStanding === "final" ? note({ kind: "source-seen-again" }) : { do: "none" };
  }
  // Due again only when the block of its effect was dropped below final and a person resumed that chain: sought anew.
  if (delivery.state === "delivered" && delivery.wakeAt !== null) return note({ kind: "target-dropped", slotLive: false });
  if (!isActive(delivery.state)) return { do: "none" };
  const news = newsOf(snapshot);
  if (news !== null) return news;
  const pause = pauseOf(snapshot, policy, now);
  if (pause !== null) return pause;
  switch (delivery.state) {
    case "seen":
      return decideSeen(snapshot, policy, now);
    case "final":
      return eventStanding === "final" ? decideFinal(snapshot, policy, now) : decideSeen(snapshot, policy, now);
    case "proven":
      return decideProven(snapshot);
    case "sent":
      return decideSent(snapshot, policy, now);
    case "included":
      return decideIncluded(snapshot, policy, now);
  }
}

/** What the snapshot itself says happened; needs no I/O and is not held up by back-off or halts. */
function newsOf(snapshot: Snapshot): Act | null {
  const { delivery, slot, includedStanding, eventStanding } = snapshot;
  if (slot !== null && (slot.state === "spent" || slot.state === "void") && delivery.state !== "included") {
    return note({ kind: "slot-over" });
  }
  if (delivery.state === "seen" && eventStanding === "final") return note({ kind: "source-final" });
  // In `final` only after a person resumed a chain that reorganised below final.
  if ((delivery.state === "seen" || delivery.state === "final") && eventStanding === "dropped") return note({ kind: "source-dropped" });
  if ((delivery.state === "proven" || delivery.state === "sent") && snapshot.builtOnStanding.includes("dropped")) {
    return note({ kind: "anchor-lost" });
  }
  if (delivery.state === "included" && includedStanding === "dropped") {
    return note({ kind: "target-dropped", slotLive: slot?.state === "live" });
  }
  return null;
}

/** A wait is served to its end whoever wakes us early; halts stop everything that spends. */
function pauseOf(snapshot: Snapshot, policy: Policy, now: Millis): Act | null {
  const { delivery, halts } = snapshot;
  const { wakeAt, waitsFor, waitCode } = delivery;
  if (wakeAt !== null && wakeAt > now && waitCode !== null && !snapshot.waitEnded) return wait(wakeAt, waitsFor, waitCode);
  if (halts.length === 0) return null;
  if (delivery.state === "included") return { do: "confirm" };
  const wasSent = delivery.state === "sent" && (snapshot.slot?.attempts ?? []).some(({ broadcasts }) => broadcasts > 0);
  if (!wasSent) return wait(now + policy.maxWaitMs, null, "halted");
  return waitCode === lostCode ? wait(now + policy.trackEveryMs, null, "halted") : { do: "track" };
}

function decideSeen({ event }: Snapshot, policy: Policy, now: Millis): Act {
  const waitsFor: Wait | null = event.at === null ? null : { chain: policy.source, height: event.at.height, at: "final" };
  return wait(now + policy.maxWaitMs, waitsFor, "source-not-final");
}

/** New bytes in place of a fill that is signed and not yet sent would hold up every higher slot, again and again. */
function decideFinal(snapshot: Snapshot, policy: Policy, now: Millis): Act {
  const last = lastAttempt(snapshot);
  return last?.purpose === "fill" && last.broadcasts === 0 ? wait(now + policy.trackEveryMs, null, slotFillCode) : { do: "prove" };
}

function decideProven(snapshot: Snapshot): Act {
  if (snapshot.slot === null) return { do: "reserve" };
  return { do: "sign", replaces: lastAttempt(snapshot) };
}

function decideSent(snapshot: Snapshot, policy: Policy, now: Millis): Act {
  const last = lastAttempt(snapshot);
  if (last === null) return note({ kind: "slot-over" });
  if (last.broadcasts === 0 || snapshot.delivery.waitCode === lostCode) {
    return snapshot.lowerSlotReserved
      ? wait(now + policy.trackEveryMs, null, lowerSlotCode)
      : { do: "send", attempt: last };
  }
  const isOld = now - last.signedAt >= policy.bumpAfterMs;
  return isOld && !awaitsBlock(snapshot, policy) ? { do: "sign", replaces: last } : { do: "track" };
}

/** While the target makes no blocks no fee gets a transaction mined: each rise would only be paid for once blocks come again. */
function awaitsBlock({ delivery: { waitsFor }, waitEnded }: Snapshot, { target }: Policy): boolean {
  return !waitEnded && waitsFor !== null && "height" in waitsFor && waitsFor.chain === target;
}

function decideIncluded({ delivery, includedStanding }: Snapshot, policy: Policy, now: Millis): Act {
  if (includedStanding === "tip" && delivery.includedIn !== null) {
    const waitsFor: Wait = { chain: policy.target, height: delivery.includedIn.height, at: "final" };
    return wait(now + policy.maxWaitMs, waitsFor, "target-not-final");
  }
  return { do: "confirm" };
}

export function lastAttempt(snapshot: Pick<Snapshot, "slot">): Attempt | null {
  return snapshot.slot?.attempts.at(-1) ?? null;
}

function wait(until: Millis, waitsFor: Wait | null, code: string): Act {
  return { do: "wait", until, waitsFor, code };
}
