// What two people in a class can rely on: their words arrive, once, in order, and say when they were sent.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { objects, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const id = expect.stringMatching(/^[\w-]{22}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("serve", () => {
  test("prints its link on a line of its own, and what to do with it", async () => {
    await using world = new World();
    const place = ["--port", "0", "--host", "127.0.0.1", "--data", join(world.folder, "data")];
    const server = world.start(["serve", ...place, "--name", "CSCE 513"]);
    const [link] = await server.until(/^classchat:\/\/127\.0\.0\.1:\d+\/[\w-]+$/m);
    await server.until(/^Ctrl-C ends it/m);
    expect(server.printed).toContain("CSCE 513 is open.");
    expect(server.printed).toMatch(/classchat chat --user NAME --server 127\.0\.0\.1:\d+/);

    const joined = succeeded(await world.run(world.person("alice").args("join", link)));
    expect(joined.stdout).toBe("joined CSCE 513 as alice\n");
  });

  test("with --json tells all of it in one object", async () => {
    await using world = new World();
    const { process, port, link } = await world.serve();
    expect(objects({ stdout: process.printed })).toEqual([
      {
        event: "listening",
        host: "127.0.0.1",
        port,
        link,
        fingerprint: expect.stringMatching(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/),
      },
    ]);
    expect(link).toStartWith(`classchat://127.0.0.1:${port}/`);
  });

  test("keeps its key and its data to itself, and the link stays the same", async () => {
    await using world = new World();
    const first = await world.serve();
    for (const file of ["server.key", "join.secret", "server.sqlite"]) {
      expect(statSync(join(first.data, file)).mode & 0o077).toBe(0);
    }
    expect(statSync(first.data).mode & 0o077).toBe(0);
    first.process.kill("SIGTERM");
    await first.process.ended;
    expect((await world.serve({ port: first.port })).link).toBe(first.link);
  });
});

describe("join", () => {
  test("without --home makes the profile in the user's own data folder, open to nobody else", async () => {
    await using world = new World();
    const { link } = await world.serve();
    succeeded(await world.run(["join", link, "--user", "Alice"]));
    const folder = join(world.folder, ".local/share/classchat/alice");
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(statSync(join(folder, "vault.sqlite")).mode & 0o077).toBe(0);
    expect(statSync(join(folder, "vault.key")).mode & 0o077).toBe(0);
  });

  test("may be repeated, and CLASSCHAT_HOME, _USER and _SERVER stand in for the flags", async () => {
    await using world = new World();
    const { link } = await world.serve();
    const env = { CLASSCHAT_HOME: join(world.folder, "elsewhere"), CLASSCHAT_USER: "alice" };
    succeeded(await world.run(["join", link], { env }));
    succeeded(await world.run(["join", link], { env }));
    const users = await world.run(["users", "--json"], { env: { ...env, CLASSCHAT_SERVER: link } });
    expect(objects(succeeded(users))).toEqual([
      { type: "user", name: "alice", online: true, me: true, trust: "unknown" },
    ]);
    expect(existsSync(join(world.folder, "elsewhere", "alice", "vault.sqlite"))).toBe(true);
  });

  test("says once where the key lies when there is no keyring", async () => {
    await using world = new World();
    const { link } = await world.serve();
    const alice = world.person("alice");
    const first = succeeded(await alice.run("join", link));
    expect(first.stderr).toContain(join(alice.folder, "vault.key"));
    expect(succeeded(await alice.run("users")).stderr).toBe("");
  });
});

