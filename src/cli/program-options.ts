// The options that several commands have, and how what is typed for one is checked.
// Must not know which commands there are.

import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseSeconds, parseSize, parseWhole } from "./amounts.ts";
import type { ExitCode } from "./exit.ts";

/** Where commands are hung up, and what takes the exit code of the one that was run. */
export interface CommandLine {
  readonly program: Command;
  readonly done: (ended: ExitCode) => void;
}

/** A command's options, as far as another command can take them over. */
export interface Optioned {
  readonly options: readonly {
    readonly flags: string;
    readonly description: string;
    readonly long?: string | undefined;
    parseArg?(value: string, previous: undefined): unknown;
    readonly required: boolean;
    attributeName(): string;
  }[];
}

/** A command with a profile, and through it a server. */
export function asking<const U extends string>(under: Command, usage: U, what: string, isDefault = false) {
  return under
    .command(usage, { isDefault })
    .description(what)
    .addOption(user().makeOptionMandatory())
    .addOption(server())
    .addOption(home())
    .addOption(json());
}

export const size = checked(parseSize, "it is a size, such as 100MB or 2GiB.");
export const seconds = checked(parseSeconds, "it is a number of seconds.");
export function user() {
  return new Option("--user <name>", "who you are in the class").env("CLASSCHAT_USER");
}

export function server() {
  return new Option("--server <link|host:port>", "which server, unless the profile knows").env(
    "CLASSCHAT_SERVER",
  );
}

export function home() {
  return new Option("--home <dir>", "where profiles lie").env("CLASSCHAT_HOME");
}

export function files() {
  return new Option(
    "--files <dir>",
    "where received files go; downloads in the profile's folder unless given",
  );
}

export function autoAccept() {
  const what = "files up to this size are taken unasked; 100MB unless given";
  return new Option("--auto-accept <size>", what).argParser(size);
}

export function wait(what: string) {
  const option = new Option("--wait <state>", what).choices(["accepted", "delivered"] as const);
  return option.default("accepted" as const);
}

export function json() {
  return new Option("--json", "one JSON object a line");
}

/** What `parse` makes of an option's text, or commander's complaint where that is nothing. */
export function checked<T>(parse: (text: string) => T | undefined, complaint: string): (text: string) => T {
  return (text) => {
    const parsed = parse(text);
    if (parsed === undefined) throw new InvalidArgumentError(complaint);
    return parsed;
  };
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return checked((text) => parseWhole(text, least, most), `it is a whole number from ${least} to ${most}.`);
}
