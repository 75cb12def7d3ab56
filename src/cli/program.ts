// The command line: what is typed, checked, and handed to a command that is only then loaded. Commander is known here and in the
// files beside it, program-…, alone. Must not do anything itself.

import { Argument, Command, CommanderError, Option } from "@commander-js/extra-typings";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { classCommands } from "./program-class.ts";
import { groupCommands } from "./program-groups.ts";
import { invitationCommands } from "./program-invitations.ts";
import { machineCommands } from "./program-machine.ts";
import { peopleCommands } from "./program-people.ts";
import { HELP } from "./program-texts.ts";
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

  const line = { program, done };
  const serve = classCommands(line);
  invitationCommands(line);
  peopleCommands(line);
  groupCommands(line);
  machineCommands(line, serve);

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
