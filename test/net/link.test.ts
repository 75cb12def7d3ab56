import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { certificateOf } from "../../src/net/certificate.ts";
import { isLoopback } from "../../src/net/tls-link.ts";
import { bytes, clientKey, clientSeed, connect, dialTo, serverKey, startServer } from "./ends.ts";

/** Passes bytes between a client and the server; the last byte of one client chunk is changed on request. */
function corruptingRelay(port: number) {
  let corrupt = false;
  const listener = Bun.listen<{ server: Promise<Bun.Socket> } | undefined>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const socket = { data: (_: Bun.Socket, chunk: Uint8Array) => void client.write(chunk) };
        client.data = { server: Bun.connect({ hostname: "127.0.0.1", port, socket }) };
      },
      data(client, chunk) {
        const passed = chunk.slice();
        if (corrupt) passed[passed.length - 1] = (passed.at(-1) ?? 0) ^ 1;
        corrupt = false;
        void client.data?.server.then((server) => server.write(passed));
      },
    },
  });
  return {
    port: listener.port,
    corruptNext: () => (corrupt = true),
    [Symbol.dispose]: () => listener.stop(true),
  };
}

test("both ends learn the other's proven key", async () => {
  await using server = await startServer();
  const { link } = await connect(dialTo(server.listener.port));
  const { link: there } = await server.first();
  expect(link.peer).toEqual(serverKey);
  expect(there?.peer).toEqual(clientKey);
  expect(there?.local).toBe(true);
  expect(there?.remote).toBe("127.0.0.1");
});

test("IPv6 works, and one listener on :: takes both families", async () => {
  await using server = await startServer({ host: "::" });
  for (const host of ["::1", "127.0.0.1", "localhost"]) {
    await connect(dialTo(server.listener.port, { pin: serverKey }, { host }));
  }
  const links = await server.linked(3);
  expect(links.map(({ link }) => link?.local)).toEqual([true, true, true]);
});

test("what is sent while the link is being made arrives", async () => {
  await using server = await startServer({
    handler(recorder) {
      recorder.link?.send(bytes("welcome"));
      return recorder;
    },
  });
  const { recorder } = await connect(dialTo(server.listener.port));
  await recorder.has(7);
  expect(recorder.text).toBe("welcome");
});

test("8 MiB each way at once arrive whole and in order", async () => {
  const size = 8 << 20;
  const up = randomBytes(size);
  const down = randomBytes(size);
  const cut = (all: Uint8Array, send: (part: Uint8Array) => void) => {
    for (let at = 0, step = 1; at < size; at += step, step = (step * 3) % 200_003)
      send(all.subarray(at, at + step));
  };
  await using server = await startServer();
  const { link, recorder } = await connect(dialTo(server.listener.port));
  const there = await server.first();
  cut(up, (part) => link.send(part));
  cut(down, (part) => there.link?.send(part));
  await Promise.all([recorder.has(size), there.has(size)]);
  expect(Buffer.compare(recorder.received, down)).toBe(0);
  expect(Buffer.compare(there.received, up)).toBe(0);
});

test("a sender that got ahead is told when all has left", async () => {
  await using server = await startServer();
  const { link, recorder } = await connect(dialTo(server.listener.port));
  const there = await server.first();
  link.send(randomBytes(4 << 20));
  expect(link.queued).toBe(4 << 20);
  await recorder.hasDrained();
  expect(link.queued).toBe(0);
  await there.has(4 << 20);
  expect(recorder.drains).toBe(1);
});

test("close sends what is queued first; both ends are told once that it was in order", async () => {
  await using server = await startServer();
  const { link, recorder } = await connect(dialTo(server.listener.port));
  const there = await server.first();
  link.send(randomBytes(4 << 20));
  link.send(bytes("the last"));
  link.close();
  link.send(bytes("too late"));
  link.close();
  expect(await there.end.promise).toEqual({ cause: "closed" });
  expect(await recorder.end.promise).toEqual({ cause: "closed" });
  expect(there.received.length).toBe((4 << 20) + 8);
  expect(there.text.endsWith("the last")).toBe(true);
  expect([recorder.ends.length, there.ends.length]).toEqual([1, 1]);
});

test("a close within a handler is one, too", async () => {
  await using server = await startServer({
    handler: (recorder) => ({
      data() {
        recorder.link?.send(bytes("bye"));
        recorder.link?.close();
      },
      drained() {},
      ended: (end) => recorder.ended(end),
    }),
  });
  const { link, recorder } = await connect(dialTo(server.listener.port));
  link.send(bytes("hello"));
  expect(await recorder.end.promise).toEqual({ cause: "closed" });
  expect(recorder.text).toBe("bye");
  const there = await server.first();
  expect(await there.end.promise).toEqual({ cause: "closed" });
  expect(there.ends.length).toBe(1);
});

