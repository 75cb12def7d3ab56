// Whatever one connection does to the local socket, the others and the holder do not notice.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attachFace } from "../../src/cli/attach-dial.ts";
import { pipeName, SocketRefused, socketPath } from "../../src/cli/attach-path.ts";
import { offerFace } from "../../src/cli/attach-serve.ts";
import { PROTOCOL } from "../../src/cli/attach-wire.ts";
import { FakeFace, messageOf, privateFolder, RawClient } from "./attach-face.ts";

const hello = { classchat: PROTOCOL, program: "0.1.0" };

let folder: ReturnType<typeof privateFolder>;
let closing: (() => unknown)[];

beforeEach(() => {
  folder = privateFolder();
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  folder.remove();
});

async function offer(face: FakeFace, path = socketPath(folder.path)): Promise<string> {
  const offered = await offerFace(face, path, "0.1.0");
  closing.push(() => offered.close());
  return path;
}

async function greeted(path: string): Promise<RawClient> {
  const raw = new RawClient(path);
  closing.push(() => raw.socket.destroy());
  raw.write(hello);
  await raw.received(1);
  expect(raw.lines).toEqual([hello]);
  return raw;
}

/** The path where the system's temporary folder is `temporary`. */
function socketPathWithin(temporary: string, profile: string): string {
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
  try {
    return socketPath(profile);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}

const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: unknown) => (error instanceof SocketRefused ? error.reason : error),
  );

describe("a connection ends, alone, that", () => {
  const cases: readonly (readonly [string, string | Uint8Array])[] = [
    ["says something else", "GET / HTTP/1.1\r\n\r\n"],
    ["says JSON that is no call", "[]\n"],
    ["calls what there is not", '{"call":1,"method":"format","args":[]}\n'],
    ["calls what is not to be called", '{"call":1,"method":"close","args":[]}\n'],
    ["calls what every object has", '{"call":1,"method":"constructor","args":[]}\n'],
    ["gives too few arguments", '{"call":1,"method":"send","args":["bob"]}\n'],
    ["gives arguments of another kind", '{"call":1,"method":"send","args":["bob",{}]}\n'],
    ["gives a limit that is none", '{"call":1,"method":"history","args":[{"limit":-1}]}\n'],
    ["asks for a change there is not", '{"call":1,"method":"changeGroup","args":["x",{"change":"rob"}]}\n'],
    [
      "adds somebody of no name",
      '{"call":1,"method":"changeGroup","args":["x",{"change":"add","names":[1]}]}\n',
    ],
    ["makes a group of no kind", '{"call":1,"method":"createGroup","args":[{"name":"x","open":1}]}\n'],
    ["numbers its call by no number", '{"call":"1","method":"status","args":[]}\n'],
    ["says what is not UTF-8", new Uint8Array([0x22, 0xc3, 0x28, 0x22, 0x0a])],
    ["never ends its line", "x".repeat(2 ** 20 + 1)],
    ["ends a line that is too long", `"${"x".repeat(2 ** 20)}"\n`],
  ];
  for (const [what, said] of cases)
    test(what, async () => {
      const face = new FakeFace({ status: () => Promise.resolve({ state: "connecting" }) });
      const path = await offer(face);
      const other = await greeted(path);
      const raw = await greeted(path);
      raw.socket.write(said);
      await raw.closed;
      expect(raw.lines).toEqual([hello]);
      expect(face.calls).toEqual([]);
      other.write({ call: 1, method: "status", args: [] });
      await other.received(2);
      expect(other.lines[1]).toEqual({ answer: 1, value: { state: "connecting" } });
    });

  test("does not begin with a greeting", async () => {
    const path = await offer(new FakeFace());
    const raw = new RawClient(path);
    raw.write({ call: 1, method: "status", args: [] });
    await raw.closed;
    expect(raw.lines).toEqual([]);
  });

  test("speaks another version of the protocol, and it is told ours", async () => {
    const path = await offer(new FakeFace());
    const raw = new RawClient(path);
    raw.write({ classchat: PROTOCOL - 1, program: "0.0.9" }, { call: 1, method: "status", args: [] });
    await raw.closed;
    expect(raw.lines).toEqual([hello]);
  });

  test("does not read what it is told", async () => {
    const face = new FakeFace();
    const path = await offer(face);
    const [slow, quick] = [await greeted(path), await greeted(path)];
    slow.socket.pause();
    const message = messageOf("x".repeat(60_000));
    const events = 300;
    for (let told = 1; told <= events; told++) {
      face.emit({ type: "message", message });
      await quick.received(1 + told);
    }
    slow.socket.resume();
    await slow.closed;
    expect(slow.lines.length).toBeLessThan(events);
    expect(quick.lines.length).toBe(1 + events);
  });
});

