// What is written in the chat in lines: shown at once, then given to the client in its turn; and what is said about a
// message that stands there. Must not know what was typed, nor to whom one is talking.

import type { Face, Message } from "../client/events.ts";
import { checkText } from "../domain/text.ts";
import { StoreFailure } from "../ports.ts";
import { refusedLine } from "./chat-notices.ts";
import type { Screen } from "./chat-prompt.ts";
import type { RemarkIntent } from "./chat-remark-commands.ts";
import { meant, remark } from "./chat-remarks.ts";
import type { Sent } from "./chat-sent.ts";
import { troubleOf } from "./chat-trouble.ts";
import { storeText, textText } from "./wording.ts";

export interface WritingOptions {
  /** ms since 1970. */
  readonly now: () => number;
  /** The lines over what is written at this time. */
  readonly headings: (at: number) => readonly string[];
}

export class Writing {
  readonly #face: Face;
  readonly #screen: Screen;
  readonly #sent: Sent;
  readonly #options: WritingOptions;

  constructor(face: Face, screen: Screen, sent: Sent, options: WritingOptions) {
    this.#face = face;
    this.#screen = screen;
    this.#sent = sent;
    this.#options = options;
  }

  /** Whether it may be sent; if not, that is said. */
  isFit(text: string): boolean {
    const checked = checkText(text);
    if (checked === "ok") return true;
    this.#screen.print([refusedLine(this.#screen.look, textText(checked, Buffer.byteLength(text)))]);
    return false;
  }

  /** Shows it; what is answered sends it. */
  write(to: string, text: string, answered?: Message): () => Promise<void> {
    const sentAt = this.#options.now();
    const quoted = answered === undefined ? {} : { replyTo: answered };
    const own = this.#sent.written({ to, text, sentAt, ...quoted }, this.#options.headings(sentAt));
    return async () => {
      try {
        const answering = answered === undefined ? [] : [{ replyTo: answered.id }];
        const { id } = await this.#face.send(to, text, ...answering);
        this.#sent.kept(own, id);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        this.#sent.refused(own, { state: "failed", delivered: 0, of: 1, trouble: storeText(error.reason) });
      }
    };
  }

  /** Why it does not go, in lines. */
  async remark(to: string, intent: RemarkIntent): Promise<string[]> {
    const answered = intent.do === "reply" ? await meant(this.#face, to, intent) : undefined;
    if (intent.do === "reply" && answered !== undefined) {
      await this.write(to, intent.text, answered)();
      return [];
    }
    const refused = intent.do === "reply" ? "no-such-message" : await remark(this.#face, to, intent);
    return refused === undefined ? [] : [refusedLine(this.#screen.look, troubleOf(refused, to))];
  }
}
