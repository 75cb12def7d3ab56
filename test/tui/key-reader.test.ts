// What a terminal sends is read as what was meant, in whatever pieces it comes.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Key, KeyReader } from "../../src/tui/key-reader.ts";

const read = (...chunks: (string | Uint8Array)[]): Key[] => {
  const reader = new KeyReader();
  return chunks.flatMap((chunk) => reader.read(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
};
const key = (name: string): Key => ({ kind: "key", key: name });
const text = (typed: string, pasted = false): Key => ({ kind: "text", text: typed, pasted });

test("text and Enter in one piece are a text and an Enter", () => {
  expect(read("abc\rdef\r")).toEqual([text("abc"), key("enter"), text("def"), key("enter")]);
});

test("control keys, Alt keys, arrows and function keys have their names", () => {
  expect(read("\u0001\u000b\u0017\t\u007f\b")).toEqual(
    ["ctrl-a", "ctrl-k", "ctrl-w", "tab", "backspace", "backspace"].map(key),
  );
  expect(read("\u001b\r\u001b1\u001bb\u001b\u007f")).toEqual(
    ["alt-enter", "alt-1", "alt-b", "alt-backspace"].map(key),
  );
  expect(
    read("\u001b[A\u001bOB\u001b[1;5C\u001b[1;3D\u001b[5~\u001b[6~\u001bOP\u001b[11~\u001b[Z\u001b[1;5F"),
  ).toEqual(
    ["up", "down", "ctrl-right", "alt-left", "pgup", "pgdn", "f1", "f1", "shift-tab", "ctrl-end"].map(key),
  );
});

test("the escape key comes alone, and before another key", () => {
  expect(read("\u001b")).toEqual([key("esc")]);
  expect(read("\u001b\u001b[A")).toEqual([key("esc"), key("up")]);
});

test("what is pasted is one text, with its line ends, whatever is in it", () => {
  expect(read("\u001b[200~one\r\ntwo\rthree\n\u001b[A\u0003\u001b[201~x")).toEqual([
    text("one\ntwo\nthree\n\u001b[A\u0003", true),
    text("x"),
  ]);
  expect(read("\u001b[20", "0~ab", "c\u001b[2", "01~d")).toEqual([text("abc", true), text("d")]);
});

test("the wheel, clicks, the focus and the colour behind the text are told", () => {
  expect(read("\u001b[<64;3;4M\u001b[<65;3;4M\u001b[<0;3;4M\u001b[<0;3;4m\u001b[<2;3;4M")).toEqual([
    key("wheel-up"),
    key("wheel-down"),
    { kind: "click", column: 2, row: 3 },
  ]);
  expect(read("\u001b[<0;3;4M\u001b[<0;9;4m\u001b[<0;9;4m")).toEqual([]);
  expect(read("\u001b[I\u001b[O")).toEqual([
    { kind: "focus", on: true },
    { kind: "focus", on: false },
  ]);
  expect(read("\u001b]11;rgb:ffff/ffff/dddd\u0007\u001b]11;rgb:00/00/00\u001b\\")).toEqual([
    { kind: "background", light: true },
    { kind: "background", light: false },
  ]);
});

test("sequences that mean nothing here do nothing", () => {
  expect(read("\u001b[?1;2c\u001b[99~\u001b[1;9X\u001b]52;c;aGk=\u0007ok")).toEqual([text("ok")]);
});

test("a character or a sequence that is cut in two is read whole", () => {
  const bytes = Buffer.from("語👍🏽\u001b[<64;10;20M\u001b[1;5Fé");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bytes.length - 1 }), (at) => {
      // An escape at the very end of a piece is the escape key: nobody could wait for more.
      fc.pre(bytes[at - 1] !== 0x1b);
      const pieces = read(bytes.subarray(0, at), bytes.subarray(at));
      const joined = pieces
        .map((one) => (one.kind === "text" ? one.text : "key" in one ? `<${one.key}>` : ""))
        .join("");
      expect(joined).toBe("語👍🏽<wheel-up><ctrl-end>é");
    }),
  );
});

test("no bytes at all make it fail", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
      for (const one of read(...chunks))
        if (one.kind === "text" && !one.pasted) expect(one.text).not.toMatch(/\p{Cc}/u);
    }),
  );
});
