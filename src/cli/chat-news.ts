// What happens while the chat is open, told in the order it happened; what happens at once is told at once.
// Must not know what is typed, or how a terminal is drawn on.

import type { ClientEvent, Face, GroupNotice, Message, Status } from "../client/events.ts";
import { CatchingUpBar } from "./chat-catching-up.ts";
import type { Files } from "./chat-files.ts";
import type { Groups } from "./chat-groups.ts";
import { day, dayLine, incomingLines, noticeLine, ownLines, progressLines } from "./chat-lines.ts";
import {
  changeLine,
  clockLine,
  greetingLines,
  hereLine,
  keptLine,
  keyChangedLines,
  missingLine,
  offlineLines,
  onlineLine,
  presenceLine,
  readLine,
  waitedLine,
} from "./chat-notices.ts";
import type { People } from "./chat-people.ts";
import type { Screen } from "./chat-prompt.ts";
import type { Sent } from "./chat-sent.ts";
import { lastStates, progressOf, type StateEvent } from "./chat-trouble.ts";
import type { ExitCode } from "./exit.ts";
import { isGroup } from "./typed-names.ts";
import { isOnline } from "./waiting.ts";
import { offlineText } from "./wording.ts";
import { isOwnDoing } from "./wording-groups.ts";

export interface Reactions {
  /** Somebody wrote to this person, or to a group. */
  wrote(conversation: string): void;
  /** Something has happened in a group. True: this person did it here, and is told of it elsewhere. */
  happened(message: Message, notice: GroupNotice): boolean;
  /** There is no connection, and there will be none. */
  cutOff(code: ExitCode): void;
  /** Sees to it that what goes wrong in this is not lost. */
  attend(work: Promise<unknown>): void;
}

/** What is known of this chat. */
export interface Known {
  readonly people: People;
  readonly groups: Groups;
  readonly sent: Sent;
  readonly files: Files;
}

/** How far back one's own messages are looked through for what is still on its way. */
const LOOKED_THROUGH = 200;

export class News {
  readonly #face: Face;
  readonly #screen: Screen;
  readonly #people: People;
  readonly #sent: Sent;
  readonly #files: Files;
  readonly #groups: Groups;
  readonly #reactions: Reactions;
  readonly #me: string;
  readonly #bar: CatchingUpBar;
  readonly #unsubscribe: () => void;
  readonly #answered = Promise.withResolvers<void>();
  /** What has happened and is not told yet. */
  #happened: ClientEvent[] = [];
  #telling: NodeJS.Immediate | undefined;
  #begun = false;
  #stopped = false;
  /** What was told of the connection last. */
  #told: "nothing" | "online" | "offline" = "nothing";
  #peopleTold = false;
  /** How far each conversation was shown. */
  readonly #shown = new Map<string, number>();
  /** The day of the last line that was told live. */
  #day: string;

