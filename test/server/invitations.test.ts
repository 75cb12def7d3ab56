// Who is let in by an invitation: as many as it says, until then, and nobody else; and what a link says of itself.

import { describe, expect, test } from "bun:test";
import { secretHash } from "../../src/domain/invitation.ts";
import { encodeId } from "../../src/domain/id.ts";
import type { NewInvitation } from "../../src/ports/invitations.ts";
import { credential, hall, type Person, person, SECRET } from "./hall.ts";

type Hall = ReturnType<typeof hall>;

const OWN = new Uint8Array(16).fill(1);
const HOUR = 3_600_000;

async function invite(room: Hall, changes: Partial<NewInvitation> = {}, secret = OWN) {
  const time = room.clock.now();
  const one = { hash: secretHash(secret), role: "student" as const, time, ...changes };
  await room.store.invitations.invite([one], false);
}

async function comes(room: Hall, who: Person, secret: Uint8Array | undefined, local = false) {
  const link = room.connect(who.device, local);
  await link.hello();
  const shown = secret === undefined ? {} : { secret: encodeId(secret) };
  return link.ask({ t: "register", name: who.name, ...shown }, credential(who));
}

const refused = (code: string) => ({ t: "refused", code });

describe("an invitation", () => {
  test("lets in from elsewhere and gives its role, which everybody is shown", async () => {
    const room = hall();
    await invite(room, { role: "assistant" });
    expect(await comes(room, person("ann"), OWN)).toMatchObject({ t: "registered", name: "ann" });
    const ben = await room.enter(person("ben"));
    expect(await ben.ask({ t: "users" })).toMatchObject({
      users: [
        { name: "ann", role: "assistant" },
        { name: "ben", online: true },
      ],
    });
    const listed = ben.all("users")[0]?.users ?? [];
    expect(listed.map((one) => "role" in one)).toEqual([true, false]);
  });

  test("is good until it expires by the server's clock", async () => {
    const room = hall();
    await invite(room, { expires: room.clock.now() + HOUR });
    room.clock.advance(HOUR - 1);
    expect(await comes(room, person("ann"), OWN)).toMatchObject({ t: "registered" });
    room.clock.advance(1);
    expect(await comes(room, person("ben"), OWN)).toMatchObject(refused("invitation-expired"));
  });

  test("is used up by as many as it says, and a repeat after a lost answer counts once", async () => {
    const room = hall();
    await invite(room, { uses: 2 });
    const ann = person("ann");
    for (let i = 0; i < 3; i++) expect(await comes(room, ann, OWN)).toMatchObject({ t: "registered" });
    expect(await comes(room, person("ben"), OWN)).toMatchObject({ t: "registered" });
    expect(await comes(room, person("cleo"), OWN)).toMatchObject(refused("invitation-used"));
    expect(await comes(room, ann, OWN)).toMatchObject({ t: "registered" });
  });

  test("that is revoked lets nobody in, and whoever came by it stays", async () => {
    const room = hall();
    await invite(room);
    const ann = person("ann");
    await comes(room, ann, OWN);
    await room.store.invitations.revoke([1]);
    expect(await comes(room, person("ben"), OWN)).toMatchObject(refused("invitation-revoked"));
    expect(await room.connect(ann.device, false).hello()).toMatchObject({ t: "welcome", name: "ann" });
  });

  test("for a name is for nobody else, in whatever case that is written", async () => {
    const room = hall();
    await invite(room, { invitee: { name: "Ann", fold: "ann" } });
    expect(await comes(room, person("ben"), OWN)).toMatchObject(refused("invitation-name"));
    expect(await comes(room, person("ANN"), OWN)).toMatchObject({ t: "registered", name: "ANN" });
  });

  test("of all at one moment, lets in as many as it says", async () => {
    const room = hall();
    await invite(room, { uses: 3 });
    const people = Array.from({ length: 8 }, (_, i) => person(`student${i}`));
    const links = people.map((who) => room.connect(who.device, false));
    for (const link of links) await link.hello();
    const secret = encodeId(OWN);
    const asked = links.map((link, i) => {
      const who = people[i] ?? person("x");
      return link.tell({ t: "register", name: who.name, secret }, credential(who));
    });
    await room.net.quiet();
    const answers = asked.map((re, i) => links[i]?.answer(re).t);
    expect(answers.filter((t) => t === "registered")).toHaveLength(3);
    expect(answers.filter((t) => t === "refused")).toHaveLength(5);
  });

  test("counts on the server's own machine too, where an unknown secret is as good as none", async () => {
    const room = hall();
    await invite(room, { uses: 1, role: "instructor" });
    expect(await comes(room, person("ann"), OWN, true)).toMatchObject({ t: "registered" });
    expect(await room.store.account("ann")).toMatchObject({ role: "instructor" });
    expect(await comes(room, person("ben"), OWN, true)).toMatchObject(refused("invitation-used"));
    expect(await comes(room, person("ben"), new Uint8Array(16), true)).toMatchObject({ t: "registered" });
    expect(await room.store.account("ben")).toMatchObject({ role: "student" });
  });
});

