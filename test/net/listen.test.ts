import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { certificateOf } from "../../src/net/certificate.ts";
import { bytes, clientKey, clientSeed, connect, dialTo, HandClock, serverKey, startServer } from "./ends.ts";

const withOpenssl = test.skipIf(Bun.which("openssl") === null);

/** Runs `openssl s_client` until the server ends the connection; what it showed and said. */
async function sClient(port: number, args: readonly string[]): Promise<{ out: string; err: string }> {
  const command = ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, "-quiet", ...args];
  const run = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  void run.stdin.write("hello");
  void run.stdin.flush();
  const [out, err] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
  void run.stdin.end();
  return { out, err };
}

/** A plain TCP connection that sends `first` and waits for the server to end it. */
function plain(port: number, first: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(first),
      data() {},
      close: () => resolve(),
    },
  });
  return promise;
}

withOpenssl("TLS 1.2 is refused", async () => {
  await using server = await startServer();
  const { out, err } = await sClient(server.listener.port, ["-tls1_2"]);
  expect(err).toContain("alert protocol version");
  expect(out).toBe("");
  expect(server.links).toEqual([]);
});

withOpenssl("another program with TLS 1.3 and an Ed25519 certificate is a peer like any other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "classchat-listen-"));
  try {
    const { key, cert } = certificateOf(clientSeed);
    writeFileSync(join(folder, "key.pem"), key);
    writeFileSync(join(folder, "cert.pem"), cert);
    await using server = await startServer({
      handler: (recorder) => ({
        data(chunk) {
          recorder.link?.send(bytes(`you said ${new TextDecoder().decode(chunk)}`));
          recorder.link?.close();
        },
        drained() {},
        ended() {},
      }),
    });
    const files = ["-key", join(folder, "key.pem"), "-cert", join(folder, "cert.pem")];
    const { out } = await sClient(server.listener.port, ["-tls1_3", ...files]);
    expect(out).toBe("you said hello");
    expect((await server.first()).link?.peer).toEqual(clientKey);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

withOpenssl("a client without a certificate is told why before it is let go", async () => {
  await using server = await startServer();
  const { out } = await sClient(server.listener.port, ["-tls1_3"]);
  expect(out).toBe("[no key]");
  expect(server.links).toEqual([]);
});

withOpenssl("a client with a key that is not Ed25519 is told the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "classchat-listen-"));
  try {
    const files = ["-key", join(folder, "key.pem"), "-cert", join(folder, "cert.pem")];
    const make = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/CN=x",
    ];
    Bun.spawnSync(["openssl", ...make, "-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")]);
    await using server = await startServer();
    const { out } = await sClient(server.listener.port, ["-tls1_3", ...files]);
    expect(out).toBe("[no key]");
    expect(server.links).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is not TLS is cut off and disturbs nobody", async () => {
  await using server = await startServer();
  await plain(server.listener.port, bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await plain(server.listener.port, crypto.getRandomValues(new Uint8Array(4096)));
  await connect(dialTo(server.listener.port));
  expect((await server.linked(1)).length).toBe(1);
  expect(server.faults).toEqual([]);
});

test("a peer that does not finish its handshake in time is cut off", async () => {
  await using server = await startServer({ handshakeTimeout: 20 });
  // The beginning of a TLS record, and then silence.
  await plain(server.listener.port, Uint8Array.of(0x16, 0x03, 0x01));
  expect(server.links).toEqual([]);
});

test("no timer is left when the handshake is finished", async () => {
  const clock = new HandClock();
  await using server = await startServer({ clock });
  const { recorder } = await connect(dialTo(server.listener.port));
  const there = await server.first();
  expect(clock.pending).toBe(0);
  there.link?.close();
  await recorder.end.promise;
  await there.end.promise;
  expect(clock.pending).toBe(0);
});

/** A client that reads nothing until it is resumed. */
function pausedClient(port: number) {
  const { key, cert } = certificateOf(clientSeed);
  const socket = connectTls({ host: "127.0.0.1", port, key, cert, rejectUnauthorized: false });
  socket.pause();
  return socket;
}

test("a slow reader gets whole frames, the reason, and the end", async () => {
  const cap = 1 << 20;
  await using server = await startServer({ cap, clock: new HandClock() });
  const client = pausedClient(server.listener.port);
  const there = await server.first();
  const frame = new Uint8Array(100_000).fill(0x61);
  let sent = 0;
  // Until the system's own buffers are full and the cap is passed.
  while ((there.link?.queued ?? 0) <= cap) {
    there.link?.send(frame);
    sent++;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  there.link?.send(bytes("never seen"));
  const parts: Buffer[] = [];
  client.on("data", (part: Buffer) => parts.push(part));
  const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
  client.resume();
  await closed;
  const all = Buffer.concat(parts);
  expect(all.length).toBe(sent * frame.length + "[too slow]".length);
  expect(all.subarray(-10).toString()).toBe("[too slow]");
  expect((await there.end.promise).cause).toBe("slow-reader");
});

test("a slow reader that never reads again is dropped when its time is up", async () => {
  const clock = new HandClock();
  const cap = 1 << 20;
  await using server = await startServer({ cap, clock });
  const client = pausedClient(server.listener.port);
  client.on("error", () => {});
  const there = await server.first();
  while ((there.link?.queued ?? 0) <= cap) {
    there.link?.send(new Uint8Array(100_000));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(there.ends).toEqual([]);
  clock.fireAll();
  expect((await there.end.promise).cause).toBe("slow-reader");
  expect(there.link?.queued).toBe(0);
  client.destroy();
});

test("closing the server ends every link after what was queued, and resolves when they have ended", async () => {
  const server = await startServer();
  const clients = await Promise.all([1, 2, 3].map(() => connect(dialTo(server.listener.port))));
  for (const { link } of await server.linked(3)) link?.send(new Uint8Array(1 << 20));
  await server.listener.close();
  expect(server.links.map(({ ends }) => ends)).toEqual(server.links.map(() => [{ cause: "closed" }]));
  for (const { recorder } of clients) {
    await recorder.end.promise;
    expect(recorder.received.length).toBe(1 << 20);
  }
});

test("a server that stops accepting keeps its links", async () => {
  await using server = await startServer();
  const { link } = await connect(dialTo(server.listener.port));
  server.listener.stopAccepting();
  const late = await dialTo(server.listener.port)(() => {
    throw new Error("a link came about");
  });
  expect(late).toEqual({ ok: false, failure: { cause: "unreachable", detail: "ECONNREFUSED" } });
  link.send(bytes("still here"));
  const there = await server.first();
  await there.has(10);
  expect(there.text).toBe("still here");
});

test("a port that is taken is the system's error, by its name", async () => {
  await using server = await startServer();
  expect(startServer({ port: server.listener.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(startServer({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

test("the pin is the server's seed's own key", async () => {
  await using server = await startServer({ seed: clientSeed });
  const { link } = await connect(dialTo(server.listener.port, { pin: clientKey }));
  expect(link.peer).toEqual(clientKey);
  expect(clientKey).not.toEqual(serverKey);
});
