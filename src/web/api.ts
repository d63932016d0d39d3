/**
 * The HTTP face of one process: metrics, health, reports, and orders from the command line.
 * Always: answers are typed JSON (or metrics text); orders need the bearer token; requests under a foreign host name are refused.
 * Never: work of its own (it prints what it is given), or a stack trace, secret or endpoint URL in an answer.
 */
import { isIP } from "node:net";
import Fastify from "fastify";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { failureOf, misconfigured } from "../core/errors.ts";
import type { Remedy } from "../core/errors.ts";
import type { Log } from "../ports.ts";
import { sameToken } from "./access.ts";
import { becauseLength, obey, verbs } from "./commands.ts";
import type { Answer, Commands, Order } from "./commands.ts";

export type Judgement = { readonly ok: boolean; readonly reasons: readonly string[] };

export type ApiParts = {
  readonly status: () => Promise<unknown>;
  /** null when nothing has this id */
  readonly show: (id: string) => Promise<unknown>;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly health: () => Promise<Judgement>;
  readonly ready: () => Promise<Judgement>;
  readonly commands: Commands;
  readonly token: string;
  /** host names, besides localhost and plain addresses, under which people reach this process */
  readonly hostNames: readonly string[];
  readonly log: Log;
};

export interface Api {
  /** @returns the URL people use. @throws Misconfigured `listen-failed` when the address cannot be taken */
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
  /** for tests: a request without a socket */
  readonly inject: FastifyInstance["inject"];
}

const bodyLimitBytes = 16_384;
const longestId = 300;

const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const orderSchema = {
  type: "object",
  required: ["verb", "subject", "because", "who"],
  additionalProperties: false,
  properties: {
    verb: { type: "string", enum: [...verbs] },
    subject: { type: "string", minLength: 1, maxLength: longestId },
    because: { type: "string", minLength: becauseLength.least, maxLength: becauseLength.most },
    who: { type: "string", minLength: 1, maxLength: 64 },
  },
};

type Problem = { readonly error: { readonly code: string; readonly message: string } };
const problem = (error: Problem["error"]): Problem => ({ error });

/** A name that is not ours means a page elsewhere resolved its own name to this address. Plain addresses cannot be rebound. */
export function isOurHost(header: string | undefined, hostNames: readonly string[]): boolean {
  if (header === undefined) return false;
  const name = header.replace(/:\d*$/u, "").replace(/^\[(.*)\]$/u, "$1").toLowerCase();
  return name === "localhost" || isIP(name) !== 0 || hostNames.some((one) => one.toLowerCase() === name);
}

const statusOfRemedy: Readonly<Record<Remedy, number>> = {
  Unavailable: 503, Conflict: 409, Rejected: 409, Invalid: 422, Unsafe: 409, Misconfigured: 500, Bug: 500,
};

const statusOfAnswer = (answer: Answer): number => {
  if (answer.done) return 200;
  if (answer.code === "unknown-delivery" || answer.code === "unknown-scope") return 404;
  return answer.code === "unknown-level" ? 400 : 409;
};

function authorised(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer (\S+)$/u.exec(request.headers.authorization ?? "")?.[1];
  return given !== undefined && sameToken(given, token);
}

/** What the server itself refuses (malformed JSON, too large, wrong type), and what the parts threw. */
async function explain(log: Log, error: FastifyError, reply: FastifyReply): Promise<FastifyReply> {
  if (typeof error.statusCode === "number" && error.statusCode >= 400 && error.statusCode < 500) {
    return reply.code(error.statusCode).send(problem({ code: "bad-request", message: error.message }));
  }
  const failure = failureOf(error);
  log.error({ error, code: failure.code }, "a request failed");
  const message = failure.remedy === "Bug" ? "an error of Gantry; the log has the details" : failure.message;
  return reply.code(statusOfRemedy[failure.remedy]).send(problem({ code: failure.code, message }));
}

function guard(server: FastifyInstance, { hostNames, log }: ApiParts): void {
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (isOurHost(request.headers.host, hostNames)) return;
    await reply.code(421).send(problem({ code: "foreign-host", message: "this address is not served under that host name; allowed are localhost, plain addresses and http.hostNames of the configuration" }));
  });
  server.setErrorHandler<FastifyError>((error, _request, reply) => explain(log, error, reply));
  server.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send(problem({ code: "no-such-page", message: `nothing is here for ${request.method}; try /api/v1/status, /metrics, /healthz or /readyz` })));
}

function routes(server: FastifyInstance, parts: ApiParts): void {
  server.get("/metrics", async (_request, reply) => reply.type(parts.metrics.contentType).send(await parts.metrics.text()));
  for (const [path, judge] of [["/healthz", parts.health], ["/readyz", parts.ready]] as const) {
    server.get(path, async (_request, reply) => {
      const judgement = await judge();
      return reply.code(judgement.ok ? 200 : 503).send(judgement);
    });
  }
  server.get("/api/v1/status", () => parts.status());
  server.get<{ Params: { id: string } }>("/api/v1/show/:id", async (request, reply) => {
    const found = await parts.show(request.params.id);
    return found ?? reply.code(404).send(problem({ code: "unknown-id", message: "no delivery, event, transfer or transaction here has this id" }));
  });
  server.post<{ Body: Order }>("/api/v1/commands", {
    schema: { body: orderSchema },
    // Before the body is read: who may not order anything is told nothing about it.
    onRequest: async (request, reply) => {
      if (authorised(request, parts.token)) return;
      await reply.code(401).header("www-authenticate", "Bearer").send(problem({ code: "unauthorized", message: "orders need the token of the running process; use the gantry command on this machine" }));
    },
  }, async (request, reply) => {
    const answer = await obey(parts.commands, request.body);
    return reply.code(statusOfAnswer(answer)).send(answer);
  });
}

/** The server, not yet listening. */
export function createApi(parts: ApiParts): Api {
  const server = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: longestId },
    forceCloseConnections: true,
    requestTimeout: 10_000,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  guard(server, parts);
  routes(server, parts);
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
    throw misconfigured("listen-failed", `http: cannot listen on ${host}:${port} (${String(cause)}); choose a free port and an address of this machine`, { cause });
  }
}
