/** A configuration that cannot work ends the program with 78 and a line that names the key, the value and what to do. */
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roles, startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import { writeKeyFiles } from "../../devnet/keys.ts";
import { writeDevnetConfig } from "../../src/cli/devnet-config.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import { gantry } from "../support/gantry-process.ts";
import { editConfig } from "../support/gantry-stage.ts";
import type { ConfigText } from "../support/gantry-stage.ts";
import { createTestRedis } from "../support/redis.ts";

type Part = Record<string, unknown>;
type Place = { readonly devnet: Devnet; readonly folder: string };
type Mistake = {
  readonly name: string;
  readonly make: (config: ConfigText, place: Place) => void | Promise<void>;
  readonly code: string;
  /** everything the line has to name */
  readonly says: (place: Place) => readonly string[];
  /** found without asking a node: also by `config check` */
  readonly withoutNode?: true;
};

const at = (config: ConfigText, ...path: readonly string[]): Part => path.reduce<Part>((part, key) => part[key] as Part, config);
const nobody = "0x00000000000000000000000000000000000000aa";

const mistakes: readonly Mistake[] = [
  {
    name: "an unknown key", code: "config-invalid", withoutNode: true,
    make: (config) => void (at(config, "chains", "bitcoin")["finalDepht"] = 6),
    says: () => ["chains.bitcoin.finalDepht", "unknown key", "finalDepth"],
  },
  {
    name: "a key file that is not there", code: "config-invalid", withoutNode: true,
    make: (config) => void (at(config, "signers", "relayer")["keyFile"] = "nowhere.json"),
    says: () => ["signers.relayer.keyFile", "nowhere.json", "0600"],
  },
  {
    name: "a key file that others can read", code: "config-invalid", withoutNode: true,
    make: async (config, { devnet, folder }) => {
      const file = join(folder, "open.json");
      await copyFile(devnet.relayer.plainFile, file);
      await chmod(file, 0o644);
      Object.assign(at(config, "signers", "relayer"), { keyFile: file });
    },
    says: () => ["signers.relayer.keyFile", "open.json", "0644", "chmod 600"],
  },
  {
    name: "another chain id", code: "wrong-chain-id",
    make: (config) => void (at(config, "chains", "ethereum")["chainId"] = 11_155_111),
    says: () => ["anvil", "31337", "chainId", "11155111"],
  },
  {
    name: "another Bitcoin network", code: "wrong-genesis",
    make: (config) => {
      at(config, "chains", "bitcoin")["network"] = "signet";
    },
    says: () => ["bitcoind", "regtest", "signet", "mainnet, testnet4, signet, regtest"],
  },
  {
    name: "mainnet named for the local chains", code: "config-invalid", withoutNode: true,
    make: (config) => {
      at(config, "chains", "bitcoin")["network"] = "mainnet";
    },
    says: () => ["bitcoin.network", "mainnet", "ethereum.chainId", "31337"],
  },
  {
    name: "a plain key on another chain than the local one", code: "plain-key-refused",
    make: (config, { devnet }) => {
      // Without an Ethereum endpoint that answers, nothing else can be found wrong before.
      Object.assign(at(config, "chains", "ethereum"), { chainId: 11_155_111, endpoints: [{ name: "away", url: "http://127.0.0.1:9" }] });
      Object.assign(config["signers"] ?? {}, { relayer: { chain: "ethereum", keyFile: devnet.relayer.plainFile } });
    },
    says: ({ devnet }) => ["keyFile", devnet.relayer.plainFile, "11155111", "31337", "encrypted"],
  },
  {
    name: "a Bridge address without code", code: "tbtc-contract-without-code",
    make: (config) => void (at(config, "bridges", "tbtc")["bridge"] = nobody),
    says: () => ["bridges.tbtc.bridge", nobody, "no contract"],
  },
  {
    name: "a relay the Bridge does not use", code: "tbtc-reference-differs",
    make: (config) => void (at(config, "bridges", "tbtc")["relay"] = nobody),
    says: ({ devnet }) => ["bridges.tbtc.relay", nobody, devnet.tbtc.relay.address],
  },
  {
    name: "a contract that is no Bridge", code: "tbtc-not-a-bridge",
    make: (config, { devnet }) => void (at(config, "bridges", "tbtc")["bridge"] = devnet.tbtc.bank.address),
    says: ({ devnet }) => ["bridges.tbtc.bridge", devnet.tbtc.bank.address, "contractReferences"],
  },
  {
    name: "an account that may not submit proofs", code: "tbtc-maintainer-not-authorized",
    make: async (config, { devnet, folder }) => {
      const keys = await writeKeyFiles({ folder, name: "stranger", privateKey: devnet.ethereum.privateKey(roles.stranger), encrypted: false });
      Object.assign(config["signers"] ?? {}, { relayer: { chain: "ethereum", keyFile: keys.plainFile } });
    },
    says: ({ devnet }) => [devnet.ethereum.account(roles.stranger), devnet.tbtc.maintainerProxy.address, "authorizeSpvMaintainer"],
  },
];

