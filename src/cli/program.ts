// The command line: what is typed, checked, and handed to a command that is only then loaded. The one file that knows
// commander. Must not do anything itself.

import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Quota } from "../ports.ts";
import { parseDuration, parseQuota } from "./amounts.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { VERSION } from "./version.ts";

/** Runs one command line and answers its exit code. Throws a Failure for what is to be told to the user. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const done = (ended: ExitCode) => {
    code = ended;
  };
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
    .option("--name <name>", "what the class is called", className, "ClassChat")
    .option(
      "--retention <time>",
      "how long what nobody fetches is kept: 36h, 90d; 180d unless given",
      duration,
    )
    .option(
      "--quota <messages/size>",
      "what one person may have waiting for others; 50000/256MiB unless given",
      quota,
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
    .addOption(home())
    .action(async (link, options) => done(await (await import("./command-chat.ts")).join(link, options)));

  program
    .command("chat")
    .description("talk; finds the server of this machine when there is no other")
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .option("--passphrase", "guard a new profile with a passphrase")
    .addOption(home())
    .action(async (options) => done(await (await import("./command-chat.ts")).chat(options)));

  program
    .command("send")
    .description("send one message")
    .argument("[text]", "the text; '-' or nothing reads it from standard input")
    .addOption(user().makeOptionMandatory())
    .requiredOption("--to <name>", "to whom")
    .addOption(
      new Option("--wait <state>", "how far it must come")
        .choices(["accepted", "delivered"] as const)
        .default("accepted" as const),
    )
    .option("--timeout <seconds>", "how long to try", seconds)
    .addOption(server())
    .addOption(home())
    .addOption(json())
    .action(async (text, options) => done(await (await import("./command-send.ts")).send(text, options)));

  program
    .command("receive")
    .description("print the messages that nobody here has seen yet")
    .addOption(user().makeOptionMandatory())
    .option("--follow", "go on as messages come")
    .option("--timeout <seconds>", "wait that long for a first message; with --follow, end after it", seconds)
    .addOption(server())
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-receive.ts")).receive(options)));

  program
    .command("users")
    .description("who is in the class, and who is online")
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-people.ts")).users(options)));

  program
    .command("history")
    .description("what was said, from this device's memory")
    .addOption(user().makeOptionMandatory())
    .option("--with <name>", "with this person alone")
    .option("--search <words>", "only what has all these words")
    .option("--limit <number>", "how many at most, the newest", wholeNumber(1, 1_000_000), 1000)
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-history.ts")).history(options)));

  program
    .command("verify")
    .description("show the safety number with somebody, to compare it")
    .argument("<name>", "with whom")
    .addOption(user().makeOptionMandatory())
    .option("--match <number>", "compare with this number, read out by the other side")
    .option("--confirmed", "you have compared it yourself and it is the same")
    .addOption(server())
    .addOption(home())
    .addOption(json())
    .action(async (name, options) => done(await (await import("./command-people.ts")).verify(name, options)));

  program
    .command("trust")
    .description("accept the changed key of somebody")
    .argument("<name>", "whose")
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .addOption(home())
    .addOption(json())
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

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most) {
      throw new InvalidArgumentError(`it is a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0 || number > 2_000_000) {
    throw new InvalidArgumentError("it is a number of seconds.");
  }
  return number;
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("it is a time from 1h to 3650d, such as 36h or 90d.");
  return ms;
}

function quota(text: string): Quota {
  const parsed = parseQuota(text);
  if (parsed === undefined)
    throw new InvalidArgumentError("it is messages/size, such as 50000/256MiB (KiB, MiB or GiB).");
  return parsed;
}

function className(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > 100 || /\p{Cc}/u.test(trimmed)) {
    throw new InvalidArgumentError("it is a line of 1 to 100 characters.");
  }
  return trimmed;
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
