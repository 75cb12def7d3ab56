// The full-screen chat while it runs: keys and the client's events go in, and what they make of the model is drawn.
// Must not know what a command means, in which words anything is said, nor what kind of terminal it is.

import type { ClientEvent, Face, Message } from "../client/events.ts";
import { changedBy, connected, listRead, peopleRead, said, wrote } from "./happened.ts";
import { KeyPresses } from "./key-presses.ts";
import { currentRoom, isGroup, keyOf, type Model, NOBODY, roomOf, withRoom } from "./model.ts";
import { Outgoing } from "./outgoing.ts";
import { Pages } from "./pages.ts";
import { opened } from "./pressed.ts";
import { isOnline } from "./screen.ts";
import type { Line } from "./spans.ts";
import { TypingNotices } from "./typing.ts";
import { View } from "./view.ts";
import type { Desk, Hands, Terminal } from "./world.ts";

export class Session implements Desk {
  readonly #face: Face;
  readonly #terminal: Terminal;
  readonly #hands: Hands;
  readonly #view: View;
  readonly #pages: Pages;
  readonly #outgoing: Outgoing;
  readonly #unsubscribe: () => void;
  readonly #left = Promise.withResolvers<void>();
  readonly #typing: TypingNotices;
  #ids = 0;
  #isOver = false;

