// What survives an end at any moment, orderly or not: what was accepted arrives, once, and what waited goes out.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { proxy } from "./support/proxy.ts";
import type { Running } from "./support/running.ts";
import {
  appearance,
  objects,
  type Person,
  type Serving,
  type Shown,
  succeeded,
  World,
} from "./support/world.ts";

setDefaultTimeout(60_000);

describe("the server told to end", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`by ${signal} tells its clients, exits 0, and has everything when it is back`, async () => {
      await using world = new World();
      const server = await world.serve();
      const [alice, bob] = await world.people(server, "alice", "bob");
      await alice.send("bob", "kept");
      const following = alice.start("receive", "--follow");
      await alice.held();

      server.process.kill(signal);
      const ended = await server.process.ended;
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(objects(ended).at(-1)).toEqual({ event: "closed" });
      await following.until(/^\* the server is shutting down$/m);

      await world.serve({ port: server.port });
      expect(await bob.texts()).toEqual(["kept"]);
      // Whoever was online comes back without being told to.
      await bob.send("alice", "welcome back");
      // Whether it waited depends on which of the two was back first.
      await following.until(/bob(?: \[waited for you\])?: welcome back$/m);
    });
  }
});

describe("the server killed", () => {
  test("after it has accepted a message, delivers it when it is back", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    for (const round of ["one", "two", "three"]) {
      expect(await alice.send("bob", round)).toMatchObject({ state: "accepted" });
    }
    server.process.kill("SIGKILL");
    expect(await server.process.ended).toMatchObject({ code: "SIGKILL" });
    await world.serve({ port: server.port });
    expect(await bob.texts()).toEqual(["one", "two", "three"]);
  });

  // From the handshake over the first words to the acceptance: the pieces that pass between the two.
  for (const moment of [4, 7, 10, 13]) {
    test(`at piece ${moment} of what is said, loses nothing and doubles nothing`, async () => {
      await using world = new World();
      const server = await world.serve();
      const [alice, bob] = await world.people(server, "alice", "bob");
      await alice.send("bob", "before");
      let back = Promise.resolve();
      const wire = proxy(server.port, (n) => {
        if (n !== moment) return;
        server.process.kill("SIGKILL");
        back = again(world, server);
      });
      world.defer(() => wire.close());
      await alice.send("bob", "through", "--timeout", "30", "--server", `127.0.0.1:${wire.port}`);
      await alice.send("bob", "after", "--server", `127.0.0.1:${server.port}`);
      await back;
      expect(await server.process.ended).toMatchObject({ code: "SIGKILL" }); // the piece came
      expect(await bob.texts()).toEqual(["before", "through", "after"]);
    });
  }
});

describe("without the server", () => {
  test("what is sent waits, is shown as waiting, and goes out at the next start", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    server.process.kill("SIGKILL");
    await server.process.ended;
    const sent = await alice.run("send", "--to", "bob", "--json", "later");
    expect(sent).toMatchObject({ code: 75 });
    expect(JSON.parse(sent.stdout)).toMatchObject({ type: "sent", state: "waiting", delivered: 0 });
    expect(sent.stderr).toMatch(/^classchat: kept for bob, not sent yet: .+\nhint: it goes out when .+\n$/);
    expect(await alice.ask("history")).toMatchObject([{ text: "later", state: "waiting" }]);

    await world.serve({ port: server.port });
    await alice.send("bob", "now");
    expect(await bob.texts()).toEqual(["later", "now"]);
  });

  test("a send with --timeout goes out by itself as soon as the server is back", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    server.process.kill("SIGTERM");
    await server.process.ended;
    const sending = alice.start("send", "--to", "bob", "--json", "--timeout", "50", "patience");
    await waitingIn(alice, sending, "patience");
    await world.serve({ port: server.port });
    expect(objects(succeeded(await sending.ended))).toMatchObject([{ state: "accepted" }]);
    expect(await bob.texts()).toEqual(["patience"]);
  });
});

describe("a client killed", () => {
  test("while its message waits for the server, sends it at the next start", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    server.process.kill("SIGTERM");
    await server.process.ended;
    for (const text of ["one", "two", "three"]) {
      const sending = alice.start("send", "--to", "bob", "--timeout", "50", text);
      await waitingIn(alice, sending, text);
      sending.kill("SIGKILL");
      expect(await sending.ended).toMatchObject({ code: "SIGKILL" });
      rmSync(alice.socket); // the next one's is told from it
    }
    await world.serve({ port: server.port });
    await alice.send("bob", "four");
    expect(await bob.texts()).toEqual(["one", "two", "three", "four"]);
  });

  test("while it receives, is told the rest at the next start", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    for (const text of ["one", "two", "three"]) {
      const following = await bob.follow();
      await alice.send("bob", text);
      await following.until(new RegExp(`"text":"${text}"`));
      following.kill("SIGKILL");
      await following.ended;
    }
    await alice.send("bob", "four");
    expect((await bob.texts()).at(-1)).toBe("four");
    expect((await bob.ask("history")).map(textOf)).toEqual(["one", "two", "three", "four"]);
  });

  for (const moment of [2, 5, 8, 10, 12]) {
    test(`at piece ${moment} of what is said, loses nothing that it has kept and doubles nothing`, async () => {
      await using world = new World();
      const server = await world.serve();
      const [alice, bob] = await world.people(server, "alice", "bob");
      const wire = proxy(server.port, (n) => (n === moment ? sending.kill("SIGKILL") : undefined));
      world.defer(() => wire.close());
      const away = ["--server", `127.0.0.1:${wire.port}`];
      const sending = alice.start("send", "--to", "bob", "--timeout", "30", ...away, "in the middle");
      expect(await sending.ended).toMatchObject({ code: "SIGKILL" }); // the piece came
      await alice.send("bob", "after", "--server", `127.0.0.1:${server.port}`);
      const received = await bob.texts();
      // Whether it was kept before the end is for the sender's own memory to say.
      expect(received).toEqual((await alice.ask("history")).map(textOf));
      expect(received.at(-1)).toBe("after");
    });
  }
});

const textOf = ({ text }: Shown) => text;

/** Once it has ended, the server starts at the same place. */
async function again(world: World, { process, port }: Serving): Promise<void> {
  await process.ended;
  await world.serve({ port });
}

/** Asks again and again, through the process that sends, until the message is there to be seen. */
async function waitingIn(person: Person, sending: Running, text: string): Promise<void> {
  await appearance(person.socket);
  for (let kept = false; !kept && !sending.over;) {
    const found = objects(await person.run("history", "--json"));
    kept = found.some((message) => message["text"] === text && message["state"] === "waiting");
  }
  expect(sending.over).toBe(false);
}
