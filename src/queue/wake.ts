/**
 * What both wake queues agree on: the range of priorities and the name of a lane's queue.
 * Always: pure; two lanes never share a queue name.
 * Never: a priority of 0, which BullMQ would run before every prioritised wake.
 */
import type { LaneName } from "../core/values.ts";

const mostUrgent = 1;
const leastUrgent = 2_097_151;

/** BullMQ's range; what is no number is least urgent. Lower is sooner. */
export function clampPriority(priority: number): number {
  if (Number.isNaN(priority)) return leastUrgent;
  return Math.round(Math.min(Math.max(priority, mostUrgent), leastUrgent));
}

/** BullMQ forbids ":" in queue names, and braces would choose a cluster slot: both are escaped, reversibly. */
export const queueNameOf = (lane: LaneName): string => encodeURIComponent(lane);
