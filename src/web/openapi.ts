/**
 * The OpenAPI document, made of the table of routes and of the schemas that check the requests.
 * Always: whatever is served is in it, because it is made of the same table.
 */
import { z } from "zod";
import { named } from "./shapes.ts";
import type { AnswerSpec, RouteFacts } from "./route.ts";

const refOf = (id: string): string => `#/components/schemas/${id}`;

/** Without the marks of a document of its own. */
function bare({ $schema: _schema, $id: _id, ...rest }: z.core.JSONSchema.BaseSchema): Record<string, unknown> {
  return rest;
}

function schemaOf(schema: z.ZodType): unknown {
  const id = named.get(schema)?.id;
  if (id !== undefined) return { $ref: refOf(id) };
  return schema instanceof z.ZodUnion ? { anyOf: schema.options.map((option) => schemaOf(option as z.ZodType)) } : bare(z.toJSONSchema(schema, { io: "input" }));
}

const contentOf = ({ schema, contentType = "application/json" }: AnswerSpec): unknown => ({ [contentType]: { schema: schemaOf(schema) } });

function parametersOf(object: z.ZodObject, place: "path" | "query"): readonly unknown[] {
  const { properties = {}, required = [] } = z.toJSONSchema(object, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: place, required: place === "path" || required.includes(name), schema }));
}

function operationOf({ method, path, summary, params, query, body, answers }: RouteFacts): unknown {
  return {
    summary,
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-z0-9]+([a-z0-9]?)/giu, (_all, next: string) => next.toUpperCase())}`,
    parameters: [...parametersOf(params, "path"), ...parametersOf(query, "query")],
    ...(method === "POST" ? { security: [{ token: [] }], requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } } : {}),
    responses: Object.fromEntries(Object.entries(answers).map(([status, spec]) => [status, { description: spec.what, content: contentOf(spec) }])),
  };
}

/** The document as plain JSON. */
export function openapi(routes: readonly RouteFacts[], version: string): Record<string, unknown> {
  const { schemas } = z.toJSONSchema(named, { uri: refOf });
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([a-z]+)/gu, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Gantry", version, summary: "Where every transfer is, why, and until when; orders to the running process." },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "the token in the file beside the ledger, `<ledger.path>.access`; a new one at each start" } },
    },
  };
}
