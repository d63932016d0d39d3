/**
 * A JSON-RPC server in front of a real bitcoind, for tests that need a node which lies, is late or falls silent.
 * Always: on loopback; logins and what `rewrite` does not touch are passed on; a batch is rewritten call by call.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ProxyAnswer, ProxyCall, Rewrite, RpcProxy } from "./rpc-proxy.ts";

type Asked = ProxyCall & { readonly id: unknown };
type Answered = ProxyAnswer & { readonly id: unknown };

const honest: Rewrite = (_call, ask) => ask();

async function bodyOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Every call goes to the node by itself, so that a lie about one answer costs no other. */
async function ask(target: string, authorization: string | undefined, call: Asked): Promise<ProxyAnswer> {
  const headers = { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) };
  const reply = await fetch(target, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", ...call }) });
  return (await reply.json()) as ProxyAnswer;
}

/** `rewrite` giving null: that request is never answered, as by a node that stalls without closing. */
export async function createBitcoinProxy(target: string): Promise<RpcProxy> {
  let rewrite = honest;
  const calls: ProxyCall[] = [];
  const server = createServer((request, response) => {
    const answerOne = async (call: Asked): Promise<Answered | null> => {
      calls.push(call);
      const answer = await rewrite(call, () => ask(target, request.headers.authorization, call));
      return answer === null ? null : { ...answer, id: call.id };
    };
    const serve = async (): Promise<void> => {
      const body = JSON.parse(await bodyOf(request)) as Asked | readonly Asked[];
      const answers = await Promise.all((Array.isArray(body) ? (body as readonly Asked[]) : [body as Asked]).map(answerOne));
      if (answers.includes(null)) return;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
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
