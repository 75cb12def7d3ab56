// What the window shows, read from the client page by page as one comes to the end of what is there; searches; and what
// was seen, noted. Must not know keys or commands.

import type { Face, Message } from "../client/events.ts";
import { pageRead } from "./happened.ts";
import { currentRoom, keyOf, roomOf, withRoom } from "./model.ts";
import { anchoredAt, opened } from "./pressed.ts";
import type { View } from "./view.ts";

/** Messages read at once. */
const PAGE = 100;
const MOST_FOUND = 50;
/** Messages looked through at once. */
const STEP = 50;
/** Messages that are looked through for one that somebody has answered. */
const MOST_SOUGHT = 20_000;

export class Pages {
  readonly #face: Face;
  readonly #view: View;
  readonly #attend: (work: Promise<unknown>) => void;

  /** `attend` sees to it that what goes wrong is not lost. */
  constructor(face: Face, view: View, attend: (work: Promise<unknown>) => void) {
    this.#face = face;
    this.#view = view;
    this.#attend = attend;
  }

  /** After each drawing: what is seen is noted as seen, and what the window has come to the end of is read. */
  look(): void {
    const { model, screen } = this.#view;
    const key = model.current;
    const room = currentRoom(model);
    const { window } = screen;
    if (room.name === "") return;
    if (room.above === "unread") this.#attend(this.#read(key, "newest"));
    else if (window.isAtTop && room.above === "more") this.#attend(this.#read(key, "above"));
    else if (window.isAtBottom && room.below === "more") this.#attend(this.#read(key, "below"));
    if (model.panel !== undefined || !model.isFocused) return;
    if (window.newest > room.shown) {
      this.#view.become(
        withRoom(this.#view.model, key, (room) => ({ ...room, shown: window.newest })),
        false,
      );
      this.#attend(this.#face.shown(room.name, window.newest, { tell: true }));
    }
    if (window.isAtBottom && room.below === "none" && (room.unread > 0 || room.marked))
      this.#view.become(
        withRoom(this.#view.model, key, (room) => ({ ...room, unread: 0, marked: false })),
        false,
      );
  }

  /** The newest of it again, if that is what is here: another command has written there. */
  again(key: string): void {
    const { above, below } = roomOf(this.#view.model, key);
    if (above !== "unread" && below === "none") this.#attend(this.#read(key, "newest"));
  }

  /** Shows a message where it stands, with what came before and after it. */
  async jump({ conversation, position, id }: Message): Promise<void> {
    this.#view.become(opened(this.#view.model, conversation), true);
    if (position === undefined) return;
    const key = keyOf(conversation);
    const before = position + PAGE / 2;
    const messages = await this.#face.history({ with: conversation, before, limit: PAGE });
    const page = pageRead(this.#view.model, key, messages, { where: "around", isWhole: false });
    this.#view.become(anchoredAt(page, key, id), true);
  }

  /** The message with this id, before this position. Given up when it is not awaited any more. */
  async seek(
    conversation: string,
    id: string,
    from: number | undefined,
    isAwaited: () => boolean,
  ): Promise<Message | undefined> {
    let before = from;
    for (let sought = 0; sought < MOST_SOUGHT && before !== 1 && isAwaited(); sought += PAGE) {
      const query = { with: conversation, limit: PAGE, ...(before === undefined ? {} : { before }) };
      const messages = await this.#face.history(query);
      const found = messages.find((message) => message.id === id);
      if (found !== undefined || messages.length < PAGE) return found;
      before = messages.find(({ position }) => position !== undefined)?.position ?? 1;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return undefined;
  }

  /**
   * Shows what all the words are found in, the newest first. In small steps, newest first in each conversation: of a
   * hundred thousand messages none may hold up a key.
   */
  async find(words: string): Promise<void> {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    let found: Message[] = [];
    if (!this.#showFound(words, wanted.length === 0 ? undefined : found, false) || wanted.length === 0)
      return;
    for (const { name } of await this.#face.conversations()) {
      for (let before: number | undefined; before !== 1;) {
        const query = { with: name, limit: STEP, ...(before === undefined ? {} : { before }) };
        const messages = await this.#face.history(query);
        const hits = messages.filter(
          ({ text, notice }) =>
            notice === undefined && wanted.every((word) => text.toLowerCase().includes(word)),
        );
        found = [...found, ...hits].sort((a, b) => b.sentAt - a.sentAt).slice(0, MOST_FOUND);
        if (!this.#showFound(words, found, false)) return;
        before = messages.find(({ position }) => position !== undefined)?.position ?? 1;
        if (found.length === MOST_FOUND || messages.length < STEP) break;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    this.#showFound(words, found, true);
  }

  /** False: something else is searched for by now, or nothing. */
  #showFound(words: string, found: readonly Message[] | undefined, isDone: boolean): boolean {
    const { model } = this.#view;
    const { panel } = model;
    if (panel?.kind !== "search" || panel.input.text !== words) return false;
    this.#view.become({ ...model, panel: { ...panel, found, isDone } }, isDone);
    return true;
  }

  async #read(key: string, where: "newest" | "above" | "below"): Promise<void> {
    const { name, entries } = roomOf(this.#view.model, key);
    const positions = entries.flatMap((one) => (one.kind === "message" ? [one.message.position ?? 0] : []));
    const asked = where === "below" ? { below: "asked" as const } : { above: "asked" as const };
    this.#view.become(
      withRoom(this.#view.model, key, (room) => ({ ...room, ...asked })),
      false,
    );
    const first = positions.find((position) => position > 0);
    const last = Math.max(...positions, 0);
    // Positions have no gaps, so that what follows the last is what stands before so many more.
    const before = { newest: undefined, above: first, below: last + PAGE + 1 }[where];
    const query = { with: name, limit: PAGE, ...(before === undefined ? {} : { before }) };
    const messages = await this.#face.history(query);
    const fresh = where === "below" ? messages.filter(({ position = 0 }) => position > last) : messages;
    this.#view.become(pageRead(this.#view.model, key, fresh, { where, isWhole: fresh.length < PAGE }), true);
  }
}
