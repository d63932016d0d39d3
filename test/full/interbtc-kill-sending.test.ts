/** kill -9 around sending, and a Redis that forgets meanwhile: an issue is executed once, a header is told once, and no nonce is left out. */
import { afterAll, beforeAll, test } from "vitest";
import type { DeliveryPoint } from "../support/gantry-points.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { headerKilled, issueKilled } from "../support/interbtc-killed.ts";

/** signed bytes nobody has seen, and sent ones nobody has noted */
const around: readonly DeliveryPoint[] = ["between the save and sending", "between sending and its save"];

let stage: InterbtcGantryStage;
beforeAll(async () => {
  stage = await startInterbtcGantry();
});
afterAll(() => stage.stop());

test.each(around)("an issue whose process is killed %s, with Redis flushed, is executed once", (point) => issueKilled(stage, point));
test.each(around)("a header whose process is killed %s, with Redis flushed, is told once", (point) => headerKilled(stage, point));
