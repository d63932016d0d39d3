/** Text for people: colours only where somebody looks, columns that fit, nothing from outside that steers the terminal. */
import { describe, expect, test } from "vitest";
import { createTerminal, printable, span, table } from "../../../src/cli/terminal.ts";

const stream = (isTTY: boolean, colours: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => void written.push(text), hasColors: () => colours };
};

describe("colours", () => {
  test.each([[true, true, true], [true, false, false], [false, true, false]])("TTY %s, terminal with colours %s: %s", (tty, able, coloured) => {
    const out = stream(tty, able);
    const { paint } = createTerminal(out, stream(false, false));
    expect(paint("bad", "x") === "x").toBe(!coloured);
  });
});

test("progress is one line that is replaced on a TTY, and lines elsewhere", () => {
  const err = stream(true, false);
  const terminal = createTerminal(stream(true, false), err);
  terminal.progress("one");
  terminal.progress("two");
  terminal.err("done");
  expect(err.written.join("")).toBe("one\r\u001b[2Ktwo\r\u001b[2Kdone\n");
  const plain = stream(false, false);
  const elsewhere = createTerminal(stream(false, false), plain);
  for (const line of ["one", "one", "two", "one"]) elsewhere.progress(line);
  expect(plain.written.join("")).toBe("one\ntwo\none\n");
});

test("answers go to stdout alone", () => {
  const [out, err] = [stream(false, false), stream(false, false)];
  createTerminal(out, err).out("answer");
  expect([out.written, err.written]).toEqual([["answer\n"], []]);
});

test("a table's columns are as wide as their widest cell, colours not counted", () => {
  expect(table(["A", "B"], [["x", "1"], ["\u001b[31mlong\u001b[0m", "2"]])).toEqual(["A     B", "x     1", "\u001b[31mlong\u001b[0m  2"]);
});

test("control characters of others are blanks", () => {
  expect(printable("a\u001b[2Jb\nc\u009bd")).toBe("a [2Jb c d");
});

test.each([[0, "0 s"], [59_400, "59 s"], [75_000, "1 m 15 s"], [3_600_000, "1 h 0 m"], [90_000_000, "1 d 1 h"], [-5, "0 s"]])("%i ms is %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});
