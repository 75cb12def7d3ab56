// The command line that a service runs: the program, serve, and its flags, which mean the same from any folder. Pure.
// Must not know any system's way to write it down.

import { resolve } from "node:path";

/** A flag of serve as it was typed; `value` is undefined for one that takes none. */
export interface Given {
  readonly flag: string;
  readonly value: string | undefined;
  /** Whether the value is a folder. */
  readonly isDir: boolean;
}

export interface ServiceLine {
  /** The words of the command line, the program's full path first. */
  readonly words: readonly string[];
  /** What the class is called, for those who look at their services. */
  readonly name: string;
  /** Where the server's data lie. */
  readonly data: string;
}

/** `program`: the words that start classchat. `data`: the folder that serve would use, given these flags. */
export function serviceLine(program: readonly string[], given: readonly Given[], data: string): ServiceLine {
  const flags = given
    .filter(({ flag }) => flag !== "--data" && flag !== "--home")
    .map(({ flag, value, isDir }) =>
      value === undefined ? flag : `${flag}=${isDir ? resolve(value) : value}`,
    );
  const name = given.find(({ flag }) => flag === "--name")?.value?.trim() ?? "ClassChat";
  return { words: [...program, "serve", `--data=${resolve(data)}`, ...flags], name, data: resolve(data) };
}
