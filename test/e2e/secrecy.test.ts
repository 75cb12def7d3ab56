// Nothing that was said, in any spelling, lies on a disk, goes over the wire or gets into a log.

import { expect, setDefaultTimeout, test } from "bun:test";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { proxy } from "./support/proxy.ts";
import { type Person, relink, World } from "./support/world.ts";

setDefaultTimeout(60_000);

/** Words that occur nowhere by chance: what two say to each other, in ASCII and beyond it. */
const spoken = ["The walrus hums at midnight", "Zwölf Boxkämpfer jagen Viktor", "鯨は静かに歌う夜明け前"];

/** A text as it might be found: in UTF-8, UTF-16 both ways, hex, and base64 at each of its three offsets. */
function spellings(text: string): readonly { readonly as: string; readonly bytes: Buffer }[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, "utf16le");
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), utf8]).toString("base64");
    // The characters that the bytes before and after have no part in.
    return shifted.slice(offset === 0 ? 0 : 4, -4);
  });
  const words = [utf8.toString("hex"), utf8.toString("hex").toUpperCase(), ...base64];
  const urlSafe = base64.map((word) => word.replaceAll("+", "-").replaceAll("/", "_"));
  return [
    { as: "UTF-8", bytes: utf8 },
    { as: "UTF-16LE", bytes: utf16 },
    { as: "UTF-16BE", bytes: Buffer.from(utf16).swap16() },
    ...[...words, ...urlSafe].map((word) => ({ as: word, bytes: Buffer.from(word) })),
    { as: "JSON", bytes: Buffer.from(JSON.stringify(text).slice(1, -1)) },
  ];
}

/** Where any of the texts is found. */
function found(places: Iterable<readonly [string, Buffer]>, texts: readonly string[]): string[] {
  const all = [...places];
  return texts.flatMap((text) =>
    spellings(text).flatMap(({ as, bytes }) =>
      all.flatMap(([place, content]) => (content.includes(bytes) ? [`${text} as ${as} in ${place}`] : [])),
    ),
  );
}

/** Every file of a folder, and what it is called. */
function filesIn(folder: string): [string, Buffer][] {
  const paths = [...new Bun.Glob("**/*").scanSync({ cwd: folder, dot: true, onlyFiles: false })];
  return paths
    .map((path) => join(folder, path))
    .flatMap((path): [string, Buffer][] => {
      const content = lstatSync(path).isFile() ? readFileSync(path) : Buffer.alloc(0);
      return [[path, Buffer.concat([Buffer.from(`${path}\0`), content])]];
    });
}

test("the search finds what is there, in every spelling", () => {
  for (const text of spoken) {
    for (const { bytes } of spellings(text)) {
      expect(
        found([["made up", Buffer.concat([Buffer.from("..."), bytes, Buffer.from("...")])]], [text]),
      ).not.toEqual([]);
    }
    const inBase64 = [0, 1, 2].map((n) => Buffer.from(`${"x".repeat(n)}${text}yy`).toString("base64"));
    for (const word of inBase64) expect(found([["made up", Buffer.from(word)]], [text])).not.toEqual([]);
  }
});

test("no text is in any file of the server or of the clients, on the wire, or in the server's log", async () => {
  await using world = new World();
  const server = await world.serve();
  const wire = proxy(server.port);
  world.defer(() => wire.close());
  const link = relink(server.link, { port: wire.port });
  const [alice, bob, carol] = await world.people({ link }, "alice", "bob", "carol");
  const talk = async (to: Person, round: number) => {
    for (const text of spoken) await alice.send(to.name, `${text} ${round}`);
  };

  const following = await bob.follow();
  await talk(bob, 1); // received at once
  await following.until(new RegExp(`${spoken.at(-1)} 1`));
  await talk(carol, 2); // waits
  await alice.ask("verify", "bob");
  // While everyone still runs: the journals of the databases, the sockets.
  const alive = () => [
    ...filesIn(server.data),
    ...[alice, bob, carol].flatMap(({ home }) => filesIn(home)),
    ["the wire", wire.recorded()] as const,
    ["the server's log", Buffer.from(server.process.printed)] as const,
  ];
  expect(alive().length).toBeGreaterThan(12);
  expect(wire.recorded().length).toBeGreaterThan(10_000);
  expect(found(alive(), spoken)).toEqual([]);

  server.process.kill("SIGKILL");
  following.kill("SIGKILL");
  await Promise.all([server.process.ended, following.ended]);
  const kept = await alice.run("send", "--to", "bob", spoken[0] ?? ""); // stays in the outbox
  expect(kept.code).toBe(75);
  expect(found(alive(), spoken)).toEqual([]);

  const again = await world.serve({ port: server.port });
  expect(await carol.texts()).toEqual(spoken.map((text) => `${text} 2`));
  await alice.send("bob", spoken[1] ?? "");
  expect(await bob.texts()).toEqual(spoken.slice(0, 2));
  again.process.kill("SIGTERM");
  await again.process.ended;
  expect(found([...alive(), ["its second log", Buffer.from(again.process.printed)]], spoken)).toEqual([]);
});

test("with whom one talks is in none of one's own files and not on the wire, nor is the link's secret", async () => {
  await using world = new World();
  const server = await world.serve();
  const wire = proxy(server.port);
  world.defer(() => wire.close());
  const link = relink(server.link, { port: wire.port });
  const [alice, bob] = await world.people({ link }, "alice", "bartholomew.featherstone");
  await alice.send(bob.name, "hello");
  await bob.send("alice", "hello");
  expect(await alice.texts()).toEqual(["hello"]);
  const token = server.link.split("/").at(-1) ?? "";
  const secret = Buffer.from(token, "base64url").subarray(32, 48);
  const files: [string, Buffer][] = [...filesIn(alice.home), ["the wire", wire.recorded()]];
  expect(found(files, [bob.name])).toEqual([]);
  expect(
    files.filter(([, bytes]) => bytes.includes(secret) || bytes.includes(secret.toString("hex"))),
  ).toEqual([]);
  expect(files.filter(([, bytes]) => bytes.includes(token.slice(0, 40)))).toEqual([]);
  // The server's own files are where it must be.
  expect(filesIn(server.data).filter(([, bytes]) => bytes.includes(secret.toString("hex")))).toHaveLength(1);
});

test("no text is in what is told when it cannot be sent", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice] = await world.people(server, "alice");
  server.process.kill("SIGKILL");
  await server.process.ended;
  const ended = await alice.run("send", "--to", "bob", spoken[0] ?? "");
  expect(found([["the error", Buffer.from(ended.stderr + ended.stdout)]], spoken)).toEqual([]);
});
