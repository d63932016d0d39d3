/**
 * The verbs' actions: load what the verb needs, do it.
 * Always: heavy parts are imported by the action that uses them, so that help and status are quick.
 */
import { configFile, loadConfig } from "../config/load.ts";
import { rejected } from "../core/errors.ts";
import { accessPath, readAccess } from "../web/access.ts";
import { createClient } from "./client.ts";
import { exitCodes } from "./exit.ts";
import type { Actions, Globals } from "./program.ts";
import { alerts, answer, order, show, status } from "./reports.ts";
import type { Terminal } from "./terminal.ts";

/** The installed package has neither the development chains nor what they are made of. */
async function fromClone<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND")) throw cause;
    throw rejected("needs-clone", "the development chains are not in the installed package; in a clone of Gantry's repository use npm run demo, or npm run devnet -- up", { cause });
  }
}

export function createActions(terminal: Terminal): Actions {
  const client = async ({ config }: Globals) => createClient(await readAccess(accessPath((await loadConfig(configFile(config))).ledger.path)));
  return {
    run: async ({ config }, roles) => {
      const { run } = await import("./run.ts");
      return run(await loadConfig(configFile(config)), roles);
    },
    status: async (globals) => status(await client(globals), terminal, globals.json),
    show: async (globals, id) => show(await client(globals), terminal, globals.json, id),
    alerts: async (globals) => alerts(await client(globals), terminal, globals.json),
    order: async (globals, wanted) => order(await client(globals), terminal, globals.json, wanted),
    doctor: async ({ config, json }) => {
      const { doctor } = await import("./doctor.ts");
      return doctor(await loadConfig(configFile(config)), terminal, json);
    },
    configCheck: async ({ config, json }) => {
      const file = configFile(config);
      await loadConfig(file);
      answer(terminal, json, { ok: true, file }, () => [`${file} is valid`]);
      return exitCodes.ok;
    },
    notifyTest: async ({ config, json }) => {
      const { notifyTest } = await import("./notify.ts");
      return notifyTest(await loadConfig(configFile(config)), terminal, json);
    },
    devnetUp: async ({ json }) => (await fromClone(() => import("./devnet.ts"))).devnetUp(terminal, json),
    devnetDown: async ({ json }) => (await fromClone(() => import("./devnet.ts"))).devnetDown(terminal, json),
    devnetPolkadot: async ({ json }, order) => (await fromClone(() => import("./devnet.ts"))).devnetPolkadot(terminal, json, order),
    devnetInterbtc: async ({ json }, order) => (await fromClone(() => import("./devnet.ts"))).devnetInterbtc(terminal, json, order),
    demo: async ({ json }, { keep }) => (await fromClone(() => import("./demo.ts"))).demo(terminal, { json, keep }),
  };
}
