/** A question in the background: nobody waits for it but the first, and that not for long. */
import { expect, test } from "vitest";
import { createSeldom } from "../../../src/app/seldom.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();

function open() {
  const clock = createTestClock();
  const stop = new AbortController();
  const asked: { answer: (value: string) => void; fail: (why: Error) => void }[] = [];
  const meter = createMemoryMeter();
  const get = createSeldom<string>({
    read: () => new Promise((resolve, reject) => void asked.push({ answer: resolve, fail: reject })), none: "nothing", everyMs: () => 10_000, clock, meter, stop: stop.signal,
  });
  return { clock, stop, asked, failures: () => meter.total("errors_total"), get: () => get(signal) };
}

test("the first answer is waited for", async () => {
  const { get, asked } = open();
  const first = get();
  asked[0]?.answer("one");
  expect(await first).toBe("one");
});

test("but not for long", async () => {
  const { get, asked, clock } = open();
  const first = get();
  await clock.advance(2_000);
  expect(await first).toBe("nothing");
  asked[0]?.answer("one");
  await clock.advance(0);
  expect(await get()).toBe("one");
});

test("later ones are not waited for; the question is put again when its time has come, and once at a time", async () => {
  const { get, asked, clock } = open();
  const first = get();
  asked[0]?.answer("one");
  await first;
  await clock.advance(9_999);
  await get();
  expect(asked).toHaveLength(1);
  await clock.advance(1);
  expect([await get(), await get(), asked.length]).toEqual(["one", "one", 2]);
  await clock.advance(60_000);
  await get();
  expect(asked).toHaveLength(2);
  asked[1]?.answer("two");
  await clock.advance(0);
  expect([await get(), asked.length]).toEqual(["two", 3]);
});

test("a failure leaves the answer before it, and is counted; nothing is asked once it stopped", async () => {
  const { get, asked, clock, stop, failures } = open();
  const first = get();
  asked[0]?.answer("one");
  await first;
  await clock.advance(10_000);
  await get();
  asked[1]?.fail(new Error("away"));
  await clock.advance(0);
  expect([await get(), failures()]).toEqual(["one", 1]);
  stop.abort();
  await clock.advance(60_000);
  expect([await get(), asked.length]).toEqual(["one", 2]);
});
