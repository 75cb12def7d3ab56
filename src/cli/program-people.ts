// The commands of whoever is in a class: to join, to talk, to send and to receive, to know whom one talks to.
// Must not do anything itself.

import {
  asking,
  autoAccept,
  type CommandLine,
  files,
  home,
  json,
  seconds,
  server,
  user,
  wait,
  wholeNumber,
} from "./program-options.ts";

const QUIET = "no bell; nobody is told what you read or that you write, nor are you";
const NOTIFY = "a notice of the desktop besides";

export function peopleCommands({ program, done }: CommandLine): void {
  program
    .command("join")
    .description("join a class with its link; on a terminal this opens the chat")
    .argument("[link]", "the line that classchat serve printed; without it: the classes on the local network")
    .addOption(user())
    .option("--passphrase", "guard the new profile with a passphrase")
    .option("--plain", "the chat in lines, for screen readers")
    .option("--quiet", QUIET)
    .option("--notify", NOTIFY)
    .addOption(home())
    .action(async (link, options) => done(await (await import("./command-chat.ts")).join(link, options)));

  program
    .command("chat")
    .description("talk; finds the server of this machine when there is no other")
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .option("--passphrase", "guard a new profile with a passphrase")
    .option("--plain", "in lines, one for each piece of news: for screen readers")
    .option("--quiet", QUIET)
    .option("--notify", NOTIFY)
    .addOption(files())
    .addOption(autoAccept())
    .addOption(home())
    .action(async (options) => done(await (await import("./command-chat.ts")).chat(options)));

  asking(program, "send", "send one message")
    .argument("[text]", "the text; '-' or nothing reads it from standard input")
    .requiredOption("--to <name>", "to whom: bob, or @group")
    .addOption(wait("how far it must come"))
    .option("--timeout <seconds>", "how long to try", seconds)
    .action(async (text, options) => done(await (await import("./command-send.ts")).send(text, options)));

  asking(program, "send-file", "send files")
    .argument("<path...>", "the files")
    .requiredOption("--to <name>", "to whom: bob, or @group")
    .addOption(wait("how far they must come: onto the server, or to everybody"))
    .option("--timeout <seconds>", "how long to try", seconds)
    .action(async (paths, options) =>
      done(await (await import("./command-send-file.ts")).sendFiles(paths, options)),
    );

  asking(program, "receive", "print the messages that nobody here has seen yet")
    .option("--follow", "go on as messages come")
    .addOption(files())
    .addOption(autoAccept())
    .option("--timeout <seconds>", "wait that long for a first message; with --follow, end after it", seconds)
    .action(async (options) => done(await (await import("./command-receive.ts")).receive(options)));

  asking(program, "users", "who is in the class, and who is online").action(async (options) =>
    done(await (await import("./command-people.ts")).users(options)),
  );

  program
    .command("history")
    .description("what was said, from this device's memory")
    .addOption(user().makeOptionMandatory())
    .option("--with <name>", "with this person, or in this @group, alone")
    .option("--search <words>", "only what has all these words")
    .option("--limit <number>", "how many at most, the newest", wholeNumber(1, 1_000_000), 1000)
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-history.ts")).history(options)));

  asking(program, "verify", "show the safety number with somebody, to compare it")
    .argument("<name>", "with whom")
    .option("--match <number>", "compare with this number, read out by the other side")
    .option("--confirmed", "you have compared it yourself and it is the same")
    .action(async (name, options) => done(await (await import("./command-people.ts")).verify(name, options)));

  asking(program, "trust", "accept the changed key of somebody")
    .argument("<name>", "whose")
    .action(async (name, options) => done(await (await import("./command-people.ts")).trust(name, options)));

  program
    .command("doctor")
    .description("say what is wrong with a profile, its server and its conversations, and what to do")
    .addOption(user().makeOptionMandatory())
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-doctor.ts")).doctor(options)));
}