describe("send and receive", () => {
  test("in text say who, when and how far", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const sent = succeeded(await alice.run("send", "--to", "bob", "hello\nsecond line"));
    expect(sent.stdout).toBe("accepted: the server has it for bob\n");
    const received = succeeded(await bob.run("receive"));
    expect(received.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d alice \[waited for you\]: hello\n {4}second line\n$/,
    );
    expect(succeeded(await bob.run("receive")).stdout).toBe("");
    const history = succeeded(await alice.run("history"));
    expect(history.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d alice to bob \[(?:accepted|delivered)[^\]]*\]: hello\n {4}second line\n$/,
    );
  });

  test("in JSON give the objects that scripts rely on", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const sent = await alice.send("bob", "hello");
    expect(sent).toEqual({ type: "sent", id, state: "accepted", delivered: 0, of: 1, queuedFor: ["bob"] });
    const [message, ...more] = await bob.ask("receive");
    expect(more).toEqual([]);
    const common = { type: "message", id: message?.["id"], sender: "alice", text: "hello", sentAt: time };
    expect(sent).toMatchObject({ id: common.id });
    expect(message).toEqual({ ...common, conversation: "alice", queued: true });
    expect(await bob.ask("history")).toEqual([
      { ...common, conversation: "alice", queued: true, own: false },
    ]);
    expect(await alice.ask("history")).toMatchObject([
      {
        ...common,
        conversation: "bob",
        queued: false,
        own: true,
        state: expect.stringMatching(/^(accepted|delivered)$/),
        delivered: expect.any(Number),
        of: 1,
      },
    ]);
  });

  test("--wait delivered ends when the other side has it", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const listening = await bob.follow();
    const sent = await alice.send("bob", "are you there?", "--wait", "delivered");
    expect(sent).toEqual({ type: "sent", id, state: "delivered", delivered: 1, of: 1 });
    await listening.until(/"text":"are you there\?"/);
    const again = succeeded(await alice.run("send", "--to", "bob", "--wait", "delivered", "good"));
    expect(again.stdout).toBe("delivered to bob\n");
  });

  test("--wait delivered for somebody away ends with 75, and what was sent is not lost", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const ended = await alice.run("send", "--to", "bob", "--wait", "delivered", "--timeout", "0.5", "later");
    expect(ended).toMatchObject({ code: 75, stdout: "" });
    expect(ended.stderr).toMatch(/^classchat: bob does not have it yet\nhint: .+\n$/);
    expect(await bob.texts()).toEqual(["later"]);
    expect(await alice.ask("history")).toMatchObject([{ text: "later" }]);
  });

  test("what receive has printed is delivered, and does not wait any more", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const listening = await alice.follow();
    for (const text of ["one", "two", "three"]) {
      await alice.send("bob", text);
      expect(await bob.texts()).toEqual([text]);
    }
    const sent = await alice.send("bob", "four");
    expect(sent).toMatchObject({ state: "accepted" });
    const states = (await alice.ask("history")).map(({ state }) => state);
    expect(states).toEqual(["delivered", "delivered", "delivered", "accepted"]);
    listening.kill("SIGTERM");
    await world.terminal(bob.args("chat", "--plain")).row(/1 message waited for you/);
  });

  test("both ways, many times, in order", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    for (const n of [1, 2, 3]) {
      await alice.send("bob", `question ${n}`);
      await bob.send("alice", `answer ${n}`);
    }
    expect(await bob.texts()).toEqual(["question 1", "question 2", "question 3"]);
    expect(await alice.texts()).toEqual(["answer 1", "answer 2", "answer 3"]);
  });

  test("both at once for the first time, and both arrive", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    await Promise.all([alice.send("bob", "from alice"), bob.send("alice", "from bob")]);
    expect(await bob.texts()).toEqual(["from alice"]);
    expect(await alice.texts()).toEqual(["from bob"]);
    await alice.send("bob", "one more");
    await bob.send("alice", "and one");
    expect(await bob.texts()).toEqual(["one more"]);
    expect(await alice.texts()).toEqual(["and one"]);
  });

  test("text comes from an argument, from '-' or from standard input, with its spaces and signs", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const text = '  naïve — 語 🎓 "quoted" $HOME\ttab\nsecond line ';
    await alice.send("bob", text);
    const dash = alice.args("send", "--to", "bob", "-");
    succeeded(await world.run(dash, { input: `${text}\n` }));
    succeeded(await world.run(dash.slice(0, -1), { input: `${text}\r\n` }));
    expect(await bob.texts()).toEqual([text, text, text]);
  });

  test("somebody away finds on return what waited, with the time it was sent", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const before = Date.now();
    await alice.send("bob", "one");
    await alice.send("bob", "two");
    const after = Date.now();
    const messages = await bob.ask("receive");
    expect(messages).toMatchObject([
      { text: "one", queued: true },
      { text: "two", queued: true },
    ]);
    for (const { sentAt } of messages) {
      expect(Date.parse(String(sentAt))).toBeGreaterThanOrEqual(before);
      expect(Date.parse(String(sentAt))).toBeLessThanOrEqual(after);
    }
  });

  test("receive --follow prints what comes as it comes, and who comes and goes", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    await alice.send("bob", "before");
    const beside = await alice.follow();
    const following = await bob.follow();
    await following.until(/"text":"before".*"queued":true/);
    await alice.send("bob", "now");
    await following.until(/"text":"now".*"queued":false/);
    beside.kill("SIGTERM");
    expect(await beside.ended).toMatchObject({ code: 0 });
    await following.until(/^\{"type":"offline","name":"alice"\}$/m);
    await alice.follow();
    await following.until(/^\{"type":"online","name":"alice"\}$/m);
    following.kill("SIGINT");
    const ended = await following.ended;
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(objects(ended).filter(({ name }) => name === "bob")).toEqual([]); // oneself is no news
  });

  test("receive --timeout waits for a first message, and tells with 75 that none came", async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const waiting = bob.start("receive", "--json", "--timeout", "50");
    await bob.held();
    await alice.send("bob", "here it is");
    expect(objects(succeeded(await waiting.ended))).toMatchObject([{ text: "here it is" }]);
    const none = await bob.run("receive", "--timeout", "0.2");
    expect(none).toMatchObject({ code: 75, stdout: "" });
    expect(none.stderr).toMatch(/^classchat: nothing came in 0\.2 s\nhint: .+\n$/);
  });
});

