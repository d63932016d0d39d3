/**
 * How a held devnet is asked for something by another process: a socket in its folder, named by the state file.
 * Always: one devnet at a time is asked; what it left is gone when it ends.
 * Never: anything but the devnet's own chains; a port.
 */
import { rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Devnet } from "../../devnet/devnet.ts";
import { addressOf } from "../chains/bitcoin/script-address.ts";
import { failureOf, rejected } from "../core/errors.ts";
import type { Failure } from "../core/errors.ts";
import { readState, stateFile } from "./devnet-state.ts";
import type { DevnetState } from "./devnet-state.ts";
import { createUserDesk } from "./interbtc-verbs.ts";
import type { UserAnswer, UserOrder } from "./interbtc-verbs.ts";

type Desk = (order: UserOrder) => Promise<UserAnswer>;
export type Reply = { readonly answer: UserAnswer } | { readonly failure: Failure };
/** The line that asks for the end. */
export const down = "down";

/**
 * Listens for what can be asked for: an end, or something of the user, in one line each. A connection that says nothing only wants
 * to know whether somebody is there.
 */
function listening(path: string, desk: Desk): Promise<{ readonly server: Server; readonly asked: Promise<void> }> {
  return new Promise((resolve, reject) => {
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((done) => {
      tell = done;
    });
    const obey = async (socket: Socket, line: string): Promise<void> => {
      if (line === down) {
        socket.end();
        return tell();
      }
      const reply: Reply = await Promise.resolve().then(() => desk(JSON.parse(line) as UserOrder)).then((answer) => ({ answer }), (thrown: unknown) => ({ failure: failureOf(thrown) }));
      socket.end(`${JSON.stringify(reply)}\n`);
    };
    // the asking side ends its half after the line, and an answer may take a while
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let lines = 0;
      socket.on("error", () => undefined).on("end", () => (lines === 0 ? socket.end() : undefined));
      createInterface({ input: socket }).on("error", () => undefined).on("line", (line) => {
        lines += 1;
        void obey(socket, line);
      });
    });
    server.on("error", reject);
    server.listen(path, () => resolve({ server, asked }));
  });
}

/** Says a line to the running devnet and gives what it said before it hung up; null when there is none. */
export async function say(line: string): Promise<string | null> {
  const state = await readState();
  if (state === null) return null;
  return new Promise((resolve) => {
    let said = "";
    const asking = connect(state.socket, () => (line === "" ? asking.end() : asking.end(`${line}\n`)));
    asking.on("data", (bytes) => (said += bytes.toString()));
    asking.on("error", () => resolve(null)).on("close", (hadError) => resolve(hadError ? null : said));
  });
}

export type Control = {
  /** resolves when somebody wants the devnet to end */
  readonly asked: Promise<void>;
  close(): Promise<void>;
};

/** Lets other processes ask `devnet` for its end and for its user's deeds, until it is closed. */
export async function openControl({ folder, polkadot }: Devnet, config: string): Promise<Control> {
  const socket = join(folder, "control");
  const desk: Desk = polkadot === null ? () => Promise.reject(noDevnet()) : createUserDesk(polkadot.user, (script) => addressOf(script, "regtest") ?? script);
  const { server, asked } = await listening(socket, desk);
  const state: DevnetState = { socket, config, polkadotRawUrl: polkadot?.server.rawUrl ?? "" };
  await writeFile(stateFile, JSON.stringify(state), { mode: 0o600 });
  return {
    asked,
    async close() {
      server.close();
      await rm(stateFile, { force: true });
    },
  };
}

export const noDevnet = (): Error => rejected("no-devnet", "no devnet runs here; gantry devnet up starts one, and gantry demo --keep leaves one");
