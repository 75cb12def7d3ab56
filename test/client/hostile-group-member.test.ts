// What members of a group can rely on when one of them has a modified client: what the rules forbid has no effect on
// anybody, is shown as that member's doing, and the others go on. With an honest server, and with one that lets all pass.

import { describe, expect, test } from "bun:test";
import type { GroupRules } from "../../src/domain/group-rules.ts";
import { encodeId } from "../../src/domain/id.ts";
import { generateIdentity, issueCredential } from "../../src/mls/identity.ts";
import { rulesOf } from "../../src/mls/state.ts";
import { decodeRules, encodeRules } from "../../src/wire/rules.ts";
import { attacks, change, expectTogether, infiltrated, notices, texts } from "../sim/hostile/group.ts";
import type { Bundle, Insider, Room } from "../sim/hostile/insider.ts";
import { unruled } from "../sim/hostile/server.ts";
import { message, random } from "../sim/people.ts";

const THREE = ["alice", "bob", "mallory"];
const FOUR = ["alice", "bob", "carla", "mallory"];

/** The rules of Mallory's group, changed. */
function changed(mallory: Insider, given: Partial<GroupRules>): Uint8Array {
  const bytes = rulesOf(mallory.conversation);
  const rules = bytes === undefined ? undefined : decodeRules(bytes);
  if (rules === undefined) throw new Error("no rules");
  return encodeRules({ ...rules, ...given });
}

/** A KeyPackage of a person there is not, whose device has this key. */
async function madeUp(mallory: Insider, name: string, device: Uint8Array) {
  const [identity, signature] = [generateIdentity(random), generateIdentity(random)];
  const credential = issueCredential(identity, { name, device, signatureKey: signature.public });
  return mallory.keyPackage({ credential, signatureSecret: signature.secret });
}

/** A commit of Mallory's, with the truth told of it. */
type Attack = (mallory: Insider) => Promise<Bundle>;

const removesBob: Attack = async (mallory) => {
  const { commit, groupInfo: info } = await mallory.make({ remove: [mallory.leafOf("bob")] });
  return { commit, info, told: { added: [], removed: [mallory.deviceOf("bob")] } };
};

const setsRules =
  (given: (mallory: Insider) => Partial<GroupRules>): Attack =>
  async (mallory) => {
    const rules = changed(mallory, given(mallory));
    const { commit, groupInfo: info } = await mallory.make({ rules });
    return { commit, info, told: { added: [], removed: [], rules } };
  };

async function adds(mallory: Insider, name: string): Promise<Bundle> {
  const { commit, groupInfo: info, welcomes } = await mallory.make({ add: [await mallory.claim(name)] });
  const device = deviceOf(mallory.room, name);
  const invited = welcomes.map((one) => ({ device, body: Buffer.concat([mallory.groupId, one]) }));
  return { commit, info, welcomes: invited, told: { added: [device], removed: [] } };
}

/** A device of somebody who is registered, and never comes. */
async function accomplice(room: Room): Promise<string> {
  const eve = room.person("eve");
  await room.settle(() => eve.events.some(({ type }) => type === "caught-up"));
  await eve.face.close();
  return deviceOf(room, "eve");
}

function deviceOf(room: Room, name: string): string {
  const [device] = room.durable.accounts.get(name)?.devices ?? [];
  if (device === undefined) throw new Error(`${name} is not registered`);
  return device;
}

async function addsMadeUp(mallory: Insider, name: string, device: string): Promise<Bundle> {
  const fake = await madeUp(mallory, name, Buffer.from(device, "base64url"));
  const { commit, groupInfo: info, welcomes } = await mallory.make({ add: [fake.public] });
  const invited = welcomes.map((one) => ({ device, body: Buffer.concat([mallory.groupId, one]) }));
  return { commit, info, welcomes: invited, told: { added: [device], removed: [] } };
}

