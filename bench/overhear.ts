/**
 * A websocket between a relayer and its node that passes everything on and remembers when: heads told, questions and their answers.
 * Always: on loopback; nothing is held back, changed or reordered.
 */
import { WebSocket, WebSocketServer } from "ws";

/** A question to the node, in milliseconds of `performance.now`; `answeredAt` is infinite while it is open. */
export type Overheard = { readonly method: string; readonly askedAt: number; answeredAt: number };

export interface Overhearing {
  readonly url: string;
  readonly questions: readonly Overheard[];
  /** when the node first told of a best block of this height; undefined: it did not */
  toldAt(height: number): number | undefined;
  close(): Promise<void>;
}

type Message = { readonly id?: number; readonly method?: string; readonly params?: { readonly result?: { readonly number?: unknown } } };

/** as the program's own sockets */
const socketOptions = { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024, handshakeTimeout: 20_000 };

export async function overhear(target: string): Promise<Overhearing> {
  const questions: Overheard[] = [];
  const heads = new Map<number, number>();
  const pass = (inward: WebSocket): void => {
    const outward = new WebSocket(target, socketOptions);
    const opened = new Promise<void>((resolve) => {
      outward.addEventListener("open", resolve);
    });
    const open = new Map<number, Overheard>();
    inward.addEventListener("message", ({ data }) => {
      const { id, method } = JSON.parse(String(data)) as Message;
      if (id !== undefined && method !== undefined) {
        const question: Overheard = { method, askedAt: performance.now(), answeredAt: Number.POSITIVE_INFINITY };
        questions.push(question);
        open.set(id, question);
      }
      void opened.then(() => outward.send(String(data)));
    });
    outward.addEventListener("message", ({ data }) => {
      const { id, method, params } = JSON.parse(String(data)) as Message;
      const question = id === undefined ? undefined : open.get(id);
      if (question !== undefined) question.answeredAt = performance.now();
      const height = Number(params?.result?.number);
      if (method === "chain_newHead" && !heads.has(height)) heads.set(height, performance.now());
      inward.send(String(data));
    });
    for (const [one, other] of [[inward, outward], [outward, inward]] as const) {
      one.addEventListener("error", () => other.terminate());
      one.addEventListener("close", () => other.terminate());
    }
  };
  const server = await new Promise<WebSocketServer>((resolve) => {
    const made = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false }, () => resolve(made));
  });
  server.on("connection", pass);
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    questions,
    toldAt: (height) => heads.get(height),
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

/** Milliseconds between two moments in which at least one question was open. */
export function openMs(questions: readonly Overheard[], from: number, to: number): number {
  const spans = questions
    .map(({ askedAt, answeredAt }) => ({ start: Math.max(from, askedAt), end: Math.min(to, answeredAt) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  let [total, last] = [0, from];
  for (const { start, end } of spans) {
    total += Math.max(0, end - Math.max(start, last));
    last = Math.max(last, end);
  }
  return total;
}
