// What is written here: shown at once, given to the client in its turn, and how far it has come.
// Must not know what was typed, nor what is said of a disk that takes nothing.

import type { ClientEvent, Face, Message } from "../client/events.ts";
import { became, has, named, wrote } from "./happened.ts";
import { currentRoom, keyOf } from "./model.ts";
import { opened } from "./pressed.ts";
import type { Line } from "./spans.ts";
import type { View } from "./view.ts";

export type StateEvent = Extract<ClientEvent, { type: "state" }>;

export interface Written {
  readonly to: string;
  readonly text: string;
  readonly sentAt: number;
  /** The message that it answers. */
  readonly answered?: Message;
}

export interface OutgoingEvents {
  /** What is said of a message that the client could not keep; undefined: it is a bug. */
  readonly notKept: (error: unknown, to: string, text: string) => readonly Line[] | undefined;
  readonly say: (lines: readonly Line[], conversation: string) => void;
  /** A bug. */
  readonly fail: (error: unknown) => void;
}

export class Outgoing {
  readonly #face: Face;
  readonly #view: View;
  readonly #events: OutgoingEvents;
  /** States that came before the client had told the id of what was sent. */
  readonly #early = new Map<string, StateEvent>();
  #sending = 0;
  #sends: Promise<void> = Promise.resolve();

  constructor(face: Face, view: View, events: OutgoingEvents) {
    this.#face = face;
    this.#view = view;
    this.#events = events;
  }

  /** `typedId`: what it is known by until the client gives it an id. */
  write(typedId: string, { to, text, sentAt, answered }: Written): void {
    this.#view.become(opened(this.#view.model, to), true);
    const { model } = this.#view;
    const { name } = currentRoom(model);
    const message: Message = {
      id: typedId,
      conversation: name,
      sender: model.me,
      text,
      sentAt,
      queued: false,
      trusted: true,
      own: true,
      ...(answered === undefined ? {} : { replyTo: answered }),
    };
    this.#view.become(wrote(model, message, true), true);
    this.#sending += 1;
    this.#sends = this.#sends
      .then(() => this.#send(typedId, name, text, answered?.id))
      .catch(this.#events.fail);
  }

  /** False: the message is none that is seen, or was written here just now. */
  became(event: StateEvent): boolean {
    const { model } = this.#view;
    if (has(model, keyOf(event.conversation), event.id)) this.#view.become(became(model, event), false);
    else if (this.#sending > 0) this.#early.set(event.id, event);
    else return false;
    return true;
  }

  /** Resolves when all that was written is kept by the client, or could not be. */
  kept(): Promise<void> {
    return this.#sends;
  }

  async #send(typedId: string, to: string, text: string, replyTo?: string): Promise<void> {
    try {
      const { id } = await this.#face.send(to, text, ...(replyTo === undefined ? [] : [{ replyTo }]));
      this.#view.become(named(this.#view.model, keyOf(to), typedId, id), true);
      const early = this.#early.get(id);
      if (early !== undefined) this.#view.become(became(this.#view.model, early), true);
    } catch (error) {
      const lines = this.#events.notKept(error, to, text);
      if (lines === undefined) throw error;
      this.#events.say(lines, to);
    } finally {
      this.#sending -= 1;
      if (this.#sending === 0) this.#early.clear();
    }
  }
}
