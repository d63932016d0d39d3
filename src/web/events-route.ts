/**
 * The stream of events as a route, for the OpenAPI document; stream.ts serves it.
 */
import { z } from "zod";
import { problem } from "./answers.ts";
import type { RouteFacts } from "./route.ts";
import { eventNames } from "./stream.ts";

const none = z.strictObject({});
const events = Object.entries(eventNames).map(([name, carries]) => `${name}: ${carries}`).join("; ");

export const eventsRoute: RouteFacts = {
  method: "GET", path: "/api/v1/events", summary: `Server-sent events. ${events}`, params: none, query: z.object({}), body: z.unknown(),
  answers: {
    200: { what: "a stream that goes on until one side ends it; a comment every 15 s", schema: z.string(), contentType: "text/event-stream" },
    503: { what: "too many readers", schema: problem },
  },
};