  /** Takes the terminal; `close`, and the end of `run`, give it back. */
  constructor(
    face: Face,
    terminal: Terminal,
    hands: Hands,
    { me, hasColor }: { readonly me: string; readonly hasColor: boolean },
  ) {
    this.#face = face;
    this.#terminal = terminal;
    this.#hands = hands;
    const looked = () => this.#pages.look();
    this.#view = new View(terminal, { me, hasColor, words: hands.words, looked });
    this.#pages = new Pages(face, this.#view, (work) => this.#attend(work));
    this.#outgoing = new Outgoing(face, this.#view, {
      notKept: (error, to, text) => hands.notKept(error, to, text),
      say: (lines, conversation) => this.say(lines, conversation),
      fail: (error) => this.fail(error),
    });
    this.#unsubscribe = face.subscribe((event) => this.#happened(event));
    const presses = new KeyPresses(this, this.#view, this.#pages, hands, terminal, {
      attend: (work) => this.#attend(work),
      suspend: () => this.#attend(this.#suspend()),
    });
    this.#typing = new TypingNotices(face, (work) => this.#attend(work));
    terminal.open({
      keys: (keys) => {
        const before = this.model;
        for (const key of keys) presses.take(key);
        this.#typing.pressed(before, this.model);
      },
      resized: () => this.#view.resized(),
      stopped: () => this.#attend(this.#suspend()),
      resumed: () => this.#view.resume(),
      gone: () => this.leave(),
    });
  }

  get model(): Model {
    return this.#view.model;
  }

  /** Resolves when its user has left. Rejects with a bug. */
  async run(): Promise<void> {
    try {
      await this.#begin();
      await this.#left.promise;
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unsubscribe();
    this.#view.close();
    this.#terminal.close();
  }

  leave(): void {
    this.#left.resolve();
  }

  fail(error: unknown): void {
    this.#left.reject(error);
  }

  /** Resolves when all that was typed is kept by the client. */
  kept(): Promise<void> {
    return this.#outgoing.kept();
  }

  /** Resolves once what is shown stands on the terminal. */
  drawn(): Promise<void> {
    return this.#view.drawn();
  }

  lookAround(): void {
    this.#attend(this.#lookAround());
  }

  talkTo(name: string): void {
    this.#view.become(opened(this.model, name), true);
  }

  say(lines: readonly Line[], conversation?: string): void {
    if (lines.length === 0) return;
    const key = conversation === undefined ? this.model.current : keyOf(conversation);
    this.#view.become(said(this.model, key, this.#id(), lines), true);
  }

  show(title: string, lines: readonly Line[]): void {
    this.#view.become({ ...this.model, panel: { kind: "text", title, lines, top: 0 } }, true);
  }

  search(words: string): void {
    const input = { text: words, cursor: words.length };
    this.#view.become(
      { ...this.model, panel: { kind: "search", input, chosen: 0, found: undefined, isDone: false } },
      true,
    );
    this.#attend(this.#pages.find(words));
  }

  write(to: string, text: string, sentAt: number, answered?: Message): void {
    this.#typing.sent();
    this.#outgoing.write(this.#id(), { to, text, sentAt, ...(answered === undefined ? {} : { answered }) });
  }

  async #begin(): Promise<void> {
    const [conversations, status] = await Promise.all([this.#face.conversations(), this.#face.status()]);
    this.#view.become(connected(listRead(this.model, conversations), status), true);
    // What was used last is seen; what waited there stays marked as new.
    const [first] = conversations;
    if (first !== undefined) this.talkTo(first.name);
    if (isOnline(this.model)) this.lookAround();
  }

  #happened(event: ClientEvent): void {
    const told = this.#hands.told(event);
    switch (event.type) {
      case "message":
        this.#message(event.message);
        break;
      case "state":
        if (!this.#outgoing.became(event)) this.#pages.again(keyOf(event.conversation));
        this.#met(event.conversation);
        break;
      case "changed":
      case "read":
      case "typing":
      case "presence":
        this.#view.become(changedBy(this.model, event), false);
        break;
      case "status": {
        const was = isOnline(this.model);
        this.#view.become(connected(this.model, event.status), false);
        if (!was && isOnline(this.model)) this.lookAround();
        break;
      }
      case "key-changed":
        this.lookAround();
        break;
      case "transfer":
        this.#view.become({ ...this.model, bar: this.#hands.bar() }, false);
        break;
      case "missing":
      case "caught-up":
      case "clock-off":
        break;
    }
    if (told !== undefined) this.#tell(told.lines, told.conversation);
  }

  #message(message: Message): void {
    const { current, panel } = this.model;
    const key = keyOf(message.conversation);
    const isFromOthers = !message.own && message.notice === undefined;
    // Whoever writes first is who one goes on with, unless something else is being done.
    const isIdle = current === NOBODY && panel === undefined && currentRoom(this.model).input.text === "";
    const isSeen = this.#isSeen(key);
    this.#view.become(wrote(this.model, message, isSeen), false);
    this.#met(message.conversation);
    if (isIdle && isFromOthers) this.talkTo(message.conversation);
    if (isSeen || !isFromOthers || message.queued) return;
    if (!isGroup(key) || roomOf(this.model, key).marked) this.#hands.ring(message);
  }

  /** The process stands still until somebody wants to see it again. */
  async #suspend(): Promise<void> {
    await this.#view.pause();
    if (this.#isOver || !this.#terminal.suspend()) this.#view.resume();
  }

  /** Somebody whose key was not known is known from the first message on. */
  #met(conversation: string): void {
    if (this.model.people.get(keyOf(conversation))?.trust === "unknown") this.lookAround();
  }

  /** Where it belongs, and where one is looking: it must not be missed. */
  #tell(lines: readonly Line[], conversation: string | undefined): void {
    if (conversation !== undefined && keyOf(conversation) !== this.model.current) {
      const mark = withRoom(this.model, keyOf(conversation), (room) => ({
        ...room,
        name: room.name === "" ? conversation : room.name,
        marked: true,
      }));
      this.#view.become(mark, true);
      this.say(lines, conversation);
    }
    this.say(lines);
  }

  /** Who is in the class, who is here, whose keys are whose, and which groups there are. */
  async #lookAround(): Promise<void> {
    const [people, groups] = await Promise.all([this.#face.users(), this.#face.groups()]);
    if (people.ok) this.#view.become(peopleRead(this.model, people.value), false);
    if (!groups.ok) return;
    this.#hands.groups(groups.value.map(({ name }) => name));
    const mine = groups.value.filter(({ mine }) => mine === "member" || mine === "admin");
    for (const { name } of mine)
      this.#view.become(
        withRoom(this.model, keyOf(name), (room) => ({ ...room, name })),
        false,
      );
  }

  #isSeen(key: string): boolean {
    const { current, panel, isFocused } = this.model;
    const { anchor, below } = roomOf(this.model, key);
    return key === current && panel === undefined && isFocused && anchor === undefined && below === "none";
  }

  /** The disk's faults are told; any other ends the chat. */
  #attend(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const lines = this.#hands.failed(error);
      if (lines === undefined) this.fail(error);
      else this.say(lines);
    });
  }

  #id(): string {
    this.#ids += 1;
    return ` ${this.#ids}`; // no id of the client's
  }
}
