/**
 * The command line as data for the parser: verbs, arguments, options, examples.
 * Always: every example in the help is parsed by a test; a write asks for its reason.
 * Never: work. The parser calls one action; actions live in files of their own.
 */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { addPolkadotVerbs, polkadotExamples } from "./polkadot-verbs.ts";
import type { PolkadotOrder } from "./polkadot-verbs.ts";
import { addInterbtcVerbs, interbtcExamples } from "./interbtc-verbs.ts";
import type { UserOrder } from "./interbtc-verbs.ts";
import { roles } from "./roles.ts";
import type { Role } from "../app/parts.ts";
import { becauseLength, scopeKinds } from "../web/commands.ts";
import type { Order } from "../web/commands.ts";
import type { ExitCode } from "./exit.ts";

export type Globals = { readonly config?: string; readonly json: boolean };
export type Wanted = Omit<Order, "who">;

/** What the verbs do. Each resolves to the exit code. */
export interface Actions {
  run(globals: Globals, roles: readonly Role[]): Promise<ExitCode>;
  status(globals: Globals): Promise<ExitCode>;
  show(globals: Globals, id: string): Promise<ExitCode>;
  alerts(globals: Globals): Promise<ExitCode>;
  order(globals: Globals, wanted: Wanted): Promise<ExitCode>;
  doctor(globals: Globals): Promise<ExitCode>;
  configCheck(globals: Globals): Promise<ExitCode>;
  notifyTest(globals: Globals): Promise<ExitCode>;
  devnetUp(globals: Globals): Promise<ExitCode>;
  devnetDown(globals: Globals): Promise<ExitCode>;
  devnetPolkadot(globals: Globals, order: PolkadotOrder): Promise<ExitCode>;
  devnetInterbtc(globals: Globals, order: UserOrder): Promise<ExitCode>;
  demo(globals: Globals, options: { readonly keep: boolean }): Promise<ExitCode>;
}

export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void };

/** every example line of the help, by verb */
export const examples: Readonly<Record<string, readonly string[]>> = {
  gantry: ["gantry run --config gantry.yml", "gantry status", "gantry show 3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7", "gantry demo"],
  run: ["gantry run", "gantry run --config /etc/gantry/gantry.yml", "gantry run --role watch,monitor"],
  status: ["gantry status", "gantry status --json"],
  show: ["gantry show tbtc-redemption-3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7", "gantry show 0x9c1f4b7a2d3e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8 --json"],
  alerts: ["gantry alerts", "gantry alerts --json"],
  acknowledge: ["gantry acknowledge chain bitcoin --because 'asking the node operator'", "gantry acknowledge tbtc-deposit-0x9c1f4b7a2d3e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8 --because 'the wallet operators know'"],
  retry: ["gantry retry tbtc-redemption-3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7 --because 'the node is back'"],
  park: ["gantry park tbtc-redemption-3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7 --because 'asked by the wallet operator to wait'"],
  resume: ["gantry resume tbtc-redemption-3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7 --because 'proof checked by hand'", "gantry resume lane tbtc-redemption --because 'the upgrade is done'"],
  abandon: ["gantry abandon tbtc-redemption-3f6b0c1e9a4d5e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7 --because 'settled outside of Gantry'"],
  pause: ["gantry pause lane tbtc-redemption --because 'contract upgrade at 14:00'", "gantry pause signer maintainer --because 'moving the key'"],
  doctor: ["gantry doctor", "gantry doctor --config gantry.yml --json"],
  config: ["gantry config check", "gantry config check --config gantry.yml"],
  notify: ["gantry notify test", "gantry notify test --json"],
  devnet: ["gantry devnet up", "gantry devnet down", "gantry devnet polkadot mine 5"],
  polkadot: polkadotExamples,
  interbtc: interbtcExamples,
  demo: ["gantry demo", "gantry demo --keep", "gantry demo --json"],
  "log-level": ["gantry log-level debug --because 'looking into slow proofs'"],
};

function rolesIn(text: string): readonly Role[] {
  const found = text.split(",").map((one) => one.trim());
  const wrong = found.filter((one) => !(roles as readonly string[]).includes(one));
  if (wrong.length > 0) throw new InvalidArgumentError(`"${wrong.join(",")}" is no role; allowed are ${roles.join(", ")}, separated by commas.`);
  return roles.filter((role) => found.includes(role));
}

const because = "why, in a few words; it is recorded";

function reasonIn(text: string): string {
  const reason = text.trim();
  const { least, most } = becauseLength;
  if (reason.length < least || reason.length > most) throw new InvalidArgumentError(`A reason of ${least} to ${most} characters is wanted, e.g. 'the node is back'.`);
  return reason;
}

