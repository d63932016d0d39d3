/**
 * A healthy installation under real Prometheus and Alertmanager: both bridges, users who go on, every rule with its durations a
 * sixtieth of those in ops/. Whatever anybody would be told is a fault: of a rule, a gauge, or Gantry.
 * Always: everything it starts is gone when it resolves or rejects.
 */
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../devnet/until.ts";
import { startAlerting } from "./alerting.ts";
import { createStage } from "./gantry-stage.ts";
import type { Stage } from "./gantry-stage.ts";
import type { Running } from "./gantry-process.ts";

export type Soaked = {
  /** names of alerts that people would have heard of */
  readonly told: readonly string[];
  /** what `gantry alerts` said at the end, and for a minute after it */
  readonly alerts: unknown;
  readonly stories: number;
  readonly rounds: number;
};

const factor = 1 / 60;
const issueSat = 20_000n;
const redemptionSat = 1_000_000n;

/** @param say told of each round */
export async function soak({ minutes, say }: { readonly minutes: number; readonly say: (text: string) => void }): Promise<Soaked> {
  const stage = await createStage({ devnet: { polkadot: true } });
  try {
    const gantry = await stage.run();
    const alerting = await startAlerting({ folder: stage.devnet.folder, target: new URL(gantry.url).host, factor });
    const stopMining = stage.devnet.bitcoin.mineEvery(3);
    const listener = alerting.listen();
    const end = performance.now() + minutes * 60_000;
    let stories = 0;
    try {
      for (let round = 1; performance.now() < end; round += 1) {
        await story(stage, gantry);
        stories += 1;
        say(`round ${round}: an issue, a deposit and a redemption arrived; told so far: ${listener.heard().join(", ") || "nothing"}`);
        await pause(Math.max(0, Math.min(10_000, end - performance.now())));
      }
      const [rounds] = await alerting.query('count_over_time(up{job="gantry"}[1d])');
      return { told: await listener.end(), alerts: await lastingAlerts(gantry), stories, rounds: rounds?.value ?? 0 };
    } finally {
      await listener.end();
      await stopMining();
      await alerting.end();
    }
  } finally {
    await stage.end();
  }
}

/** What `gantry alerts` says and goes on to say: what is wrong for a moment is held back from people, too. */
async function lastingAlerts({ client }: Running): Promise<unknown> {
  let last: unknown = null;
  await until("nothing to be wrong", async () => {
    last = await client.alerts();
    return (last as { readonly alerts: readonly unknown[] }).alerts.length === 0;
  }, { withinMs: 60_000, everyMs: 1_000 }).catch(() => undefined);
  return last;
}

/** One of each kind of transfer, to its end. */
async function story(stage: Stage, gantry: Running): Promise<void> {
  const { polkadot } = stage.devnet;
  if (polkadot === null) throw new Error("the soak needs the Polkadot chain");
  // at the beginning the light client has not begun
  const issue = await until("the parachain to take a request", () => polkadot.user.request(issueSat), { withinMs: 120_000, everyMs: 1_000 });
  const { tx } = await polkadot.user.pay(issue);
  const sweep = await stage.sweep(await stage.deposit());
  await stage.reaches(gantry, sweep, "delivered", 240_000);
  const redemption = await stage.redeem(await stage.request(redemptionSat));
  await stage.reaches(gantry, redemption, "delivered", 240_000);
  await stage.reaches(gantry, tx.txid, "delivered", 240_000);
}