describe("calls", () => {
  test("may come in any pieces, several at once, and before the greeting is answered", async () => {
    const face = new FakeFace({ send: (_, text) => Promise.resolve({ id: text }) });
    const raw = new RawClient(await offer(face));
    closing.push(() => raw.socket.destroy());
    const said = Buffer.from(
      [hello, ...[1, 2].map((call) => ({ call, method: "send", args: ["bob", `é${call}`] }))]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
    raw.socket.setNoDelay(true);
    for (const byte of said)
      await new Promise<void>((resolve) => raw.socket.write(new Uint8Array([byte]), () => resolve()));
    await raw.received(3);
    expect(raw.lines.slice(1)).toEqual([
      { answer: 1, value: { id: "é1" } },
      { answer: 2, value: { id: "é2" } },
    ]);
  });

  test("of one that has left are answered to nobody", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ id: string }>();
    const face = new FakeFace({
      send: () => {
        asked.resolve();
        return answer.promise;
      },
      status: () => Promise.resolve({ state: "connecting" }),
    });
    const path = await offer(face);
    const raw = await greeted(path);
    raw.write({ call: 1, method: "send", args: ["bob", "hi"] });
    await asked.promise;
    raw.socket.destroy();
    await raw.closed;
    answer.resolve({ id: "kept" });
    const other = await greeted(path);
    other.write({ call: 1, method: "status", args: [] });
    await other.received(2);
    expect(other.lines[1]).toEqual({ answer: 1, value: { state: "connecting" } });
  });

  test("beyond what is answered are left unread until it is", async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const face = new FakeFace({
      send: async (_, text) => {
        await opened;
        return { id: text };
      },
      status: () => Promise.resolve({ state: "connecting" }),
    });
    const path = await offer(face);
    const [flood, other] = [await greeted(path), await greeted(path)];
    const text = "x".repeat(10_000);
    for (let call = 0; call < 1_000; call++) flood.write({ call, method: "send", args: ["bob", text] });
    const taken = () => face.calls.filter(([method]) => method === "send").length;
    const turn = async () => {
      other.write({ call: other.lines.length, method: "status", args: [] });
      await other.received(other.lines.length + 1);
    };
    while (taken() < 64) await turn();
    // Turns enough to have read it all.
    for (let turns = 0; turns < 300; turns++) await turn();
    expect(taken()).toBeLessThan(200);
    open();
    await flood.received(1_001);
    expect(flood.lines.length).toBe(1_001);
  });
});

describe("the socket", () => {
  test("is this user's alone, in a folder that is", async () => {
    const path = await offer(new FakeFace(), socketPath(join(folder.path, "new")));
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test("lies in the profile's folder, by whatever way that is named", () => {
    mkdirSync(join(folder.path, "profile"));
    symlinkSync(join(folder.path, "profile"), join(folder.path, "link"));
    expect(socketPath(join(folder.path, "profile"))).toBe(join(folder.path, "profile/socket"));
    expect(socketPath(join(folder.path, "link"))).toBe(join(folder.path, "profile/socket"));
    expect(socketPath(join(folder.path, "link/../profile/."))).toBe(join(folder.path, "profile/socket"));
  });

  test("of a folder with a long path lies elsewhere, apart from all others, and is met there", async () => {
    const long = join(folder.path, "é".repeat(60), "bob");
    const path = socketPathWithin(folder.path, long);
    const uid = process.geteuid?.() ?? -1;
    expect(Buffer.byteLength(path)).toBeLessThan(100);
    expect(dirname(path)).toBe(join(folder.path, `classchat-${uid}`));
    expect(socketPathWithin(folder.path, `${long}2`)).not.toBe(path);
    await offer(new FakeFace({ status: () => Promise.resolve({ state: "connecting" }) }), path);
    const attached = await attachFace(path, "0.1.0");
    expect(attached.ok).toBe(true);
    if (attached.ok) {
      expect(await attached.face.status()).toEqual({ state: "connecting" });
      await attached.face.close();
    }
    expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  for (const mode of [0o755, 0o710, 0o701])
    test(`is neither offered nor used in a folder that is open to others (${mode.toString(8)})`, async () => {
      chmodSync(folder.path, mode);
      const path = socketPath(folder.path);
      expect(await refusalOf(offerFace(new FakeFace(), path, "0.1.0"))).toBe("not-private");
      expect(await refusalOf(attachFace(path, "0.1.0"))).toBe("not-private");
    });

  test("is neither offered nor used where a link or a file stands for the folder", async () => {
    const real = mkdtempSync(join(folder.path, "real-"));
    symlinkSync(real, join(folder.path, "link"));
    writeFileSync(join(folder.path, "file"), "");
    for (const name of ["link", "file"]) {
      const path = join(folder.path, name, "socket");
      expect(await refusalOf(offerFace(new FakeFace(), path, "0.1.0"))).toBe("not-private");
      expect(await refusalOf(attachFace(path, "0.1.0"))).toBe("not-private");
    }
    rmSync(real, { recursive: true });
  });

  test("does not take the place of a file", async () => {
    const path = socketPath(folder.path);
    writeFileSync(path, "mine");
    expect(await refusalOf(offerFace(new FakeFace(), path, "0.1.0"))).toBe("in-the-way");
    expect(lstatSync(path).size).toBe(4);
  });

  test("that the system does not give is refused with the system's reason", async () => {
    const path = join(folder.path, "x".repeat(120));
    const error: unknown = await offerFace(new FakeFace(), path, "0.1.0").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "SocketRefused", reason: "failed", path });
    expect(error).toHaveProperty("cause");
  });

  test("is on Windows a pipe, whose name says nothing of the folder and tells folders apart", () => {
    expect(pipeName("C:\\Users\\bob")).toMatch(/^\\\\\.\\pipe\\classchat-[0-9a-f]{32}$/);
    expect(pipeName("C:\\Users\\bob")).not.toBe(pipeName("C:\\Users\\eve"));
  });
});
