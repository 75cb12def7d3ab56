// `classchat join` and `classchat chat`: becoming one of the class, and sitting in it.
// Must not know how lines are drawn.

import { createInterface } from "node:readline/promises";
import { HolderGone } from "./attach-connection.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile, type OpenProfile } from "./open-profile.ts";
import { fromLink } from "./server-address.ts";
import { type Output, output } from "./output.ts";
import { onStop } from "./stop.ts";
import { VERSION } from "./version.ts";
import { isOnline, settled } from "./waiting.ts";
import { offlineText } from "./wording.ts";

export interface ChatOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly passphrase?: boolean | undefined;
  readonly plain?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly notify?: boolean | undefined;
  readonly files?: string | undefined;
  readonly autoAccept?: number | undefined;
}

export interface JoinOptions {
  readonly home?: string | undefined;
  readonly user?: string | undefined;
  readonly passphrase?: boolean | undefined;
  readonly plain?: boolean | undefined;
}

/** Registers under a name; on a terminal goes on as the chat, elsewhere ends. */
export async function join(link: string, options: JoinOptions): Promise<ExitCode> {
  const out = output(false);
  fromLink(link); // a bad link is told before a name is asked for
  const user = options.user ?? (await askName());
  const { passphrase } = options;
  const profile = await open({ home: options.home, user, server: link, passphrase }, out);
  await registered(profile);
  if (process.stdin.isTTY && process.stdout.isTTY) return sit(profile, options);
  const status = await profile.face.status();
  const className = isOnline(status) ? status.className : "the class";
  out.print(`joined ${className} as ${profile.name}`);
  await profile.close();
  return EXIT.done;
}

export async function chat(options: ChatOptions): Promise<ExitCode> {
  const profile = await open(options, output(false));
  // A new name may be refused, and is then not kept; who is known already can sit down without the server.
  if (profile.created) await registered(profile);
  return sit(profile, options);
}

function open({ home, ...given }: ChatOptions, out: Output): Promise<OpenProfile> {
  return openProfile({
    home: homeFolder(home),
    ...given,
    create: true,
    version: VERSION,
    note: out.note,
  });
}

/** Until the server has the name. What was made for a name that cannot be had is taken back. */
async function registered(profile: OpenProfile): Promise<void> {
  const status = await settled(profile.face);
  if (status.state !== "offline") return;
  await (profile.created ? profile.discard() : profile.close());
  const { code, line, hint } = offlineText(status.cause);
  throw new Failure(code, { line, hint });
}

async function sit(
  profile: OpenProfile,
  { plain, quiet, notify }: Pick<ChatOptions, "plain" | "quiet" | "notify">,
): Promise<ExitCode> {
  const stop = onStop();
  const isDumb = process.env["TERM"] === "dumb";
  const color = process.stdout.isTTY && !process.env["NO_COLOR"] && !isDumb;
  const isScreen = process.stdin.isTTY && process.stdout.isTTY && plain !== true && !isDumb;
  try {
    const gone = new AbortController();
    void profile.holderGone?.then(() => gone.abort());
    const options = {
      me: profile.name,
      input: process.stdin,
      output: process.stdout,
      color,
      now: () => Date.now(),
      signal: AbortSignal.any([stop.signal, gone.signal]),
    };
    const ringing = quiet === true ? "quiet" : notify === true ? "desktop" : "bell";
    // Each is loaded where it is needed: neither by a join that no terminal sees.
    const code = isScreen
      ? await (await import("./screen-chat.ts")).screenChat(profile.face, { ...options, ringing })
      : await (await import("./chat-line.ts")).chat(profile.face, options);
    if (gone.signal.aborted) throw new HolderGone();
    return code;
  } finally {
    await profile.close();
  }
}

async function askName(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new Failure(EXIT.usage, { line: "there is no name", hint: "classchat join LINK --user NAME" });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question("Your name in the class: ")).trim();
  } finally {
    lines.close();
  }
}
