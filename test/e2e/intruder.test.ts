// What the open port puts up with while two others talk: noise, half frames, wrong TLS, clients without a key.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { dialer } from "../../src/net/dial.ts";
import { systemClock } from "../../src/net/system-clock.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { Running } from "./support/running.ts";
import { type Person, type Serving, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const openssl = Bun.which("openssl");

let world: World;
let server: Serving;
let alice: Person;
let listening: Running;
let sent = 0;
beforeAll(async () => {
  world = new World();
  server = await world.serve();
  const [first, bob] = await world.people(server, "alice", "bob");
  alice = first;
  listening = await bob.follow();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Two people talk, and the server is the one that was started. */
async function expectTalk(): Promise<void> {
  const text = `still talking ${++sent}`;
  expect(await alice.send("bob", text, "--wait", "delivered")).toMatchObject({ state: "delivered" });
  await listening.until(new RegExp(`"text":"${text}"`));
  expect(server.process.over).toBe(false);
}

/** What the server says to the bytes of a stranger, until it ends the connection. */
async function stranger(bytes: Uint8Array): Promise<Buffer> {
  const heard: Buffer[] = [];
  const closed = Promise.withResolvers<void>();
  await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    socket: {
      open: (socket) => void socket.write(bytes),
      data: (_, chunk) => void heard.push(Buffer.from(chunk)),
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  await closed.promise;
  return Buffer.concat(heard);
}

/** A device with a key but no name, that says what it likes; `over` resolves with all it heard. */
async function device() {
  let heard = "";
  const over = Promise.withResolvers<string>();
  const waiting = new Map<RegExp, () => void>();
  const dial = dialer({
    host: "127.0.0.1",
    port: server.port,
    seed: crypto.getRandomValues(new Uint8Array(32)),
    timeout: 10_000,
    cap: 64 << 20,
    clock: systemClock,
    acceptKey: () => true,
    onFault: over.reject,
  });
  const dialled = await dial(() => ({
    data(chunk) {
      heard += Buffer.from(chunk).toString("latin1");
      for (const [pattern, resolve] of waiting) if (pattern.test(heard)) resolve();
    },
    drained() {},
    ended: () => over.resolve(heard),
  }));
  if (!dialled.ok) throw new Error(dialled.failure.detail);
  world.defer(() => dialled.link.close());
  const hears = (pattern: RegExp) => new Promise<void>((resolve) => waiting.set(pattern, resolve));
  return { link: dialled.link, over: over.promise, hears };
}

describe("instead of TLS", () => {
  const noise: readonly (readonly [string, Uint8Array])[] = [
    ["a web request", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["zeros", new Uint8Array(4096)],
    ["random bytes", crypto.getRandomValues(new Uint8Array(4096))],
    ["a frame of ours in the clear", encodeMessage({ t: "hello", re: 1, versions: [1], agent: "x" })],
    ["a TLS record that is too long", Uint8Array.of(22, 3, 1, 0xff, 0xff, ...new Uint8Array(100))],
  ];
  for (const [what, bytes] of noise) {
    test(`${what} ends that connection alone`, async () => {
      await stranger(bytes);
      await expectTalk();
    });
  }

  test("half a TLS hello and silence holds up nobody", async () => {
    const half = Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 0xfc);
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () =>
        Bun.connect({
          hostname: "127.0.0.1",
          port: server.port,
          socket: { open: (s) => void s.write(half), data() {} },
        }),
      ),
    );
    await expectTalk();
    for (const socket of sockets) socket.terminate();
  });
});

describe("a device that speaks TLS", () => {
  const u32 = (n: number) => Uint8Array.of(n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff);

  test("and claims a frame of 4 GiB is told that it is too large, and let go", async () => {
    const { link, over } = await device();
    link.send(Buffer.concat([u32(0xffffffff), Uint8Array.of(0, 2)]));
    expect(await over).toContain('{"t":"bye","code":"too-large"}');
    await expectTalk();
    expect(residentKiB(server.process.pid)).toBeLessThan(512 * 1024);
  });

  test("and sends half a frame and then nothing holds up nobody", async () => {
    const { link } = await device();
    link.send(encodeMessage({ t: "hello", re: 1, versions: [1], agent: "x" }).subarray(0, 20));
    await expectTalk();
    link.close();
  });

  const wrong: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["a frame too short to be one", Buffer.concat([u32(1), Uint8Array.of(0)]), /"bye","code":"malformed"/],
    [
      "a header longer than its frame",
      Buffer.concat([u32(4), Uint8Array.of(0xff, 0xff, 0, 0)]),
      /"bye","code":"malformed"/,
    ],
    [
      "a header that is no JSON",
      Buffer.concat([u32(5), Uint8Array.of(0, 3), Buffer.from("{{{")]),
      /"bye","code":"malformed"/,
    ],
    [
      "a header that is no UTF-8",
      Buffer.concat([u32(4), Uint8Array.of(0, 2, 0xff, 0xfe)]),
      /"bye","code":"malformed"/,
    ],
    ["noise", new Uint8Array(1000).fill(0x20), /"bye","code":"too-large"/],
  ];
  for (const [what, bytes, answer] of wrong) {
    test(`and sends ${what} is told, and let go`, async () => {
      const { link, over } = await device();
      link.send(bytes);
      expect(await over).toMatch(answer);
      await expectTalk();
    });
  }

  test("and asks before it has said who it is gets a refusal for each request", async () => {
    const { link, hears } = await device();
    const answers = [/"refused","re":1,"code":"hello-first"/, /"refused","re":3,"code":"not-registered"/];
    const credential = hears(/"refused","re":4,"code":"bad-credential"/);
    const others = answers.map(hears);
    link.send(encodeMessage({ t: "users", re: 1 }));
    link.send(encodeMessage({ t: "hello", re: 2, versions: [1], agent: "x" }));
    link.send(encodeMessage({ t: "users", re: 3 }));
    link.send(encodeMessage({ t: "register", re: 4, name: "eve", secret: "A".repeat(22) }));
    await Promise.all([...others, credential]);
    expect((await alice.ask("users")).map(({ name }) => name)).toEqual(["alice", "bob"]);
  });
});

describe.skipIf(openssl === null)("openssl s_client", () => {
  const connect = async (...args: string[]) => {
    const command = ["s_client", "-connect", `127.0.0.1:${server.port}`, "-quiet", "-no_ign_eof", ...args];
    const child = Bun.spawn([openssl ?? "", ...command], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    return { code, out, err };
  };

  test("without a certificate reads why it is refused", async () => {
    const { out } = await connect("-tls1_3");
    expect(out).toContain('{"t":"bye","code":"no-certificate"}');
    await expectTalk();
  });

  test("with a key of another kind is refused as one without", async () => {
    const pem = `${world.folder}/rsa.pem`;
    const made = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=x",
      "-keyout",
      pem,
      "-out",
      `${pem}.cert`,
    ];
    expect(Bun.spawnSync([openssl ?? "", ...made]).exitCode).toBe(0);
    const { out } = await connect("-tls1_3", "-cert", `${pem}.cert`, "-key", pem);
    expect(out).toContain('{"t":"bye","code":"no-certificate"}');
    await expectTalk();
  });

  test("with TLS 1.2 is not let in", async () => {
    const { code, out, err } = await connect("-tls1_2");
    expect(code).not.toBe(0);
    expect(out).toBe("");
    expect(err).toMatch(/alert protocol version|unsupported protocol|wrong version/i);
    await expectTalk();
  });
});

test("nothing of all that was a fault of the server's", () => {
  expect(server.process.printed).not.toContain('"bug"');
});

/** What a process holds in memory, KiB. */
function residentKiB(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return Number(stdout.toString().trim());
}
