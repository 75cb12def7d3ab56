// What whoever runs `classchat demo` can rely on: it shows both sides, tells the truth, and leaves nothing behind.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showDemo } from "../../src/cli/command-demo.ts";
import { EXIT } from "../../src/cli/exit.ts";
import { keptDisplay } from "./demo-display.ts";

const main = join(import.meta.dir, "..", "..", "src", "main.ts");

let temp = "";
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "d-"));
});
afterEach(() => {
  chmodSync(temp, 0o700);
  rmSync(temp, { recursive: true });
});

/** The folder the demo has made. */
function demoFolder(): string {
  const [name] = readdirSync(temp);
  if (name === undefined) throw new Error("the demo has no folder yet");
  return join(temp, name);
}

describe("classchat demo, into a pipe", () => {
  test("ends with 0, shows the texts on the left and ciphertext on the right, and its folder is gone", async () => {
    const env = { ...process.env, TMPDIR: temp, TMP: temp, COLUMNS: undefined, FORCE_COLOR: "1" };
    const child = Bun.spawn([process.execPath, main, "demo"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ err, code }).toEqual({ err: "", code: 0 });
    const sides = out.split("\n").flatMap((line) => {
      const at = line.indexOf("│");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    });
    const left = sides.map(([side]) => side.trim()).join(" ");
    const right = sides.map(([, side]) => side.trim()).join(" ");
    for (const text of ["exercise 3", "the library after lunch", "draft is better"]) {
      // Once where it is written, once where it is read.
      expect(left.replace(/\s+/g, " ").split(text)).toHaveLength(3);
      expect(right).not.toContain(text);
    }
    expect(left).toContain("· accepted");
    expect(left).toContain("✓ delivered");
    const ciphertexts = right.match(/message, \d+ B: [0-9a-f]{4}( [0-9a-f]{4}){3}…/g) ?? [];
    expect(new Set(ciphertexts).size).toBe(3);
    expect(right).toMatch(/waiting for device \S+: 1 /);
    expect(left).toMatch(/\(sent \d\d:\d\d:\d\d, while you +were +away\)/);
    expect(left).toContain("found 0 times");
    expect(left).toContain("found 3 of 3 ciphertexts, 3 of 3 names");
    expect(out).toContain("classchat join LINK --user alice");
    expect(out).not.toContain("\u001b");
    expect(Math.max(...out.split("\n").map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(80);
    expect(readdirSync(temp)).toEqual([]);
  });

  test("asked to end by a signal, it says so in a line with a hint, ends with 1, and its folder is gone", async () => {
    const env = { ...process.env, TMPDIR: temp, TMP: temp };
    const child = Bun.spawn([process.execPath, main, "demo"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const errors = child.stderr.text();
    const reader = child.stdout.getReader();
    await reader.read(); // it has begun
    child.kill("SIGINT");
    while (!(await reader.read()).done);
    expect(await errors).toMatch(/^classchat: the demo was interrupted\nhint: .+\n$/);
    expect(await child.exited).toBe(EXIT.failed);
    expect(readdirSync(temp)).toEqual([]);
  });
});

describe("the demo on a display", () => {
  test.each([60, 120])("fits %i columns, in colour", async (width) => {
    const display = keptDisplay(width, { color: true });
    await showDemo(display, temp);
    expect(Math.max(...display.lines().map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(width);
    expect(display.text()).toContain("found 0 times");
    expect(readdirSync(temp)).toEqual([]);
  });

  test("the safety number it shows is the same for both, and every class has another", async () => {
    const numbers: string[] = [];
    for (const _ of [1, 2]) {
      const display = keptDisplay(80);
      await showDemo(display, temp);
      const shown = [...display.text().matchAll(/^(?:alice|bob) +((?:\d{5} ){4}…)/gm)].map(
        ([, number]) => number,
      );
      expect(shown).toHaveLength(2);
      expect(shown[0]).toBe(shown[1] ?? "");
      numbers.push(shown[0] ?? "");
    }
    expect(numbers[0]).not.toBe(numbers[1]);
  });

  test("plain text in a file of the server is found, told, and a failure", async () => {
    const display = keptDisplay(80, {
      onWrite(text) {
        if (!text.includes("7. ")) return;
        writeFileSync(join(demoFolder(), ".server", "leak"), "…stuck on exercise 3? I found the missing…");
      },
    });
    const failure = await showDemo(display, temp).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "Failure", code: EXIT.failed });
    expect(String(failure)).toContain("the server's files hold what was said");
    expect(display.text()).toContain("found 2 times");
    expect(readdirSync(temp)).toEqual([]);
  });

  test.each(["1. ", "3. ", "5. "])("asked to end at step %s, it leaves nothing behind", async (step) => {
    const asking = new AbortController();
    const onWrite = (text: string) => {
      if (text.includes(step)) asking.abort();
    };
    const display = keptDisplay(80, { signal: asking.signal, onWrite });
    const failure = await showDemo(display, temp).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: "Failure",
      code: EXIT.failed,
      message: "the demo was interrupted",
    });
    expect(display.text()).not.toContain("A class of your own");
    expect(readdirSync(temp)).toEqual([]);
  });

  test("it changes nothing of the environment it runs in", async () => {
    const before = { ...process.env };
    await showDemo(keptDisplay(80), temp);
    expect(process.env).toEqual(before);
  });

  test("without a place for its folder it says which, and what to do", async () => {
    const nowhere = join(temp, "absent");
    const failure = await showDemo(keptDisplay(80), nowhere).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "Failure", code: EXIT.failed });
    expect(String(failure)).toContain(`no temporary folder can be made in ${nowhere} (ENOENT)`);
  });
});
