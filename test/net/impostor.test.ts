import { expect, test } from "bun:test";
import { certificateOf } from "../../src/net/certificate.ts";
import {
  clientKey,
  clientSeed,
  connect,
  dialTo,
  failure,
  serverKey,
  serverSeed,
  startServer,
} from "./ends.ts";
import { impersonateClient, impersonateServer } from "./impostor.ts";

const client = certificateOf(clientSeed);
const server = certificateOf(serverSeed);
const mallory = certificateOf(new Uint8Array(32).fill(0x4d));

test("a client that signs with the key it shows is linked", async () => {
  await using there = await startServer();
  using _ = await impersonateClient(there.listener.port, client.cert, client.key);
  expect((await there.first()).link?.peer).toEqual(clientKey);
});

test("a client that shows another's certificate without its key gets no link", async () => {
  await using there = await startServer();
  using impostor = await impersonateClient(there.listener.port, client.cert, mallory.key);
  await impostor.closed;
  expect(there.links).toEqual([]);
  expect(there.faults).toEqual([]);
});

test("a server that signs with the key it shows is linked", async () => {
  using there = impersonateServer(server.cert, server.key);
  const { link } = await connect(dialTo(there.port));
  expect(link.peer).toEqual(serverKey);
});

test("a server that shows the pinned certificate without its key is not the server", async () => {
  using there = impersonateServer(server.cert, mallory.key);
  const failed = await failure(dialTo(there.port));
  expect(failed.cause).toBe("not-tls");
  expect(failed.detail).toContain("BAD_SIGNATURE");
});
