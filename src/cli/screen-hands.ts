// What commands do in the full-screen chat, and what is said of what happens: as in the chat in lines, on another screen.
// Must not know how anything is drawn.

import type { ClientEvent, Face, Message } from "../client/events.ts";
import { StoreFailure } from "../ports.ts";
import { HolderGone } from "./attach-connection.ts";
import { isGroup, keyOf, type Model } from "../tui/model.ts";
import type { Line } from "../tui/spans.ts";
import type { Desk, Hands, Remark } from "../tui/world.ts";
import type { Words } from "../tui/words.ts";
import { answerLines, type Asking } from "./chat-asked.ts";
import type { FileIntent } from "./chat-file-commands.ts";
import { Files } from "./chat-files.ts";
import { complete, type Intent, parseLine } from "./chat-commands.ts";
import { outcomeLine } from "./chat-group-lines.ts";
import {
  changeLine,
  clockLine,
  keyChangedLines,
  missingLine,
  offlineLines,
  refusedLine,
  wrongLine,
} from "./chat-notices.ts";
import { completePath } from "./chat-paths.ts";
import { troubleOf } from "./chat-trouble.ts";
import { Groups } from "./chat-groups.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type GroupAction, groupAfter, groupOf, perform } from "./group-actions.ts";
import { isFit, remarkChosen, remarkTyped } from "./screen-remarks.ts";
import { commandsFor } from "./screen-command-words.ts";
import { lastWords, SCREEN_LOOK, screenLines, screenWords } from "./screen-words.ts";
import { offlineText, storeText } from "./wording.ts";

export interface HandsOptions {
  readonly me: string;
  /** ms since 1970. */
  readonly now: () => number;
  readonly ring: (message: Message) => void;
}

export class ScreenHands implements Hands {
  readonly words: Words;
  readonly #face: Face;
  readonly #options: HandsOptions;
  readonly #groups = new Groups();
  readonly #files: Files;
  #bar: Line | undefined;
  /** What was asked and is not answered yet is waited for by what is asked next. */
  #work: Promise<void> = Promise.resolve();
  #cutOff: ExitCode | undefined;
  /** Whether it was said that the server is away. */
  #isAway = false;
  readonly #unkept: string[] = [];

  constructor(face: Face, options: HandsOptions) {
    this.#face = face;
    this.#options = options;
    this.words = screenWords(options.me);
    const progress = (line: string | undefined) => {
      this.#bar = line === undefined ? undefined : [{ text: line }];
    };
    this.#files = new Files(face, { look: SCREEN_LOOK, progress }, options.now);
  }

  /** What it means that there is no connection and will be none; undefined: there may be one. */
  get cutOff(): ExitCode | undefined {
    return this.#cutOff;
  }

  /** What the client could not keep, a line each. */
  get unkept(): readonly string[] {
    return this.#unkept;
  }

