// Who is let in by which link: made on the server's machine while it runs, shown once, good as often and as long as it
// says, and every refusal in one line.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { expectFailure } from "./support/said.ts";
import { objects, type Person, relink, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

/** A link made on the server's machine. */
async function invite(world: World, server: Serving, ...options: readonly string[]): Promise<string> {
  return succeeded(await world.run(["invite", "--data", server.data, ...options])).stdout.trim();
}

const shown = async (world: World, server: Serving, ...words: readonly string[]) =>
  objects(succeeded(await world.run([...words, "--data", server.data, "--json"])));

describe("a link of one's own", () => {
  test("lets in with a role, which everybody is shown, and knows who came by it", async () => {
    await using world = new World();
    const server = await world.serve();
    const link = await invite(world, server, "--role", "assistant", "--expires", "2h", "--uses", "2");
    await world.person("alice").join(link);
    const [bob] = await world.people(server, "bob");
    expect(await bob.ask("users")).toMatchObject([
      { name: "bob", me: true },
      { name: "alice", role: "assistant" },
    ]);
    expect(succeeded(await bob.run("users")).stdout).toMatch(/^alice +offline +assistant$/m);
    expect(await shown(world, server, "invites", "list")).toMatchObject([
      { id: 1, role: "assistant", uses: 2, left: 1, state: "open", usedBy: [{ name: "alice" }] },
    ]);
    const groups = async (who: Person, ...words: readonly string[]) =>
      succeeded(await world.run(["groups", ...words, "--home", who.home, "--user", who.name]));
    await groups(bob, "create", "lab");
    await groups(world.person("alice"), "join", "lab");
    const members = objects(await groups(bob, "members", "lab", "--json"));
    expect(members.map(({ name, admin, role }) => [name, admin, role])).toEqual([
      ["bob", true, undefined],
      ["alice", false, "assistant"],
    ]);
    succeeded(await world.run(["role", "alice", "student", "--data", server.data]));
    expect(succeeded(await bob.run("users")).stdout).toMatch(/^alice +offline$/m);
  });

  test("that is used up, revoked or for another name lets nobody in, and leaves nothing behind", async () => {
    await using world = new World();
    const server = await world.serve();
    const once = await invite(world, server, "--uses", "1");
    await world.person("alice").join(once);
    // By the same keys as often as one likes.
    await world.person("alice").join(once);
    const late = world.person("late");
    expectFailure(await late.run("join", once), 5, /this link has been used as often as it may be/);
    const taken = await invite(world, server);
    succeeded(await world.run(["invites", "revoke", "2", "--data", server.data]));
    expectFailure(await late.run("join", taken), 5, /the instructor has revoked this link/);
    const hers = await invite(world, server, "--for", "Carol");
    expectFailure(await late.run("join", hers), 5, /this link is for somebody of another name/);
    expect(existsSync(late.folder)).toBe(false);
    // Without a name it is told before anything is asked.
    const home = ["--home", late.home];
    expectFailure(await world.run(["join", once, ...home]), 5, /used as often/);
    await world.person("carol").join(hers);
  });

  test("for a name needs no name, and is made once", async () => {
    await using world = new World();
    const server = await world.serve();
    const first = await invite(world, server, "--for", "Carol", "--role", "assistant");
    const again = ["invite", "--data", server.data, "--for", "carol"];
    expectFailure(await world.run(again), 1, /carol has a link already \(number 1\)/);
    const second = await invite(world, server, "--for", "carol", "--renew");
    const joins = (link: string) => world.run(["join", link, "--home", homeIn(world)]);
    expectFailure(await joins(first), 5, /revoked/);
    expect(succeeded(await joins(second)).stdout).toBe("joined ClassChat as carol\n");
    expect(await shown(world, server, "invites", "roster")).toMatchObject([{ role: "assistant" }]);
    expectFailure(await world.run(again), 1, /carol is in the class already/);
  });

  test("can be made while the server is away, and carries its address and key", async () => {
    await using world = new World();
    const server = await world.serve();
    server.process.kill("SIGTERM");
    await server.process.ended;
    const link = await invite(world, server, "--uses", "1");
    await world.serve({ port: server.port });
    await world.person("alice").join(link);
    const elsewhere = await invite(world, server, "--public", "chat.example.edu:443");
    expect(elsewhere).toStartWith("classchat://chat.example.edu:443/");
    const nowhere = ["invite", "--data", join(world.folder, "none")];
    expectFailure(await world.run(nowhere), 2, /no server's data at/);
  });

  test("of another class at the same place, or mistyped, is told apart", async () => {
    await using world = new World();
    const server = await world.serve();
    const other = await world.serve({ data: join(world.folder, "other") });
    const wrong = relink(await invite(world, server), { port: other.port });
    for (const who of [["--user", "alice"], []]) {
      const ended = await world.run(["join", wrong, "--home", homeIn(world), ...who]);
      expectFailure(ended, 4, /the server there is not the one of this link/);
    }
    const link = await invite(world, server);
    const typo = link.slice(0, -1) + (link.endsWith("A") ? "B" : "A");
    expectFailure(await world.person("alice").run("join", typo), 2, /the link has a mistake in it/);
    await world.person("alice").join(link);
    expectFailure(await world.person("alice").run("join", other.link), 4, /belongs to another server/);
  });

  test("is asked for a name on a terminal until one can be had, and opens the chat", async () => {
    await using world = new World();
    const server = await world.serve();
    await world.people(server, "alice");
    const terminal = world.terminal(["join", server.link, "--plain", "--home", homeIn(world)]);
    await terminal.row(/^Your name in the class:/);
    terminal.press("bad name\r");
    await terminal.row(/^the name has characters that a name cannot have/);
    terminal.press("alice\r");
    await terminal.row(/^this name is taken by somebody else/);
    terminal.press("bob\r");
    await terminal.row(/^You are bob\b/);
    terminal.press("exit\r");
    expect(await terminal.ended).toMatchObject({ code: 0 });
  });
});

describe("a roster", () => {
  const lines = "Name;E-mail;Role\r\nann;ann@x.edu;\r\nben;;assistant\r\n\r\ncleo;;\r\ndan;;\r\neve;;\r\n";

  test("of five becomes five links, and shows who has joined", async () => {
    await using world = new World();
    const server = await world.serve();
    const [roster, out] = [join(world.folder, "class.csv"), join(world.folder, "links.csv")];
    writeFileSync(roster, `\uFEFF${lines}`);
    const made = ["invite", "--data", server.data, "--roster", roster, "--out", out];
    expect(succeeded(await world.run(made)).stderr).toContain("5 links made");
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const rows = readFileSync(out, "utf8").trim().split("\n");
    expect(rows.map((row) => row.split(",").slice(0, 2))).toEqual([
      ["name", "email"],
      ["ann", "ann@x.edu"],
      ["ben", ""],
      ["cleo", ""],
      ["dan", ""],
      ["eve", ""],
    ]);
    const linkOf = (name: string) => rows.find((row) => row.startsWith(`${name},`))?.split(",")[2] ?? "";
    succeeded(await world.run(["join", linkOf("ann"), "--home", homeIn(world)]));
    await world.person("ben").join(linkOf("ben"));
    expectFailure(await world.person("dan").run("join", linkOf("eve")), 5, /for somebody of another name/);
    await world.people(server, "dan"); // by the class's link
    expect(await shown(world, server, "invites", "roster")).toMatchObject([
      { name: "ann", joined: true, byLink: true },
      { name: "ben", joined: true, byLink: true, role: "assistant" },
      { name: "cleo", joined: false, link: "open" },
      { name: "dan", joined: true, byLink: false },
      { name: "eve", joined: false, link: "open" },
    ]);
    const told = succeeded(await world.run(["invites", "roster", "--data", server.data]));
    expect(told.stdout).toMatch(/^cleo +not yet$/m);
    expect(told.stdout).toMatch(/^dan +joined +NOT BY THE LINK$/m);
    expect(told.stderr).toBe("3 of 5 have joined\n");

    expectFailure(await world.run(made), 2, /links\.csv is there already; no link was made/);
    writeFileSync(roster, `${lines}fay\n`);
    const more = await shown(world, server, "invite", "--roster", roster);
    expect(more.map(({ for: name, outcome }) => [name, outcome]).sort()).toEqual([
      ["ann", "joined"],
      ["ben", "joined"],
      ["cleo", "invited"],
      ["dan", "joined"],
      ["eve", "invited"],
      ["fay", "made"],
    ]);
  });

  test("with mistakes is told line by line, and makes nothing", async () => {
    await using world = new World();
    const server = await world.serve();
    const roster = join(world.folder, "class.csv");
    writeFileSync(roster, "name,role\nann,\nAnn,\nbad name,\nben,boss\n");
    const ended = await world.run(["invite", "--data", server.data, "--roster", roster]);
    expect(ended.code).toBe(2);
    const said = ended.stderr.replaceAll(`${roster}:`, "").split("\n");
    expect(said).toEqual([
      '3: "Ann" stands on line 2 already',
      '4: "bad name": the name has characters that a name cannot have',
      '5: "boss" is no role: student, assistant or instructor',
      `classchat: 3 lines of ${roster} cannot be used; no link was made`,
      expect.stringMatching(/^hint: /),
      "",
    ]);
    expect(await shown(world, server, "invites", "list")).toEqual([]);
  });
});

describe.skipIf(outside === undefined)("from another machine's address", () => {
  test("a class by invitation lets in by invitations alone", async () => {
    await using world = new World();
    const data = join(world.folder, "server");
    const process = world.start([
      "serve",
      "--invite-only",
      "--host",
      "0.0.0.0",
      "--port",
      "0",
      "--data",
      data,
      "--json",
    ]);
    const [, link = ""] = await process.until(/"link":"([^"]+)"/);
    const reachable = relink(link, { host: outside ?? "" });
    expectFailure(await world.person("mallory").run("join", reachable), 5, /asks for its link/);
    const own = relink((await world.run(["invite", "--data", data])).stdout.trim(), { host: outside ?? "" });
    await world.person("alice").join(own);
  });
});

/** A home for those who say no name. */
function homeIn(world: World): string {
  return join(world.folder, "home");
}
