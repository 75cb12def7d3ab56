// What a user may type in the chat, and what it means.

import { describe, expect, test } from "bun:test";
import { complete, helpRows, type Intent, parseLine } from "../../src/cli/chat-commands.ts";

const meanings: readonly (readonly [string, Intent])[] = [
  ["", { do: "nothing" }],
  ["   ", { do: "nothing" }],
  ["hello there", { do: "say", text: "hello there" }],
  ["    indented code", { do: "say", text: "    indented code" }],
  ["//etc/passwd", { do: "say", text: "/etc/passwd" }],
  [" /etc/passwd", { do: "say", text: "/etc/passwd" }],
  [" @all", { do: "say", text: "@all" }],
  [" exit", { do: "say", text: "exit" }],
  ["exit now", { do: "say", text: "exit now" }],
  ["exit", { do: "quit" }],
  ["exit ", { do: "quit" }],
  ["/exit", { do: "quit" }],
  ["/quit", { do: "quit" }],
  ["/QUIT", { do: "quit" }],
  ["/help", { do: "help" }],
  ["/users", { do: "users" }],
  ["/users now", { do: "usage", usage: "/users" }],
  ["/msg bob", { do: "switch", to: "bob" }],
  ["/msg bob ", { do: "switch", to: "bob" }],
  ["/msg bob  two  spaces", { do: "write", to: "bob", text: " two  spaces" }],
  ["/msg", { do: "usage", usage: "/msg NAME|@GROUP [TEXT]" }],
  ["/msg b!b hi", { do: "bad-name", typed: "b!b" }],
  ["/msg ｂｏｂ hi", { do: "write", to: "bob", text: "hi" }],
  ["/msg @team hi", { do: "write", to: "@team", text: "hi" }],
  ["/msg @team", { do: "switch", to: "@team" }],
  ["@team  hi", { do: "write", to: "@team", text: " hi" }],
  ["@team", { do: "switch", to: "@team" }],
  ["@team: hi", { do: "write", to: "@team", text: "hi" }],
  ["@team, hi", { do: "write", to: "@team", text: "hi" }],
  ["/msg bob: hi", { do: "write", to: "bob", text: "hi" }],
  ["@:", { do: "bad-name", typed: "@" }],
  ["@", { do: "bad-name", typed: "@" }],
  ["@te!am hi", { do: "bad-name", typed: "@te!am" }],
  ["@@team hi", { do: "bad-name", typed: "@@team" }],
  ["/history", { do: "history", name: undefined, limit: 20 }],
  ["/history 5", { do: "history", name: undefined, limit: 5 }],
  ["/history bob", { do: "history", name: "bob", limit: 20 }],
  ["/history @team 3", { do: "history", name: "@team", limit: 3 }],
  ["/history bob 3", { do: "history", name: "bob", limit: 3 }],
  ["/history bob 0", { do: "history", name: "bob", limit: 1 }],
  ["/history bob 99999999999", { do: "history", name: "bob", limit: 1000 }],
  ["/history bob all", { do: "usage", usage: "/history [NAME|@GROUP] [COUNT]" }],
  ["/search  two words ", { do: "search", words: "two words" }],
  ["/search", { do: "usage", usage: "/search WORDS" }],
  ["/reply yes, from nine", { do: "reply", back: 1, text: "yes, from nine" }],
  ["/reply ^3 yes", { do: "reply", back: 3, text: "yes" }],
  ["/reply", { do: "usage", usage: "/reply [^2] TEXT" }],
  ["/react 👍🏽", { do: "react", back: 1, emoji: "👍🏽" }],
  ["/react ^2 none", { do: "react", back: 2, emoji: undefined }],
  ["/react two words", { do: "usage", usage: "/react [^2] EMOJI|none" }],
  ["/edit last words", { do: "edit", back: 1, text: "last words" }],
  ["/edit ^0 x", { do: "edit", back: 1, text: "^0 x" }],
  ["/delete", { do: "delete", back: 1 }],
  ["/delete ^2", { do: "delete", back: 2 }],
  ["/delete it", { do: "usage", usage: "/delete [^2]" }],
  ["/verify", { do: "verify", name: undefined, compared: false }],
  ["/verify bob", { do: "verify", name: "bob", compared: false }],
  ["/verify bob yes", { do: "verify", name: "bob", compared: true }],
  ["/verify bob maybe", { do: "usage", usage: "/verify [NAME [yes]]" }],
  ["/trust bob", { do: "trust", name: "bob" }],
  ["/trust", { do: "trust", name: undefined }],
  ["/mgs bob hi", { do: "unknown", command: "/mgs", nearest: "/msg" }],
  ["/hist", { do: "unknown", command: "/hist", nearest: "/history" }],
  ["/verfiy", { do: "unknown", command: "/verfiy", nearest: "/verify" }],
  ["/sendfile notes.pdf", { do: "send-file", path: "notes.pdf" }],
  ["/sendfile", { do: "usage", usage: "/sendfile PATH" }],
  ['/sendfile "my notes.pdf"', { do: "send-file", path: "my notes.pdf" }],
  ["/sendfile my\\ notes.pdf", { do: "send-file", path: "my notes.pdf" }],
  ["/files", { do: "files" }],
  ["/accept 3", { do: "transfer", action: "accept", which: "3" }],
  ["/cancel x", { do: "usage", usage: "/cancel N" }],
  ["/crate team", { do: "unknown", command: "/crate", nearest: "/create" }],
  ["/", { do: "unknown", command: "/", nearest: undefined }],
  [`/${"x".repeat(100_000)}`, { do: "unknown", command: `/${"x".repeat(100_000)}`, nearest: undefined }],
];

describe("what is typed", () => {
  for (const [line, intent] of meanings)
    test(JSON.stringify(line.slice(0, 40)), () => expect(parseLine(line)).toEqual(intent));
});

test("help names every command once, and each is a command", () => {
  const names = helpRows().map(({ usage }) => usage.split(" ")[0] ?? "");
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(parseLine(name).do).not.toBe("unknown");
});

describe("the Tab key", () => {
  const names = ["Bob", "bea", "carol"];
  const groups = ["@team", "@Band"];
  test.each([
    ["/he", ["/help "], "/he"],
    ["/h", ["/history ", "/help "], "/h"],
    ["@", ["@team ", "@Band "], "@"],
    ["@b", ["@Band "], "@b"],
    ["@team b", [], "@team b"],
    ["/msg b", ["Bob ", "bea ", "@Band "], "b"],
    ["/msg @", ["@team ", "@Band "], "@"],
    ["/join te", ["@team "], "te"],
    ["/leave @", ["@team ", "@Band "], "@"],
    ["/add be", ["bea "], "be"],
    ["/add @team bea b", ["Bob ", "bea "], "b"],
    ["/remove @team c", ["carol "], "c"],
    ["/remove @team bob c", [], "/remove @team bob c"],
    ["/announce @team o", [], "/announce @team o"],
    ["/verify CAR", ["carol "], "CAR"],
    ["/verify ", ["Bob ", "bea ", "carol "], ""],
    ["/search b", [], "/search b"],
    ["/msg bob hi b", [], "/msg bob hi b"],
    ["plain b", [], "plain b"],
  ])("completes %j", (line, hits, word) => expect(complete(line, names, groups)).toEqual([hits, word]));
});
