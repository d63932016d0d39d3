/**
 * A route as data: what it takes, what it answers, what it does. The server and the OpenAPI document are made of the same table.
 * Always: nothing reaches `run` that its schemas did not take.
 */
import type { z } from "zod";
import type { Reply } from "./problem.ts";

export type AnswerSpec = { readonly what: string; readonly schema: z.ZodType; readonly contentType?: string };

type Given<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
};

export type RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = {
  readonly method: "GET" | "POST";
  /** with `:id` for parameters */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** by HTTP status */
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  readonly run: (given: Given<P, Q, B>) => Promise<Reply & { readonly contentType?: string }>;
};

/** What the OpenAPI document tells of a route. */
export type RouteFacts = Omit<RouteSpec<z.ZodObject, z.ZodObject, z.ZodType>, "run">;

/** A route whose schemas are known only to itself. */
export type Route = RouteFacts & {
  readonly run: (given: Given<z.ZodObject, z.ZodObject, z.ZodType>) => Promise<Reply & { readonly contentType?: string }>;
};

/** Keeps a table of routes with different schemas in one type; `given` was parsed with this route's own before `run` sees it. */
export const route = <P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(spec: RouteSpec<P, Q, B>): Route => ({
  ...spec, run: (given) => spec.run(given),
});
