/**
 * The other end of a websocket, by hand: it can say anything, or nothing at all, not even to a farewell.
 * Always: on loopback; text frames below 64 KiB, which is all that tests send.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export type PeerCall = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };
/** texts to send back, in one write; null: silence */
export type Answer = (call: PeerCall) => readonly string[] | null;
export type WsPeer = { readonly url: string; readonly connections: () => number; readonly calls: PeerCall[]; cut(): void; close(): Promise<void> };

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.of(0x81, body.length) : Buffer.of(0x81, 126, body.length >> 8, body.length & 0xff);
  return Buffer.concat([head, body]);
}

/** Texts of the complete masked frames in `bytes`, and what is left. */
function texts(bytes: Buffer): { readonly found: string[]; readonly rest: Buffer } {
  const found: string[] = [];
  let rest = bytes;
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f;
    const start = short === 126 ? 4 : 2;
    if (rest.length < start + 4) return { found, rest };
    const size = short === 126 ? rest.readUInt16BE(2) : short;
    if (rest.length < start + 4 + size) return { found, rest };
    const mask = rest.subarray(start, start + 4);
    const body = rest.subarray(start + 4, start + 4 + size).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    if (((rest[0] ?? 0) & 0x0f) === 1) found.push(Buffer.from(body).toString("utf8"));
    rest = rest.subarray(start + 4 + size);
  }
}

export async function startWsPeer(answer: Answer): Promise<WsPeer> {
  const sockets = new Set<Socket>();
  const calls: PeerCall[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let rest: Buffer | null = null;
    socket.on("data", (data: Buffer) => {
      if (rest === null) {
        const key = /sec-websocket-key: (.*)\r/i.exec(String(data))?.[1] ?? "";
        const accept = createHash("sha1").update(`${key}${guid}`).digest("base64");
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        rest = Buffer.alloc(0);
        return;
      }
      const read = texts(Buffer.concat([rest, data]));
      rest = read.rest;
      for (const text of read.found) {
        const call = JSON.parse(text) as PeerCall;
        calls.push(call);
        const said = answer(call);
        if (said !== null) socket.write(Buffer.concat(said.map(frame)));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    calls,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
