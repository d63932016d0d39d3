/**
 * Gantry with a bad day at one exact point of a delivery's life: `gantry-killed.ts <config> <point> killed|full [lane]`.
 * Always: a point is named by the save around it, with a lane by one of that lane. Killed: nothing runs after it, not even what
 * was already asked for. Full: from then on no file of this process can grow, until somebody lifts the limit.
 */
import { startApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createLog } from "../../src/log.ts";
import type { Ledger, Save } from "../../src/ports.ts";
import { fillDisk } from "./full-disk.ts";
import { isPoint, points } from "./gantry-points.ts";
import type { Point } from "./gantry-points.ts";

function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

let happened = false;

function badDayAt(ledger: Ledger, name: Point, lane: string | null, strike: () => Promise<void>): Ledger {
  const { when, save, slot } = points[name];
  const isLane = (step: Save): boolean => lane === null || step.next.lane === lane;
  const around = async <T>(isHere: boolean | undefined, work: () => Promise<T>): Promise<T> => {
    if (happened || isHere !== true) return work();
    happened = true;
    if (when === "before") await strike();
    const done = await work();
    if (when === "after") await strike();
    return done;
  };
  return {
    ...ledger,
    save: (step) => around(isLane(step) && save?.(step), () => ledger.save(step)),
    saveSlot: (step) => around(slot?.(step), () => ledger.saveSlot(step)),
  };
}

const [file = "", name = "", how = "killed", lane = null] = process.argv.slice(2);
if (!isPoint(name)) throw new Error(`"${name}" is no point; allowed are ${Object.keys(points).join(", ")}`);
const strike = how === "full" ? () => fillDisk(process.pid) : die;
const app = await startApp(await loadConfig(file), {
  roles: ["watch", "relay", "monitor"], log: createLog({ level: "info" }), aroundLedger: (ledger) => badDayAt(ledger, name, lane, strike),
});
await app.done;
