// The commands about machines rather than talk: releases, the system's service, moving a person. Must not do anything itself.

import { type CommandLine, home, type Optioned, user } from "./program-options.ts";
import type { Given } from "./service-line.ts";

/** A command whose options are known only when it is made. */
interface Open {
  option(flags: string, description: string, parse?: (text: string) => string): unknown;
  getOptionValue(name: string): unknown;
  getOptionValueSource(name: string): string | undefined;
}

export function machineCommands({ program, done }: CommandLine, serve: Optioned): void {
  program
    .command("verify-release")
    .description("check files of a release against its SHA256SUMS and the signature over it")
    .argument("[file...]", "which; all that lie beside SHA256SUMS unless given")
    .option("--key <key|file>", "the public key to trust, instead of the one built in")
    .option("--sums <file>", "the release's SHA256SUMS, where it does not lie beside the file")
    .action(async (files, options) =>
      done(await (await import("./command-verify-release.ts")).verifyRelease(files, options)),
    );

  program
    .command("export-identity")
    .description("move yourself to another machine: write all of a profile to one sealed file")
    .argument("[file]", "the file to make")
    .addOption(user().makeOptionMandatory())
    .option("--undo", "take it back, if the file was imported nowhere")
    .addOption(home())
    .action(async (file, options) =>
      done(await (await import("./command-move.ts")).exportIdentity(file, options)),
    );

  program
    .command("import-identity")
    .description("move yourself to this machine, from the file that export-identity made")
    .argument("<file>", "the file")
    .addOption(user())
    .option("--passphrase", "guard the profile on this machine with a passphrase")
    .addOption(home())
    .action(async (file, options) =>
      done(await (await import("./command-move.ts")).importIdentity(file, options)),
    );

  serviceCommands({ program, done }, serve);
}

function serviceCommands({ program, done }: CommandLine, serve: Optioned): void {
  const on = () => import("./command-service.ts");
  const service = program
    .command("service")
    .description("classchat serve as a service of this system, started with it");
  const install = service
    .command("install")
    .description("make a service of classchat serve with these flags, and start it")
    .option("--dry-run", "show what would be written and run, and do nothing");
  const open: Open = install;
  // Checked as serve itself does, and handed on as typed.
  for (const option of serve.options) {
    const asTyped = (text: string) => {
      option.parseArg?.(text, undefined);
      return text;
    };
    open.option(option.flags, option.description, ...(option.required ? [asTyped] : []));
  }
  install.action(async ({ dryRun }) => {
    const given = serve.options.flatMap((option): Given[] => {
      const name = option.attributeName();
      if (option.long === undefined || open.getOptionValueSource(name) !== "cli") return [];
      const value: unknown = open.getOptionValue(name);
      const isDir = /<dir>/.test(option.flags);
      return [{ flag: option.long, value: typeof value === "string" ? value : undefined, isDir }];
    });
    done(await (await on()).install(given, dryRun ?? false));
  });
  service
    .command("uninstall")
    .description("end the service and take it away; what the server keeps stays")
    .action(async () => done(await (await on()).uninstall()));
  service
    .command("status")
    .description("whether the service is there and runs")
    .action(async () => done(await (await on()).status()));
}
