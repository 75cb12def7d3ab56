import { expect, test } from "bun:test";
import { certificateOf } from "../../src/net/certificate.ts";
import { bytes, connect, dialTo, failure, serverKey, serverSeed, startServer } from "./ends.ts";

const otherKey = certificateOf(new Uint8Array(32).fill(3)).publicKey;

/** A TLS server of another make that notes what a client shows and says. */
function foreignServer() {
  const { key, cert } = certificateOf(serverSeed);
  const seen = { data: 0, certificates: 0, closed: Promise.withResolvers<void>() };
  const tls = { key, cert, requestCert: true, rejectUnauthorized: false };
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    tls,
    socket: {
      handshake(socket) {
        if (socket.getPeerX509Certificate() !== undefined) seen.certificates++;
      },
      data: (_, chunk) => void (seen.data += chunk.length),
      close: () => seen.closed.resolve(),
    },
  });
  return { port: listener.port, seen, [Symbol.dispose]: () => listener.stop(true) };
}

/** A server that is no TLS server; `open` is all it does. */
function plainServer(open: (socket: Bun.Socket) => void) {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open, data() {} } });
  return { port: listener.port, [Symbol.dispose]: () => listener.stop(true) };
}

test("a server with another key than the pinned one gets not one byte, nor the device's certificate", async () => {
  using server = foreignServer();
  const failed = await failure(dialTo(server.port, { pin: otherKey }));
  expect(failed).toEqual({ cause: "wrong-key", detail: "another key", found: serverKey });
  await server.seen.closed.promise;
  expect(server.seen.data).toBe(0);
  expect(server.seen.certificates).toBe(0);
});

test("the same server gets both when its key is the pinned one", async () => {
  using server = foreignServer();
  const { link, recorder } = await connect(dialTo(server.port));
  link.send(bytes("hello"));
  link.close();
  await recorder.end.promise;
  await server.seen.closed.promise;
  expect(server.seen.data).toBe(5);
  expect(server.seen.certificates).toBe(1);
});

test("a pin of the wrong length is met by no key", async () => {
  await using server = await startServer();
  expect((await failure(dialTo(server.listener.port, { pin: serverKey.subarray(0, 31) }))).cause).toBe(
    "wrong-key",
  );
  expect((await failure(dialTo(server.listener.port, { pin: new Uint8Array(0) }))).cause).toBe("wrong-key");
  expect(server.links).toEqual([]);
});

test("at first contact the caller is shown the key and decides", async () => {
  await using server = await startServer();
  const shown: Uint8Array[] = [];
  const decide = (answer: boolean) => (key: Uint8Array) => {
    shown.push(key);
    return answer;
  };
  const refused = await failure(dialTo(server.listener.port, { acceptKey: decide(false) }));
  expect(refused).toMatchObject({ cause: "wrong-key", found: serverKey });
  const { link } = await connect(dialTo(server.listener.port, { acceptKey: decide(true) }));
  expect(link.peer).toEqual(serverKey);
  expect(shown).toEqual([serverKey, serverKey]);
});

test("a decision that throws rejects the dial", async () => {
  await using server = await startServer();
  const acceptKey = () => {
    throw new Error("a bug");
  };
  const dialling = dialTo(server.listener.port, { acceptKey })(() => {
    throw new Error("a link came about");
  });
  expect(await dialling.catch((error: Error) => error.message)).toBe("a bug");
});

test("nobody there is unreachable, with the system's reason", async () => {
  const { port } = await startServer().then(async (server) => {
    await server.listener.close();
    return server.listener;
  });
  expect(await failure(dialTo(port))).toEqual({ cause: "unreachable", detail: "ECONNREFUSED" });
  const nowhere = await failure(dialTo(port, { pin: serverKey }, { host: "classchat.invalid" }));
  expect(nowhere.cause).toBe("unreachable");
});

test("a server that speaks something else first is not TLS", async () => {
  using server = plainServer((socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
  const failed = await failure(dialTo(server.port));
  expect(failed.cause).toBe("not-tls");
  expect(failed.detail).toContain("WRONG_VERSION_NUMBER");
});

test("a server that hangs up during the handshake is unreachable", async () => {
  using server = plainServer((socket) => socket.end());
  expect(await failure(dialTo(server.port))).toEqual({ cause: "unreachable", detail: "ECONNRESET" });
});

test("a server that says nothing is given up in time", async () => {
  using server = plainServer(() => {});
  expect(await failure(dialTo(server.port, { pin: serverKey }, { timeout: 20 }))).toEqual({
    cause: "timeout",
    detail: "handshake",
  });
});

test("a dial may be used again, each time for a link of its own", async () => {
  await using server = await startServer();
  const dial = dialTo(server.listener.port);
  const [one, two] = await Promise.all([connect(dial), connect(dial)]);
  expect(one.link).not.toBe(two.link);
  expect((await server.linked(2)).length).toBe(2);
});