describe("the class link", () => {
  test("goes on letting in beside invitations", async () => {
    const room = hall();
    await invite(room);
    expect(await comes(room, person("ann"), SECRET)).toMatchObject({ t: "registered" });
    expect(await comes(room, person("ben"), new Uint8Array(16))).toMatchObject(refused("wrong-secret"));
    expect(await comes(room, person("ben"), undefined)).toMatchObject(refused("wrong-secret"));
  });

  test("of a class by invitation lets nobody in who is not there already", async () => {
    const before = hall();
    const ann = person("ann");
    await comes(before, ann, SECRET);
    const room = hall(before.durable, { inviteOnly: true });
    expect(await comes(room, person("ben"), SECRET)).toMatchObject(refused("wrong-secret"));
    expect(await room.connect(ann.device, false).hello()).toMatchObject({ t: "welcome", name: "ann" });
    await invite(room);
    expect(await comes(room, person("ben"), OWN)).toMatchObject({ t: "registered" });
    expect(await comes(room, person("cleo"), undefined, true)).toMatchObject({ t: "registered" });
  });
});

describe("a link says of itself", () => {
  const ask = async (room: Hall, secret: Uint8Array, local = false) => {
    const link = room.connect(undefined, local);
    await link.hello();
    return link.ask({ t: "invited", secret: encodeId(secret) });
  };

  test("whom it is for, and what they are, without being used", async () => {
    const room = hall();
    await invite(room, { uses: 1, role: "assistant", invitee: { name: "Ann", fold: "ann" } });
    for (let i = 0; i < 2; i++)
      expect(await ask(room, OWN)).toMatchObject({ t: "invited", name: "Ann", role: "assistant" });
    const plain = await ask(room, SECRET);
    expect(plain).toMatchObject({ t: "invited" });
    expect("name" in plain).toBe(false);
  });

  test("that it lets nobody in, and why", async () => {
    const room = hall();
    await invite(room, { uses: 1, expires: room.clock.now() + HOUR });
    expect(await ask(room, new Uint8Array(16))).toMatchObject(refused("wrong-secret"));
    expect(await ask(room, new Uint8Array(16), true)).toMatchObject({ t: "invited" });
    await comes(room, person("ann"), OWN);
    expect(await ask(room, OWN)).toMatchObject(refused("invitation-used"));
    await room.store.invitations.revoke([1]);
    expect(await ask(room, OWN)).toMatchObject(refused("invitation-revoked"));
    await invite(room, { expires: room.clock.now() }, new Uint8Array(16).fill(2));
    expect(await ask(room, new Uint8Array(16).fill(2))).toMatchObject(refused("invitation-expired"));
  });
});
