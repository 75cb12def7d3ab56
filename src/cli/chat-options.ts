// What the chat is given: who sits there, and at what. Must not know what is done with it.

import type { Display, Keyboard } from "./chat-prompt.ts";

export interface ChatOptions {
  readonly me: string;
  readonly input: Keyboard;
  readonly output: Display;
  readonly color: boolean;
  /** ms since 1970. */
  readonly now: () => number;
  /** Ends the chat in order. */
  readonly signal?: AbortSignal;
}