/** The parser. `finish` receives the exit code of the action that ran. */
export function createProgram(actions: Actions, output: Output, version: string, finish: (code: ExitCode) => void): Command {
  const program = new Command("gantry")
    .description("Relays proofs between Bitcoin, Polkadot and Ethereum, and says at any moment where every transfer is and why.")
    .version(version)
    .option("-c, --config <file>", "configuration file (default: GANTRY_CONFIG, else gantry.yml)")
    .option("--json", "one JSON document on stdout", false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .showHelpAfterError("(gantry --help lists the commands, gantry <command> --help explains one)");
  const globals = (): Globals => program.opts<Globals>();
  const ends = async (work: Promise<ExitCode>) => finish(await work);
  const verb = (name: string, description: string) => withExamples(program.command(name).description(description), name);

  verb("run", "run Gantry until it is stopped (Ctrl-C or SIGTERM)")
    .addOption(new Option("--role <roles>", "what this process does, separated by commas").argParser(rolesIn).default(roles, roles.join(",")))
    .action((options: { role: readonly Role[] }) => ends(actions.run(globals(), options.role)));
  verb("status", "how chains, lanes, signers and the queue are").action(() => ends(actions.status(globals())));
  verb("alerts", "what is wrong now, why, and what to do").action(() => ends(actions.alerts(globals())));
  verb("show", "where a transfer is and why, and its deliveries, found by anything you have")
    .argument("<id>", "transfer, delivery, event or request id, txid (either byte order), address, account, wallet key hash")
    .action((id: string) => ends(actions.show(globals(), id)));
  addOrders(verb, (wanted) => ends(actions.order(globals(), wanted)));
  verb("doctor", "check everything Gantry needs, one line each with what to do").action(() => ends(actions.doctor(globals())));
  const config = verb("config", "look at the configuration");
  config.command("check").description("is the configuration file valid?").action(() => ends(actions.configCheck(globals())));
  const notify = verb("notify", "the webhooks that Gantry tells of what is wrong");
  notify.command("test").description("send a test message to each of them and say what happened").action(() => ends(actions.notifyTest(globals())));
  const devnet = verb("devnet", "real local chains to try things on");
  devnet.command("up").description("start them and keep them until Ctrl-C or gantry devnet down").action(() => ends(actions.devnetUp(globals())));
  devnet.command("down").description("stop them").action(() => ends(actions.devnetDown(globals())));
  const polkadot = withExamples(devnet.command("polkadot").description("the running devnet's Polkadot chain: blocks, time, reorgs, upgrades, prices"), "polkadot");
  addPolkadotVerbs(polkadot, (order) => ends(actions.devnetPolkadot(globals(), order)));
  const interbtc = withExamples(devnet.command("interbtc").description("the running devnet's interBTC user: asks for tokens, pays for them"), "interbtc");
  addInterbtcVerbs(interbtc, (order) => ends(actions.devnetInterbtc(globals(), order)));
  verb("demo", "move an interBTC issue, a tBTC deposit and a redemption over real local chains and show each step")
    .option("--keep", "leave everything running at the end and print the URLs", false)
    .action((options: { keep: boolean }) => ends(actions.demo(globals(), options)));
  withExamples(program, "gantry").addHelpText("after", "\nExit codes: 0 done; 75 try again later; 64 wrong or impossible; 78 wrong configuration; 70 a person has to look.");
  return program;
}

/** A scope of kind and name, or an id that stands alone. */
function subjectIn(what: string, name: string | undefined, alone: string, command: Command): string {
  const isKind = (scopeKinds as readonly string[]).includes(what);
  if (isKind && name === undefined) command.error(`error: which ${what}? Give its name: gantry ${command.name()} ${what} <name> --because …`);
  if (!isKind && name !== undefined) command.error(`error: "${what}" is not one of ${scopeKinds.join(", ")}; ${alone} has no name after its id`);
  return isKind ? `${what}:${name}` : what;
}

type NewVerb = (name: string, description: string) => Command;

/** Everything that changes something: carried out by the running process, and recorded there. */
function addOrders(verb: NewVerb, order: (wanted: Wanted) => Promise<void>): void {
  const explanations = {
    retry: "look at a delivery at once, whatever it waits for",
    park: "stop working on a delivery until it is resumed",
    abandon: "never work on a delivery again",
  } as const;
  for (const name of ["retry", "park", "abandon"] as const) {
    verb(name, explanations[name])
      .argument("<delivery>", "delivery id, as gantry status and gantry show print it")
      .requiredOption("--because <why>", because, reasonIn)
      .action((subject: string, options: { because: string }) => order({ verb: name, subject, because: options.because }));
  }
  verb("resume", "let a parked delivery, or a stopped lane, signer or chain go on")
    .argument("<what>", `delivery id, or one of ${scopeKinds.join(", ")}`)
    .argument("[name]", "name of the lane, signer or chain")
    .requiredOption("--because <why>", because, reasonIn)
    .action((what: string, name: string | undefined, options: { because: string }, command: Command) =>
      order({ verb: "resume", subject: subjectIn(what, name, "a delivery", command), because: options.because }));
  verb("acknowledge", "put on record that you look at a halt or a late transfer; nothing else changes")
    .argument("<what>", `transfer id, or one of ${scopeKinds.join(", ")}`)
    .argument("[name]", "name of the lane, signer or chain")
    .requiredOption("--because <why>", because, reasonIn)
    .action((what: string, name: string | undefined, options: { because: string }, command: Command) =>
      order({ verb: "acknowledge", subject: subjectIn(what, name, "a transfer", command), because: options.because }));
  verb("pause", "stop a lane, signer or chain; what is already sent is still followed")
    .addArgument(new Argument("<kind>", "what to stop").choices(scopeKinds))
    .argument("<name>", "its name in the configuration")
    .requiredOption("--because <why>", because, reasonIn)
    .action((kind: string, name: string, options: { because: string }) => order({ verb: "pause", subject: `${kind}:${name}`, because: options.because }));
  verb("log-level", "change how much the running process logs")
    .addArgument(new Argument("<level>", "from much to little").choices(["debug", "info", "warn", "error"]))
    .option("--because <why>", because, reasonIn, "asked on the command line")
    .action((subject: string, options: { because: string }) => order({ verb: "log-level", subject, because: options.because }));
}

function withExamples(command: Command, name: string): Command {
  return command.addHelpText("after", `\nExamples:\n${(examples[name] ?? []).map((line) => `  $ ${line}`).join("\n")}`);
}