  constructor(
    face: Face,
    screen: Screen,
    { people, groups, sent, files }: Known,
    {
      me,
      now,
      reactions,
    }: { readonly me: string; readonly now: () => number; readonly reactions: Reactions },
  ) {
    this.#face = face;
    this.#screen = screen;
    this.#people = people;
    this.#groups = groups;
    this.#sent = sent;
    this.#files = files;
    this.#reactions = reactions;
    this.#me = me;
    this.#bar = new CatchingUpBar(screen, now);
    this.#day = day(now());
    this.#unsubscribe = face.subscribe((event) => {
      this.#happened.push(event);
      if (this.#begun) this.#telling ??= setImmediate(() => this.tell());
    });
  }

  /** Resolves when it is known whether the server can be reached. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Who one is, what waited, and then what has happened in between. */
  async begin(): Promise<void> {
    const [status, unread, own] = await Promise.all([
      this.#face.status(),
      this.#face.unread(),
      this.#face.history({ limit: LOOKED_THROUGH }),
    ]);
    if (this.#stopped) return;
    const { look } = this.#screen;
    const under = own.filter(({ own, state }) => own && (state === "waiting" || state === "accepted"));
    for (const { id, conversation: to, text, sentAt } of under) this.#sent.earlier(id, { to, text, sentAt });
    const kept = under.filter(({ state }) => state === "waiting").length;
    const waited = unread.filter(({ notice }) => notice === undefined).length;
    this.#screen.print([
      ...greetingLines(look, this.#me, status),
      ...(kept === 0 ? [] : [keptLine(look, kept)]),
      ...(waited === 0 ? [] : [waitedLine(look, waited)]),
      ...unread.flatMap((message) => this.#message(message, true)),
    ]);
    this.#markShown(unread);
    if (status.state === "offline") this.#screen.print(this.#status(status));
    if (isOnline(status)) this.#online();
    else this.#reactions.attend(this.#lookAtGroups());
    this.#begun = true;
    this.tell();
  }

  /** A line where a new day begins with what was written at this time. */
  dayLines(at: number): string[] {
    if (day(at) === this.#day) return [];
    this.#day = day(at);
    return [dayLine(this.#screen.look, at)];
  }

  /** Tells what has happened since the last time. */
  tell(): void {
    clearImmediate(this.#telling);
    this.#telling = undefined;
    const happened = this.#happened.splice(0);
    for (const event of lastStates(happened)) this.#state(event);
    this.#screen.print(happened.flatMap((event) => this.#lines(event)));
    this.#markShown(happened.flatMap((event) => (event.type === "message" ? [event.message] : [])));
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe();
    clearImmediate(this.#telling);
  }

  #lines(event: ClientEvent): string[] {
    const { look } = this.#screen;
    switch (event.type) {
      case "message":
        return this.#message(event.message, event.message.queued);
      case "changed":
        return [changeLine(look, event.message, event.change)];
      case "status":
        return this.#status(event.status);
      case "presence":
        if (!this.#people.moved(event.name, event.online) || !this.#peopleTold) return [];
        return [presenceLine(look, event.name, event.online)];
      case "key-changed":
        return this.#inOne(keyChangedLines(look, event));
      case "missing":
        return [missingLine(look, event.conversation)];
      case "read":
        return [readLine(look, event.conversation)];
      case "transfer":
        return this.#files.saw(event.transfer);
      case "clock-off":
        return [clockLine(look, event.ahead)];
      case "typing": // gone before anybody could read a line of it
      case "state": // told before the rest
      case "caught-up": // how many waited was said when they began to come
        return [];
    }
  }

  #message(message: Message, waited: boolean): string[] {
    const { look } = this.#screen;
    const { conversation, sender, sentAt, own, position, notice, passedOnBy } = message;
    if (position !== undefined && position <= (this.#shown.get(conversation) ?? 0)) return [];
    if (position !== undefined) this.#shown.set(conversation, position);
    if (isGroup(conversation)) this.#groups.saw(message);
    if (notice !== undefined) {
      const isOld = waited && isOwnDoing(notice, this.#me);
      const isToldElsewhere = this.#reactions.happened(message, notice) || isOld;
      return isToldElsewhere ? [] : [noticeLine(look, notice, conversation, this.#me)];
    }
    if (own) return [...this.dayLines(sentAt), ownLines(look, { ...message, to: conversation })];
    this.#people.met(sender);
    // What is passed on was written long ago, to others.
    if (passedOnBy === undefined) this.#reactions.wrote(conversation);
    const isOld = waited || passedOnBy !== undefined;
    return [...(isOld ? [] : this.dayLines(sentAt)), incomingLines(look, message, waited, this.#me)];
  }

  #status(status: Status): string[] {
    const { look } = this.#screen;
    switch (status.state) {
      case "connecting":
        return [];
      case "catching-up":
        this.#bar.at(status.done, status.waiting);
        return this.#nowOnline(status);
      case "online":
        this.#bar.over();
        return this.#nowOnline(status);
      case "offline": {
        this.#bar.over();
        this.#answered.resolve();
        const said = offlineText(status.cause);
        if (status.again === undefined) this.#reactions.cutOff(said.code);
        else if (this.#told === "offline") return [];
        this.#told = "offline";
        return this.#inOne(offlineLines(look, said, status.again));
      }
    }
  }

  #nowOnline({ className, waiting }: { readonly className: string; readonly waiting: number }): string[] {
    if (this.#told === "online") return [];
    this.#online();
    return [onlineLine(this.#screen.look, className, waiting)];
  }

  #online(): void {
    this.#told = "online";
    this.#answered.resolve();
    this.#reactions.attend(Promise.all([this.#lookAround(), this.#lookAtGroups()]));
  }

  /** Who is here: all of them the first time, then who has come and gone while nobody could tell. */
  async #lookAround(): Promise<void> {
    const asked = await this.#face.users();
    if (!asked.ok || this.#stopped) return; // offline again: the next time
    this.tell();
    const { look } = this.#screen;
    for (const { name } of asked.value) this.#people.met(name);
    const moves = this.#people.update(asked.value);
    if (this.#peopleTold) {
      this.#screen.print(moves.map(({ name, online }) => presenceLine(look, name, online)));
      return;
    }
    this.#peopleTold = true;
    this.#screen.print([hereLine(look, this.#people.here())]);
  }

  /** What groups there are, for the Tab key and for how they are written. */
  async #lookAtGroups(): Promise<void> {
    const asked = await this.#face.groups();
    if (asked.ok) for (const { name } of asked.value) this.#groups.met(name);
  }

  #state(event: StateEvent): void {
    const progress = progressOf(event);
    if (this.#sent.became(event.id, progress) || event.state !== "failed") return;
    // Written in another command or long ago; that it failed must not be missed.
    const { look } = this.#screen;
    const { id, conversation } = event;
    const tell = async () => {
      const messages = await this.#face.history({ with: conversation, limit: LOOKED_THROUGH });
      const { text, sentAt } = messages.find((message) => message.id === id) ?? { text: "…", sentAt: 0 };
      if (!this.#stopped)
        this.#screen.print([progressLines(look, { to: conversation, text, sentAt, progress })]);
    };
    this.#reactions.attend(tell());
  }

  #markShown(messages: readonly Message[]): void {
    const furthest = new Map<string, number>();
    for (const { conversation, position } of messages)
      if (position !== undefined)
        furthest.set(conversation, Math.max(position, furthest.get(conversation) ?? 0));
    for (const [conversation, position] of furthest)
      this.#reactions.attend(this.#face.shown(conversation, position, { tell: true }));
  }

  /** One piece of news is one line where the screen has no room for more. */
  #inOne(lines: readonly string[]): string[] {
    return this.#screen.look.lines ? [...lines] : [lines.map((line) => line.trim()).join(" ")];
  }
}
