// The Tab key offers what may stand at a place: commands, options, their values, and whose names are meant.

import { describe, expect, test } from "bun:test";
import { type CommandLike, wantedAt } from "../../src/cli/completion-words.ts";

function command(name: string, more: Partial<Omit<CommandLike, "name">> = {}): CommandLike {
  return { name: () => name, commands: [], options: [], registeredArguments: [], ...more };
}
const user = { long: "--user", required: true };
const home = { long: "--home", required: true };
const argument = (name: string, more = {}) => ({ name: () => name, variadic: false, ...more });
const program = command("classchat", {
  commands: [
    command("send", {
      options: [
        user,
        home,
        { long: "--to", required: true },
        { long: "--wait", required: true, argChoices: ["accepted"] },
      ],
      registeredArguments: [argument("text")],
    }),
    command("verify", { options: [user], registeredArguments: [argument("name")] }),
    command("groups", {
      commands: [
        command("join", { options: [user], registeredArguments: [argument("name")] }),
        command("add", {
          options: [user],
          registeredArguments: [argument("name"), argument("person", { variadic: true })],
        }),
        command("open", {
          registeredArguments: [argument("name"), argument("state", { argChoices: ["on", "off"] })],
        }),
      ],
    }),
    command("backup", { registeredArguments: [argument("dir")] }),
  ],
});
const at = (...words: string[]) => wantedAt(program, words.slice(0, -1), words.at(-1) ?? "");

describe("offered is", () => {
  test("a command where one may stand, and its own commands after it", () => {
    expect(at("")).toEqual({ kind: "words", words: ["send", "verify", "groups", "backup"] });
    expect(at("groups", "j")).toEqual({ kind: "words", words: ["join", "add", "open"] });
  });

  test("an option of this command, and the values it may have", () => {
    expect(at("send", "--")).toEqual({
      kind: "words",
      words: ["--user", "--home", "--to", "--wait", "--help"],
    });
    expect(at("send", "--wait", "")).toEqual({ kind: "words", words: ["accepted"] });
    expect(at("groups", "open", "physics", "")).toEqual({ kind: "words", words: ["on", "off"] });
  });

  test("a profile, and the names that this profile knows", () => {
    expect(at("send", "--home", "/h", "--user", "")).toEqual({ kind: "profile", home: "/h" });
    expect(at("send", "--user", "alice", "--home=/h", "--to", "@")).toEqual({
      kind: "conversation",
      user: "alice",
      home: "/h",
    });
    expect(at("verify", "--user", "alice", "b")).toEqual({ kind: "person", user: "alice" });
    expect(at("groups", "join", "--user", "alice", "")).toEqual({ kind: "group", user: "alice" });
    expect(at("groups", "add", "physics", "bob", "")).toEqual({ kind: "person" });
  });

  test("nothing where anything may stand, so that the shell offers its files", () => {
    expect(at("backup", "")).toEqual({ kind: "nothing" });
    expect(at("send", "")).toEqual({ kind: "nothing" });
    expect(at("verify", "bob", "")).toEqual({ kind: "nothing" });
  });
});
