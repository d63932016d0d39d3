/**
 * The door in front of the dev chain's port: passes bytes, or shows a client what a broken network looks like.
 * Always: on loopback unless told; a held connection stays open and says nothing at all, not even to a ping.
 */
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";

export interface Door {
  /** true: nothing passes, on old and new connections; false: all that was held comes through */
  hold(on: boolean): void;
  /** ends every open connection without a word; how many there were */
  cut(): number;
}

/** Listens on `port` (on loopback, unless `host` says otherwise) and passes everything to `innerPort`. */
export async function openDoor(port: number, innerPort: number, host = "127.0.0.1"): Promise<Door> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let held = false;
  const server = createServer((outside) => {
    const inside = createConnection({ host: "127.0.0.1", port: innerPort });
    const pair = [outside, inside] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      outside.destroy();
      inside.destroy();
    };
    outside.on("data", (bytes) => inside.write(bytes));
    inside.on("data", (bytes) => outside.write(bytes));
    for (const socket of pair) {
      socket.setNoDelay(true).on("error", end).on("close", end);
      if (held) socket.pause();
    }
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    hold: (on) => {
      held = on;
      for (const socket of [...pairs].flat()) {
        if (on) socket.pause();
        else socket.resume();
      }
    },
    cut: () => {
      const count = pairs.size;
      for (const socket of [...pairs].flat()) socket.resetAndDestroy();
      return count;
    },
  };
}