describe("a configuration that cannot work", () => {
  let devnet: Devnet;
  let good: string;
  beforeAll(async () => {
    devnet = await startDevnet();
    good = (await writeDevnetConfig(devnet)).file;
  });
  afterAll(() => devnet.stop());

  const write = async (number: number, mistake: Pick<Mistake, "make">): Promise<string> => {
    const file = join(devnet.folder, `bad-${number}.yml`);
    await editConfig(good, async (config) => {
      at(config, "ledger")["path"] = join(devnet.folder, `bad-${number}.sqlite`);
      await mistake.make(config, { devnet, folder: devnet.folder });
    }, file);
    return file;
  };

  /** what a person reads: not the log, which is JSON */
  const wordsOf = (err: string): readonly string[] => err.trimEnd().split("\n").filter((line) => !line.startsWith("{"));

  test.each(mistakes.map((mistake, number) => ({ ...mistake, number })))("$name: run ends with 78 and one clear line", async ({ number, code, says, ...mistake }) => {
    const file = await write(number, mistake);
    const [said, checked] = await Promise.all([gantry("run", "--config", file), gantry("config", "check", "--config", file)]);
    expect(said.code, said.err).toBe(exitCodes.config);
    const lines = wordsOf(said.err);
    expect(lines[0]).toContain(`[${code}]`);
    // The mistakes of a file stand below its name, one line each; everything else is one line.
    expect(lines).toHaveLength(code === "config-invalid" ? 2 : 1);
    for (const word of says({ devnet, folder: devnet.folder })) expect(lines.at(-1)).toContain(word);
    expect(checked.code).toBe(mistake.withoutNode === true ? exitCodes.config : exitCodes.ok);
  });

  test("several mistakes are told together, and as one JSON document on demand", async () => {
    const file = await write(100, {
      make: (config) => {
        at(config, "chains", "bitcoin")["finalDepth"] = 0;
        at(config, "redis")["uri"] = "redis://127.0.0.1:6379";
      },
    });
    const said = await gantry("run", "--json", "--config", file);
    expect(said.code).toBe(exitCodes.config);
    const { error } = JSON.parse(said.out) as { error: { code: string; evidence: { problems: readonly string[] } } };
    expect(error.code).toBe("config-invalid");
    expect(error.evidence.problems).toHaveLength(2);
    expect(error.evidence.problems.join("\n")).toMatch(/^chains\.bitcoin\.finalDepth: 0 .*1 to 1000$/mu);
    expect(error.evidence.problems.join("\n")).toMatch(/^redis\.uri: unknown key; did you mean "url"\?$/mu);
  });

  test("a Redis that throws keys away when it is full: 78, and the setting to change", async () => {
    const redis = await createTestRedis(["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"]);
    try {
      const file = await write(101, { make: (config) => void (at(config, "redis")["url"] = redis.url) });
      const said = await gantry("run", "--json", "--config", file);
      expect(said.code, said.err).toBe(exitCodes.config);
      expect((JSON.parse(said.out) as { error: { code: string } }).error.code).toBe("redis-eviction-policy");
      expect(wordsOf(said.err)).toEqual([expect.stringMatching(/allkeys-lru.*noeviction/u)]);
    } finally {
      await redis.end();
    }
  });

  test("a file with a secret in the wrong place does not show it", async () => {
    const key = devnet.ethereum.privateKey(roles.relayer);
    const file = await write(102, { make: (config) => void (at(config, "signers", "relayer")["keyFile"] = key) });
    const said = await gantry("run", "--json", "--config", file);
    expect(said.code).toBe(exitCodes.config);
    expect(said.out + said.err).not.toContain(key.slice(2));
    expect(said.err).toContain("signers.relayer.keyFile");
  });
});
