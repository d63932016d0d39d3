/** The command line: every example of the help parses, wrong lines are refused with what is allowed, writes need a reason. */
import { describe, expect, test } from "vitest";
import { createProgram, examples } from "../../../src/cli/program.ts";
import type { Actions } from "../../../src/cli/program.ts";

type Run = { readonly called: readonly unknown[] | null; readonly out: string; readonly err: string; readonly exit: number | null };

/** Through the real parser, with actions that only remember. */
async function parse(args: readonly string[]): Promise<Run> {
  let called: readonly unknown[] | null = null;
  let [out, err] = ["", ""];
  const remember = (name: string) => (...given: readonly unknown[]) => {
    called = [name, ...given];
    return Promise.resolve(0 as const);
  };
  const names = ["run", "status", "show", "alerts", "order", "doctor", "configCheck", "notifyTest", "devnetUp", "devnetDown", "devnetPolkadot", "devnetInterbtc", "demo"] as const;
  const actions = Object.fromEntries(names.map((name) => [name, remember(name)])) as unknown as Actions;
  const program = createProgram(actions, { out: (text) => void (out += text), err: (text) => void (err += text) }, "1.2.3", () => undefined);
  try {
    await program.parseAsync([...args], { from: "user" });
    return { called, out, err, exit: null };
  } catch (thrown) {
    return { called, out, err, exit: (thrown as { exitCode: number }).exitCode };
  }
}

/** As a shell splits it: single quotes are the only quoting in the examples. */
const words = (line: string): readonly string[] => [...line.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? "");

describe("examples", () => {
  test.each(Object.values(examples).flat())("%s", async (line) => {
    const [command, ...args] = words(line);
    expect(command).toBe("gantry");
    const { called, err } = await parse(args);
    expect(err).toBe("");
    expect(called).not.toBeNull();
  });

  test("every verb has some, and its help shows them", async () => {
    const { out } = await parse(["--help"]);
    const verbs = [...out.matchAll(/^ {2}([a-z][a-z-]+)(?: |\n)/gmu)].flatMap(([, name]) => name ?? []).filter((name) => name !== "help");
    expect(verbs.length).toBeGreaterThan(10);
    for (const verb of verbs) {
      const help = await parse([verb, "--help"]);
      expect(help.exit).toBe(0);
      expect(examples[verb]?.length ?? 0).toBeGreaterThan(0);
      for (const line of examples[verb] ?? []) expect(help.out).toContain(line);
    }
  });
});

describe("arguments", () => {
  test("global options are taken before and after the verb", async () => {
    expect((await parse(["--json", "-c", "a.yml", "status"])).called).toEqual(["status", { json: true, config: "a.yml" }]);
    expect((await parse(["status", "-c", "a.yml", "--json"])).called).toEqual(["status", { json: true, config: "a.yml" }]);
    expect((await parse(["status"])).called).toEqual(["status", { json: false }]);
  });

  test("run has all roles unless told, each once and in order", async () => {
    expect((await parse(["run"])).called?.[2]).toEqual(["watch", "relay", "monitor"]);
    expect((await parse(["run", "--role", "monitor,watch,watch"])).called?.[2]).toEqual(["watch", "monitor"]);
  });

  test("resume takes a delivery, or a kind with a name", async () => {
    const because = ["--because", "done"];
    expect((await parse(["resume", "tbtc:1", ...because])).called?.[2]).toEqual({ verb: "resume", subject: "tbtc:1", because: "done" });
    expect((await parse(["acknowledge", "lane", "x", ...because])).called?.[2]).toEqual({ verb: "acknowledge", subject: "lane:x", because: "done" });
    expect((await parse(["acknowledge", "tbtc-deposit-0x1", ...because])).called?.[2]).toEqual({ verb: "acknowledge", subject: "tbtc-deposit-0x1", because: "done" });
    expect((await parse(["resume", "chain", "bitcoin", ...because])).called?.[2]).toEqual({ verb: "resume", subject: "chain:bitcoin", because: "done" });
  });
});

describe("wrong lines are refused with what is allowed", () => {
  test.each([
    [["jump"], "unknown command"],
    [[], "Usage:"],
    [["status", "--loud"], "unknown option"],
    [["run", "--role", "watch,steer"], "watch, relay, monitor"],
    [["park", "tbtc:1"], "--because"],
    [["pause", "lane", "x"], "--because"],
    [["pause", "lane", "x", "--because", " y "], "3 to 500 characters"],
    [["retry", "tbtc:1", "--because", "y".repeat(501)], "3 to 500 characters"],
    [["log-level", "debug", "--because", ""], "3 to 500 characters"],
    [["pause", "town", "x", "--because", "y y y"], "lane, signer, chain"],
    [["resume", "lane", "--because", "done"], "which lane?"],
    [["resume", "tbtc:1", "x", "--because", "done"], "not one of lane, signer, chain"],
    [["show"], "missing required argument"],
    [["show", "a", "b"], "too many arguments"],
    [["log-level", "loud"], "debug, info, warn, error"],
    [["devnet"], "Usage:"],
    [["config", "burn"], "unknown command"],
    [["devnet", "polkadot", "mine", "0"], "a whole number, 1 or more"],
    [["devnet", "polkadot", "time", "tomorrow"], "+<seconds>, or a date"],
    [["devnet", "polkadot", "head", "top"], "a height on the head's branch, or a block's hash"],
    [["devnet", "polkadot", "price", "BTC", "1"], "DOT, INTR, fee"],
    [["devnet", "polkadot", "price", "DOT", "0"], "a number above 0"],
    [["devnet", "polkadot", "stall", "maybe"], "on, off"],
    [["devnet", "polkadot", "pause"], "missing required argument"],
    [["devnet", "polkadot"], "Usage:"],
  ])("%j", async (args, said) => {
    const { called, err, exit } = await parse(args);
    expect(called).toBeNull();
    expect(exit).not.toBe(0);
    expect(err).toContain(said);
  });
});
