/**
 * Every route of the API but the stream of events: path, parameters, answers, and the value it prints.
 * Always: reading needs nothing; whatever changes something is an order with the token, recorded where it is carried out.
 * Never: a value of its own making.
 */
import { z } from "zod";
import * as answers from "./answers.ts";
import { becauseLength, obey, verbs } from "./commands.ts";
import type { Answer } from "./commands.ts";
import { lanesOf } from "./lanes.ts";
import { openapi } from "./openapi.ts";
import type { ApiParts } from "./parts.ts";
import { problemOf } from "./problem.ts";
import { route } from "./route.ts";
import type { Route, RouteFacts } from "./route.ts";

export const longestId = 300;

const none = z.strictObject({});
const noBody = z.unknown();
const id = z.string().min(1).max(longestId);
const word = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/u, "a word of small letters, digits and dashes is wanted");
const byId = z.strictObject({ id });

const transferQuery = z.strictObject({
  state: z.enum(["open", "ended"]).optional().describe("default: both"),
  bridge: word.optional(),
  kind: word.optional(),
  late: z.enum(["true", "false"]).optional(),
  q: id.optional().describe("anything a person has: an id, a txid in either byte order, an address, an account"),
  cursor: z.string().min(1).max(1_000).optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const orderBody = z.strictObject({
  verb: z.enum(verbs),
  subject: id.describe("a delivery id, `<kind>:<name>` of a lane, signer or chain, or a log level"),
  because: z.string().min(becauseLength.least).max(becauseLength.most),
  who: z.string().min(1).max(64).describe("who asks for it; recorded"),
});

const refused = { what: "refused", schema: answers.problem } as const;
const malformed = { 400: { ...refused, what: "malformed; says what is allowed" } } as const;
const unknown = { 404: { ...refused, what: "nothing here has this id" } } as const;
const away = { 503: { ...refused, what: "a part is away; try again" } } as const;

const unknownId = { status: 404, body: problemOf({ code: "unknown-id", message: "no delivery, event, transfer or transaction here has this id" }) };

const statusOfAnswer = (answer: Answer): number => {
  if (answer.done) return 200;
  if (answer.code === "unknown-delivery" || answer.code === "unknown-scope" || answer.code === "unknown-transfer") return 404;
  return answer.code === "unknown-level" ? 400 : 409;
};

const ok = <T>(body: T) => ({ status: 200, body });

/** @param all the whole table, these routes included, for the OpenAPI document */
export function routesOf(parts: ApiParts, all: () => readonly RouteFacts[]): readonly Route[] {
  return [...processRoutes(parts), ...reportRoutes(parts), ...transferRoutes(parts), orderRoute(parts), documentRoute(all, parts.version)];
}

function processRoutes({ metrics, health, ready }: ApiParts): readonly Route[] {
  const empty = { method: "GET", params: none, query: z.object({}), body: noBody } as const;
  const judged = (path: string, summary: string, judge: ApiParts["health"]): Route => route({
    ...empty, path, summary,
    answers: { 200: { what: "yes", schema: answers.judgement }, 503: { what: "no, with the reasons", schema: answers.judgement } },
    run: async () => {
      const body = await judge();
      return { status: body.ok ? 200 : 503, body };
    },
  });
  return [
    route({
      ...empty, path: "/metrics", summary: "Series for Prometheus", answers: { 200: { what: "text format", schema: z.string(), contentType: "text/plain" } },
      run: async () => ({ ...ok(await metrics.text()), contentType: metrics.contentType }),
    }),
    judged("/healthz", "Is the process alive?", health),
    judged("/readyz", "Can everything it promises be relied on now?", ready),
  ];
}

function reportRoutes({ status, show, alerts }: ApiParts): readonly Route[] {
  const plain = { method: "GET", params: none, query: none, body: noBody } as const;
  const found = { ...plain, params: byId };
  return [
    route({
      ...plain, path: "/api/v1/status", summary: "Chains, lanes, signers, halts and the queue", answers: { 200: { what: "now", schema: answers.status }, ...malformed, ...away },
      run: async () => ok(await status()),
    }),
    route({
      ...plain, path: "/api/v1/chains", summary: "Heads, what is read, endpoints", answers: { 200: { what: "now", schema: answers.chains }, ...malformed, ...away },
      run: async () => {
        const { at, chains } = await status();
        return ok({ at, chains });
      },
    }),
    route({
      ...plain, path: "/api/v1/lanes", summary: "What flows in each lane, and what stops it", answers: { 200: { what: "now", schema: answers.lanes }, ...malformed, ...away },
      run: async () => ok(lanesOf(await status())),
    }),
    route({
      ...plain, path: "/api/v1/alerts", summary: "What is wrong now, with the cause and what to do", answers: { 200: { what: "now", schema: answers.alerts }, ...malformed, ...away },
      run: async () => ok({ alerts: alerts() }),
    }),
    route({
      ...found, path: "/api/v1/deliveries/:id", summary: "One delivery by its id", answers: { 200: { what: "all that is known", schema: answers.delivery }, ...malformed, ...unknown, ...away },
      run: async ({ params }) => {
        const one = (await show(params.id))?.deliveries.find((delivery) => delivery.id === params.id);
        return one === undefined ? unknownId : ok(one);
      },
    }),
    route({
      ...found, path: "/api/v1/show/:id", summary: "Everything that any id leads to", answers: { 200: { what: "all that is known", schema: answers.shown }, ...malformed, ...unknown, ...away },
      run: async ({ params }) => {
        const one = await show(params.id);
        return one === null ? unknownId : ok(one);
      },
    }),
  ];
}

function transferRoutes({ transfers }: ApiParts): readonly Route[] {
  return [
    route({
      method: "GET", path: "/api/v1/transfers", summary: "Transfers, newest first, page by page", params: none, query: transferQuery, body: noBody,
      answers: { 200: { what: "one page", schema: answers.transfers }, ...malformed, ...away },
      run: async ({ query: { state = null, bridge = null, kind = null, late, q = null, cursor = null, limit } }) =>
        ok(await transfers.list({ state, bridge, kind, late: late === undefined ? null : late === "true", q, cursor, limit })),
    }),
    route({
      method: "GET", path: "/api/v1/transfers/:id", summary: "One transfer by its id or by anything that names it", params: byId, query: none, body: noBody,
      answers: { 200: { what: "where it is, why, until when", schema: answers.transfer }, ...malformed, ...unknown, ...away },
      run: async ({ params }) => {
        const one = await transfers.get(params.id);
        return one === null ? unknownId : ok(one);
      },
    }),
  ];
}

const orderRoute = ({ commands }: ApiParts): Route => route({
  method: "POST", path: "/api/v1/commands", summary: "An order: needs the bearer token, is recorded with who and why", params: none, query: none, body: orderBody,
  answers: {
    200: { what: "carried out", schema: answers.answer }, 400: { what: "malformed, or no such log level", schema: z.union([answers.problem, answers.answer]) },
    401: { ...refused, what: "the token is missing or wrong" }, 404: { what: "no such delivery, transfer, lane, signer or chain", schema: answers.answer },
    409: { what: "not possible now", schema: z.union([answers.problem, answers.answer]) }, ...away,
  },
  run: async ({ body }) => {
    const answer = await obey(commands, body);
    return { status: statusOfAnswer(answer), body: answer };
  },
});

const documentRoute = (all: () => readonly RouteFacts[], version: string): Route => route({
  method: "GET", path: "/api/v1/openapi.json", summary: "This document", params: none, query: none, body: noBody,
  answers: { 200: { what: "OpenAPI 3.1", schema: answers.openapiDocument }, ...malformed },
  run: () => Promise.resolve(ok(openapi(all(), version))),
});
