// The commands of whoever runs a class that say who comes in: links, and what people are. Must not do anything itself.

import { Argument, type Command, Option } from "@commander-js/extra-typings";
import { ROLES } from "../domain/role.ts";
import { parseLifetime, parseWhole } from "./amounts.ts";
import { checked, type CommandLine, home, json, wholeNumber } from "./program-options.ts";

export function invitationCommands({ program, done }: CommandLine): void {
  const onData = <const U extends string>(under: Command, usage: U, what: string, isDefault = false) =>
    under
      .command(usage, { isDefault })
      .description(what)
      .option("--data <dir>", "where the server keeps its data")
      .addOption(home())
      .addOption(json());
  const onInvites = () => import("./command-invites.ts");

  onData(program, "invite", "for the instructor: make a join link with a role and an end")
    .addOption(new Option("--role <role>", "what those are who come by it").choices(ROLES))
    .option(
      "--expires <time>",
      "how long it is good: 45m, 2h, 7d; until it is revoked unless given",
      checked(parseLifetime, "it is a time from 1s to 3650d, such as 45m, 2h or 7d."),
    )
    .option(
      "--uses <number>",
      "how many people it lets in; any number unless given",
      wholeNumber(1, 1_000_000),
    )
    .option("--for <name>", "for somebody of this name alone, once")
    .option("--renew", "with --for: in place of the link that the name had")
    .option("--roster <file>", "a link for each line of a table (CSV): name, and if you like email and role")
    .option("--out <file>", "with --roster: write the links to this new file, for you alone to read")
    .option("--public <host[:port]>", "what the link names, unless the server knows how it is reached")
    .action(async (options) => done(await (await import("./command-invite.ts")).invite(options)));

  const invites = program.command("invites").description("for the instructor: the links that were made");
  onData(invites, "list", "which there are, and who came in by them", true).action(async (options) =>
    done(await (await onInvites()).listInvites(options)),
  );
  onData(invites, "roster", "who of those that have a link of their own has joined").action(async (options) =>
    done(await (await onInvites()).listRoster(options)),
  );
  onData(invites, "revoke", "let nobody in any more by these")
    .argument("<number...>", "their numbers: classchat invites list", inNumbers)
    .action(async (ids, options) => done(await (await onInvites()).revokeInvites(ids, options)));

  onData(program, "role", "for the instructor: what somebody is in the class, as all are shown it")
    .argument("<name>", "whose")
    .addArgument(new Argument("<role>", "which").choices(ROLES))
    .action(async (name, role, options) => done(await (await onInvites()).setRole(name, role, options)));
}

const oneNumber = checked((text) => parseWhole(text, 1, Number.MAX_SAFE_INTEGER), "it is a number.");

function inNumbers(text: string, former: number[] = []): number[] {
  return [...former, oneNumber(text)];
}
