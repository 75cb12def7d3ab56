// Whoever is attached is told how it ended, and whoever cannot attach is told why.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { HolderGone } from "../../src/cli/attach-connection.ts";
import { type AttachedFace, attachFace } from "../../src/cli/attach-dial.ts";
import { socketPath } from "../../src/cli/attach-path.ts";
import { offerFace } from "../../src/cli/attach-serve.ts";
import { PROTOCOL } from "../../src/cli/attach-wire.ts";
import { FakeFace, messageOf, privateFolder, RawClient } from "./attach-face.ts";

let folder: ReturnType<typeof privateFolder>;
let path: string;
let closing: (() => unknown)[];

beforeEach(() => {
  folder = privateFolder();
  path = socketPath(folder.path);
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  folder.remove();
});

async function attach(): Promise<AttachedFace> {
  const attached = await attachFace(path, "0.1.0");
  if (!attached.ok) throw new Error(attached.why);
  closing.push(() => attached.face.close());
  return attached.face;
}

async function killableHolder(): Promise<{ kill(): Promise<unknown> }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "attach-holder.ts"), path], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const kill = () => {
    child.kill("SIGKILL");
    return child.exited;
  };
  closing.push(kill);
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("ready\n");
  return { kill };
}

function goneOf(face: AttachedFace): Promise<void> {
  return new Promise((resolve) => face.onGone(resolve));
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "answered",
    (error: unknown) => error,
  );

describe("a holder that is killed", () => {
  test("is told to the listener and by every call, those that wait and those to come", async () => {
    const holder = await killableHolder();
    const face = await attach();
    expect(await face.status()).toEqual({ state: "connecting" });
    const gone = goneOf(face);
    const waiting = [caught(face.users()), caught(face.users())];
    await holder.kill();
    await gone;
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ name: "HolderGone", isUndone: false });
    expect(await caught(face.status())).toBeInstanceOf(HolderGone);
    await goneOf(face); // told to one who asks only now, too
    await face.close();
  });

  test("leaves a socket at which nobody is met, and which the next holder replaces", async () => {
    const holder = await killableHolder();
    await holder.kill();
    expect(existsSync(path)).toBe(true);
    expect(await attachFace(path, "0.1.0")).toEqual({ ok: false, why: "nobody" });
    const offered = await offerFace(new FakeFace({ unread: () => Promise.resolve([]) }), path, "0.1.0");
    closing.push(() => offered.close());
    expect(await (await attach()).unread()).toEqual([]);
  });
});

describe("a holder that ends in order", () => {
  test("answers what is in hand, takes nothing new, and is gone with its socket", async () => {
    const sent = Promise.withResolvers<{ id: string }>();
    const asked = Promise.withResolvers<void>();
    const face = new FakeFace({
      send: () => {
        asked.resolve();
        return sent.promise;
      },
    });
    const offered = await offerFace(face, path, "0.1.0");
    const attached = await attach();
    const gone = goneOf(attached);
    const story: string[] = [];
    const sending = attached.send("bob", "hi").then(({ id }) => story.push(id));
    await asked.promise;
    const closed = offered.close();
    expect(existsSync(path)).toBe(false);
    expect(face.listeners).toBe(0);
    const late = caught(attached.status());
    sent.resolve({ id: "kept" });
    await Promise.all([sending, gone.then(() => story.push("gone")), closed]);
    expect(story).toEqual(["kept", "gone"]);
    expect(await late).toMatchObject({ name: "HolderGone", isUndone: true });
    expect(face.calls).toEqual([["send", "bob", "hi"]]);
  });

  test("does not wait for ever for a reader that does not read", async () => {
    const huge = Array.from({ length: 100 }, () => messageOf("x".repeat(60_000)));
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const face = new FakeFace({
      async unread() {
        resolve();
        return huge;
      },
    });
    const offered = await offerFace(face, path, "0.1.0");
    const raw = new RawClient(path);
    raw.write({ classchat: PROTOCOL, program: "0.1.0" });
    await raw.received(1);
    raw.socket.pause();
    raw.write({ call: 0, method: "unread", args: [] });
    await asked;
    await offered.close();
    raw.socket.resume();
    await raw.closed;
    expect(raw.lines.length).toBeLessThan(101);
  });
});

