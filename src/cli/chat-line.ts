// The chat in lines, from the greeting until its user leaves: what is typed is done in its turn, beside what happens.
// Must not know how a terminal is drawn on, how things are worded, or where the client runs.

import type { Face } from "../client/events.ts";
import { StoreFailure } from "../ports.ts";
import { Acting } from "./chat-acting.ts";
import { answerLines, type Asking } from "./chat-asked.ts";
import { complete, parseLine } from "./chat-commands.ts";
import { Files } from "./chat-files.ts";
import { Groups } from "./chat-groups.ts";
import { nameText, shownName } from "./chat-lines.ts";
import { firstWords } from "./wording-remarks.ts";
import { News } from "./chat-news.ts";
import { helpLines, keptLine, refusedLine, star, wrongLine } from "./chat-notices.ts";
import { completePath } from "./chat-paths.ts";
import type { ChatOptions } from "./chat-options.ts";
import { People } from "./chat-people.ts";
import type { RemarkIntent } from "./chat-remark-commands.ts";
import { PlainScreen } from "./chat-plain.ts";
import { type Screen, TerminalScreen } from "./chat-prompt.ts";
import { Sent } from "./chat-sent.ts";
import { troubleOf } from "./chat-trouble.ts";
import { Writing } from "./chat-writing.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type GroupAction, groupAfter, groupOf } from "./group-actions.ts";
import { isGroup } from "./typed-names.ts";
import { within } from "./waiting.ts";
import { storeText } from "./wording.ts";

/** How long the end of a piped input waits until what was typed is done and accepted, ms. */
const ACCEPTED_WITHIN = 10_000;
/** How long what is typed next waits at a terminal until what was asked of a group is answered, ms. */
const ANSWERED_WITHIN = 3_000;
/** How long leaving waits until what was written is kept on this device, ms. */
const KEPT_WITHIN = 5_000;

/**
 * Resolves with the exit code once the user has left: 0; untrusted or refused when there can be no connection; where
 * the input is no terminal, also what became of the messages. Rejects when the face does, but for a StoreFailure.
 * The terminal is then as it was, and the face is open still.
 */
export async function chat(face: Face, options: ChatOptions): Promise<ExitCode> {
  const session = new Session(face, options);
  try {
    return await session.run();
  } finally {
    session.stop();
  }
}

class Session {
  readonly #face: Face;
  readonly #options: ChatOptions;
  readonly #screen: Screen;
  readonly #people: People;
  readonly #groups = new Groups();
  readonly #acting: Acting;
  readonly #sent: Sent;
  readonly #writing: Writing;
  readonly #files: Files;
  readonly #news: News;
  readonly #terminal: boolean;
  readonly #left = Promise.withResolvers<ExitCode>();
  #leaving = false;
  /** What was typed is done in its order. */
  #work: Promise<void> = Promise.resolve();
  /** Whom one is talking to: a person, or `@` and a group. */
  #current: string | undefined;
  #interrupted = false;

