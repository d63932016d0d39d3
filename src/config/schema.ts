/**
 * The whole configuration as one strict schema: the source of its type, its messages, docs/config.md and the example.
 * Always: an unknown key is a mistake; every default is written here or in core/policy.ts, nowhere else.
 * Never: a secret as a value, or anything read from the machine.
 */
import { z } from "zod";
import { choice, name, nameAllowed, path, redisUrl, whole } from "./leaf.ts";
import { chains } from "./schema-chains.ts";
import { bridges, policy, signers } from "./schema-effects.ts";
import { monitor } from "./schema-monitor.ts";
import { notify } from "./schema-notify.ts";

const http = z.strictObject({
  host: z.string().min(1).meta({
    description: "Address that /metrics, /healthz, /readyz and the API listen on. Other than loopback: put something with a login in front.", allowed: "an address or host name of this machine",
  }).default("127.0.0.1"),
  port: whole(0, 65_535, { description: "Port of the same; 0 takes any free one." }).default(9_464),
  hostNames: z.array(z.string().min(1)).meta({
    description: "Host names, besides localhost and plain addresses, under which people reach it. Requests under any other name are refused.", allowed: "a list of host names",
  }).default([]),
});

export const schema = z.strictObject({
  instance: name({
    description: "Name of this installation. Several installations on one Redis are kept apart by it.", allowed: nameAllowed,
  }).default("main"),
  ledger: z
    .strictObject({
      path: path({ description: "The SQLite file that remembers everything. On a local disk; its folder must exist.", file: "plain" }).default("gantry.sqlite"),
      keepDays: whole(7, 3_650, {
        description: "How long the steps, proofs and signed bytes of what has ended are kept. What became of it, transaction hashes, fees and what people ordered are kept for ever.",
      }).default(90),
    })
    .prefault({})
    .meta({ description: "The durable store." }),
  redis: z
    .strictObject({
      url: redisUrl({ description: "The Redis behind the wakes, with maxmemory-policy noeviction. Losing it loses nothing." }).default("redis://127.0.0.1:6379"),
      passwordFile: path({ description: "File with the password of that Redis.", file: "secret", example: "secrets/redis-password", off: true }).optional(),
    })
    .prefault({})
    .meta({ description: "The alarm clock." }),
  http: http.prefault({}).meta({ description: "What this process serves." }),
  log: z
    .strictObject({
      level: choice(["debug", "info", "warn", "error"], { description: "Least level that is logged to stderr. debug: every call to every node." }).default("info"),
    })
    .prefault({})
    .meta({ description: "The log." }),
  chains: chains.prefault({}).meta({ description: "The networks that are watched." }),
  signers: signers.default({}),
  bridges: bridges.prefault({}).meta({ description: "The bridges that are relayed and shown." }),
  monitor: monitor.prefault({}).meta({ description: "From when on something is called late, behind or low. The alerts compare with these." }),
  notify: notify.prefault({}).meta({ description: "Whom the running process tells of what is wrong, by itself.", off: true }),
  policy: policy.prefault({}).meta({ description: "How patient, how stubborn and how careful the lanes are. Each lane may differ." }),
});

/** After defaults; amounts in wei; paths as written until load.ts makes them absolute. */
export type Config = z.output<typeof schema>;
export type LanePolicy = Config["policy"];
