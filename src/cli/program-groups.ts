// The commands of groups. Must not do anything itself.

import { Argument } from "@commander-js/extra-typings";
import { asking, type CommandLine, seconds, wholeNumber } from "./program-options.ts";

export function groupCommands({ program, done }: CommandLine): void {
  const groups = program
    .command("groups")
    .description("the groups of the class, and what one does with them");
  const groupCommand = <const U extends string>(usage: U, what: string, isDefault = false) =>
    asking(groups, usage, what, isDefault).option(
      "--timeout <seconds>",
      "how long to try; 15 unless given",
      seconds,
    );
  const onGroups = () => import("./command-groups.ts");

  groupCommand("list", "all groups, who is in them, and which are yours", true).action(async (options) =>
    done(await (await onGroups()).listGroups(options)),
  );
  groupCommand("create <name>", "make a group and be its admin")
    .option("--private", "its admins add people; else anybody in the class may join")
    .option("--announcement", "only admins write in it")
    .option(
      "--history <number>",
      "how many of the last messages newcomers are handed; 50 unless given, 0 if private",
      wholeNumber(0, 1_000_000),
    )
    .action(async (name, options) => done(await (await onGroups()).create(name, options)));
  for (const what of ["join", "leave"] as const)
    groupCommand(`${what} <name>`, what === "join" ? "go into an open group" : "go out of a group").action(
      async (name, options) => done(await (await onGroups()).enter(what, name, options)),
    );
  groupCommand("members <name>", "who is in a group, and who its admins are").action(async (name, options) =>
    done(await (await onGroups()).listMembers(name, options)),
  );
  groupCommand("add <name> <person...>", "take people into a group").action(async (name, names, options) =>
    done(await (await onGroups()).change(name, { change: "add", names }, options)),
  );
  groupCommand("remove <name> <person>", "for admins: take somebody out of a group").action(
    async (group, name, options) =>
      done(await (await onGroups()).change(group, { change: "remove", name }, options)),
  );
  groupCommand("rename <name> <new>", "for admins: call a group something else").action(
    async (name, to, options) =>
      done(await (await onGroups()).change(name, { change: "rename", to }, options)),
  );
  groupCommand("close <name>", "for admins: end a group").action(async (name, options) =>
    done(await (await onGroups()).change(name, { change: "close" }, options)),
  );
  groupCommand("admin <name> <person>", "for admins: make somebody an admin too")
    .option("--off", "make an admin an ordinary member again")
    .action(async (group, name, { off, ...options }) => {
      const change = off === true ? "not-admin" : "admin";
      done(await (await onGroups()).change(group, { change, name }, options));
    });
  for (const [usage, change, what] of [
    ["announce <name>", "announcement", "for admins: whether only admins write"],
    ["open <name>", "open", "for admins: whether anybody in the class may join"],
  ] as const)
    groupCommand(usage, what)
      .addArgument(new Argument("<state>", "on or off").choices(["on", "off"] as const))
      .action(async (name, state, options) =>
        done(await (await onGroups()).change(name, { change, on: state === "on" }, options)),
      );
}
