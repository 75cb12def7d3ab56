// Keys, text and clicks as they come: each is taken for what it means where one is then, and what it leads to is done.
// Must not know what the client tells, nor what a command means.

import type { Message } from "../client/events.ts";
import { choosableAt, chosenById, left } from "./chosen.ts";
import { completed } from "./completion.ts";
import type { Key } from "./key-reader.ts";
import { intentOf } from "./key-table.ts";
import { layoutOf } from "./layout.ts";
import { listedAt } from "./list-rows.ts";
import { chosenIn, currentRoom } from "./model.ts";
import type { Pages } from "./pages.ts";
import { type Effect, pressed, whereOf, wroteText } from "./pressed.ts";
import type { View } from "./view.ts";
import type { Desk, Hands, Terminal } from "./world.ts";

const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export interface KeyPressEvents {
  /** Sees to it that what goes wrong is not lost. */
  readonly attend: (work: Promise<unknown>) => void;
  readonly suspend: () => void;
}

export class KeyPresses {
  readonly #desk: Desk;
  readonly #view: View;
  readonly #pages: Pages;
  readonly #hands: Hands;
  readonly #terminal: Pick<Terminal, "copy">;
  readonly #events: KeyPressEvents;
  /** The window has just become the one that is typed in: a click may have been meant for that alone. */
  #isEntering = false;
  /** The message that was clicked on last, if nothing was done since. */
  #clicked: string | undefined;

  constructor(
    desk: Desk,
    view: View,
    pages: Pages,
    hands: Hands,
    terminal: Pick<Terminal, "copy">,
    events: KeyPressEvents,
  ) {
    this.#desk = desk;
    this.#view = view;
    this.#pages = pages;
    this.#hands = hands;
    this.#terminal = terminal;
    this.#events = events;
  }

  take(key: Key): void {
    const wasEntering = this.#isEntering;
    this.#isEntering = key.kind === "focus" && key.on;
    const { model } = this.#view;
    if (key.kind === "key" || key.kind === "text") this.#clicked = undefined;
    switch (key.kind) {
      case "text":
        return this.#text(key.text, key.pasted);
      case "key":
        return this.#press(key.key);
      case "click":
        return this.#click(key.column, key.row, wasEntering);
      case "focus":
        return this.#view.become({ ...model, isFocused: key.on }, false);
      case "background":
        return this.#view.become({ ...model, isLight: key.light }, true);
    }
  }

  #text(text: string, pasted: boolean): void {
    const { model } = this.#view;
    const where = whereOf(model);
    const first = CHARACTERS.segment(text).containing(0)?.segment ?? "";
    const isQuestion = text === "?" && currentRoom(model).input.text === "";
    if (!pasted && where === "writing" && isQuestion) return this.#press("f1");
    const isKey =
      where === "chosen" ||
      where === "asked" ||
      (where === "palette" && model.chosen?.typed.text === "" && intentOf(first, where) !== undefined);
    if (isKey && !pasted) {
      this.#press(first);
      // What follows is for where one is by then.
      if (text.length > first.length) this.#text(text.slice(first.length), false);
      return;
    }
    this.#view.become(wroteText(model, text), true);
    this.#searchOn();
  }

  #press(key: string): void {
    const before = this.#view.model;
    const intent = intentOf(key, whereOf(before));
    if (intent === undefined) return;
    const { model, effect } = pressed(before, intent, this.#hands.words);
    this.#view.become(model, true);
    if (effect !== undefined) this.#do(effect);
    if (intent.do === "edit") this.#searchOn();
  }

  #click(column: number, row: number, isEntering: boolean): void {
    const { model } = this.#view;
    const { list } = layoutOf(model.columns, model.rows);
    if (column < list) {
      const one = listedAt(model, model.rows - 1, row);
      if (one !== undefined) this.#desk.talkTo(one.name);
      return;
    }
    if (isEntering || model.panel !== undefined) return;
    const { words } = this.#hands;
    const id = choosableAt(model, row, words);
    // One that writes may have meant the window alone, and what is typed next must not become a command.
    const isMeant = model.chosen !== undefined || id === this.#clicked;
    this.#clicked = id;
    if (!isMeant) return;
    const calm = { ...model, hint: undefined };
    this.#view.become(id === undefined ? left(calm) : chosenById(calm, id, words), true);
  }

  #do(effect: Effect): void {
    const { model } = this.#view;
    const { words } = this.#hands;
    switch (effect.do) {
      case "enter":
        return this.#hands.entered(effect.text, this.#desk, effect.answered);
      case "remark":
        return this.#hands.remark(effect.remark, this.#desk);
      case "complete":
        return this.#view.become(completed(model, effect.input, this.#hands), true);
      case "find":
        return this.#events.attend(this.#pages.find(effect.words));
      case "jump":
        return this.#events.attend(this.#pages.jump(effect.message));
      case "answered":
        return this.#events.attend(this.#answered(effect.message));
      case "copy": {
        const isTaken = this.#terminal.copy(effect.text);
        return this.#view.become({ ...model, hint: words.chosen.copied(isTaken) }, true);
      }
      case "suspend":
        return this.#events.suspend();
      case "leave":
        return this.#desk.leave();
      case "redraw":
        return this.#view.redraw();
    }
  }

  /** The message that one answers is looked for further up, and becomes the chosen one. */
  async #answered({ id, replyTo, conversation, position }: Message): Promise<void> {
    if (replyTo === undefined) return;
    const { words } = this.#hands;
    const isAwaited = () => chosenIn(this.#view.model)?.message.id === id;
    const found = await this.#pages.seek(conversation, replyTo.id, position, isAwaited);
    if (!isAwaited()) return;
    if (found === undefined)
      return this.#view.become({ ...this.#view.model, hint: words.chosen.cannot("not-here") }, true);
    await this.#pages.jump(found);
    this.#view.become(chosenById(this.#view.model, found.id, words), true);
  }

  /** What is searched for is looked for with every letter. */
  #searchOn(): void {
    const { panel } = this.#view.model;
    if (panel?.kind === "search") this.#events.attend(this.#pages.find(panel.input.text));
  }
}
