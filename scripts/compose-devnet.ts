/**
 * What docker-compose.yml's devnet needs besides its servers: somebody who deploys, registers, writes Gantry's configuration,
 * mines, and lets a user deposit and redeem from time to time; and a question by which a container knows that it is well.
 * Usage: node scripts/compose-devnet.ts play OPTIONS.json | answers URL [METHOD]
 * Never: started for anything but toy chains; started again, it finds its configuration and only mines.
 */
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { createBitcoinDevnet } from "../devnet/bitcoin.ts";
import { roles } from "../devnet/devnet.ts";
import type { Devnet } from "../devnet/devnet.ts";
import { createEthereumDevnet } from "../devnet/ethereum.ts";
import { writeKeyFiles } from "../devnet/keys.ts";
import { openParties } from "../devnet/polkadot-devnet.ts";
import type { PolkadotServer } from "../devnet/polkadot/server.ts";
import { deployTbtc } from "../devnet/tbtc/deploy.ts";
import { createDepositor } from "../devnet/tbtc/depositor.ts";
import { createRedeemer } from "../devnet/tbtc/redeemer.ts";
import { createWallet } from "../devnet/tbtc/wallet.ts";
import { keyOf, witnessScript } from "../devnet/bitcoin.ts";
import { until } from "../devnet/until.ts";
import { createJsonRpc } from "../src/chains/json-rpc.ts";
import { writeDevnetConfig } from "../src/cli/devnet-config.ts";

type Options = {
  readonly folder: string;
  readonly bitcoin: { readonly url: string; readonly user: string; readonly password: string };
  readonly ethereum: { readonly url: string };
  readonly polkadot: { readonly url: string };
  readonly redis: { readonly url: string };
  readonly http: { readonly host: string; readonly port: number; readonly hostNames: readonly string[] };
  readonly bitcoinBlockEverySeconds: number;
  readonly storyEverySeconds: number;
};

const say = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);
const depositSat = 100_000_000n;
const redemptionSat = 40_000_000n;
const issueSat = 5_000_000n;
const againAfterSeconds = 5;
/** there once everything is deployed and written */
const ready = "ready";

/** The parties of a devnet whose servers somebody else started. */
async function openDevnet({ folder, bitcoin: node, ethereum: evm, polkadot: dot }: Options, signal: AbortSignal) {
  const authorization = (): Promise<string> => Promise.resolve(`Basic ${Buffer.from(`${node.user}:${node.password}`).toString("base64")}`);
  const bitcoin = await createBitcoinDevnet({ rpc: createJsonRpc({ name: "bitcoind", url: node.url, authorization, timeoutMs: 30_000 }), signal });
  const ethereum = createEthereumDevnet({ rpc: createJsonRpc({ name: "anvil", url: evm.url, timeoutMs: 30_000 }), signal });
  const ethereumHeight = await ethereum.height();
  const tbtc = await deployTbtc({ ethereum, maintainers: [ethereum.account(roles.relayer), ethereum.account(roles.rival)] });
  say("tBTC contracts are deployed");
  const wallet = createWallet({ bitcoin, ethereum, tbtc });
  await wallet.register();
  await ethereum.setBlocks({ everySeconds: 1 });
  const keys = await writeKeyFiles({ folder, name: "relayer", privateKey: ethereum.privateKey(roles.relayer), encrypted: true });
  const polkadot = await openParties({ folder, server: { url: dot.url } as PolkadotServer, bitcoin: Promise.resolve(bitcoin) });
  say("a vault is registered on the Polkadot chain");
  const { height: bitcoinHeight } = await bitcoin.tip();
  return {
    folder, bitcoin, ethereum, polkadot, tbtc, wallet, depositor: createDepositor({ bitcoin, ethereum, tbtc }), redeemer: createRedeemer({ ethereum, tbtc }),
    relayer: { address: ethereum.account(roles.relayer), ...keys }, start: { ethereumHeight, bitcoinHeight },
  };
}

type Parties = Awaited<ReturnType<typeof openDevnet>>;