test("who detaches while calls wait has them end", async () => {
  const offered = await offerFace(new FakeFace({ users: () => new Promise(() => {}) }), path, "0.1.0");
  const face = await attach();
  const waiting = caught(face.users());
  await face.close();
  expect(await waiting).toBeInstanceOf(HolderGone);
  expect(await caught(face.users())).toBeInstanceOf(HolderGone);
  await offered.close();
});

/** Somebody else at the socket, who says the next of these things each time they are spoken to, and then ends or not. */
async function stranger(said: readonly string[], after: "ends" | "stays"): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const left = [...said];
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", () => {
      socket.write(left.shift() ?? "");
      if (left.length === 0 && after === "ends") socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

describe("nobody is attached to", () => {
  test("where there is no folder, no socket, or no socket but a file", async () => {
    expect(await attachFace(join(folder.path, "none/socket"), "0.1.0")).toEqual({ ok: false, why: "nobody" });
    expect(await attachFace(path, "0.1.0")).toEqual({ ok: false, why: "nobody" });
    writeFileSync(path, "");
    expect(await attachFace(path, "0.1.0")).toEqual({ ok: false, why: "nobody" });
  });

  test("who speaks another version of the protocol, and its program is named", async () => {
    await stranger([`{"classchat":${PROTOCOL + 1},"program":"9.0.0","more":{}}\n`], "stays");
    expect(await attachFace(path, "0.1.0")).toEqual({ ok: false, why: "other-version", program: "9.0.0" });
  });

  for (const [what, said, after] of [
    ["ends at once", "", "ends"],
    ["says something else", "220 mail.example.org ESMTP\n", "stays"],
    ["says JSON that is no greeting", '{"hello":1}\n', "stays"],
    ["never ends its line", "x".repeat(2 ** 20 + 1), "stays"],
  ] as const)
    test(`who ${what}`, async () => {
      await stranger([said], after);
      expect(await attachFace(path, "0.1.0")).toEqual({ ok: false, why: "lost" });
    });

  test("who says nothing in the time given", async () => {
    await stranger([], "stays");
    expect(await attachFace(path, "0.1.0", 20)).toEqual({ ok: false, why: "lost" });
  });
});

describe("a holder that speaks no sense is gone to whoever is attached:", () => {
  const hello = `{"classchat":${PROTOCOL},"program":"0.1.0"}\n`;

  test("but not one that speaks sense", async () => {
    await stranger([hello, '{"answer":0,"value":{"state":"connecting"}}\n'], "stays");
    expect(await (await attach()).status()).toEqual({ state: "connecting" });
  });

  test("nor one of a newer version, which has reasons that this one does not know", async () => {
    const offline = { state: "offline", cause: { kind: "refused", code: "moon-phase" }, later: 1 };
    await stranger([hello, `${JSON.stringify({ answer: 0, value: offline })}\n`], "stays");
    expect(await (await attach()).status()).toEqual({
      state: "offline",
      cause: { kind: "refused", code: "malformed" },
    });
  });

  for (const line of [
    "garbage",
    "null",
    "{}",
    '{"answer":0}',
    '{"answer":0,"value":{"state":"asleep"}}',
    '{"answer":0,"item":{}}',
    '{"answer":7,"value":null}',
    '{"event":{"type":"earthquake"}}',
    '{"event":{"type":"presence","name":7,"online":true}}',
  ])
    test(line, async () => {
      await stranger([hello, `${line}\n`], "stays");
      const face = await attach();
      const gone = goneOf(face);
      expect(await caught(face.status())).toBeInstanceOf(HolderGone);
      await gone;
    });
});
