/**
 * The HTTP face of one process: the page, metrics, health, reports, the stream of events, and orders.
 * Always: answers are typed JSON (or metrics text, or the page's files); orders need the bearer token; requests under a foreign host name
 * are refused; a malformed request is told what is allowed.
 * Never: work of its own (it prints what it is given), or a stack trace, secret or endpoint URL in an answer.
 */
import { isIP } from "node:net";
import Fastify from "fastify";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { withoutCredentials } from "../secret.ts";
import { sameToken } from "./access.ts";
import { cannotListen } from "./listen.ts";
import type { PageFile } from "./page.ts";
import type { ApiParts } from "./parts.ts";
import { malformed, problemOf, replyTo } from "./problem.ts";
import type { Reply } from "./problem.ts";
import type { Route } from "./route.ts";
import { longestId, routesOf } from "./routes.ts";
import { createStream, streamDefaults } from "./stream.ts";
import type { Stream, StreamOptions } from "./stream.ts";
import { eventsRoute } from "./events-route.ts";

export interface Api {
  /** @returns the URL people use. @throws Misconfigured `listen-failed` when the address cannot be taken */
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
  /** for tests: a request without a socket */
  readonly inject: FastifyInstance["inject"];
}

const bodyLimitBytes = 16_384;

const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
/** The page runs its own files and talks to its own server; nothing inline, nothing from elsewhere. */
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** A name that is not ours means a page elsewhere resolved its own name to this address. Plain addresses cannot be rebound. */
export function isOurHost(header: string | undefined, hostNames: readonly string[]): boolean {
  if (header === undefined) return false;
  const name = header.replace(/:\d*$/u, "").replace(/^\[(.*)\]$/u, "$1").toLowerCase();
  return name === "localhost" || isIP(name) !== 0 || hostNames.some((one) => one.toLowerCase() === name);
}

function authorised(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer (\S+)$/u.exec(request.headers.authorization ?? "")?.[1];
  return given !== undefined && sameToken(given, token);
}

function guard(server: FastifyInstance, { hostNames, log }: ApiParts): void {
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (isOurHost(request.headers.host, hostNames)) return;
    await reply.code(421).send(problemOf({
      code: "foreign-host", allowed: ["localhost", "plain addresses", ...hostNames],
      message: "this address is not served under that host name; allowed are localhost, plain addresses and http.hostNames of the configuration",
    }));
  });
  // No message of ours has credentials in it; should a node's own words bring some along, they end here.
  server.addHook("onSend", async (_request, _reply, payload) => (typeof payload === "string" ? withoutCredentials(payload) : payload));
  server.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    const { status, body } = replyTo(error, log);
    return reply.code(status).send(body);
  });
}

function serveRoutes(server: FastifyInstance, parts: ApiParts, all: readonly Route[]): void {
  for (const route of all) {
    server.route({
      method: route.method,
      url: route.path,
      // Before the body is read: who may not order anything is told nothing about it.
      onRequest: async (request, reply) => {
        if (route.method === "GET" || authorised(request, parts.token)) return;
        await reply.code(401).header("www-authenticate", "Bearer").send(problemOf({
          code: "unauthorized", message: "orders need the token of the running process; use the gantry command on this machine, or the token in the .access file beside the ledger",
        }));
      },
      handler: async (request, reply) => {
        const { status, body, contentType } = await answerOf(route, request);
        return reply.code(status).type(contentType ?? "application/json; charset=utf-8").send(body);
      },
    });
  }
  const paths = all.map(({ path }) => path);
  server.setNotFoundHandler(async (request, reply) => reply.code(404).send(problemOf({
    code: "no-such-page", message: `nothing is here for ${request.method}; /api/v1/openapi.json describes what there is`, allowed: paths,
  })));
}

async function answerOf(route: Route, { params, query, body }: FastifyRequest): Promise<Reply & { readonly contentType?: string }> {
  const given = { params: route.params.safeParse(params), query: route.query.safeParse(query), body: route.body.safeParse(body) };
  if (!given.params.success) return malformed("path", given.params.error, Object.keys(route.params.shape));
  if (!given.query.success) return malformed("query", given.query.error, Object.keys(route.query.shape));
  if (!given.body.success) return malformed("body", given.body.error, "shape" in route.body ? Object.keys(route.body.shape as object) : []);
  return route.run({ params: given.params.data, query: given.query.data, body: given.body.data });
}

function serveStream(server: FastifyInstance, stream: Stream): void {
  server.get(eventsRoute.path, { exposeHeadRoute: false }, async (_request, reply) => {
    if (stream.isFull()) {
      return reply.code(503).header("retry-after", "10").send(problemOf({
        code: "too-many-streams", message: `${stream.clients()} readers have the event stream open already; close a page, or ask /api/v1/status`,
      }));
    }
    reply.hijack();
    stream.add(reply.raw, headers);
  });
  server.addHook("preClose", async () => stream.close());
}

function servePage(server: FastifyInstance, files: readonly PageFile[]): void {
  const send = (file: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.headers({
      "cache-control": file.isKept ? "public, max-age=31536000, immutable" : "no-cache", "content-security-policy": pagePolicy, etag: file.etag,
    });
    return request.headers["if-none-match"] === file.etag ? reply.code(304).send() : reply.type(file.contentType).send(file.body);
  };
  for (const file of files) server.get(file.path, async (request, reply) => send(file, request, reply));
  if (files.some(({ path }) => path === "/")) return;
  server.get("/", async (_request, reply) => reply.code(503).send(problemOf({
    code: "page-not-built", message: "the page was not built here; in a clone run: sh scripts/setup.sh. Everything it shows is under /api/v1/", allowed: ["/api/v1/status", "/api/v1/openapi.json"],
  })));
}

/** The server, not yet listening. */
export function createApi(parts: ApiParts, streamOptions: StreamOptions = streamDefaults): Api {
  const server = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: longestId },
    forceCloseConnections: true,
    requestTimeout: 10_000,
    // What the router refuses before any hook runs: a path that cannot be decoded, a parameter that is too long.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = replyTo(error, parts.log);
      void reply.headers(headers).code(status).type("application/json; charset=utf-8").send(body);
    },
  });
  const routes: readonly Route[] = routesOf(parts, () => [...routes, eventsRoute]);
  guard(server, parts);
  serveRoutes(server, parts, routes);
  serveStream(server, createStream(parts, streamOptions));
  servePage(server, parts.page);
  return {
    listen: (host, port) => listen(server, host, port),
    close: async () => {
      await server.close();
    },
    inject: server.inject.bind(server),
  };
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }
}
