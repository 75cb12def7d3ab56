// The command line: what is typed, checked, and handed to a command that is only then loaded. The one file that knows
// commander. Must not do anything itself.

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseDuration, parseQuota, parseSeconds, parseWhole } from "./amounts.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { VERSION } from "./version.ts";

/** Runs one command line and answers its exit code. Throws a Failure for what is to be told to the user. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const done = (ended: ExitCode) => {
    code = ended;
  };
  const seconds = checked(parseSeconds, "it is a number of seconds.");
  const program = new Command("classchat")
    .description("The private chat of a class, end-to-end encrypted, in one executable.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", HELP);

  program
    .command("serve")
    .description("run the server of a class and print the link that lets people in")
    .option("--host <address>", "where to listen", "0.0.0.0")
    .option("--port <number>", "port, or 0 for any that is free", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--public <host[:port]>", "what the link names, where students reach it by another address")
    .option("--data <dir>", "where the server keeps its data")
    .option(
      "--name <name>",
      "what the class is called",
      checked(parseClassName, "it is a line of 1 to 100 characters."),
      "ClassChat",
    )
    .option(
      "--retention <time>",
      "how long what nobody fetches is kept: 36h, 90d; 180d unless given",
      checked(parseDuration, "it is a time from 1h to 3650d, such as 36h or 90d."),
    )
    .option(
      "--quota <messages/size>",
      "what one person may have waiting for others; 50000/256MiB unless given",
      checked(parseQuota, "it is messages/size, such as 50000/256MiB (KiB, MiB or GiB)."),
    )
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-serve.ts")).serve(options)));

  program
    .command("join")
    .description("join a class with its link; on a terminal this opens the chat")
    .argument("<link>", "the line that classchat serve printed")
    .addOption(user())
    .option("--passphrase", "guard the new profile with a passphrase")
    .option("--plain", "the chat in lines, for screen readers")
    .addOption(home())
    .action(async (link, options) => done(await (await import("./command-chat.ts")).join(link, options)));

  program
    .command("chat")
    .description("talk; finds the server of this machine when there is no other")
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .option("--passphrase", "guard a new profile with a passphrase")
    .option("--plain", "in lines, one for each piece of news: for screen readers")
    .option("--quiet", "no bell when somebody writes to you")
    .option("--notify", "a notice of the desktop besides")
    .addOption(home())
    .action(async (options) => done(await (await import("./command-chat.ts")).chat(options)));

  /** With a profile, and through it a server. */
  const asking = <const U extends string>(usage: U, what: string, under = program, isDefault = false) =>
    under
      .command(usage, { isDefault })
      .description(what)
      .addOption(user().makeOptionMandatory())
      .addOption(server())
      .addOption(home())
      .addOption(json());

  asking("send", "send one message")
    .argument("[text]", "the text; '-' or nothing reads it from standard input")
    .requiredOption("--to <name>", "to whom: bob, or @group")
    .addOption(
      new Option("--wait <state>", "how far it must come")
        .choices(["accepted", "delivered"] as const)
        .default("accepted" as const),
    )
    .option("--timeout <seconds>", "how long to try", seconds)
    .action(async (text, options) => done(await (await import("./command-send.ts")).send(text, options)));

  asking("receive", "print the messages that nobody here has seen yet")
    .option("--follow", "go on as messages come")
    .option("--timeout <seconds>", "wait that long for a first message; with --follow, end after it", seconds)
    .action(async (options) => done(await (await import("./command-receive.ts")).receive(options)));

  asking("users", "who is in the class, and who is online").action(async (options) =>
    done(await (await import("./command-people.ts")).users(options)),
  );

  const groups = program
    .command("groups")
    .description("the groups of the class, and what one does with them");
  const groupCommand = <const U extends string>(usage: U, what: string, isDefault = false) =>
    asking(usage, what, groups, isDefault).option(
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

  asking("verify", "show the safety number with somebody, to compare it")
    .argument("<name>", "with whom")
    .option("--match <number>", "compare with this number, read out by the other side")
    .option("--confirmed", "you have compared it yourself and it is the same")
    .action(async (name, options) => done(await (await import("./command-people.ts")).verify(name, options)));

  asking("trust", "accept the changed key of somebody")
    .argument("<name>", "whose")
    .action(async (name, options) => done(await (await import("./command-people.ts")).trust(name, options)));

  program
    .command("doctor")
    .description("say what is wrong with a profile, its server and its conversations, and what to do")
    .addOption(user().makeOptionMandatory())
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-doctor.ts")).doctor(options)));

  program
    .command("free-name")
    .description("for the instructor: let a name be taken anew, after a lost machine")
    .argument("<name>", "the name")
    .option("--data <dir>", "where the server keeps its data")
    .addOption(home())
    .action(async (name, options) =>
      done(await (await import("./command-free-name.ts")).freeName(name, options)),
    );

  program
    .command("backup")
    .description("for the instructor: copy the server's data while it runs")
    .argument("<dir>", "a new or empty folder for the copy")
    .option("--data <dir>", "where the server keeps its data")
    .addOption(home())
    .action(async (dir, options) => done(await (await import("./command-backup.ts")).backup(dir, options)));

  program
    .command("completions")
    .description("print what makes the Tab key of a shell know classchat")
    .addArgument(new Argument("<shell>", "which").choices(["bash", "zsh", "fish", "powershell"] as const))
    .argument("[words...]", "used by what it prints, as is --for")
    .addOption(new Option("--for <word>").hideHelp())
    .action(async (shell, words, options) =>
      done(await (await import("./command-completions.ts")).completions(program, shell, words, options)),
    );

  program
    .command("demo")
    .description("see it work: a throw-away class of three, in half a minute")
    .action(async () => done(await (await import("./command-demo.ts")).demo()));

  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return ended(error);
    throw error;
  }
}