/** The configuration of `gantry demo`, with the addresses that hold between containers. */
async function writeConfig(parties: Parties, { folder, bitcoin, ethereum, redis, http }: Options): Promise<void> {
  const passwordFile = join(folder, "bitcoin.password");
  await writeFile(passwordFile, `${bitcoin.password}\n`, { mode: 0o600 });
  const servers = { bitcoin: { url: bitcoin.url, cookieFile: "" }, ethereum, redis };
  const { file } = await writeDevnetConfig({ ...parties, servers } as unknown as Devnet);
  const written = parse(readFileSync(file, "utf8")) as { chains: { bitcoin: { endpoints: unknown[] } } };
  written.chains.bitcoin.endpoints = [{ name: "bitcoind", url: bitcoin.url, user: bitcoin.user, passwordFile }];
  await writeFile(file, stringify({ ...written, http }), { mode: 0o600 });
  await writeFile(join(folder, ready), "");
  say(`${file} is written`);
}

/** A user asks the vault for tokens and pays. */
async function issue({ polkadot: { user } }: Parties): Promise<void> {
  await user.pay(await user.request(issueSat));
  say("an issue is paid");
}

/** A deposit is paid, swept and proved; then a part of it is redeemed. */
async function story({ bitcoin, ethereum, depositor, wallet, redeemer }: Parties, signal: AbortSignal): Promise<void> {
  const user = ethereum.account(roles.depositors[0]);
  const [paid] = await depositor.fund([{ depositor: user, valueSat: depositSat, walletPubKeyHash: wallet.pubKeyHash }]);
  if (paid === undefined) return;
  await depositor.reveal(paid);
  const before = await wallet.proved();
  await bitcoin.mine();
  await wallet.sweep([paid]);
  say("a deposit is swept");
  const proved = (known: typeof before): string => (known === null ? "" : JSON.stringify(known, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
  const mainUtxo = await until("the sweep's proof", async () => {
    const now = await wallet.proved();
    return now !== null && proved(now) !== proved(before) ? now : null;
  }, { withinMs: 600_000, everyMs: 1_000, signal });
  const outputScript = witnessScript(keyOf(`redeemer ${Date.now()}`).publicKey);
  const requested = await redeemer.request({ redeemer: user, amountSat: redemptionSat, outputScript, walletPubKeyHash: wallet.pubKeyHash, mainUtxo });
  await wallet.redeem([requested]);
  say("a redemption is paid");
}

async function play(options: Options): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  if (existsSync(join(options.folder, ready))) {
    say("this devnet was set up before; its users rest (docker compose down --volumes makes a new one)");
    return stopped;
  }
  const parties = await openDevnet(options, stop.signal);
  await writeConfig(parties, options);
  const stopMining = parties.bitcoin.mineEvery(options.bitcoinBlockEverySeconds);
  const waiting = [issue, story];
  while (!stop.signal.aborted) {
    const part = waiting.shift() ?? issue;
    const told = await part(parties, stop.signal).then(() => null, (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
    // at the beginning Gantry has not told the parachain of any block yet
    if (told !== null) say(`${told}; tried again later`);
    waiting.push(part);
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, (told === null ? options.storyEverySeconds / 2 : againAfterSeconds) * 1_000))]);
  }
  await stopMining();
  await parties.polkadot.user.close();
}

/** Whether it answers: a JSON-RPC method, or a plain page. */
async function answers(url: string, method: string | undefined): Promise<boolean> {
  const call = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] }) };
  const answer = await fetch(url, { ...(method === undefined ? {} : call), signal: AbortSignal.timeout(4_000) });
  return answer.ok && (method === undefined || "result" in ((await answer.json()) as object));
}

const [verb, given = "", method] = process.argv.slice(2);
if (verb === "play") {
  await play(JSON.parse(readFileSync(given, "utf8")) as Options);
  process.exit(0);
} else {
  process.exit(await answers(given, method).then((is) => (is ? 0 : 1), () => 1));
}
