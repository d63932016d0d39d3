/** The chain spec for real nodes, made without running a wasm, beside what the committed wasm itself builds from its presets. */
import { describe, expect, it } from "vitest";

import { genesisFromWasm } from "../../../devnet/polkadot/genesis.ts";
import { chainSpec, runtimeWasm } from "../../../runtime/scripts/chain-spec.ts";

/** System.LastRuntimeUpgrade: which version wrote the state */
const versionKey = "0x26aa394eea5630e07c48ae0c9558cef7f9cce9c888469bb1a0dceaa129672ef8";
const differing = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]);

describe.each(["development", "strict"] as const)("preset %s", (preset) => {
  it.each([["current", []], ["upgrade", [versionKey]]] as const)("has the state that the %s wasm builds, but for %j", async (build, but) => {
    const wasm = runtimeWasm(build);
    const built = await genesisFromWasm(wasm, { preset });
    expect(differing(chainSpec({ preset, wasm }).genesis.raw.top, built.spec.genesis.raw.top)).toEqual(but);
  });
});

it("says which Bitcoin its clients must watch", () => {
  expect(chainSpec().properties).toMatchObject({ bitcoinNetwork: "bitcoin-regtest" });
  expect(chainSpec({ network: "bitcoin-mainnet" }).properties).toMatchObject({ bitcoinNetwork: "bitcoin-mainnet" });
});
