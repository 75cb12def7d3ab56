// `classchat send`: one message, and how far it came. Must not know how it travels.

import type { ClientEvent, Face } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import { checkText, MAX_TEXT } from "../domain/text.ts";
import { HolderGone } from "./attach-connection.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile, type OpenProfile } from "./open-profile.ts";
import { type Output, output } from "./output.ts";
import { hintText, stateObject, stateText } from "./output-messages.ts";
import { conversationName, isGroup } from "./typed-names.ts";
import { VERSION } from "./version.ts";
import { nextEvent } from "./waiting.ts";
import { offlineText, reasonText, textText } from "./wording.ts";

export interface SendOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly to: string;
  readonly wait: "accepted" | "delivered";
  readonly timeout?: number | undefined;
  readonly json?: boolean | undefined;
}

/** How long the server is given to take it, and the recipient to have it, unless --timeout says so; s. */
const TIMEOUT = { accepted: 10, delivered: 60 } as const;

type StateEvent = Extract<ClientEvent, { type: "state" }>;
type Ending =
  | { readonly kind: "state"; readonly event: StateEvent }
  | { readonly kind: "offline"; readonly event: Extract<ClientEvent, { type: "status" }> };

/** A message on its way. It has an id once it is kept on this device. */
interface Mine {
  readonly to: string;
  readonly text: string;
  id?: string;
  /** Why the server does not take it now. */
  why?: FailureReason;
}

/** Of a conversation's newest messages, so many are looked through for one's own. */
const NEWEST = 1000;

export async function send(given: string | undefined, options: SendOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const mine: Mine = { to: conversationName(options.to), text: await textOf(given) };
  const until = Date.now() + 1000 * (options.timeout ?? TIMEOUT[options.wait]);
  for (;;) {
    const profile = await openProfile({
      home: homeFolder(options.home),
      user: options.user,
      server: options.server,
      create: false,
      version: VERSION,
      note: out.note,
    });
    try {
      const ending = await endingOf(mine, profile, until - Date.now(), options);
      if (ending?.kind === "state") return tell(ending.event, options, out);
      return await kept(ending, mine, profile.face, { ...options, out });
    } catch (error) {
      // The command that this one went through is done; the message is kept, or still here, and is seen to from here.
      if (!(error instanceof HolderGone) || (mine.id === undefined && !error.isUndone)) throw error;
    } finally {
      await profile.close();
    }
  }
}

/** Sends unless it is sent, and waits for what comes of it, `ms` at the most. */
async function endingOf(
  mine: Mine,
  { face, holderGone }: OpenProfile,
  ms: number,
  options: SendOptions,
): Promise<Ending | undefined> {
  const early: StateEvent[] = [];
  // Without --timeout there is no point in waiting for a server that is not there: the message is kept.
  const patient = options.timeout !== undefined;
  const ending = (event: ClientEvent): Ending | undefined => {
    if (
      event.type === "status" &&
      event.status.state === "offline" &&
      (!patient || event.status.again === undefined)
    ) {
      return { kind: "offline", event };
    }
    if (event.type !== "state") return undefined;
    if (mine.id === undefined) early.push(event);
    else if (event.id === mine.id && event.state === "waiting" && event.reason !== undefined)
      mine.why = event.reason;
    const reached = event.state === "failed" || event.state === "delivered" || event.state === options.wait;
    return event.id === mine.id && reached ? { kind: "state", event } : undefined;
  };
  const waiting = nextEvent(face, ending, { ms });
  if (mine.id === undefined) mine.id = (await face.send(mine.to, mine.text)).id;
  else early.push(...(await stateOf(mine.id, mine.to, face)));
  const sent = early.map(ending).find((found) => found !== undefined);
  const status = await face.status();
  const offline = ending({ type: "status", status });
  if (sent !== undefined || offline !== undefined) waiting.cancel();
  const gone = holderGone?.then(() => Promise.reject(new HolderGone()));
  const found = gone === undefined ? waiting.found : Promise.race([waiting.found, gone]);
  return sent ?? (await found) ?? offline;
}

/** How far a message has come, from this device's memory. */
async function stateOf(id: string, to: string, face: Face): Promise<StateEvent[]> {
  const found = (await face.history({ with: to, limit: NEWEST })).find((message) => message.id === id);
  if (found?.state === undefined) return [];
  const { conversation, state, delivered = 0, of = 1, reason } = found;
  const why = reason === undefined ? {} : { reason };
  return [{ type: "state", id, conversation, state, delivered, of, ...why }];
}

function tell(event: StateEvent, { to }: SendOptions, out: Output): ExitCode {
  const { id, state, reason } = event;
  if (out.json) out.object({ type: "sent", id, ...stateObject(event) });
  if (state === "failed") {
    const { code, line, hint } = reasonText(reason ?? "malformed");
    throw new Failure(code, { line: `not sent to ${to}: ${line}`, hint: hintText(hint, to) });
  }
  if (!out.json) {
    const whom = isGroup(to) ? `${event.delivered} of ${event.of} in ${to}` : to;
    const so = isGroup(to) ? ` (${stateText(event)})` : "";
    out.print(state === "delivered" ? `delivered to ${whom}` : `accepted: the server has it for ${to}${so}`);
  }
  return EXIT.done;
}

/** Not in time: why, and that it is not lost. */
async function kept(
  result: Ending | undefined,
  { id = "", why }: Mine,
  face: Face,
  { to, wait, out }: SendOptions & { readonly out: Output },
): Promise<never> {
  const [now] = await stateOf(id, to, face);
  if (out.json && now !== undefined) {
    const reason = now.state === "waiting" && why !== undefined ? { reason: why } : {};
    out.object({ type: "sent", id, ...stateObject({ ...now, ...reason }) });
  }
  if (result?.kind === "offline" && result.event.status.state === "offline") {
    const { code, line, hint } = offlineText(result.event.status.cause);
    const said = {
      line: `kept for ${to}, not sent yet: ${line}`,
      hint: `it goes out when this profile next connects; ${hint}`,
    };
    throw new Failure(code === EXIT.unreachable ? EXIT.waiting : code, said);
  }
  const known = why === undefined || now?.state === "accepted" ? "" : `: ${reasonText(why).line}`;
  const away =
    isGroup(to) && now !== undefined
      ? `not everybody in ${to} has it yet: ${stateText(now)}`
      : `${to} does not have it yet`;
  const line = wait === "delivered" && known === "" ? away : `the server has not taken it yet${known}`;
  throw new Failure(EXIT.waiting, {
    line,
    hint: "it is kept and goes on by itself; nothing needs to be sent again",
  });
}

async function textOf(given: string | undefined): Promise<string> {
  if (given === undefined && process.stdin.isTTY) {
    throw new Failure(EXIT.usage, {
      line: "there is no text",
      hint: "classchat send --user ME --to bob 'hello', or '-' to read it from standard input",
    });
  }
  const raw = given === undefined || given === "-" ? await readInput() : given;
  // From the first of a run alone: tried from each, a text of line ends would take seconds.
  const text = raw.replaceAll("\r\n", "\n").replace(/(?<!\n)\n+$/, "");
  const checked = checkText(text);
  if (checked !== "ok") throw new Failure(EXIT.usage, textText(checked, Buffer.byteLength(text)));
  return text;
}

/** Standard input as text, and not much more of it than could be sent. */
async function readInput(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > 4 * MAX_TEXT) throw new Failure(EXIT.usage, textText("too-large", size));
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Failure(EXIT.usage, { line: "standard input is not UTF-8 text", hint: "a message is text" });
  }
}
