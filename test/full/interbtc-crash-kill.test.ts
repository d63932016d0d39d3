/** kill -9 between any two steps, each on an issue and on a header update of its own, and a Redis that forgets meanwhile: one effect, no nonce left out. */
import { afterAll, beforeAll, test } from "vitest";
import { deliveryPoints } from "../support/gantry-points.ts";
import type { DeliveryPoint } from "../support/gantry-points.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { headerKilled, issueKilled } from "../support/interbtc-killed.ts";

const all = Object.keys(deliveryPoints) as readonly DeliveryPoint[];

let stage: InterbtcGantryStage;
beforeAll(async () => {
  stage = await startInterbtcGantry();
});
afterAll(() => stage.stop());

test.each(all)("an issue, killed %s", (point) => issueKilled(stage, point));
test.each(all)("a header update, killed %s", (point) => headerKilled(stage, point));
