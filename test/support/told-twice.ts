/**
 * One stall as people hear of it: from Alertmanager and from a webhook of `notify`, and from both that it is over.
 * Always: it is told alone, and with a sentence. Never: a stall; the test makes it.
 */
import { expect } from "vitest";
import { until } from "../../devnet/until.ts";
import type { Cause } from "../../src/core/causes.ts";
import type { Notification } from "../../src/monitor/notification.ts";
import type { Alerting } from "./alerting.ts";
import type { Webhook } from "./webhook.ts";

export interface ToldTwice {
  /** what `notify` told of a cause */
  of(cause: Cause): readonly Notification[];
  /** alone in Alertmanager, told by `notify` too, and over in both after the repair */
  both(name: string, cause: Cause, labels: Readonly<Record<string, string>>, repair: () => Promise<unknown>, options?: Parameters<Alerting["alone"]>[3]): Promise<void>;
  /** resolves when the webhook has heard of it */
  heard(cause: Cause): Promise<void>;
  /** resolves when the webhook has heard that it is over */
  over(cause: Cause): Promise<void>;
}

export function createToldTwice(alerting: Alerting, webhook: Webhook): ToldTwice {
  const of = (cause: Cause): readonly Notification[] => webhook.heard().filter((one) => one.cause === cause);
  const heard = async (cause: Cause): Promise<void> => void (await until(`the webhook to hear of ${cause}`, async () => of(cause).length > 0, { withinMs: 120_000 }));
  const over = async (cause: Cause): Promise<void> => {
    await until(`the webhook to hear that ${cause} is over`, async () => of(cause).at(-1)?.status === "resolved", { withinMs: 120_000 });
    expect(of(cause)[0]).toMatchObject({ status: "firing", instance: "devnet" });
    expect(of(cause)[0]?.sentence.length).toBeGreaterThan(20);
  };
  return {
    of, heard, over,
    both: async (name, cause, labels, repair, options = {}) => {
      await alerting.alone(name, { cause, ...labels }, async () => {
        await heard(cause);
        await repair();
      }, options);
      await over(cause);
    },
  };
}
