/**
 * What the configuration says about telling people by itself: to which webhooks, what, and how often.
 * Always: what a webhook's URL or login must keep secret is a file.
 * Never: what a message looks like; that is src/monitor/notification.ts.
 */
import { z } from "zod";
import { choice, httpUrl, name, path, whole, yesOrNo } from "./leaf.ts";

const severity = choice(["page", "ticket", "info"], { description: "page wakes a person, ticket waits for working hours, info only informs.", example: "page" });

const webhook = z.strictObject({
  name: name({ description: "What this webhook is called in logs and messages. Unique.", example: "pager" }),
  url: httpUrl({ description: "Where each message is sent to (HTTP POST). Either url or urlFile.", example: "https://alerts.example/gantry" }).optional(),
  urlFile: path({ description: "File that holds the URL, for services whose URL is the secret.", file: "secret", example: "secrets/pager-url", off: true }).optional(),
  headerFile: path({ description: "File with the value of the Authorization header, for example `Bearer …`.", file: "secret", example: "secrets/pager-authorization", off: true }).optional(),
  severities: z.array(severity).min(1).meta({
    description: "Which severities are sent there.", allowed: "a list of page, ticket, info", example: ["page", "ticket"],
  }).default(["page", "ticket"]),
  repeatMinutes: whole(1, 10_080, {
    description: "What is still wrong after this long is told again. Smaller: harder to forget, easier to ignore.",
  }).default(240),
  resolved: yesOrNo({ description: "Whether it is also told when something is over." }).default(true),
});

export const notify = z.strictObject({
  pageUrl: httpUrl({
    description: "Where people reach this Gantry's page; messages link to it. Left out: the address it listens on, which is of use on this machine only.", example: "https://gantry.example", off: true,
  }).optional(),
  holdSeconds: whole(0, 3_600, {
    description: "Nobody is told of what is gone again within this time, and nothing counts as over before it was gone for this long. Larger: fewer messages about what mends itself, and each one later.",
  }).default(60),
  webhooks: z.array(webhook).meta({
    description: "Who is told, without Prometheus. What is sent: docs/notify.md.", allowed: "a list of webhooks",
  }).default([]),
});
