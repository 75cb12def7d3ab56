// What the layout of the demo promises: it fits the terminal, whatever that is.

import { describe, expect, test } from "bun:test";
import { DemoScreen } from "../../src/cli/demo-screen.ts";
import { keptDisplay } from "./demo-display.ts";

const LINK = `classchat://127.0.0.1:54321/${"x".repeat(70)}`;

async function drawn(width: number, color = false) {
  const display = keptDisplay(width, { color });
  const screen = new DemoScreen(display);
  screen.say("A class of three", "bold");
  screen.titles("LEFT", "RIGHT");
  await screen.heading("1. A step with quite a long name, longer than some terminals are wide");
  await screen.row(
    [{ who: "alice", text: "to bob: some words that do not fit on one line of a column" }],
    [{ text: "message, 364 B: 387c 2fcd fa4c e274…", style: "dim" }, { text: LINK }],
  );
  screen.say(LINK, "good");
  screen.commands([
    ["classchat serve", "prints the link"],
    ["classchat join LINK", "opens the chat"],
  ]);
  return display;
}

describe("the demo's layout", () => {
  test("no line is wider than the terminal, from 12 columns to 200, with and without colours", async () => {
    for (let width = 12; width <= 200; width += 1) {
      for (const color of [false, true]) {
        const widest = Math.max(...(await drawn(width, color)).lines().map((line) => Bun.stringWidth(line)));
        expect({ width, fits: widest <= width }).toEqual({ width, fits: true });
      }
    }
  });

  test("from 80 columns on people and server stand side by side", async () => {
    const text = (await drawn(80)).text();
    expect(text).toMatch(/^LEFT +│ RIGHT$/m);
    expect(text).toMatch(/^alice {2}to bob: some words .*│ message, 364 B: 387c 2fcd fa4c e274…$/m);
  });

  test("below 80 columns the server's side stands under the people's, marked", async () => {
    const lines = (await drawn(79)).lines();
    const said = lines.findIndex((line) => line.startsWith("alice  to bob: some words"));
    expect(said).toBeGreaterThan(0);
    expect(lines[said + 1]).toBe("│ message, 364 B: 387c 2fcd fa4c e274…");
  });

  test("a text that goes over several lines stays right of the name it belongs to", async () => {
    const lines = (await drawn(40)).lines();
    const said = lines.findIndex((line) => line.startsWith("alice  to bob:"));
    expect(lines[said + 1]).toMatch(/^ {7}\S/);
  });

  test("a link longer than a line is broken and nothing of it is lost", async () => {
    for (const width of [30, 80]) {
      const joined = (await drawn(width)).lines().join("");
      expect(joined).toContain(LINK);
    }
  });

  test("what a command does stands beside it where there is room, else below", async () => {
    expect((await drawn(80)).lines()).toContain("  classchat join LINK  opens the chat");
    const narrow = (await drawn(30)).lines();
    const at = narrow.indexOf("  classchat join LINK");
    expect(narrow[at + 1]).toBe("    opens the chat");
  });

  test("without colours there is no escape character, with them there is", async () => {
    expect((await drawn(80)).lines().join("")).not.toContain("\u001b");
    expect((await drawn(80, true)).lines().join("")).toContain("\u001b[");
  });

  test("whoever reads along and asks for an end is not kept waiting for the next line", async () => {
    const asking = new AbortController();
    const display = { ...keptDisplay(80, { signal: asking.signal }), paced: true };
    const row = new DemoScreen(display).row([{ text: "left" }], []);
    asking.abort();
    expect(row).rejects.toThrow("interrupted");
  });
});
