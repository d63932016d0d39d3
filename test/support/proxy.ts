/**
 * A TCP proxy on loopback that can freeze connections without closing them, as a dead firewall entry does.
 * Always: `freeze` holds the connections that are open now and match, new ones pass; `hold` holds new ones too.
 */
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export type TestProxy = {
  readonly port: number;
  /** stops all bytes, both ways, of open connections whose first bytes satisfy `matches`; says how many */
  freeze(matches: (firstBytes: string) => boolean): number;
  /** true: nothing passes, on open connections and new ones; false: all that was held comes through */
  hold(on: boolean): void;
  close(): Promise<void>;
};

export async function createTestProxy(targetPort: number): Promise<TestProxy> {
  const open = new Set<{ readonly inward: Socket; readonly outward: Socket; first: string }>();
  let held = false;
  const server = createServer((inward) => {
    const outward = createConnection({ host: "127.0.0.1", port: targetPort });
    const pair = { inward, outward, first: "" };
    open.add(pair);
    const end = (): void => {
      open.delete(pair);
      inward.destroy();
      outward.destroy();
    };
    inward.on("data", (bytes) => {
      if (pair.first.length < 1_000) pair.first += bytes.toString("latin1");
      outward.write(bytes);
    });
    outward.on("data", (bytes) => inward.write(bytes));
    for (const socket of [inward, outward]) socket.on("error", end).on("close", end);
    if (held) for (const socket of [inward, outward]) socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    freeze(matches) {
      const frozen = [...open].filter((pair) => matches(pair.first));
      for (const pair of frozen) {
        pair.inward.pause();
        pair.outward.pause();
      }
      return frozen.length;
    },
    hold(on) {
      held = on;
      for (const { inward, outward } of open) {
        for (const socket of [inward, outward]) {
          if (on) socket.pause();
          else socket.resume();
        }
      }
    },
    async close() {
      for (const pair of open) {
        pair.inward.destroy();
        pair.outward.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}
