// A bug ends the chat with its trace on a terminal that is as it was.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { ChatTerminal } from "../e2e/support/terminal.ts";

for (const way of ["thrown", "rejected", "answered"]) {
  test(`an error that is ${way} where nobody awaits it is told once the screen is gone`, async () => {
    const command = [process.execPath, join(import.meta.dir, "crashing.ts"), way];
    const terminal = new ChatTerminal(command, {
      cwd: import.meta.dir,
      env: { ...process.env, TERM: "xterm-256color" },
    });
    await terminal.row(/ alice in CSCE 513 · online/);
    terminal.press("/msg bob hello\r");
    expect((await terminal.ended).code).toBe(1);
    expect(terminal.cooked).toBe(true);
    expect(terminal.rows.join("\n")).toContain("a bug");
    const left = terminal.raw.lastIndexOf("\u001b[?1049l");
    expect(terminal.raw.indexOf("a bug")).toBeGreaterThan(left);
    expect(left).toBeGreaterThan(terminal.raw.lastIndexOf("\u001b[?1049h"));
  });
}
