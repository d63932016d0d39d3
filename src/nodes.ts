/**
 * The nodes of the configuration as clients, one per endpoint, in the configured order.
 * Always: logins come from files, read again when the node may have changed them.
 * Never: a question to a node; whether it is the right one is asked by who uses it.
 */
import { createBitcoinClient } from "./chains/bitcoin/client.ts";
import type { BitcoinClient } from "./chains/bitcoin/client.ts";
import { cookieLogin, passwordLogin } from "./chains/bitcoin/login.ts";
import { createEthereumClient } from "./chains/ethereum/client.ts";
import type { EthereumClient } from "./chains/ethereum/client.ts";
import { createJsonRpc } from "./chains/json-rpc.ts";
import type { JsonRpcOptions } from "./chains/json-rpc.ts";
import { endpointUrl } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import type { ChainName } from "./core/values.ts";
import { readSecretFile } from "./secret.ts";

export type Node<C> = { readonly name: string; readonly client: C };
type BitcoinChain = NonNullable<Config["chains"]["bitcoin"]>;
type EthereumChain = NonNullable<Config["chains"]["ethereum"]>;

/** told of each call to a node, for metrics */
export type OnNodeCall = (chain: ChainName, endpoint: string, method: string, seconds: number, ok: boolean) => void;

/** For the options of a connection to a node. */
export const reportTo = (chain: ChainName, name: string, onCall: OnNodeCall | undefined): Pick<JsonRpcOptions, "onCall"> =>
  onCall === undefined ? {} : { onCall: (method, seconds, ok) => onCall(chain, name, method, seconds, ok) };

/** @throws Misconfigured `secret-file-…` when an endpoint's file is not usable */
export function bitcoinNodes(chain: BitcoinChain, onCall?: OnNodeCall): Promise<readonly Node<BitcoinClient>[]> {
  return Promise.all(chain.endpoints.map(async (endpoint) => {
    const { name, cookieFile, user, passwordFile } = endpoint;
    const login = cookieFile !== undefined ? cookieLogin(cookieFile) : user !== undefined && passwordFile !== undefined ? passwordLogin(user, passwordFile) : null;
    const options = { name, url: await endpointUrl(endpoint), timeoutMs: chain.timeoutMs, ...(login === null ? {} : { authorization: login }), ...reportTo("bitcoin", name, onCall) };
    return { name, client: createBitcoinClient(createJsonRpc(options)) };
  }));
}

/** @throws Misconfigured `secret-file-…` when an endpoint's file is not usable */
export function ethereumNodes(chain: EthereumChain, onCall?: OnNodeCall): Promise<readonly Node<EthereumClient>[]> {
  return Promise.all(chain.endpoints.map(async (endpoint) => {
    const { name, headerFile } = endpoint;
    const login = headerFile === undefined ? {} : { authorization: async () => (await readSecretFile(headerFile, `headerFile of endpoint "${name}"`)).reveal() };
    const options = { name, url: await endpointUrl(endpoint), timeoutMs: chain.timeoutMs, ...login, ...reportTo("ethereum", name, onCall) };
    return { name, client: createEthereumClient(createJsonRpc(options)) };
  }));
}
