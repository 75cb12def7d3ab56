// The commands of whoever runs a class: its server, and what is done to the server's data. Must not do anything itself.

import { Option } from "@commander-js/extra-typings";
import { parseDuration, parseQuota } from "./amounts.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import {
  checked,
  type CommandLine,
  home,
  json,
  type Optioned,
  size,
  wholeNumber,
} from "./program-options.ts";
import { parseClassName } from "./program-texts.ts";

/** Answers `serve`, whose options others take over. */
export function classCommands({ program, done }: CommandLine): Optioned {
  const serve = program
    .command("serve")
    .description("run the server of a class and print the link that lets people in")
    .option("--host <address>", "where to listen", "0.0.0.0")
    .option("--port <number>", "port, or 0 for any that is free", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--public <host[:port]>", "what the link names, where students reach it by another address")
    .option("--invite-only", "the printed link lets nobody in: only those of classchat invite do")
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
    .option("--max-file-size <size>", "the largest file; 2GiB unless given", size)
    .option(
      "--file-quota <files/size>",
      "what one person's files may take that not everyone has; 500/8GiB unless given",
      checked(parseQuota, "it is files/size, such as 500/8GiB (KiB, MiB or GiB)."),
    )
    .option("--file-space <size>", "what all files may take; 256GiB unless given", size)
    .option(
      "--share <dir>",
      "a page from which students fetch the program: npm run release makes such a folder",
    )
    .option("--share-port <number>", "its port; the next one unless given", wholeNumber(0, 65_535))
    .addOption(new Option("--qr", "the link as a QR code, too").conflicts("json"))
    .option("--no-discovery", "do not let the local network know")
    .addOption(home())
    .addOption(json())
    .action(async (options) => done(await (await import("./command-serve.ts")).serve(options)));

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

  return serve;
}
