/**
 * A webhook of Gantry's `notify`, for tests: remembers what it was sent, and refuses when told to.
 * Always: on loopback; whatever is no notification fails loudly in `heard`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { notification } from "../../src/monitor/notification.ts";
import type { Notification } from "../../src/monitor/notification.ts";

export interface Webhook {
  readonly url: string;
  /** what it took, oldest first. Throws when something else than a notification came */
  heard(): readonly Notification[];
  /** answers 503 from now on, or takes everything again */
  refuse(on: boolean): void;
  close(): Promise<void>;
}

export async function startWebhook(): Promise<Webhook> {
  const bodies: string[] = [];
  let refuses = false;
  const server = createServer((request, answer) => {
    let body = "";
    request.on("data", (part: Buffer) => void (body += part.toString()));
    request.on("end", () => {
      if (!refuses) bodies.push(body);
      answer.writeHead(refuses ? 503 : 204).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard: () => bodies.map((body) => notification.parse(JSON.parse(body))),
    refuse: (on) => void (refuses = on),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
