/**
 * The moments between two steps of a delivery at which a process can die, in the order in which they come.
 * Always: each is named by what happened before and what has not happened yet, and found by the save on one side of it.
 */
import type { Save } from "../../src/ports.ts";

type Spot = { readonly when: "before" | "after"; readonly matches: (save: Save) => boolean };

const signed = (save: Save): boolean => save.attempt?.purpose === "effect";
const sent = (save: Save): boolean => save.sent !== undefined;
const included = (save: Save): boolean => save.next.state === "included";
const delivered = (save: Save): boolean => save.next.state === "delivered";

export const points = {
  "between signing and its save": { when: "before", matches: signed },
  "between the save and sending": { when: "after", matches: signed },
  "between sending and its save": { when: "before", matches: sent },
  "between sending and inclusion": { when: "after", matches: sent },
  "between inclusion and its save": { when: "before", matches: included },
  "between inclusion and finality": { when: "after", matches: included },
  "between finality and its save": { when: "before", matches: delivered },
} as const satisfies Readonly<Record<string, Spot>>;

export type Point = keyof typeof points;
export const isPoint = (text: string): text is Point => Object.hasOwn(points, text);
