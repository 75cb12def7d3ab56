// What a face reached over the local socket is asked of groups goes through, and comes back, as it is.

import { afterEach, beforeEach, expect, test } from "bun:test";
import type {
  Asked,
  Face,
  Group,
  GroupChange,
  GroupMember,
  GroupOutcome,
  NewGroup,
} from "../../src/client/events.ts";
import { FakeFace, Meeting } from "./attach-face.ts";

let meeting: Meeting;

beforeEach(() => {
  meeting = new Meeting();
});
afterEach(() => meeting.end());

const groups: Group[] = [
  { name: "@class2024", size: 300, open: true, announcement: false, mine: "joining" },
  { name: "@группа", size: 1, open: false, announcement: true, mine: "admin" },
];
const members: GroupMember[] = [
  { name: "alice", me: true, admin: true, online: true, trust: "unknown" },
  { name: "bob", me: false, admin: false, trust: "changed" },
];
const newGroup: NewGroup = { name: "class2024", open: false, announcement: true, history: 0 };
const done: Asked<GroupOutcome> = { ok: true, value: { state: "done", name: "@class2024" } };
const waiting: Asked<GroupOutcome> = { ok: true, value: { state: "waiting", name: "@class2024" } };
const changes: GroupChange[] = [
  { change: "add", names: ["bob", "Бо́рис"] },
  { change: "remove", name: "bob" },
  { change: "rename", to: "class2025" },
  { change: "close" },
  { change: "admin", name: "bob" },
  { change: "not-admin", name: "bob" },
  { change: "announcement", on: true },
  { change: "open", on: false },
];

const cases: {
  readonly name: string;
  readonly given: Partial<Face>;
  readonly call: (face: Face) => Promise<unknown>;
  readonly made: unknown[];
  readonly answer: unknown;
}[] = [
  {
    name: "groups",
    given: { groups: () => Promise.resolve({ ok: true, value: groups }) },
    call: (face) => face.groups(),
    made: ["groups"],
    answer: { ok: true, value: groups },
  },
  {
    name: "members",
    given: { members: () => Promise.resolve({ ok: true, value: members }) },
    call: (face) => face.members("class2024"),
    made: ["members", "class2024"],
    answer: { ok: true, value: members },
  },
  ...(["no-such-group", "not-in-group", "admins-only", "announcement", "barred", "offline"] as const).map(
    (reason) => ({
      name: `members, refused (${reason})`,
      given: { members: () => Promise.resolve({ ok: false, reason } as const) },
      call: (face: Face) => face.members("x"),
      made: ["members", "x"],
      answer: { ok: false, reason },
    }),
  ),
  {
    name: "createGroup",
    given: { createGroup: () => Promise.resolve(done) },
    call: (face) => face.createGroup(newGroup),
    made: ["createGroup", newGroup],
    answer: done,
  },
  {
    name: "joinGroup",
    given: { joinGroup: () => Promise.resolve(waiting) },
    call: (face) => face.joinGroup("class2024"),
    made: ["joinGroup", "class2024"],
    answer: waiting,
  },
  {
    name: "leaveGroup",
    given: { leaveGroup: () => Promise.resolve({ ok: false, reason: "not-in-group" }) },
    call: (face) => face.leaveGroup("class2024"),
    made: ["leaveGroup", "class2024"],
    answer: { ok: false, reason: "not-in-group" },
  },
  ...changes.map((change) => ({
    name: `changeGroup, ${JSON.stringify(change)}`,
    given: { changeGroup: () => Promise.resolve(done) },
    call: (face: Face) => face.changeGroup("class2024", change),
    made: ["changeGroup", "class2024", change],
    answer: done,
  })),
];

for (const { name, given, call, made, answer } of cases)
  test(name, async () => {
    const face = new FakeFace(given);
    await meeting.offer(face);
    expect(await call(await meeting.attach())).toEqual(answer);
    expect(face.calls).toEqual([made]);
  });
