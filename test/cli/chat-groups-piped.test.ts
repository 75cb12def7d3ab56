// Groups in the chat behind pipes: a line of input a message or command, a line of output a piece of news.

import { expect, test } from "bun:test";
import { Desk } from "./chat-desk.ts";
import { FakeFace, group, happened, member, message, person } from "./chat-face.ts";

const CLASS = "@class2024";

/** A client whose server takes everything at once. */
function accepting(): FakeFace {
  const face = new FakeFace();
  const send = face.send.bind(face);
  face.send = async (to, text) => {
    const kept = await send(to, text);
    face.state(kept.id, "accepted", { of: 2 });
    return kept;
  };
  return face;
}

const done = (face: FakeFace) => face.asked.filter((asked) => !asked.startsWith("history"));

test("a group is made, filled, written to and left, each after the other", async () => {
  const face = accepting();
  const desk = new Desk(face, false);
  desk.input.end("/create class2024\n/add bob carol\nAssignment 3\n/leave\nlost\n/msg bob hi\n");
  expect(await desk.left()).toBe(0);
  expect(done(face)).toEqual([
    'create {"name":"class2024","open":true,"announcement":false,"history":50}',
    'change class2024 {"change":"add","names":["bob","carol"]}',
    "send @class2024 Assignment 3",
    "leave class2024",
    "send bob hi",
  ]);
  const rows = desk.display.rows;
  for (const row of [
    "* you created @class2024",
    "* you added bob and carol to @class2024",
    "12:00 to @class2024: Assignment 3  · delivered 0 of 2, queued for 2",
    "* you left @class2024",
    "* to whom? /msg NAME begins a conversation, /users shows who is here",
  ])
    expect(rows).toContain(row);
});

test("/groups is a table with who is in each, /members one with admins, presence and keys", async () => {
  const face = accepting();
  face.known = {
    ok: true,
    value: [
      group(CLASS, { size: 4, mine: "admin" }),
      group("@staff", { open: false, announcement: true, mine: "no" }),
    ],
  };
  face.in = {
    class2024: [
      member("alice", { me: true, admin: true }),
      member("bob", { online: false }),
      member("mal\u001b[31mlory", { trust: "changed" }),
      { name: "carol", me: false, admin: false, trust: "verified" },
    ],
  };
  const desk = new Desk(face, false);
  desk.input.end("/groups\n/members class2024\n/members @nowhere\n");
  await desk.left();
  expect(desk.display.rows.slice(2)).toEqual([
    "groups (2)",
    "  @class2024  4 people  open                    you are an admin",
    "      alice, bob, mal[31mlory and carol",
    "  @staff      1 person  private, announcements",
    "@class2024 (4)",
    "  alice        admin  here  you",
    "  bob                 away  key known, not compared",
    "  mal[31mlory         here  KEY CHANGED: /trust mal[31mlory",
    "  carol                     key compared",
    "* there is no such group: which there are: /groups",
  ]);
});

test("what was asked of a group and did not come about makes the exit code", async () => {
  const face = accepting();
  face.outcome = async () => ({ ok: false, reason: "admins-only" });
  const desk = new Desk(face, false);
  desk.input.end("/remove class2024 bob\n");
  expect(await desk.left()).toBe(5);
  expect(desk.display.rows).toContain(
    "* @class2024: only the group's admins may do that: who they are: /members @class2024",
  );
});

test("a refusal that is about a person says so", async () => {
  const face = accepting();
  face.outcome = async () => ({ ok: false, reason: "key-changed" });
  const desk = new Desk(face, false);
  desk.input.end("/add @class2024 bob\n");
  expect(await desk.left()).toBe(4);
  expect(desk.display.rows.at(-1)).toMatch(/^\* bob: that person's key has changed.*\/trust bob$/);
});

test("a message to a group one is not in says what to type", async () => {
  const face = new FakeFace();
  const send = face.send.bind(face);
  face.send = async (to, text) => {
    const kept = await send(to, text);
    face.state(kept.id, "failed", { reason: "not-in-group" });
    return kept;
  };
  face.people = { ok: true, value: [person("bob")] };
  const desk = new Desk(face, false);
  desk.input.end("@team hi\n");
  expect(await desk.left()).toBe(1);
  expect(desk.display.rows.at(-1)).toBe(
    "12:00 to @team: hi  ✗ not sent: you are not in that group (join it first: /join @team)",
  );
});

test("history and search have what has happened in its place", async () => {
  const face = new FakeFace();
  face.messages = [
    happened(CLASS, { kind: "joined", names: ["bob", "alice"] }),
    message("bob", "hello", { conversation: CLASS }),
  ];
  const desk = new Desk(face, false);
  desk.input.end("/history @class2024\n");
  await desk.left();
  expect(desk.display.rows.slice(-2)).toEqual([
    "* bob and you joined @class2024",
    "12:00 @class2024 bob: hello",
  ]);
});
