// A server that is not there, or is not the one meant: each is told in one line, and nothing goes to the wrong one.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { encodeMessage } from "../../src/wire/codec.ts";
import { answering, chatty, type OtherServer } from "./support/other-server.ts";
import { expectFailure } from "./support/said.ts";
import { relink, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

/** Where `classchat chat` looks by itself. Only tried where it is nobody's. */
const isLocalPortFree = (() => {
  try {
    Bun.listen({ hostname: "0.0.0.0", port: 12345, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
})();

/** A link to a server, as this one would have made it: for a server that has no link. */
async function linkTo(world: World, server: OtherServer): Promise<string> {
  const { process, link } = await world.serve();
  process.kill("SIGTERM");
  await process.ended;
  world.defer(() => server.close());
  return relink(link, { port: server.port });
}

describe("on this machine", () => {
  test("chat finds a server by its address alone, without a link", async () => {
    await using world = new World();
    const { port } = await world.serve();
    const alice = world.person("alice");
    const chatting = alice.start("chat", "--server", `127.0.0.1:${port}`);
    await chatting.until(/You are alice/);
    await chatting.feed("");
    succeeded(await chatting.ended);
    expect(await alice.ask("users")).toMatchObject([{ name: "alice", online: true }]);
  });

  test.skipIf(!isLocalPortFree)("chat alone finds the server at 127.0.0.1:12345", async () => {
    await using world = new World();
    const alice = world.person("alice");
    expectFailure(await alice.run("chat"), 3, /no server answers/);
    expect(existsSync(alice.folder)).toBe(false);
    await world.serve({ port: 12345 });
    expect(succeeded(await alice.run("chat")).stdout).toContain("You are alice");
  });
});

describe("a server that is not there", () => {
  test("is told to whoever joins or asks, with 3", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice] = await world.people(server, "alice");
    server.process.kill("SIGTERM");
    await server.process.ended;
    for (const command of ["users", "receive"]) {
      const ended = await alice.run(command);
      expectFailure(ended, 3, /no server answers/);
      expect(ended.stderr).toContain("is classchat serve running there");
    }
    expectFailure(await alice.run("receive", "--timeout", "0.2"), 3, /no server answers/);
    const bob = world.person("bob");
    expectFailure(await bob.run("join", server.link), 3, /no server answers/);
    expect(existsSync(bob.folder)).toBe(false);
  });

  test("by a name that does not exist is told", async () => {
    await using world = new World();
    const { link } = await world.serve();
    const nowhere = relink(link, { host: "no-such-host.invalid" });
    expectFailure(await world.person("alice").run("join", nowhere), 3, /no server answers/);
  });
});

describe("a port in use", () => {
  test("is told to the second server, and the first goes on", async () => {
    await using world = new World();
    const first = await world.serve();
    const place = ["--host", "127.0.0.1", "--port", String(first.port), "--data", join(world.folder, "two")];
    expectFailure(await world.run(["serve", ...place]), 1, new RegExp(`port ${first.port} is in use`));
    await world.people(first, "alice");
  });

  test("and data in use by another server is told too", async () => {
    await using world = new World();
    const first = await world.serve();
    const place = ["--host", "127.0.0.1", "--port", "0", "--data", first.data];
    expectFailure(await world.run(["serve", ...place]), 1, /another program holds these files/);
    await world.people(first, "alice");
  });
});

describe("another server in its place", () => {
  test("is not trusted: it hears nothing, the exit code is 4, and what was sent is kept", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    const impostor = await answering(() => undefined);
    world.defer(() => impostor.close());
    const there = ["--server", `127.0.0.1:${impostor.port}`];
    expectFailure(
      await alice.run("users", ...there),
      4,
      /not the one this profile trusts: its key is another/,
    );
    const sent = await alice.run("send", "--to", "bob", ...there, "for bob alone");
    expectFailure(sent, 4, /kept for bob, not sent yet: .* its key is another/);
    expectFailure(await alice.run("receive", "--follow", ...there), 4, /its key is another/);
    expectFailure(await alice.run("verify", "bob", ...there), 4, /its key is another/);
    const join = world.person("carol").run("join", relink(server.link, { port: impostor.port }));
    expectFailure(await join, 4, /its key is another/);
    expect(impostor.heard().length).toBe(0);

    expect(await alice.ask("users", "--server", `127.0.0.1:${server.port}`)).toHaveLength(2);
    await alice.send("bob", "second");
    expect(await bob.texts()).toEqual(["for bob alone", "second"]);
  });
});

describe("a server that speaks something else", () => {
  const trouble: readonly (readonly [string, () => Promise<OtherServer> | OtherServer, number, RegExp])[] = [
    [
      "an older version, refusing ours",
      () => answering(({ re }) => ({ t: "refused", re, code: "unsupported-version" })),
      5,
      /the server speaks another version of the protocol/,
    ],
    [
      "an older version, with a word of farewell",
      () =>
        answering((_, link) => {
          link.send(encodeMessage({ t: "bye", code: "unsupported-version" }));
          link.close();
          return undefined;
        }),
      5,
      /the server speaks another version of the protocol/,
    ],
    [
      "a version that was not offered",
      () => answering(({ re }) => ({ t: "welcome", re, version: 99, class: "x", time: 0 })),
      5,
      /the server speaks another version of the protocol/,
    ],
  ];
  for (const [what, start, code, line] of trouble) {
    test(`${what} is told`, async () => {
      await using world = new World();
      const other = await start();
      world.defer(() => other.close());
      const alice = world.person("alice");
      const ended = await alice.run("chat", "--server", `127.0.0.1:${other.port}`);
      expectFailure(ended, code, line);
      expect(ended.stderr).toContain("classchat --version");
      expect(existsSync(alice.folder)).toBe(false);
    });
  }

  const strangers: readonly (readonly [string, string])[] = [
    ["mail", "220 mail.example.org ESMTP\r\n"],
    ["the web", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["noise", "\u0000\u0001\u0002\u0003".repeat(100)],
  ];
  for (const [what, line] of strangers) {
    test(`${what} instead of TLS is told`, async () => {
      await using world = new World();
      const link = await linkTo(world, chatty(line));
      const ended = await world.person("alice").run("join", link);
      expectFailure(ended, 3, /what answers there is not a classchat server/);
    });
  }

  test("a server that closes at once is told", async () => {
    await using world = new World();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: (s) => void s.end(), data() {} },
    });
    const link = await linkTo(world, {
      port: listener.port,
      heard: () => Buffer.alloc(0),
      close: () => listener.stop(true),
    });
    expectFailure(
      await world.person("alice").run("join", link),
      3,
      /no server answers|not a classchat server/,
    );
  });
});

test("a client of another version is refused, and the others do not notice", async () => {
  await using world = new World();
  const server: Serving = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  const { dialer } = await import("../../src/net/dial.ts");
  const { systemClock } = await import("../../src/net/system-clock.ts");
  const heard: string[] = [];
  const over = Promise.withResolvers<void>();
  const dial = dialer({
    host: "127.0.0.1",
    port: server.port,
    seed: crypto.getRandomValues(new Uint8Array(32)),
    timeout: 10_000,
    cap: 1 << 20,
    clock: systemClock,
    acceptKey: () => true,
    onFault: over.reject,
  });
  const dialled = await dial(() => ({
    data: (chunk) => void heard.push(Buffer.from(chunk).toString("latin1")),
    drained() {},
    ended: () => over.resolve(),
  }));
  if (!dialled.ok) throw new Error(dialled.failure.detail);
  dialled.link.send(encodeMessage({ t: "hello", re: 1, versions: [7, 8], agent: "tomorrow" }));
  await over.promise;
  expect(heard.join("")).toContain('"refused","re":1,"code":"unsupported-version"');
  await alice.send("bob", "all well");
  expect(await bob.texts()).toEqual(["all well"]);
});
