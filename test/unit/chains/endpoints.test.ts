import { describe, expect, it } from "vitest";

import { isTrusted } from "../../../src/chains/endpoint-health.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import { invalid, misconfigured, rejected, unavailable } from "../../../src/core/errors.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

type Client = { answer: () => Promise<string> };
const never = new AbortController().signal;
const down = unavailable("endpoint-timeout", "silent");
const lie = invalid("merkle-root-mismatch", "a lie");

function made(names: readonly string[]) {
  const clock = createTestClock();
  const meter = createMemoryMeter();
  const clients = new Map<string, Client>(names.map((name) => [name, { answer: () => Promise.resolve(name) }]));
  const calls: string[] = [];
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: [...clients].map(([name, client]) => ({ name, client })), clock, meter, demoteMs: 60_000 });
  const fails = (name: string, error: Error): void => {
    const client = clients.get(name);
    if (client === undefined) return;
    client.answer = () => {
      calls.push(name);
      return Promise.reject(error);
    };
  };
  const callsOf = (name: string): number => calls.filter((called) => called === name).length;
  const works = (name: string): void => {
    const client = clients.get(name);
    if (client !== undefined) client.answer = () => Promise.resolve(name);
  };
  const ask = async (): Promise<string> => (await endpoints.ask((client) => client.answer(), never)).endpoint;
  return { clock, meter, endpoints, fails, works, ask, callsOf };
}

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => "none", (thrown: unknown) => failureOf(thrown).code);

