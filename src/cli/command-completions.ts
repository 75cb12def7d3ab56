// `classchat completions`: what a shell asks when the Tab key is pressed, and the few lines that make it ask.
// Must not know the command-line parser: it is told which commands there are.

import { existsSync, readdirSync } from "node:fs";
import { parseName } from "../domain/name.ts";
import { bashScript, fishScript, powershellScript, zshScript } from "./completion-scripts.ts";
import { type CommandLike, type Wanted, wantedAt } from "./completion-words.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { hasProfile, homeFolder, profileFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { isGroup } from "./typed-names.ts";
import { VERSION } from "./version.ts";

export type Shell = "bash" | "zsh" | "fish" | "powershell";

export interface CompletionOptions {
  /** The word that is being typed; undefined: the script is wanted. */
  readonly for?: string | undefined;
}

/** Prints the script of a shell; or, with `for`, what the word may become after `before`, one a line. */
export async function completions(
  program: CommandLike,
  shell: Shell,
  before: readonly string[],
  { for: word }: CompletionOptions,
): Promise<ExitCode> {
  if (word === undefined) {
    const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript };
    process.stdout.write(scripts[shell]);
    return EXIT.done;
  }
  const wanted = wantedAt(program, before, word);
  const values = await valuesOf(wanted);
  const typed = word.normalize("NFKC").toLowerCase();
  const hits = values.filter((value) => value.toLowerCase().startsWith(typed));
  // To bash an `@` ends a word: what comes before it stays.
  const cut = shell === "bash" && isGroup(word) ? 1 : 0;
  for (const hit of hits) process.stdout.write(`${hit.slice(cut)}\n`);
  return EXIT.done;
}

async function valuesOf(wanted: Wanted): Promise<readonly string[]> {
  switch (wanted.kind) {
    case "words":
      return wanted.words;
    case "profile":
      return profilesIn(homeFolder(wanted.home));
    case "person":
    case "group":
    case "conversation":
      return namesFor(wanted.kind, wanted);
    case "nothing":
      return [];
  }
}

function profilesIn(home: string): string[] {
  if (!existsSync(home)) return [];
  return readdirSync(home).filter((name) => parseName(name).ok && hasProfile(profileFolder(home, name)));
}

/** From the profile alone, or from the chat that has it open: nothing is asked of the server, or of the user. */
async function namesFor(
  kind: "person" | "group" | "conversation",
  { user = process.env["CLASSCHAT_USER"], home }: { readonly user?: string; readonly home?: string },
): Promise<readonly string[]> {
  if (user === undefined) return [];
  try {
    const profile = await openProfile({
      home: homeFolder(home),
      user,
      create: false,
      offline: true,
      version: VERSION,
      note: () => undefined,
    });
    const listed = await profile.face.conversations();
    const isOpen = profile.holderGone !== undefined;
    const [people, groups] = isOpen ? await Promise.all([profile.face.users(), profile.face.groups()]) : [];
    await profile.close();
    const names = new Set([
      ...listed.map(({ name }) => name),
      ...(people?.ok === true ? people.value.filter(({ me }) => !me).map(({ name }) => name) : []),
      ...(groups?.ok === true ? groups.value.map(({ name }) => name) : []),
    ]);
    return [...names]
      .filter((name) => kind === "conversation" || isGroup(name) === (kind === "group"))
      .sort();
  } catch (error) {
    // A profile that does not open has no names to offer; a shell shows no errors here.
    if (error instanceof Failure) return [];
    throw error;
  }
}
