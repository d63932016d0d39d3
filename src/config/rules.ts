/**
 * Rules between keys: what excludes, needs or contradicts what.
 * Always: pure, and asked of the file as written, so that a mistake in one key hides none in another.
 * Never: a rule about one key alone; those are in the schema.
 */
import { show } from "./problems.ts";
import { shapeAt } from "./shape.ts";

type Part = Readonly<Record<string, unknown>>;
const isPart = (value: unknown): value is Part => typeof value === "object" && value !== null && !Array.isArray(value);
const part = (value: unknown): Part => (isPart(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Exactly one of two keys. */
function eitherOr(at: string, section: Part, one: string, other: string): readonly string[] {
  if (one in section && other in section) return [`${at}: has both ${one} and ${other}; must have only one of them`];
  if (!(one in section) && !(other in section)) return [`${at}: has neither ${one} nor ${other}; must have one of them`];
  return [];
}

function endpointRules(chain: string, section: unknown): readonly string[] {
  const seen = new Map<string, number>();
  return list(part(section)["endpoints"]).flatMap((entry, index) => {
    if (!isPart(entry)) return [];
    const at = `chains.${chain}.endpoints[${index}]`;
    const problems = [...eitherOr(at, entry, "url", "urlFile")];
    const name = entry["name"];
    if (typeof name === "string") {
      const before = seen.get(name);
      if (before !== undefined) problems.push(`${at}.name: ${show(name)} is already the name of endpoints[${before}]; every endpoint of a chain needs a name of its own`);
      else seen.set(name, index);
    }
    if ("cookieFile" in entry && ("user" in entry || "passwordFile" in entry)) {
      problems.push(`${at}: has cookieFile and user or passwordFile; must have cookieFile alone, or user with passwordFile`);
    } else if ("user" in entry && !("passwordFile" in entry)) {
      problems.push(`${at}.passwordFile: missing; user needs a file with the password`);
    } else if ("passwordFile" in entry && !("user" in entry)) {
      problems.push(`${at}.user: missing; passwordFile needs the name of the user`);
    }
    return problems;
  });
}

/** A name that stands twice would hide one of the two. */
function namesakes(at: string, what: string, entries: readonly unknown[]): readonly string[] {
  const seen = new Map<unknown, number>();
  return entries.flatMap((entry, index) => {
    const { name } = part(entry);
    const before = seen.get(name);
    seen.set(name, before ?? index);
    return typeof name === "string" && before !== undefined ? [`${at}[${index}].name: ${show(name)} is already the name of the one at ${before}; every ${what} needs a name of its own`] : [];
  });
}

function webhookRules(notify: unknown): readonly string[] {
  const webhooks = list(part(notify)["webhooks"]);
  const urls = webhooks.flatMap((entry, index) => (isPart(entry) ? eitherOr(`notify.webhooks[${index}]`, entry, "url", "urlFile") : []));
  return [...urls, ...namesakes("notify.webhooks", "webhook", webhooks)];
}

/** Both chains must be the real ones, or neither. */
function networkRules(chains: Part): readonly string[] {
  const network = part(chains["bitcoin"])["network"];
  const chainId = part(chains["ethereum"])["chainId"];
  if (typeof network !== "string" || typeof chainId !== "number") return [];
  if ((network === "mainnet") === (chainId === 1)) return [];
  return [
    `chains: bitcoin.network is ${show(network)} and ethereum.chainId is ${chainId}; a bridge joins mainnet with chain 1, or a test network with a test chain`,
  ];
}

/** What every bridge needs: its chains, and a signer of the chain it acts on. */
function bridgeRules(config: Part, bridge: "tbtc" | "interbtc", chains: readonly [string, string], target: string): readonly string[] {
  const section = part(config["bridges"])[bridge];
  if (!isPart(section)) return [];
  const problems = chains
    .filter((chain) => !(chain in part(config["chains"])))
    .map((chain) => `bridges.${bridge}: needs chains.${chain}, which is missing`);
  const names = Object.keys(part(config["signers"]));
  const signer = section["signer"];
  if (typeof signer === "string" && !names.includes(signer)) {
    problems.push(`bridges.${bridge}.signer: there is no signer ${show(signer)}; must be one of signers: ${names.length === 0 ? "(none is defined)" : names.join(", ")}`);
  }
  const acts = part(part(config["signers"])[String(signer)])["chain"];
  if (typeof acts === "string" && acts !== target) problems.push(`bridges.${bridge}.signer: ${show(signer)} acts on ${acts}; must be a signer of chain ${target}`);
  return problems;
}

function tbtcRules(config: Part): readonly string[] {
  const tbtc = part(config["bridges"])["tbtc"];
  if (!isPart(tbtc)) return [];
  return [
    ...bridgeRules(config, "tbtc", ["bitcoin", "ethereum"], "ethereum"),
    ...eitherOr("bridges.tbtc", tbtc, "maintainerProxy", "direct"), ...networkRules(part(config["chains"])),
  ];
}

/** Fees are in the units of one chain: they would say nothing to another, and look as if they did. */
const signerRules = (signers: unknown): readonly string[] =>
  Object.entries(part(signers)).flatMap(([name, signer]) => {
    const { chain } = part(signer);
    const foreign = chain === "polkadot" ? "fees" : chain === "ethereum" ? "extrinsicFees" : null;
    return foreign !== null && foreign in part(signer) ? [`signers.${name}.${foreign}: not for a signer of chain ${String(chain)}; must be left out`] : [];
  });

/** Asked with the defaults in place: a base above the default cap is a mistake too. */
function backoffRules(config: Part): readonly string[] {
  const keys = ["backoffBaseSeconds", "backoffCapSeconds"] as const;
  const presets = Object.fromEntries(keys.map((key) => [key, shapeAt(["policy", key])?.default]));
  const common = { ...presets, ...part(config["policy"]) };
  const lanes = Object.entries(part(config["bridges"])).flatMap(([bridge, section]) =>
    Object.entries(part(part(section)["lanes"])).map(([lane, keys]) => [`bridges.${bridge}.lanes.${lane}.policy`, part(part(keys)["policy"])] as const));
  const own = lanes
    .filter(([, policy]) => keys.some((key) => key in policy))
    .map(([at, policy]) => [at, { ...common, ...policy }] as const);
  return [["policy", common] as const, ...own].flatMap(([at, { backoffBaseSeconds: base, backoffCapSeconds: cap }]: readonly [string, Part]) =>
    typeof base === "number" && typeof cap === "number" && base > cap
      ? [`${at}.backoffBaseSeconds: ${base} is more than backoffCapSeconds (${cap}); the first pause cannot be longer than the longest`]
      : [],
  );
}

/** One line for each broken rule. */
export function brokenRules(raw: unknown): readonly string[] {
  const config = part(raw);
  const chains = part(config["chains"]);
  return [
    ...endpointRules("bitcoin", chains["bitcoin"]),
    ...endpointRules("ethereum", chains["ethereum"]),
    ...endpointRules("polkadot", chains["polkadot"]),
    ...signerRules(config["signers"]),
    ...tbtcRules(config),
    ...bridgeRules(config, "interbtc", ["bitcoin", "polkadot"], "polkadot"),
    ...webhookRules(config["notify"]),
    ...backoffRules(config),
  ];
}
