// A vault is one process's at a time, and a killed process loses nothing that it was told is written.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientStore, StoreFailure } from "../../src/ports.ts";
import { openVault } from "../../src/store/vault-sqlite.ts";
import { bytes } from "./vault-contract.ts";

const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const key = random(32);

let folder: string;
let path: string;
let vault: ClientStore | undefined;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "classchat-vault-")), "profile");
  path = join(folder, "vault.sqlite");
});
afterEach(() => {
  vault?.close();
  vault = undefined;
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

function open(): ClientStore {
  vault = openVault(path, key, { random });
  return vault;
}

function refused(): string {
  try {
    openVault(path, key, { random }).close();
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason;
    throw error;
  }
  return "none";
}

describe("one process at a time", () => {
  const holder = () =>
    Bun.spawn([process.execPath, join(import.meta.dir, "vault-holder.ts"), path, key.toHex()], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
  const linesOf = (child: ReturnType<typeof holder>) => {
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    return async (): Promise<string | undefined> => {
      while (!rest.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        rest += value;
      }
      const end = rest.indexOf("\n");
      const next = rest.slice(0, end);
      rest = rest.slice(end + 1);
      return next;
    };
  };
  const begin = (child: ReturnType<typeof holder>, instant: number) => {
    void child.stdin.write(`${instant}\n`);
    void child.stdin.flush();
  };

  test("a second opening is busy, also in the same process, and free after the first is closed", () => {
    open();
    const first = vault;
    expect(refused()).toBe("busy");
    first?.transaction([{ put: "outbox", key: "m1", value: bytes("still mine") }]);
    first?.close();
    expect(open().get("outbox", "m1")).toEqual(bytes("still mine"));
  });

  test("a killed process loses nothing it was told is written, and leaves the vault free", async () => {
    for (let round = 1; round <= 3; round++) {
      rmSync(folder, { recursive: true, force: true });
      const child = holder();
      const next = linesOf(child);
      expect(await next()).toBe("ready");
      begin(child, 0);
      expect(await next()).toBe("held");
      expect(refused()).toBe("busy");
      let written = 0;
      while (written < 40 * round) written = Number(await next());
      child.kill("SIGKILL");
      for (let said = await next(); said !== undefined; said = await next()) written = Number(said);
      await child.exited;
      // The step in hand when the process was killed may be there too, but only whole.
      const store = open();
      const last = store.history("bob", Number.MAX_SAFE_INTEGER, 1)[0]?.position ?? 0;
      expect([written, written + 1]).toContain(last);
      expect(store.get("ratchet", "log")).toEqual(bytes(String(last)));
      expect(store.all("outbox").length).toBe(last);
      expect(store.history("bob", last + 1, last + 1).length).toBe(last);
      store.close();
    }
  });

  test("of two that open at the same instant exactly one gets in", async () => {
    for (let round = 0; round < 3; round++) {
      const children = [holder(), holder()];
      const nexts = children.map(linesOf);
      for (const next of nexts) expect(await next()).toBe("ready");
      const instant = Date.now() + 50;
      for (const child of children) begin(child, instant);
      const said = await Promise.all(nexts.map((next) => next()));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.exited));
      expect(said.sort()).toEqual(["busy", "held"]);
    }
  });
});
