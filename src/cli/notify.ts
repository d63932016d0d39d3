/**
 * `gantry notify test`: one test message to every webhook of the configuration, and what became of it.
 * Always: works without a running Gantry; a webhook that fails does not hide the next one.
 * Never: a URL in what is printed.
 */
import type { Config } from "../config/schema.ts";
import { rejected } from "../core/errors.ts";
import { senderOf, webhooksOf } from "../app/notify.ts";
import { trial } from "../monitor/notification.ts";
import { post } from "../monitor/notifier.ts";
import { examine, linesOf, ok } from "./doctor-check.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { answer } from "./reports.ts";
import type { Terminal } from "./terminal.ts";

/** @throws Rejected `no-webhooks` when the configuration names none */
export async function notifyTest(config: Config, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const webhooks = webhooksOf(config);
  if (webhooks.length === 0) throw rejected("no-webhooks", "notify.webhooks names nobody; add one, as in gantry.example.yml");
  const sender = senderOf(config, `http://${config.http.host}:${config.http.port}`);
  const { lines, code } = await examine(webhooks.map((webhook) => ({
    what: webhook.name,
    look: async (signal: AbortSignal) => {
      await post(webhook, trial(sender, Date.now()), signal);
      return ok("took the test message");
    },
  })));
  answer(terminal, json, { ok: code === exitCodes.ok, webhooks: lines }, ({ webhooks: all }) => linesOf(all, terminal));
  return code;
}