describe("users and history", () => {
  test("users shows who is in the class, who is here, and whose keys are known", async () => {
    await using world = new World();
    const [alice, bob, carol] = await world.people(await world.serve(), "alice", "bob", "carol");
    await bob.follow();
    await alice.send("carol", "hello");
    expect(await carol.texts()).toEqual(["hello"]);
    expect(await alice.ask("users")).toEqual([
      { type: "user", name: "alice", online: true, me: true, trust: "unknown" },
      { type: "user", name: "bob", online: true, me: false, trust: "unknown" },
      { type: "user", name: "carol", online: false, me: false, trust: "pinned" },
    ]);
    expect(succeeded(await alice.run("users")).stdout).toBe(
      ["alice  online   you", "bob    online", "carol  offline  pinned", ""].join("\n"),
    );
  });

  test("history needs no server, and finds by person and by words", async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob", "carol");
    await alice.send("bob", "the red fox");
    await alice.send("carol", "a Red dog");
    await bob.send("alice", "which fox?");
    await alice.texts();
    server.process.kill("SIGKILL");
    await server.process.ended;
    const texts = async (...rest: string[]) => (await alice.ask("history", ...rest)).map(({ text }) => text);
    expect(await texts()).toEqual(["the red fox", "a Red dog", "which fox?"]);
    expect(await texts("--with", "bob")).toEqual(["the red fox", "which fox?"]);
    expect(await texts("--search", "red")).toEqual(["the red fox", "a Red dog"]);
    expect(await texts("--with", "BOB", "--search", "FOX red")).toEqual(["the red fox"]);
    expect(await texts("--limit", "1")).toEqual(["which fox?"]);
    expect(await texts("--search", "elephant")).toEqual([]);
  });
});