const HELP = `
A class in a minute:
  classchat serve                        on the instructor's machine: prints the link
  classchat join LINK --user alice       on each student's machine
  classchat chat --user alice            later

CLASSCHAT_USER, CLASSCHAT_SERVER and CLASSCHAT_HOME stand in for --user, --server and --home.
Exit codes: 0 done, 1 failed, 2 wrong use, 3 cannot reach the server, 4 not trusted, 5 refused, 75 kept for later.`;

function user() {
  return new Option("--user <name>", "who you are in the class").env("CLASSCHAT_USER");
}

function server() {
  return new Option("--server <link|host:port>", "which server, unless the profile knows").env(
    "CLASSCHAT_SERVER",
  );
}

function home() {
  return new Option("--home <dir>", "where profiles lie").env("CLASSCHAT_HOME");
}

function json() {
  return new Option("--json", "one JSON object a line");
}

/** What `parse` makes of an option's text, or commander's complaint where that is nothing. */
function checked<T>(parse: (text: string) => T | undefined, complaint: string): (text: string) => T {
  return (text) => {
    const parsed = parse(text);
    if (parsed === undefined) throw new InvalidArgumentError(complaint);
    return parsed;
  };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return checked((text) => parseWhole(text, least, most), `it is a whole number from ${least} to ${most}.`);
}

function parseClassName(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === "" || trimmed.length > 100 || /\p{Cc}/u.test(trimmed) ? undefined : trimmed;
}

/** What commander said, as one line with a hint; help and version are no failures. */
function ended(error: CommanderError): ExitCode {
  if (error.exitCode === 0) return EXIT.done;
  if (error.code === "commander.help") return EXIT.usage; // printed already: no command was given
  const line = error.message.replace(/^error: /, "").replace(/\s*\n[\s\S]*$/, "");
  const hint =
    error.code === "commander.unknownCommand"
      ? "the commands: classchat --help"
      : "how it is used: classchat COMMAND --help";
  throw new Failure(EXIT.usage, { line, hint });
}
