// Who may have a name: whoever took it first, from a device that is theirs, let in by the link's secret.

import { expect, test } from "bun:test";
import { encodeId } from "../../src/domain/id.ts";
import { generateIdentity } from "../../src/mls/identity.ts";
import { MAX_CREDENTIAL, MAX_DEVICES } from "../../src/wire/limits.ts";
import { credential, hall, key, type Person, person, SECRET } from "./hall.ts";

type Hall = ReturnType<typeof hall>;

async function register(
  room: Hall,
  who: Person,
  given: { name?: string; body?: Uint8Array; secret?: Uint8Array; local?: boolean } = {},
) {
  const link = room.connect(who.device, given.local ?? true);
  await link.hello();
  const secret = given.secret === undefined ? {} : { secret: encodeId(given.secret) };
  return link.ask({ t: "register", name: given.name ?? who.name, ...secret }, given.body ?? credential(who));
}

test("from elsewhere the link's secret is needed, on the server's own machine it is not", async () => {
  const room = hall();
  const wrong = { t: "refused", code: "wrong-secret" };
  expect(await register(room, person("ann"), { local: false })).toMatchObject(wrong);
  expect(await register(room, person("ann"), { local: false, secret: new Uint8Array(16) })).toMatchObject(
    wrong,
  );
  expect(await register(room, person("ann"), { local: false, secret: SECRET })).toMatchObject({
    name: "ann",
  });
  expect(await register(room, person("ben"))).toMatchObject({ t: "registered", name: "ben" });
});

test("a name belongs to the identity that took it first, in whatever case it is written", async () => {
  const room = hall();
  const ann = person("Ann");
  expect(await register(room, ann)).toMatchObject({ t: "registered", name: "Ann" });
  for (const name of ["Ann", "ann", "ANN"]) {
    expect(await register(room, person(name))).toMatchObject({ t: "refused", code: "name-taken" });
  }
  const lookup = await (await room.enter(person("ben"))).ask({ t: "lookup", name: "aNN" });
  expect(lookup).toMatchObject({ t: "account", name: "Ann", identity: encodeId(ann.identity.public) });
});

test("a name that looks like one that is taken is refused, and one that is no name", async () => {
  const room = hall();
  await register(room, person("paul"));
  expect(await register(room, person("pau1"))).toMatchObject({ t: "refused", code: "name-alike" });
  for (const name of ["", "  ", "a b", "x".repeat(33), "a\u202Eb", "con"]) {
    const answer = await register(room, person("ok"), { name });
    expect([name, answer]).toMatchObject([name, { t: "refused", code: "name-invalid" }]);
  }
});

test("registering again after a lost answer is answered as the first time", async () => {
  const room = hall();
  const ann = person("ann");
  const first = await room.enter(ann);
  first.pipes?.client.close();
  expect(await register(room, ann)).toMatchObject({ t: "registered", name: "ann" });
  const link = room.connect(ann.device);
  expect(await link.hello()).toMatchObject({ t: "welcome", name: "ann" });
  expect(await link.ask({ t: "register", name: "ann" }, credential(ann))).toMatchObject({ t: "registered" });
});

test("a person comes to be online once, however often the device registers", async () => {
  const room = hall();
  const watcher = await room.enter(person("walt"), { presence: true });
  const ann = person("ann");
  const link = room.connect(ann.device);
  await link.hello();
  for (let i = 0; i < 3; i++) link.tell({ t: "register", name: "ann" }, credential(ann));
  await room.net.quiet();
  link.pipes?.client.close();
  await room.net.quiet();
  expect(await watcher.ask({ t: "users" })).toMatchObject({
    users: [
      { name: "ann", online: false },
      { name: "walt", online: true },
    ],
  });
});

test("a credential speaks of this device and this name, and is signed", async () => {
  const room = hall();
  const ann = person("ann");
  const good = credential(ann);
  const broken = good.slice();
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  const others = [
    new Uint8Array(0),
    broken,
    good.subarray(1),
    credential({ ...ann, device: key() }),
    credential({ ...ann, name: "ben" }),
    credential({ ...ann, name: "Ann" }),
  ];
  for (const body of others) {
    expect(await register(room, ann, { body })).toMatchObject({ t: "refused", code: "bad-credential" });
  }
  const large = new Uint8Array(MAX_CREDENTIAL + 1);
  expect(await register(room, ann, { body: large })).toMatchObject({ t: "refused", code: "too-large" });
  expect(await register(room, ann)).toMatchObject({ t: "registered" });
});

test("a device has one account", async () => {
  const room = hall();
  const ann = person("ann");
  await register(room, ann);
  const link = room.connect(ann.device);
  await link.hello();
  const other = { name: "anna", identity: key(), device: ann.device };
  const answer = await link.ask({ t: "register", name: "anna" }, credential(other));
  expect(answer).toMatchObject({ t: "refused", code: "device-taken" });
});

test("a person has so many devices and no more, and stays readable to all", async () => {
  const room = hall();
  const identity = generateIdentity((n) => crypto.getRandomValues(new Uint8Array(n)));
  const devices = Array.from({ length: MAX_DEVICES + 3 }, () => ({ name: "ann", identity, device: key() }));
  const links = devices.map((one) => room.connect(one.device));
  for (const link of links) await link.hello();
  // All at one moment: none may slip in beside another.
  const asked = links.map((link, i) =>
    link.tell({ t: "register", name: "ann" }, credential(devices[i] ?? person("x"))),
  );
  await room.net.quiet();
  const answers = asked.map((re, i) => links[i]?.answer(re));
  expect(answers.filter((answer) => answer?.t === "registered")).toHaveLength(MAX_DEVICES);
  expect(answers.filter((answer) => answer?.t === "refused" && answer.code === "too-many")).toHaveLength(3);
  const reader = await room.enter(person("ben"));
  const account = await reader.ask({ t: "lookup", name: "ann" });
  expect(account.t === "account" && account.devices.length).toBe(MAX_DEVICES);
  // Those that were let in may say it again.
  expect(await register(room, devices[0] ?? person("x"))).toMatchObject({ t: "registered" });
});

test("everybody is listed, in pages, with who is here", async () => {
  const room = hall();
  const names = Array.from({ length: 230 }, (_, i) => `n${String(i).padStart(3, "0")}`);
  const identity = key();
  for (const name of names) {
    const device = encodeId(crypto.getRandomValues(new Uint8Array(32)));
    const taken = { name, fold: name, skeleton: name, identity: identity.public, device };
    await room.store.register({ ...taken, credential: new Uint8Array(1), time: 0 });
  }
  const link = await room.enter(person("zoe"));
  const first = await link.ask({ t: "users" });
  if (first.t !== "users" || first.after === undefined) throw new Error("one page");
  const second = await link.ask({ t: "users", after: first.after });
  if (second.t !== "users") throw new Error("no second page");
  expect([...first.users, ...second.users].map(({ name }) => name)).toEqual([...names, "zoe"]);
  expect(second.users.filter(({ online }) => online)).toEqual([{ name: "zoe", online: true }]);
  expect(second.after).toBeUndefined();
});