describe("several endpoints of one chain", () => {
  it("asks the first configured one while it is healthy", async () => {
    const { ask } = made(["a", "b"]);
    expect([await ask(), await ask()]).toEqual(["a", "a"]);
  });

  it("asks the next one when one cannot answer, then leaves that one alone for a while, then tries it again", async () => {
    const { ask, fails, works, clock, endpoints } = made(["a", "b"]);
    fails("a", down);
    expect(await ask()).toBe("b");
    expect(endpoints.states().map(({ up }) => up)).toEqual([false, true]);
    works("a");
    expect(await ask()).toBe("b");
    await clock.advance(60_000);
    expect(await ask()).toBe("a");
    expect(endpoints.states().map(({ up }) => up)).toEqual([true, true]);
  });

  it("rests a failing endpoint longer each time, and as long as it asked for", async () => {
    const { ask, fails, clock, callsOf } = made(["a", "b"]);
    fails("a", down);
    for (let turn = 0; turn < 4; turn += 1) {
      await ask();
      await clock.advance(2_001);
    }
    // rests of 2 s and then 4 s: asked at 0, 2 and (not at 4) 6 seconds
    expect(callsOf("a")).toBe(3);
    await clock.advance(60_000);
    fails("a", unavailable("endpoint-throttled", "slow", { retryAfterMs: 45_000 }));
    await ask();
    await clock.advance(44_000);
    await ask();
    expect(callsOf("a")).toBe(4);
    await clock.advance(1_001);
    await ask();
    expect(callsOf("a")).toBe(5);
  });

  it("demotes an endpoint that says what cannot be true, and still asks it when nobody else is left", async () => {
    const { ask, fails, works, endpoints, meter, clock } = made(["a", "b"]);
    fails("a", lie);
    expect(await ask()).toBe("b");
    expect(endpoints.states()[0]).toMatchObject({ up: true, demotedUntil: clock.now() + 60_000, lastFailure: { code: "merkle-root-mismatch" } });
    expect(meter.total("errors_total")).toBe(1);
    works("a");
    fails("b", down);
    expect(await ask()).toBe("a");
  });

  it("throws a lie only when every endpoint answered and none of them was believed", async () => {
    const { endpoints, fails } = made(["a", "b"]);
    const ask = (): Promise<unknown> => endpoints.ask((client) => client.answer(), never);
    fails("a", lie);
    fails("b", lie);
    expect(await codeOf(ask())).toBe("merkle-root-mismatch");
    fails("b", down);
    expect(await codeOf(ask())).toBe("no-endpoint");
  });

  it("does not call an endpoint down that answered that it does not have something", async () => {
    const { endpoints, fails } = made(["a", "b"]);
    const pruned = unavailable("block-pruned", "gone");
    fails("a", pruned);
    expect((await endpoints.ask((client) => client.answer(), never)).endpoint).toBe("b");
    expect(endpoints.states().map(({ up }) => up)).toEqual([true, true]);
    fails("b", pruned);
    expect(await codeOf(endpoints.ask((client) => client.answer(), never))).toBe("block-pruned");
  });

  it.each([["Rejected", rejected("x", "")], ["Misconfigured", misconfigured("x", "")], ["an unclassified error", new TypeError("ours")]])("throws %s as it is, without asking another one", async (_, error) => {
    const { endpoints, fails } = made(["a", "b"]);
    fails("a", error);
    await expect(endpoints.ask((client) => client.answer(), never)).rejects.toBe(error);
  });

  it("prefers an endpoint at the head to one that lags, until it has caught up", async () => {
    const { ask, endpoints, meter } = made(["a", "b"]);
    endpoints.sawHead("b", 110);
    endpoints.sawHead("a", 107);
    expect(await ask()).toBe("b");
    expect(endpoints.states().map(({ lagBlocks }) => lagBlocks)).toEqual([3, 0]);
    expect(meter.last("endpoint_lag_blocks")).toBe(0);
    endpoints.sawHead("a", 108);
    expect(await ask()).toBe("a");
  });

  it("does not let the made-up head of a distrusted endpoint make the others lag", async () => {
    const { ask, endpoints } = made(["a", "b"]);
    endpoints.sawHead("a", 100);
    endpoints.sawHead("b", 1_000_000);
    endpoints.distrust("b", lie.failure);
    expect(await ask()).toBe("a");
    expect(endpoints.states()[0]?.lagBlocks).toBe(0);
  });

  it("counts each demotion, whoever noticed the lie, and none for silence", async () => {
    const { ask, fails, endpoints, meter } = made(["a", "b"]);
    fails("a", down);
    await ask();
    expect(meter.total("endpoint_demotions_total")).toBe(0);
    fails("b", lie);
    await codeOf(ask());
    endpoints.distrust("a", lie.failure);
    expect(meter.total("endpoint_demotions_total")).toBe(2);
  });

  it("does not blame an endpoint for a call that its caller gave up", async () => {
    const { endpoints } = made(["a", "b"]);
    const aborting = new AbortController();
    const asked: string[] = [];
    const call = endpoints.ask((client) => {
      asked.push("one");
      aborting.abort();
      return client.answer().then(() => Promise.reject(unavailable("call-aborted", "")));
    }, aborting.signal);
    expect(await codeOf(call)).toBe("call-aborted");
    expect(asked).toEqual(["one"]);
    expect(endpoints.states()[0]?.lastFailure).toBeNull();
  });

  it("asks only those that are named for a second word", async () => {
    const { endpoints, fails } = made(["a", "b", "c"]);
    fails("b", down);
    await endpoints.askAll((client) => client.answer(), never);
    endpoints.distrust("c", lie.failure);
    const answers = await endpoints.askAll((client) => client.answer(), never, isTrusted);
    expect(answers.map(({ endpoint }) => endpoint)).toEqual(["a"]);
    expect(made(["a", "b"]).endpoints.states().every(isTrusted)).toBe(true);
  });

  it("asks all in parallel and gives one result each", async () => {
    const { endpoints, fails } = made(["a", "b", "c"]);
    fails("b", down);
    const answers = await endpoints.askAll((client) => client.answer(), never);
    expect(answers.map((answer) => ("value" in answer ? answer.value : answer.failure.code))).toEqual(["a", "endpoint-timeout", "c"]);
  });
});
