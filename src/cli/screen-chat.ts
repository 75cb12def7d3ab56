// The chat on the whole of a terminal, from its first screen until its user leaves, and what is said after that.
// Must not know how a profile is opened, nor what the screen looks like.

import type { Face, Message } from "../client/events.ts";
import { StoreFailure } from "../ports.ts";
import { Session } from "../tui/session.ts";
import { HolderGone } from "./attach-connection.ts";
import { shownName } from "./chat-lines.ts";
import { keptLine } from "./chat-notices.ts";
import type { Display, Keyboard } from "./chat-prompt.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { ScreenHands } from "./screen-hands.ts";
import { ScreenTerminal } from "./screen-terminal.ts";
import { within } from "./waiting.ts";

/** How it draws attention: not at all, with the bell, or with the bell and a notice of the desktop. */
export type Ringing = "quiet" | "bell" | "desktop";

export interface ScreenOptions {
  readonly me: string;
  readonly input: Keyboard;
  readonly output: Display;
  readonly color: boolean;
  readonly ringing: Ringing;
  /** ms since 1970. */
  readonly now: () => number;
  /** Ends the chat in order. */
  readonly signal: AbortSignal;
}

/** How long leaving waits until what was written is kept on this device, ms. */
const KEPT_WITHIN = 5_000;

/**
 * Resolves with the exit code once the user has left: 0; untrusted or refused when there can be no connection. Rejects
 * when the face does, but for a StoreFailure. The terminal is then as it was, and the face is open still.
 */
export async function screenChat(face: Face, options: ScreenOptions): Promise<ExitCode> {
  const { me, input, output, color, ringing, now, signal } = options;
  const terminal = new ScreenTerminal(input, output);
  const ring = (message: Message) => {
    if (ringing !== "quiet") terminal.write(noticeOf(message, ringing));
  };
  const hands = new ScreenHands(face, { me, now, ring });
  const session = new Session(face, terminal, hands, { me, hasColor: color });
  const ended = () => session.leave();
  // A bug that nobody caught is told on the terminal as it was before.
  const failed = (error: unknown) => session.fail(error);
  signal.addEventListener("abort", ended);
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  try {
    if (signal.aborted) session.leave();
    await session.run();
    await within(KEPT_WITHIN, session.kept());
  } finally {
    process.off("uncaughtException", failed);
    process.off("unhandledRejection", failed);
    signal.removeEventListener("abort", ended);
  }
  if (terminal.isGone) return EXIT.done;
  for (const line of hands.unkept) output.write(`* ${line}\n`);
  const kept = await waiting(face);
  if (kept > 0) output.write(`${keptLine({ color, lines: true }, kept)}\n`);
  return hands.cutOff ?? EXIT.done;
}

/** Messages of one's own that the server does not have yet. */
async function waiting(face: Face): Promise<number> {
  try {
    const newest = await face.history({ limit: 200 });
    return newest.filter(({ own, state }) => own && state === "waiting").length;
  } catch (error) {
    if (error instanceof HolderGone) return 0; // nobody is there who could say
    if (error instanceof StoreFailure) return 0; // it was told while the screen was there
    throw error;
  }
}

/** The bell; for the desktop as iTerm2 and its kin take it (OSC 9), and as rxvt does (OSC 777). Nothing of the text. */
function noticeOf({ conversation, sender }: Message, ringing: Exclude<Ringing, "quiet">): string {
  if (ringing === "bell") return "\u0007";
  const where = conversation.startsWith("@") ? ` in ${shownName(conversation)}` : "";
  const text = `${shownName(sender)} wrote to you${where}`;
  return `\u0007\u001b]9;ClassChat: ${text}\u0007\u001b]777;notify;ClassChat;${text}\u0007`;
}
