/**
 * A JSON-RPC server in front of another one, for tests that need a node which lies, limits or falls silent.
 * Always: on loopback; what `rewrite` does not touch is passed on.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type ProxyCall = { readonly method: string; readonly params: readonly unknown[] };
export type ProxyAnswer = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } };
/** null: no answer at all until the proxy closes */
export type Rewrite = (call: ProxyCall, ask: () => Promise<ProxyAnswer>) => Promise<ProxyAnswer | null>;

export type RpcProxy = {
  readonly url: string;
  /** every call that came, oldest first */
  readonly calls: ProxyCall[];
  /** from now on */
  use(rewrite: Rewrite): void;
  close(): Promise<void>;
};

const honest: Rewrite = (_call, ask) => ask();

async function bodyOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

export async function createRpcProxy(target: string): Promise<RpcProxy> {
  let rewrite = honest;
  const calls: ProxyCall[] = [];
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const { id, method, params } = JSON.parse(await bodyOf(request)) as ProxyCall & { id: unknown };
      calls.push({ method, params });
      const ask = async (): Promise<ProxyAnswer> => {
        const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
        const reply = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
        return (await reply.json()) as ProxyAnswer;
      };
      const answer = await rewrite({ method, params }, ask);
      if (answer === null) return;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...answer, jsonrpc: "2.0", id }));
    };
    serve().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    use: (next) => {
      rewrite = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