  entered(text: string, desk: Desk, answered?: Message): void {
    const { name } = roomOf(desk.model);
    // Who is called at the beginning of a line is meant to read it there: `@bob` is no group's name then.
    const [called = ""] = text.split(/\s/);
    const isCall =
      isGroup(called) && name !== "" && !this.#groups.knows(called) && isPerson(called, desk.model);
    const intent: Intent = isCall
      ? { do: "say", text }
      : parseLine(text, isGroup(name) ? name.slice(1) : undefined);
    switch (intent.do) {
      case "nothing":
        return;
      case "quit":
        return desk.leave();
      case "help":
        return desk.show(this.words.help.title, this.words.help.more);
      case "say":
        if (name === "") return desk.say(screenLines([wrongLine(SCREEN_LOOK, { do: "nobody" })]));
        return this.#write(name, intent.text, desk, answered);
      case "write":
        return this.#write(intent.to, intent.text, desk);
      case "switch":
        if (this.#isMe(intent.to)) return this.#thatIsMe(desk);
        return desk.talkTo(this.#named(intent.to));
      case "search":
        return desk.search(intent.words);
      case "reply":
      case "react":
      case "edit":
      case "delete":
        if (name === "") return desk.say(screenLines([wrongLine(SCREEN_LOOK, { do: "nobody" })]));
        if ("text" in intent && !isFit(intent.text, desk)) return;
        return this.#inTurn(
          () =>
            remarkTyped(this.#face, name, intent, desk, (text, answered) =>
              this.#write(name, text, desk, answered),
            ),
          desk,
        );
      case "act":
        return this.#inTurn(() => this.#act(intent.action, desk), desk);
      case "send-file":
      case "files":
      case "transfer":
        return this.#inTurn(() => this.#file(intent, text, name, desk), desk);
      case "users":
      case "groups":
      case "members":
      case "history":
      case "verify":
      case "trust":
        return this.#inTurn(() => this.#ask(intent, text, name, desk), desk);
      case "usage":
      case "bad-name":
      case "unknown":
        return desk.say(screenLines([wrongLine(SCREEN_LOOK, intent)]));
      default: {
        const never: never = intent;
        throw new Error(`entered: no such intent ${String(never)}`);
      }
    }
  }

  remark(remark: Remark, desk: Desk): void {
    if (remark.do === "edit" && !isFit(remark.text, desk)) return;
    this.#inTurn(() => remarkChosen(this.#face, remark, desk), desk);
  }

  complete(line: string, people: readonly string[]): readonly [readonly string[], string] {
    return completePath(line) ?? complete(line, people, this.#groups.names());
  }

  choices(hits: readonly string[]): Line | undefined {
    // Of commands the screen tells by itself.
    if (hits.every((hit) => commandsFor(hit.trim()).each.length > 0)) return undefined;
    return [{ text: hits.map((hit) => hit.trim()).join("  "), style: "dim" }];
  }

  told(event: ClientEvent): ReturnType<Hands["told"]> {
    switch (event.type) {
      case "key-changed":
        return { conversation: event.name, lines: screenLines(keyChangedLines(SCREEN_LOOK, event)) };
      case "missing":
        return {
          conversation: event.conversation,
          lines: screenLines([missingLine(SCREEN_LOOK, event.conversation)]),
        };
      case "clock-off":
        return { lines: screenLines([clockLine(SCREEN_LOOK, event.ahead)]) };
      case "status": {
        const { status } = event;
        if (status.state === "online" || status.state === "catching-up") this.#isAway = false;
        if (status.state !== "offline") return undefined;
        const said = offlineText(status.cause);
        if (status.again === undefined) this.#cutOff = said.code;
        // Said once when the connection goes, however often it is tried; the status line goes on saying it.
        else if (this.#isAway) return undefined;
        this.#isAway = true;
        return { lines: screenLines(offlineLines(SCREEN_LOOK, said, status.again)) };
      }
      case "message":
        if (isGroup(event.message.conversation)) this.#groups.saw(event.message);
        return undefined;
      case "transfer": {
        const lines = screenLines(this.#files.saw(event.transfer));
        return lines.length === 0 ? undefined : { conversation: event.transfer.conversation, lines };
      }
      case "changed": {
        const { message, change } = event;
        if (change.kind !== "undone") return undefined; // the message itself shows it
        const lines = screenLines([changeLine(SCREEN_LOOK, message, change)]);
        return { conversation: message.conversation, lines };
      }
      case "state":
      case "read":
      case "presence":
      case "typing":
      case "caught-up":
        return undefined;
    }
  }

  bar(): Line | undefined {
    return this.#bar;
  }

  notKept(error: unknown, to: string, text: string): readonly Line[] | undefined {
    if (error instanceof HolderGone) {
      this.#unkept.push(lastWords(to, text, error.isUndone));
      return []; // the chat ends with it
    }
    if (!(error instanceof StoreFailure)) return undefined;
    this.#unkept.push(lastWords(to, text));
    const { hint, line } = storeText(error.reason);
    return screenLines([refusedLine(SCREEN_LOOK, { line: `${lastWords(to, text)}: ${line}`, hint })]);
  }

  failed(error: unknown): readonly Line[] | undefined {
    if (error instanceof HolderGone) return []; // the chat ends with it
    if (!(error instanceof StoreFailure)) return undefined;
    return screenLines([refusedLine(SCREEN_LOOK, storeText(error.reason))]);
  }

  groups(names: readonly string[]): void {
    for (const name of names) this.#groups.met(name);
  }

  ring(message: Message): void {
    this.#options.ring(message);
  }

  /** Resolves when all that was asked is answered. */
  done(): Promise<void> {
    return this.#work;
  }

  #write(to: string, text: string, desk: Desk, answered?: Message): void {
    if (!isFit(text, desk)) return;
    if (this.#isMe(to)) return this.#thatIsMe(desk);
    desk.write(this.#named(to), text, this.#options.now(), answered);
  }

  async #ask(asking: Asking, typed: string, current: string, desk: Desk): Promise<void> {
    const about = { current: current === "" ? undefined : current, me: this.#options.me };
    const lines = screenLines(await answerLines(this.#face, SCREEN_LOOK, asking, about));
    if (lines.length === 1) desk.say(lines);
    else desk.show(typed.trim(), lines);
    if (asking.do === "verify" || asking.do === "trust") desk.lookAround();
  }

  async #file(intent: FileIntent, typed: string, current: string, desk: Desk): Promise<void> {
    const lines = screenLines(await this.#files.perform(intent, current === "" ? undefined : current));
    if (intent.do === "files") desk.show(typed.trim(), lines);
    else desk.say(lines);
  }

  async #act(action: GroupAction, desk: Desk): Promise<void> {
    const { me } = this.#options;
    const group = this.#named(groupOf(action));
    const asked = await perform(this.#face, action);
    const after = this.#named(groupAfter(action));
    const { line, code } = outcomeLine(SCREEN_LOOK, action, asked, { me, group: after });
    const enters = action.act === "create" || action.act === "join";
    const isThere = enters && (asked.ok || asked.reason === "already-in");
    if (isThere) desk.talkTo(after);
    // What is done stands in the group's own conversation.
    if (code !== EXIT.done) desk.say(screenLines([line]), isThere ? after : undefined);
    else if (desk.model.rooms.get(desk.model.current)?.name !== group) desk.say(screenLines([line]));
    desk.lookAround();
  }

  #named(conversation: string): string {
    return isGroup(conversation) ? this.#groups.named(conversation) : conversation;
  }

  #isMe(name: string): boolean {
    return name.toLowerCase() === this.#options.me.toLowerCase();
  }

  #thatIsMe(desk: Desk): void {
    desk.say(screenLines([refusedLine(SCREEN_LOOK, troubleOf("yourself", this.#options.me))]));
  }

  #inTurn(work: () => Promise<void>, desk: Desk): void {
    const done = this.#work.then(work);
    this.#work = done.catch((error: unknown) => {
      const lines = this.failed(error);
      if (lines === undefined) desk.fail(error);
      else desk.say(lines);
    });
  }
}

/** Whether `@name` is somebody in the class. */
function isPerson(called: string, { people }: Model): boolean {
  return people.has(keyOf(called.slice(1).replace(/[,:;.!?]+$/, "")));
}

function roomOf({ rooms, current }: Model): { readonly name: string } {
  return rooms.get(current) ?? { name: "" };
}
