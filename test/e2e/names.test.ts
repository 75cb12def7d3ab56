// Whose name is whose: the first to take it has it, nobody gets one that looks the same, and only the link lets in.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { expectFailure } from "./support/said.ts";
import { relink, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

describe("a name", () => {
  const taken: readonly (readonly [string, RegExp])[] = [
    ["alice", /this name is taken by somebody else/],
    ["ALICE", /this name is taken by somebody else/],
    ["ＡＬＩＣＥ", /this name is taken by somebody else/],
    ["a1ice", /looks too much like one that is taken/],
  ];
  test("that is taken, in any spelling or look, is refused, and nothing of the try is kept", async () => {
    await using world = new World();
    const server = await world.serve();
    await world.people(server, "alice");
    for (const [name, line] of taken) {
      const other = world.person(name, join(world.folder, "second"));
      expectFailure(await other.run("join", server.link), 5, line);
      expect(existsSync(join(world.folder, "second", "alice"))).toBe(false);
    }
    // With another name the same person gets in.
    await world.person("alice2", join(world.folder, "second")).join(server.link);
  });

  test("that nobody has is told to whoever writes or asks", async () => {
    await using world = new World();
    const [alice] = await world.people(await world.serve(), "alice");
    const sent = await alice.run("send", "--to", "nobody", "hello");
    expectFailure(sent, 5, /not sent to nobody: nobody in this class has that name/);
    expectFailure(await alice.run("verify", "nobody"), 5, /nobody: nobody in this class has that name/);
    expect(await alice.ask("history")).toMatchObject([{ state: "failed", reason: "no-such-user" }]);
  });

  test("is found in any case", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    await alice.send("BOB", "hello");
    expect(await bob.texts()).toEqual(["hello"]);
    await world.person("Bob", bob.home).send("Alice", "same profile");
    expect(await alice.texts()).toEqual(["same profile"]);
  });
});

describe.skipIf(outside === undefined)("from another machine's address", () => {
  test("the link lets in, and without its secret nobody gets in", async () => {
    await using world = new World();
    const server = await world.serve({ host: "0.0.0.0" });
    const link = relink(server.link, { host: outside ?? "" });
    const wrong = relink(link, { secret: new Uint8Array(16) });
    expectFailure(await world.person("mallory").run("join", wrong), 5, /asks for its link/);
    const [alice] = await world.people({ link }, "alice");
    expect(await alice.ask("users")).toMatchObject([{ name: "alice", online: true }]);
  });

  test("an address without a link is not trusted", async () => {
    await using world = new World();
    const server = await world.serve({ host: "0.0.0.0" });
    const ended = await world.person("alice").run("chat", "--server", `${outside}:${server.port}`);
    expectFailure(ended, 4, /nothing is known yet of the server at/);
  });
});

describe("keys", () => {
  test("verify shows both sides the same number, and remembers that it was compared", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const [seen] = await alice.ask("verify", "bob");
    const number = expect.stringMatching(/^(\d{5} ){11}\d{5}$/);
    const pinned = expect.stringMatching(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
    expect(seen).toEqual({
      type: "verification",
      name: "bob",
      trust: "pinned",
      safetyNumber: number,
      pinned,
    });
    const digits = String(seen?.["safetyNumber"]);
    expect(await bob.ask("verify", "alice")).toMatchObject([{ safetyNumber: digits }]);

    const text = succeeded(await alice.run("verify", "bob"));
    expect(text.stdout.replace(/\s+/g, " ")).toContain(digits);
    expect(text.stderr).toContain("classchat verify bob --user alice --confirmed");
    expect(await alice.ask("verify", "bob", "--match", digits)).toMatchObject([{ trust: "verified" }]);
    expect((await alice.ask("users")).at(-1)).toMatchObject({ name: "bob", trust: "verified" });
    const other = digits.replace(/^\d/, (d) => String((Number(d) + 1) % 10));
    expectFailure(await bob.run("verify", "alice", "--match", other), 4, /not the safety number with alice/);
    expect((await bob.ask("users")).at(-1)).toMatchObject({ name: "alice", trust: "pinned" });
  });

  test("that changed stop what is sent until they are accepted, in one command that shows both", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    await alice.send("bob", "to the old bob");
    expect(await bob.texts()).toEqual(["to the old bob"]);
    const [before] = await alice.ask("verify", "bob");

    server.process.kill("SIGTERM");
    await server.process.ended;
    const freed = succeeded(await world.run(["free-name", "bob", "--data", server.data]));
    expect(freed.stdout).toMatch(/^bob is free/);
    await world.serve({ port: server.port });
    const newBob = world.person("bob", join(world.folder, "new-machine"));
    await newBob.join(server.link);

    const refused = await alice.run("send", "--to", "bob", "is it you?");
    expectFailure(refused, 4, /not sent to bob: that person's key has changed/);
    expect(refused.stderr).toContain("classchat trust bob");
    expect(await newBob.texts()).toEqual([]);
    const [met] = await alice.ask("verify", "bob");
    expect(met).toMatchObject({ trust: "changed", pinned: before?.["pinned"] });
    expect(met?.["found"]).not.toBe(before?.["pinned"]);

    const trusted = succeeded(await alice.run("trust", "bob"));
    expect(trusted.stdout).toContain(String(before?.["pinned"]));
    expect(trusted.stdout).toContain(String(met?.["found"]));
    await alice.send("bob", "hello again");
    expect((await newBob.texts()).at(-1)).toBe("hello again");
    expect(await alice.ask("verify", "bob")).toMatchObject([{ trust: "pinned", pinned: met?.["found"] }]);
  });

  test("free-name for nobody, or where there is no server, is told", async () => {
    await using world = new World();
    const server = await world.serve();
    expectFailure(await world.run(["free-name", "bob", "--data", server.data]), 1, /nobody has the name bob/);
    const nowhere = ["--data", join(world.folder, "none")];
    expectFailure(await world.run(["free-name", "bob", ...nowhere]), 2, /no server's data at/);
  });
});