  constructor(face: Face, options: ChatOptions) {
    const { input, output, color, me, now } = options;
    this.#face = face;
    this.#options = options;
    this.#terminal = input.isTTY === true && output.isTTY === true && process.env["TERM"] !== "dumb";
    this.#screen = this.#terminal ? new TerminalScreen(input, output, color) : new PlainScreen(input, output);
    this.#people = new People(me);
    this.#acting = new Acting(face, this.#screen, this.#groups, me);
    this.#sent = new Sent(this.#screen);
    this.#files = new Files(face, this.#screen, now);
    const headings = (at: number) => this.#news.dayLines(at);
    this.#writing = new Writing(face, this.#screen, this.#sent, { now, headings });
    const known = { people: this.#people, groups: this.#groups, sent: this.#sent, files: this.#files };
    this.#news = new News(face, this.#screen, known, {
      me,
      now,
      reactions: {
        wrote: (conversation) => {
          if (this.#current === undefined) this.#talkTo(conversation);
        },
        happened: (message, notice) => {
          if (notice.kind === "renamed" && this.#current === notice.name) this.#talkTo(message.conversation);
          return this.#acting.says(message);
        },
        cutOff: (code) => this.#leave(code),
        attend: (work) => void this.#attend(work),
      },
    });
  }

  async run(): Promise<ExitCode> {
    const { signal } = this.#options;
    const ended = () => this.#leave(EXIT.done);
    signal?.addEventListener("abort", ended);
    try {
      if (signal?.aborted === true) return EXIT.done;
      await Promise.race([this.#news.begin(), this.#left.promise]);
      if (!this.#leaving) this.#listen();
      const code = await this.#left.promise;
      await within(KEPT_WITHIN, this.#work);
      this.#news.tell();
      this.#screen.close();
      this.#sayLast();
      return code;
    } finally {
      signal?.removeEventListener("abort", ended);
    }
  }

  stop(): void {
    this.#leaving = true;
    this.#news.stop();
    this.#sent.stop();
    this.#screen.close();
  }

  #listen(): void {
    this.#screen.open({
      line: (line) => this.#line(line),
      interrupted: () => {
        if (this.#interrupted) return this.#leave(EXIT.done);
        this.#interrupted = true;
        this.#screen.print([star(this.#screen.look, "Ctrl-C again or exit to leave")]);
      },
      ended: () => this.#ended(),
      complete: (line) => completePath(line) ?? complete(line, this.#people.names(), this.#groups.names()),
    });
  }

  #line(line: string): void {
    if (this.#leaving) return;
    this.#interrupted = false;
    const { look } = this.#screen;
    const current = this.#current ?? "";
    const intent = parseLine(line, isGroup(current) ? current.slice(1) : undefined);
    switch (intent.do) {
      case "nothing":
        return;
      case "quit":
        return this.#ended();
      case "help":
        return this.#screen.print(helpLines(look));
      case "say":
        if (this.#current === undefined) return this.#screen.print([wrongLine(look, { do: "nobody" })]);
        return this.#write(this.#current, intent.text);
      case "write":
        return this.#write(intent.to, intent.text);
      case "switch":
        if (this.#people.isMe(intent.to)) return this.#thatIsMe();
        return this.#talkTo(intent.to);
      case "reply":
      case "react":
      case "edit":
      case "delete":
        return this.#remark(intent);
      case "act":
        return this.#act(intent.action);
      case "send-file":
      case "files":
      case "transfer":
        return this.#inTurn(async () => this.#screen.print(await this.#files.perform(intent, this.#current)));
      case "users":
      case "groups":
      case "members":
      case "history":
      case "search":
        return this.#ask(intent, !this.#terminal);
      case "verify":
      case "trust":
        // In its turn, so that what is written next is sent under what was decided here.
        return this.#ask(intent, true);
      case "usage":
      case "bad-name":
      case "unknown":
        return this.#screen.print([wrongLine(look, intent)]);
    }
  }

  #write(to: string, text: string): void {
    if (!this.#writing.isFit(text)) return;
    if (this.#people.isMe(to)) return this.#thatIsMe();
    this.#talkTo(to);
    this.#inTurn(this.#writing.write(this.#named(to), text));
  }

  #remark(intent: RemarkIntent): void {
    const to = this.#current;
    if (to === undefined) return this.#screen.print([wrongLine(this.#screen.look, { do: "nobody" })]);
    if ("text" in intent && !this.#writing.isFit(intent.text)) return;
    this.#inTurn(async () => this.#screen.print(await this.#writing.remark(to, intent)));
  }

  #ask(asking: Asking, inTurn: boolean): void {
    const about = { current: this.#current, me: this.#options.me };
    const ask = async () => {
      if (asking.do !== "history" && asking.do !== "search") await this.#news.answered;
      const lines = await answerLines(this.#face, this.#screen.look, asking, about);
      // A terminal whose user has left is somebody else's.
      if (!this.#leaving || !this.#terminal) this.#screen.print(lines);
    };
    if (inTurn) this.#inTurn(ask);
    else void this.#attend(ask());
  }

  /** Where one goes on is known at once, so that what is typed next goes there; what is sent waits its turn. */
  #act(action: GroupAction): void {
    const before = this.#current;
    const group = this.#named(groupOf(action));
    const enters = action.act === "create" || action.act === "join";
    const ends = action.act === "leave" || (action.act === "change" && action.change.change === "close");
    if (enters) this.#talkTo(group);
    else if (ends && before === group) this.#talkTo(undefined);
    const act = async () => {
      await this.#news.answered;
      const asked = await this.#acting.ask(action, () => this.#news.tell());
      if (!asked.ok) {
        if (enters && asked.reason !== "already-in" && this.#current === group) this.#talkTo(before);
        return;
      }
      const after = this.#named(groupAfter(action));
      this.#groups.met(after);
      if (this.#current === group && asked.value.state === "done") this.#talkTo(after);
    };
    this.#inTurn(async () => {
      const done = this.#attend(act());
      await (this.#terminal ? within(ANSWERED_WITHIN, done) : done);
    });
  }

  #named(conversation: string): string {
    return (isGroup(conversation) ? this.#groups : this.#people).named(conversation);
  }

  #talkTo(conversation: string | undefined): void {
    this.#current = conversation === undefined ? undefined : this.#named(conversation);
    const whom = this.#current === undefined ? "" : nameText(this.#screen.look, this.#current);
    this.#screen.prompt(`${whom}> `);
  }

  #thatIsMe(): void {
    this.#screen.print([refusedLine(this.#screen.look, troubleOf("yourself", this.#options.me))]);
  }

  #inTurn(work: () => Promise<void>): void {
    this.#work = this.#attend(this.#work.then(work));
  }

  /** What the disk does is told; anything else that goes wrong ends the chat. */
  async #attend(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof StoreFailure)) return this.#left.reject(error);
      this.#screen.print([refusedLine(this.#screen.look, storeText(error.reason))]);
    }
  }

  /** No more will be typed. */
  #ended(): void {
    if (this.#leaving) return;
    if (this.#terminal) return this.#leave(EXIT.done);
    this.#leaving = true;
    void this.#attend(this.#finish());
  }

  /** Where nobody watches, what was sent is first seen off. */
  async #finish(): Promise<void> {
    const accepted = this.#work.then(() => this.#sent.settled());
    if (!(await within(ACCEPTED_WITHIN, accepted))) return this.#leave(EXIT.waiting);
    const [failed] = this.#sent.failed;
    const code = failed === undefined ? this.#acting.unmet : failed.trouble?.code;
    this.#leave(code ?? (failed === undefined ? EXIT.done : EXIT.failed));
  }

  #leave(code: ExitCode): void {
    this.#leaving = true;
    this.#left.resolve(code);
  }

  #sayLast(): void {
    const { look } = this.#screen;
    const unkept = this.#sent.unkept.map(({ to, text }) =>
      star(look, `NOT kept and not sent to ${shownName(to)}: "${firstWords(text)}"`),
    );
    const kept = this.#sent.open - unkept.length;
    this.#screen.print([...unkept, ...(kept > 0 ? [keptLine(look, kept)] : [])]);
  }
}
