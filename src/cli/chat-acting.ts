// What is asked of groups in the chat, and what came of it.
// Must not know what was typed, nor whom one is writing to.

import type { Asked, Face, GroupOutcome, Message } from "../client/events.ts";
import { outcomeLine } from "./chat-group-lines.ts";
import type { Groups } from "./chat-groups.ts";
import type { Screen } from "./chat-prompt.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type GroupAction, groupAfter, isDoneBy, perform } from "./group-actions.ts";

export class Acting {
  readonly #face: Face;
  readonly #screen: Screen;
  readonly #groups: Groups;
  readonly #me: string;
  /** What is being asked. */
  readonly #asking = new Set<GroupAction>();
  #unmet: ExitCode | undefined;

  constructor(face: Face, screen: Screen, groups: Groups, me: string) {
    this.#face = face;
    this.#screen = screen;
    this.#groups = groups;
    this.#me = me;
  }

  /** What the first means that did not come about, of all that was asked. */
  get unmet(): ExitCode | undefined {
    return this.#unmet;
  }

  /** Whether this is what is being asked here, so that the answer is going to say it. */
  says(message: Message): boolean {
    return [...this.#asking].some((action) => isDoneBy(action, message, this.#me));
  }

  /** Asks, and says how it came out. `before`: is run before that is said. Rejects as the face does. */
  async ask(action: GroupAction, before: () => void): Promise<Asked<GroupOutcome>> {
    this.#asking.add(action);
    try {
      const asked = await perform(this.#face, action);
      before();
      const { line, code } = outcomeLine(this.#screen.look, action, asked, {
        me: this.#me,
        group: this.#groups.named(groupAfter(action)),
      });
      this.#screen.print([line]);
      if (code !== EXIT.done) this.#unmet ??= code;
      return asked;
    } finally {
      this.#asking.delete(action);
    }
  }
}
