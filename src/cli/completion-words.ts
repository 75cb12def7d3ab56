// What may stand at a place of the command line: a command, an option, one of some words, or a name. Pure.
// Must not know any names.

/** As much of a command-line parser's command as is needed here. */
export interface CommandLike {
  name(): string;
  readonly commands: readonly CommandLike[];
  readonly options: readonly {
    readonly long?: string | undefined;
    readonly required: boolean;
    readonly argChoices?: readonly string[] | undefined;
  }[];
  readonly registeredArguments: readonly {
    name(): string;
    readonly variadic: boolean;
    readonly argChoices?: readonly string[] | undefined;
  }[];
}

export type Wanted =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "profile"; readonly home?: string }
  | { readonly kind: "person" | "group" | "conversation"; readonly user?: string; readonly home?: string }
  /** Anything, a file perhaps: the shell knows better. */
  | { readonly kind: "nothing" };

const NOTHING: Wanted = { kind: "nothing" };

/** `before`: the words before it, without the program's name; `word`: as much of it as is typed. */
export function wantedAt(program: CommandLike, before: readonly string[], word: string): Wanted {
  let command = program;
  const path: string[] = [];
  const given: string[] = [];
  const values = new Map<string, string>();
  let option: string | undefined;
  for (const one of before) {
    if (option !== undefined) {
      values.set(option, one);
      option = undefined;
    } else if (one.startsWith("--")) {
      const [name = "", value] = one.split(/=(.*)/s);
      if (value !== undefined) values.set(name, value);
      else if (optionOf(command, name)?.required === true) option = name;
    } else {
      const found = given.length === 0 ? command.commands.find((sub) => sub.name() === one) : undefined;
      if (found === undefined) given.push(one);
      else {
        command = found;
        path.push(one);
      }
    }
  }
  const [user, home] = [values.get("--user"), values.get("--home")];
  const whose = { ...(user === undefined ? {} : { user }), ...(home === undefined ? {} : { home }) };
  if (option !== undefined) return valueOf(command, option, whose);
  if (word.startsWith("-"))
    return { kind: "words", words: [...command.options.flatMap(({ long }) => long ?? []), "--help"] };
  if (command.commands.length > 0 && given.length === 0)
    return { kind: "words", words: command.commands.map((sub) => sub.name()) };
  const all = command.registeredArguments;
  const argument = all[given.length] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  if (argument === undefined) return NOTHING;
  if (argument.argChoices !== undefined) return { kind: "words", words: argument.argChoices };
  const kind = ARGUMENTS.get([...path, argument.name()].join(" "));
  return kind === undefined ? NOTHING : { kind, ...whose };
}

/** The arguments that are names, by command and argument. */
const ARGUMENTS: ReadonlyMap<string, "person" | "group"> = new Map([
  ["verify name", "person"],
  ["trust name", "person"],
  ...["join", "leave", "members", "add", "remove", "rename", "close", "admin", "announce", "open"].map(
    (what) => [`groups ${what} name`, "group"] as const,
  ),
  ...["add", "remove", "admin"].map((what) => [`groups ${what} person`, "person"] as const),
]);

function valueOf(
  command: CommandLike,
  option: string,
  whose: { readonly user?: string; readonly home?: string },
): Wanted {
  if (option === "--user")
    return { kind: "profile", ...(whose.home === undefined ? {} : { home: whose.home }) };
  if (option === "--to" || option === "--with") return { kind: "conversation", ...whose };
  const choices = optionOf(command, option)?.argChoices;
  return choices === undefined ? NOTHING : { kind: "words", words: choices };
}

function optionOf(command: CommandLike, name: string) {
  return command.options.find(({ long }) => long === name);
}
