// What a user may type in the chat for groups, and what it means, also where one is writing to a group already.

import { describe, expect, test } from "bun:test";
import { type Intent, parseLine } from "../../src/cli/chat-commands.ts";
import type { GroupChange } from "../../src/client/events.ts";

const create = (name: string, more: object = {}): Intent => ({
  do: "act",
  action: {
    act: "create",
    group: { name, open: true, announcement: false, history: 50, ...more },
  },
});
const enter = (act: "join" | "leave", name: string): Intent => ({ do: "act", action: { act, name } });
const change = (name: string, change: GroupChange): Intent => ({
  do: "act",
  action: { act: "change", name, change },
});
const usage = (usage: string): Intent => ({ do: "usage", usage });

const anywhere: readonly (readonly [string, Intent])[] = [
  ["/groups", { do: "groups" }],
  ["/groups all", usage("/groups")],
  ["/members team", { do: "members", group: "team" }],
  ["/members @team", { do: "members", group: "team" }],
  ["/create team", create("team")],
  ["/create @team", create("team")],
  ["/create team private", create("team", { open: false, history: 0 })],
  ["/create team announcement", create("team", { announcement: true })],
  ["/create team history 7 PRIVATE", create("team", { open: false, history: 7 })],
  ["/create team history 200", create("team", { history: 200 })],
  ["/create team history 201", usage("/create NAME [private] [announcement] [history N]")],
  ["/create team history", usage("/create NAME [private] [announcement] [history N]")],
  ["/create team secret", usage("/create NAME [private] [announcement] [history N]")],
  ["/create", usage("/create NAME [private] [announcement] [history N]")],
  ["/create te!am", { do: "bad-name", typed: "te!am" }],
  ["/join team", enter("join", "team")],
  ["/join @team", enter("join", "team")],
  ["/join", usage("/join NAME")],
  ["/join team now", usage("/join NAME")],
  ["/leave team", enter("leave", "team")],
  ["/add @team bob", change("team", { change: "add", names: ["bob"] })],
  ["/add @team bob carol", change("team", { change: "add", names: ["bob", "carol"] })],
  ["/add @team bob c@rol", { do: "bad-name", typed: "c@rol" }],
  ["/add @team", usage("/add [@GROUP] NAME…")],
  ["/remove team bob", change("team", { change: "remove", name: "bob" })],
  ["/remove team @bob", { do: "bad-name", typed: "@bob" }],
  ["/remove team bob carol", usage("/remove [GROUP] NAME")],
  ["/rename team class", change("team", { change: "rename", to: "class" })],
  ["/rename @team @class", change("team", { change: "rename", to: "class" })],
  ["/close team", change("team", { change: "close" })],
  ["/admin team bob", change("team", { change: "admin", name: "bob" })],
  ["/admin team bob off", change("team", { change: "not-admin", name: "bob" })],
  ["/announce team on", change("team", { change: "announcement", on: true })],
  ["/announce team OFF", change("team", { change: "announcement", on: false })],
  ["/announce team maybe", usage("/announce [GROUP] on|off")],
  ["/open team off", change("team", { change: "open", on: false })],
];

const outside: readonly (readonly [string, Intent])[] = [
  ["/members", usage("/members [GROUP]")],
  ["/leave", usage("/leave [GROUP]")],
  ["/close", usage("/close [GROUP]")],
  ["/add team bob", change("team", { change: "add", names: ["bob"] })],
  ["/add bob", usage("/add [@GROUP] NAME…")],
  ["/remove bob", usage("/remove [GROUP] NAME")],
  ["/admin bob off", usage("/admin [GROUP] NAME [off]")],
  ["/announce on", usage("/announce [GROUP] on|off")],
];

const inside: readonly (readonly [string, Intent])[] = [
  ["/members", { do: "members", group: "here" }],
  ["/leave", enter("leave", "here")],
  ["/close", change("here", { change: "close" })],
  ["/join", usage("/join NAME")],
  ["/add bob carol", change("here", { change: "add", names: ["bob", "carol"] })],
  ["/add", usage("/add [@GROUP] NAME…")],
  ["/remove bob", change("here", { change: "remove", name: "bob" })],
  ["/rename class", change("here", { change: "rename", to: "class" })],
  ["/admin bob", change("here", { change: "admin", name: "bob" })],
  ["/admin bob off", change("here", { change: "not-admin", name: "bob" })],
  ["/announce on", change("here", { change: "announcement", on: true })],
  ["/open off", change("here", { change: "open", on: false })],
];

describe("for a group that is named", () => {
  for (const [line, intent] of anywhere)
    test(line, () => {
      expect(parseLine(line)).toEqual(intent);
      expect(parseLine(line, "here")).toEqual(intent);
    });
});

describe("where one is writing to nobody or to a person", () => {
  for (const [line, intent] of outside) test(line, () => expect(parseLine(line)).toEqual(intent));
});

describe("where one is writing to a group, of which it is then meant", () => {
  for (const [line, intent] of inside) test(line, () => expect(parseLine(line, "here")).toEqual(intent));
});
