/**
 * The chains and the lanes between them, drawn. What it shows stands beside it as text, so it is hidden from screen readers.
 */
import type { Status } from "../../../src/web/answers.ts";
import { isActive } from "../../../src/core/delivery.ts";
import type { State } from "../../../src/core/delivery.ts";
import { height } from "../format.ts";

type Chain = Status["chains"][number];
type Lane = Status["lanes"][number];
type Point = { readonly x: number; readonly y: number };

const places: Readonly<Record<Chain["name"], Point>> = { bitcoin: { x: 110, y: 140 }, polkadot: { x: 530, y: 55 }, ethereum: { x: 530, y: 225 } };
const box = { width: 180, height: 74 };

/** deliveries on their way */
export const moving = ({ counts }: Pick<Lane, "counts">): number =>
  Object.entries(counts).reduce((sum, [state, count]) => sum + (isActive(state as State) ? count : 0), 0);

/** A bend to one side, so that two ways between the same chains do not lie on each other. */
function curve(from: Point, to: Point, nth: number): { readonly path: string; readonly middle: Point } {
  const side = from.x < to.x ? 1 : -1;
  const start = { x: from.x + (side * box.width) / 2, y: from.y };
  const end = { x: to.x - (side * (box.width + 16)) / 2, y: to.y };
  if (from.x === to.x) Object.assign(start, { x: from.x, y: from.y + (from.y < to.y ? 1 : -1) * (box.height / 2) });
  if (from.x === to.x) Object.assign(end, { x: to.x, y: to.y - (from.y < to.y ? 1 : -1) * (box.height / 2 + 8) });
  const aside = (nth % 2 === 0 ? -1 : 1) * (1 + Math.floor(nth / 2)) * 42;
  const bend = { x: (start.x + end.x) / 2 + (from.x === to.x ? aside : 0), y: (start.y + end.y) / 2 + (from.x === to.x ? 0 : aside) };
  return {
    path: `M${start.x} ${start.y} Q${bend.x} ${bend.y} ${end.x} ${end.y}`,
    middle: { x: (start.x + 2 * bend.x + end.x) / 4, y: (start.y + 2 * bend.y + end.y) / 4 },
  };
}

export function ChainMap({ chains, lanes, stopped }: { readonly chains: readonly Chain[]; readonly lanes: readonly Lane[]; readonly stopped: (lane: Lane) => boolean }) {
  const seen = new Map<string, number>();
  return (
    <svg class="map" viewBox="0 0 640 280" aria-hidden="true">
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
      {lanes.map((lane) => {
        const pair = [lane.source, lane.target].toSorted().join();
        const nth = seen.get(pair) ?? 0;
        seen.set(pair, nth + 1);
        const { path, middle } = curve(places[lane.source], places[lane.target], nth);
        const flows = moving(lane);
        return (
          <g key={lane.name} class={stopped(lane) ? "stopped" : flows > 0 ? "flows" : "still"}>
            <path class="way" d={path} marker-end="url(#arrow)" />
            <circle cx={middle.x} cy={middle.y} r="13" /><text x={middle.x} y={middle.y + 4}>{stopped(lane) ? "‖" : flows}</text>
          </g>
        );
      })}
      {chains.map(({ name, best, lagBlocks }) => {
        const { x, y } = places[name];
        return (
          <g key={name} class="chain">
            <rect x={x - box.width / 2} y={y - box.height / 2} width={box.width} height={box.height} rx="8" />
            <text class="title" x={x} y={y - 8}>{name}</text>
            <text x={x} y={y + 16}>{height(best?.height)}{lagBlocks !== null && lagBlocks > 0 ? ` (${lagBlocks} behind)` : ""}</text>
          </g>
        );
      })}
    </svg>
  );
}
