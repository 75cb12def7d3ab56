// What this device's user writes: messages, and what is said about one. Kept on this device before anybody is told.
// Must not know how it travels.

import type { MessageId } from "../domain/id.ts";
import { isReaction } from "../domain/reaction.ts";
import { checkText } from "../domain/text.ts";
import type { VaultWrite } from "../ports.ts";
import type { Asked, Message } from "./events.ts";
import type { OutboxItem } from "./outbox.ts";
import { messageOf } from "./placing.ts";
import { recipientOf } from "./recipient.ts";
import { changeOf, type Remark, remarked } from "./remark.ts";
import type { Answering } from "./remark-view.ts";
import type { Sending } from "./sending.ts";
import type { ClientState } from "./state.ts";

export class Writing {
  readonly #state: ClientState;
  /** The way out, while there is one. */
  readonly #sending: () => Sending | undefined;

  constructor(state: ClientState, sending: () => Sending | undefined) {
    this.#state = state;
    this.#sending = sending;
  }

  /** Rejects with a TypeError for a text that was not checked. */
  async send(to: string, text: string, { replyTo }: Answering = {}): Promise<{ readonly id: MessageId }> {
    if (checkText(text) !== "ok") throw new TypeError("client: a text that was not checked");
    const { outbox, serial, time } = this.#state;
    const item = () => {
      const answers = replyTo === undefined ? {} : { replyTo };
      const whom = recipientOf(this.#state, to);
      return outbox.add({ id: this.#state.messageId(), ...whom, text, ...answers, sentAt: time.now() });
    };
    return serial.soon(
      () => this.#kept(item()),
      async () => {
        const fresh = item();
        return (await this.#sending()?.sendNow(fresh)) ? this.#told(fresh) : this.#kept(fresh);
      },
    );
  }

  /** It is on this device, and goes in its turn. */
  #kept(item: OutboxItem): { readonly id: MessageId } {
    this.#state.commit(this.#state.outbox.put(item));
    this.#sending()?.wake();
    return this.#told(item);
  }

  #told({ id, to }: OutboxItem): { readonly id: MessageId } {
    // Else it could not be written there, and that was told.
    if (this.#state.outbox.get(id) !== undefined)
      this.#state.emit({ type: "state", id, conversation: to, state: "waiting", delivered: 0, of: 1 });
    return { id };
  }

  /** Something about a message: kept, and told as it now is. */
  async say(conversation: string, what: Remark): Promise<Asked<Message>> {
    if (!isFit(what)) throw new TypeError("client: a text or a reaction that was not checked");
    return this.#state.serial.run((): Asked<Message> => {
      const { outbox, profile, time } = this.#state;
      const whom = recipientOf(this.#state, conversation);
      const before = messageOf(this.#state, whom.fold, what.to);
      if (before === undefined) return { ok: false, reason: "no-such-message" };
      if (what.type !== "reaction" && !before.own) return { ok: false, reason: "not-yours" };
      const isPlain = what.type === "reaction" || before.file === undefined;
      if (!isPlain || before.deleted === true || before.notice !== undefined || before.state === "failed")
        return { ok: false, reason: "unchangeable" };
      const after = remarked(before, what, profile.name);
      if (after === undefined) return { ok: true, value: before }; // it says so already
      const change = changeOf(what, profile.name, true);
      if (this.#isUnsent(what.to) && what.type !== "reaction") {
        // Nobody has seen it.
        const { edited: _, ...now } = after;
        this.#state.commit(this.#instead(what), [{ type: "changed", message: now, change }]);
        return { ok: true, value: now };
      }
      const item = outbox.add({
        id: this.#state.messageId(),
        ...whom,
        text: "",
        remark: what,
        sentAt: time.now(),
      });
      this.#state.commit(outbox.put(item), [{ type: "changed", message: after, change }]);
      this.#sending()?.wake();
      return { ok: true, value: after };
    });
  }

  /** Whether not even its ciphertext exists yet. */
  #isUnsent(id: MessageId): boolean {
    const item = this.#state.outbox.get(id);
    return item !== undefined && [item.sealed, item.entry, item.position].every((one) => one === undefined);
  }

  #instead(what: Exclude<Remark, { type: "reaction" }>): VaultWrite[] {
    const { outbox } = this.#state;
    const item = outbox.get(what.to);
    if (item === undefined) return [];
    return what.type === "edit" ? outbox.put({ ...item, text: what.text }) : outbox.remove(what.to);
  }
}

function isFit(what: Remark): boolean {
  if (what.type === "edit") return checkText(what.text) === "ok";
  return what.type === "delete" || what.emoji === undefined || isReaction(what.emoji);
}
