// `classchat join` and `classchat chat`: becoming one of the class, and sitting in it.
// Must not know how lines are drawn.

import { createInterface } from "node:readline/promises";
import type { OfflineCause } from "../client/events.ts";
import { askOfLink } from "../client/invited.ts";
import type { ServerAddress } from "../client/profile.ts";
import { parseName } from "../domain/name.ts";
import { dialer } from "../net/dial.ts";
import { systemClock } from "../net/system-clock.ts";
import { HolderGone } from "./attach-connection.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { CAP, DIAL_TIMEOUT, openProfile, type OpenProfile } from "./open-profile.ts";
import { quietFace } from "./quiet-face.ts";
import { random } from "./random.ts";
import { fromLink } from "./server-address.ts";
import { type Output, output } from "./output.ts";
import { onStop } from "./stop.ts";
import { VERSION } from "./version.ts";
import { isOnline, settled } from "./waiting.ts";
import { nameText, offlineText } from "./wording.ts";

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
  readonly quiet?: boolean | undefined;
  readonly notify?: boolean | undefined;
}

/** Another name may do. */
class NameRefused extends Failure {}

/** Registers under a name; on a terminal goes on as the chat, elsewhere ends. Without a link: with a class that is found. */
export async function join(link: string | undefined, options: JoinOptions): Promise<ExitCode> {
  const out = output(false);
  // A link that lets nobody in is told before a name is asked for, and before anything is made.
  const server =
    link === undefined ? await (await import("./join-found.ts")).findServer(out) : fromLink(link);
  if (server === undefined) return EXIT.done;
  const given = options.user ?? (await invitedName(server));
  const joinAs = async (user: string) => {
    const { home, passphrase } = options;
    const profile = await open({ home, user, server, passphrase }, out);
    await registered(profile);
    return profile;
  };
  const profile = given === undefined ? await asking(joinAs) : await joinAs(given);
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

function open(
  { home, ...given }: Omit<ChatOptions, "server"> & { readonly server?: string | ServerAddress | undefined },
  out: Output,
): Promise<OpenProfile> {
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
  const said = (profile.created ? linkText : offlineText)(status.cause);
  throw isOfName(status.cause) ? new NameRefused(said.code, said) : new Failure(said.code, said);
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
    const face = quiet === true ? quietFace(profile.face) : profile.face;
    // Each is loaded where it is needed: neither by a join that no terminal sees.
    const code = isScreen
      ? await (await import("./screen-chat.ts")).screenChat(face, { ...options, ringing })
      : await (await import("./chat-line.ts")).chat(face, options);
    if (gone.signal.aborted) throw new HolderGone();
    return code;
  } catch (error) {
    // Of a whole chat nobody can say that nothing was done.
    throw error instanceof HolderGone ? new HolderGone() : error;
  } finally {
    await profile.close();
  }
}

/** The name of the one whom the link is for, if it is for one alone. Throws a Failure for a link that lets nobody in. */
async function invitedName({ host, port, pin, secret }: ServerAddress): Promise<string | undefined> {
  if (pin === undefined || secret === undefined) return undefined; // found on the network, and not by a link
  const dial = dialer({
    host,
    port,
    pin,
    seed: random(32), // nobody's key, for there is nobody yet
    timeout: DIAL_TIMEOUT,
    cap: CAP,
    clock: systemClock,
    onFault: (error) =>
      queueMicrotask(() => {
        throw error;
      }),
  });
  const asked = await askOfLink({ dial, clock: systemClock }, `classchat ${VERSION}`, secret);
  if (asked.ok) return asked.name;
  throw new Failure(linkText(asked.cause).code, linkText(asked.cause));
}

function isOfName(cause: OfflineCause): boolean {
  return (
    cause.kind === "refused" &&
    ["name-taken", "name-alike", "name-invalid", "invitation-name"].includes(cause.code)
  );
}

/** Why a link leads nowhere. */
function linkText(cause: OfflineCause): ReturnType<typeof offlineText> {
  if (cause.kind !== "dial" || cause.failure.cause !== "wrong-key") return offlineText(cause);
  return {
    code: EXIT.untrusted,
    line: "the server there is not the one of this link: its key is another",
    hint: "another class may be running at that address now; nothing was sent to it. Ask the instructor for its link",
  };
}

/** Asks for a name until there is one that can be had. */
async function asking<T>(attempt: (name: string) => Promise<T>): Promise<T> {
  if (!process.stdin.isTTY) {
    throw new Failure(EXIT.usage, { line: "there is no name", hint: "classchat join LINK --user NAME" });
  }
  for (;;) {
    const name = await askName();
    const parsed = parseName(name);
    try {
      if (!parsed.ok) throw new NameRefused(EXIT.usage, nameText(parsed.why));
      return await attempt(name);
    } catch (error) {
      if (!(error instanceof NameRefused)) throw error;
      output(false).note(`${error.message}: ${error.hint}`);
    }
  }
}

async function askName(): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question("Your name in the class: ")).trim();
  } finally {
    lines.close();
  }
}
