/**
 * The webhooks of the configuration, wired: for the running process, and for whoever tries them.
 * Always: URLs and logins come from their files for each message. Never: a message's content.
 */
import { endpointUrl } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { createNotifier } from "../monitor/notifier.ts";
import type { Notifier, Webhook } from "../monitor/notifier.ts";
import type { Sender } from "../monitor/notification.ts";
import { readSecretFile } from "../secret.ts";
import type { Parts } from "./parts.ts";

export const webhooksOf = ({ notify: { webhooks, holdSeconds } }: Config): readonly Webhook[] => webhooks.map((webhook) => {
  const { name, headerFile, severities, repeatMinutes, resolved } = webhook;
  return {
    name,
    url: () => endpointUrl(webhook, "http", "webhook"),
    authorization: async () => (headerFile === undefined ? null : (await readSecretFile(headerFile, `headerFile of webhook "${name}"`)).reveal()),
    wish: { severities, resolved, repeatMs: repeatMinutes * 60_000, holdMs: holdSeconds * 1_000 },
  };
});

/** @param listensOn where the page is, for a configuration that does not say how people reach it */
export const senderOf = ({ instance, notify: { pageUrl } }: Config, listensOn: string): Sender => ({ instance, pageUrl: pageUrl ?? listensOn });

export const openNotifier = (parts: Parts, listensOn: string, stop: AbortSignal): Notifier =>
  createNotifier({ ...parts, webhooks: webhooksOf(parts.config), sender: senderOf(parts.config, listensOn), stop });