test("a peer that vanishes is a lost link, told once", async () => {
  await using server = await startServer();
  const { key, cert } = certificateOf(clientSeed);
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.listener.port,
    tls: { key, cert, rejectUnauthorized: false },
    socket: { handshake() {}, data() {} },
  });
  const there = await server.first();
  client.terminate();
  expect(await there.end.promise).toEqual({ cause: "lost", detail: "ECONNRESET" });
  expect(there.ends.length).toBe(1);
});

test("one byte changed on the way ends the link, and what was changed is not delivered", async () => {
  await using server = await startServer();
  using relay = corruptingRelay(server.listener.port);
  const { link } = await connect(dialTo(relay.port));
  const there = await server.first();
  link.send(bytes("intact"));
  await there.has(6);
  relay.corruptNext();
  link.send(bytes("changed"));
  expect((await there.end.promise).cause).toBe("lost");
  expect(there.text).toBe("intact");
  expect(server.faults).toEqual([]);
});

test("a link that has ended takes nothing and holds nothing", async () => {
  await using server = await startServer();
  const { link, recorder } = await connect(dialTo(server.listener.port));
  await server.first();
  await server.listener.close();
  await recorder.end.promise;
  link.send(bytes("anyone there?"));
  link.close();
  expect(link.queued).toBe(0);
  expect(recorder.ends).toEqual([{ cause: "closed" }]);
});

test("a handler that throws loses its own link alone, and the fault is reported", async () => {
  const bug = new TypeError("a bug");
  await using server = await startServer({
    handler: (recorder) => ({
      data(chunk) {
        if (chunk[0] === 0x21) throw bug;
        recorder.link?.send(chunk.slice());
      },
      drained() {},
      ended: (end) => recorder.ended(end),
    }),
  });
  const faulty = await connect(dialTo(server.listener.port));
  const sound = await connect(dialTo(server.listener.port));
  faulty.link.send(bytes("!"));
  await faulty.recorder.end.promise;
  expect(server.faults).toEqual([bug]);
  expect(server.links.flatMap(({ ends }) => ends)).toEqual([{ cause: "failed" }]);
  sound.link.send(bytes("still here"));
  await sound.recorder.has(10);
  expect(sound.recorder.text).toBe("still here");
});

test("a fault in making the handler, in drained or in ended is reported and kills nothing else", async () => {
  const steps = ["make", "drained", "ended"];
  const queue = [...steps];
  await using server = await startServer({
    handler(recorder) {
      const step = queue.shift();
      const fail = (at: string) => {
        if (step === at) throw new Error(at);
      };
      fail("make");
      if (step === "drained") recorder.link?.send(randomBytes(64 << 10));
      if (step === "ended") recorder.link?.close();
      return { data() {}, drained: () => fail("drained"), ended: () => fail("ended") };
    },
  });
  for (const _ of steps) {
    const { recorder } = await connect(dialTo(server.listener.port));
    await recorder.end.promise;
  }
  expect(await server.faulted(3)).toEqual(steps.map((step) => new Error(step)));
});

test("a fault in a client's handler ends the client's link and is reported", async () => {
  await using server = await startServer();
  const faults: unknown[] = [];
  const end = Promise.withResolvers<unknown>();
  const dial = dialTo(server.listener.port, { pin: serverKey }, { onFault: (fault) => faults.push(fault) });
  await dial(() => ({
    data() {
      throw new Error("a bug");
    },
    drained() {},
    ended: end.resolve,
  }));
  (await server.first()).link?.send(bytes("hello"));
  expect(await end.promise).toEqual({ cause: "failed" });
  expect(faults).toEqual([new Error("a bug")]);
});

test("a fault in attaching to a dialled link rejects the dial and ends the link", async () => {
  await using server = await startServer();
  const dialling = dialTo(server.listener.port)(() => {
    throw new Error("a bug");
  });
  expect(dialling).rejects.toThrow("a bug");
  await dialling.catch(() => {});
  // The server is none the worse for it.
  await connect(dialTo(server.listener.port));
});

test("this machine's own addresses are known in all their spellings", () => {
  for (const address of ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1", "::FFFF:127.0.0.1"]) {
    expect(isLoopback(address)).toBe(true);
  }
  for (const address of ["10.0.0.1", "128.0.0.1", "::", "::ffff:10.127.0.1", "1127.0.0.1", "fe80::1", ""]) {
    expect(isLoopback(address)).toBe(false);
  }
});