describe("a member who is no admin", () => {
  const forbidden: [string, Attack][] = [
    ["removes another", removesBob],
    ["renames the group", setsRules(() => ({ name: "mallorys" }))],
    ["makes itself an admin", setsRules((m) => ({ admins: [encodeId(m.profile.identity.public)] }))],
    ["closes the group", setsRules(() => ({ closed: true }))],
    ["bars another", setsRules(() => ({ barred: ["A".repeat(43)] }))],
    [
      "makes the rules nonsense",
      async (mallory) => {
        const rules = new TextEncoder().encode("no rules");
        const { commit, groupInfo: info } = await mallory.make({ rules });
        return { commit, info, told: { added: [], removed: [], rules } };
      },
    ],
  ];
  for (const [what, attack] of forbidden) {
    test(`${what}, and says so: the server refuses it`, async () => {
      const { room, mallory, honest } = await infiltrated(THREE);
      const answer = await mallory.commit(await attack(mallory));
      expect(["forbidden", "malformed"]).toContain(answer.t === "refused" ? answer.code : answer.t);
      await expectTogether(room, honest, THREE);
      expect(honest.flatMap(attacks)).toEqual([]);
    });

    test(`${what}, and says nothing of it: every member passes it over and shows who it was`, async () => {
      const { room, mallory, honest } = await infiltrated(THREE);
      const { told: _, ...bundle } = await attack(mallory);
      expect(await mallory.commit(bundle)).toMatchObject({ t: "accepted" });
      await room.settle(() => honest.every((one) => attacks(one).length > 0));
      await room.pass(60_000);
      await expectTogether(room, honest, THREE);
      for (const one of honest) expect(attacks(one)).toEqual(["mallory"]);
    });
  }

  test("adds somebody to a private group, with a server that lets it: it is shown, nobody is let in", async () => {
    const { room, mallory, honest, person } = await infiltrated(FOUR, { open: false });
    const dave = { name: "dave", ...room.person("dave") };
    await room.settle(() => dave.events.some(({ type }) => type === "caught-up"));
    const bundle = await adds(mallory, "dave");
    expect(await mallory.commit(bundle)).toMatchObject({ t: "refused", code: "forbidden" });
    unruled(room);
    expect(await mallory.commit(bundle)).toMatchObject({ t: "accepted" });
    await room.settle(() => honest.every((one) => attacks(one).length > 0));
    await room.pass(60_000);
    await expectTogether(room, honest, FOUR);
    expect(texts(dave)).toEqual([]);
    expect(attacks(person("alice"))[0]).toBe("mallory");
  });

  test("adds somebody whom an admin has removed, with a server that lets it: they stay out", async () => {
    const { room, mallory, honest, person } = await infiltrated(FOUR);
    await change(room, person("alice"), { change: "remove", name: "carla" });
    await room.settle(() => notices(person("carla")).some(({ kind }) => kind === "removed"));
    const left = honest.filter(({ name }) => name !== "carla");
    const bundle = await adds(mallory, "carla");
    expect(await mallory.commit(bundle)).toMatchObject({ t: "refused", code: "forbidden" });
    unruled(room);
    expect(await mallory.commit(bundle)).toMatchObject({ t: "accepted" });
    await room.settle(() => left.every((one) => attacks(one).length > 0));
    await room.pass(60_000);
    await expectTogether(room, left, THREE);
  });

  test("adds a made-up person under the name of somebody in the group: nobody takes it", async () => {
    const { room, mallory, honest } = await infiltrated(THREE);
    await mallory.commit(await addsMadeUp(mallory, "Alice", await accomplice(room)));
    await room.settle(() => honest.every((one) => attacks(one).length > 0));
    await room.pass(60_000);
    await expectTogether(room, honest, THREE);
  });

  test("adds a made-up person under another's name: it is told who knows that one, and passes for nobody", async () => {
    const { room, mallory, honest, person } = await infiltrated(THREE);
    const carla = room.person("carla");
    await room.settle(() => carla.events.some(({ type }) => type === "caught-up"));
    const alice = person("alice");
    await alice.face.send("carla", "hello");
    await room.settle(() => carla.events.some(message("hello")));
    const bundle = await addsMadeUp(mallory, "carla", await accomplice(room));
    expect(await mallory.commit(bundle)).toMatchObject({ t: "accepted" });
    await room.settle(() => notices(alice).some(({ kind }) => kind === "impostor"));
    expect(notices(alice).at(-1)).toEqual({ kind: "impostor", names: ["carla"] });
    const listed = await alice.face.members("class2024");
    const shown = listed.ok ? listed.value.find(({ name }) => name === "carla") : undefined;
    expect(shown?.trust).toBe("changed");
    await expectTogether(room, honest, [...THREE, "carla"]);
  });
});
