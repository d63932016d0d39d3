/**
 * The doctor's questions to Polkadot nodes, and its look at the key files of that chain.
 * Always: the same checks as at the start of `run`; every connection is closed again. Loaded only when the chain is configured.
 * Never: a transaction.
 */
import { fundsOf, openPolkadotSigners, polkadotCheck, polkadotNodes, wholeTokens } from "../app/polkadot.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Config } from "../config/schema.ts";
import { askFirst, headOf } from "./doctor-chains.ts";
import { ok, warn } from "./doctor-check.ts";
import type { Check, Finding } from "./doctor-check.ts";

/** One check per endpoint and per signer. */
export function polkadotChecks(config: Config): readonly Check[] {
  const { polkadot } = config.chains;
  if (polkadot === undefined) return [];
  const isRight = polkadotCheck(polkadot, config);
  const endpoints = polkadot.endpoints.map((endpoint): Check => ({
    what: `polkadot ${endpoint.name}`,
    look: (signal) => onPolkadot({ ...polkadot, endpoints: [endpoint] }, (client) => polkadotEndpoint(client, isRight, signal)),
  }));
  return [...endpoints, ...signerChecks(config, polkadot)];
}

type PolkadotConfig = NonNullable<Config["chains"]["polkadot"]>;

/** Asks the first node there is, and hangs up. */
async function onPolkadot(chain: PolkadotConfig, ask: (client: PolkadotClient) => Promise<Finding>): Promise<Finding> {
  const nodes = await polkadotNodes(chain);
  try {
    return await askFirst(nodes, ask);
  } finally {
    for (const { client } of nodes) client.close();
  }
}

async function polkadotEndpoint(client: PolkadotClient, isRight: ReturnType<typeof polkadotCheck>, signal: AbortSignal): Promise<Finding> {
  const { bestHeight, bestTime, finalHeight, specName, specVersion, genesis, properties } = await isRight(client, signal);
  const { tokenSymbol, tokenDecimals, ss58Format } = properties;
  const token = tokenSymbol === null ? "no token named" : `${tokenSymbol} with ${tokenDecimals ?? "?"} decimals`;
  return headOf("polkadot", bestHeight, bestTime, [`final ${finalHeight}`, `${specName} ${specVersion}`, `genesis ${genesis.slice(0, 10)}…`, token, `prefix ${ss58Format ?? "unknown"}`]);
}

/** Key files and funds of the accounts that act there. */
function signerChecks(config: Config, polkadot: PolkadotConfig): readonly Check[] {
  return Object.entries(config.signers).filter(([, { chain }]) => chain === "polkadot").map(([name, signer]): Check => ({
    what: `signer ${name}`,
    look: async (signal) => {
      const [opened] = (await openPolkadotSigners({ ...config, signers: { [name]: signer } })).values();
      if (opened === undefined) return warn("there is no key");
      return onPolkadot(polkadot, async (client) => {
        const funds = await fundsOf(client, opened.account, signal);
        return funds.planck === 0n ? warn(`${opened.account} has no funds: send it some ${funds.symbol} for fees`) : ok(`${opened.account}, ${wholeTokens(funds).toFixed(4)} ${funds.symbol}`);
      });
    },
  }));
}
