/**
 * The moments between two steps at which a process can die: of a delivery, in the order in which they come, and of a slot
 * that is outbid or filled. Always: each is named by what happened before and what has not happened yet, and found by the
 * save on one side of it.
 */
import type { Save, SlotSave } from "../../src/ports.ts";

type Spot = { readonly when: "before" | "after"; readonly save?: (save: Save) => boolean; readonly slot?: (save: SlotSave) => boolean };

const signed = ({ attempt }: Save): boolean => attempt?.replaces === null;
const outbid = ({ attempt }: Save): boolean => attempt !== undefined && attempt.replaces !== null;
const sent = (save: Save): boolean => save.sent !== undefined;
const included = (save: Save): boolean => save.next.state === "included";
const delivered = (save: Save): boolean => save.next.state === "delivered";
const filled = ({ attempt }: SlotSave): boolean => attempt !== undefined;
const fillSent = (save: SlotSave): boolean => save.sent !== undefined;

export const deliveryPoints = {
  "between signing and its save": { when: "before", save: signed },
  "between the save and sending": { when: "after", save: signed },
  "between sending and its save": { when: "before", save: sent },
  "between sending and inclusion": { when: "after", save: sent },
  "between inclusion and its save": { when: "before", save: included },
  "between inclusion and finality": { when: "after", save: included },
  "between finality and its save": { when: "before", save: delivered },
} as const satisfies Readonly<Record<string, Spot>>;

const slotPoints = {
  "between outbidding and its save": { when: "before", save: outbid },
  "between the outbid's save and sending": { when: "after", save: outbid },
  "between signing a fill and its save": { when: "before", slot: filled },
  "between the fill's save and sending": { when: "after", slot: filled },
  "between sending a fill and its save": { when: "before", slot: fillSent },
  "between sending a fill and inclusion": { when: "after", slot: fillSent },
} as const satisfies Readonly<Record<string, Spot>>;

export type DeliveryPoint = keyof typeof deliveryPoints;
export type Point = DeliveryPoint | keyof typeof slotPoints;
export const points: Readonly<Record<Point, Spot>> = { ...deliveryPoints, ...slotPoints };
export const isPoint = (text: string): text is Point => Object.hasOwn(points, text);
