/**
 * Asks a node, before anything else, whether it is on the configured chain and the configured contracts are there.
 * Always: what is wrong is Misconfigured and names the key, the value and what is allowed; a node that is away is Unavailable.
 */
import { misconfigured } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";
import type { EthereumClient } from "./client.ts";

/** `name` is the contract's key in the config. */
export type ExpectedContract = { readonly name: string; readonly address: Hex };

/** Throws Misconfigured "wrong-chain-id" or "contract-without-code"; resolves when all is as configured. */
export async function checkEthereum(
  client: EthereumClient,
  expect: { readonly chainId: bigint; readonly contracts: readonly ExpectedContract[] },
  signal: AbortSignal,
): Promise<void> {
  const chainId = await client.chainId(signal);
  if (chainId !== expect.chainId) {
    throw misconfigured(
      "wrong-chain-id",
      `endpoint ${client.name} is on chain ${chainId}, but chainId is set to ${expect.chainId}: point the endpoint at chain ${expect.chainId}, or correct chainId`,
      { evidence: { endpoint: client.name, chainId: `${chainId}`, expected: `${expect.chainId}` } },
    );
  }
  for (const { name, address } of expect.contracts) {
    if ((await client.code(address, signal)) !== "0x") continue;
    throw misconfigured(
      "contract-without-code",
      `${name} is set to ${address}, where chain ${chainId} has no contract: allowed is the address of the deployed ${name}`,
      { evidence: { contract: name, address, endpoint: client.name } },
    );
  }
}
