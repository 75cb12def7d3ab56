// Files in the chat: the bar above the input while they are on their way, what is said when something becomes of one, and
// what is asked of them. Must not know what was typed.

import type { Asked, Face } from "../client/events.ts";
import type { Transfer, TransferAction } from "../client/transfer-view.ts";
import type { FileIntent } from "./chat-file-commands.ts";
import { type Look, shownName } from "./chat-lines.ts";
import { refusedLine, star, wrongLine } from "./chat-notices.ts";
import type { Screen } from "./chat-prompt.ts";
import { wholePath } from "./chat-paths.ts";
import { troubleOf } from "./chat-trouble.ts";
import { FileProgress } from "./file-progress.ts";
import { fileName, fileText, transferText } from "./wording-files.ts";

/** Files in one list, the newest. */
const MOST_LISTED = 50;

/** Where the bar stands. */
export type BarScreen = Pick<Screen, "look" | "progress">;

export class Files {
  readonly #face: Face;
  readonly #screen: BarScreen;
  readonly #progress: FileProgress;
  /** What was said of each last, by number. */
  readonly #said = new Map<number, string>();

  constructor(face: Face, screen: BarScreen, now: () => number) {
    this.#face = face;
    this.#screen = screen;
    this.#progress = new FileProgress(now);
  }

  /** Shows how far it is; answers a line where that is news. */
  saw(transfer: Transfer): string[] {
    const { look } = this.#screen;
    this.#progress.saw(transfer);
    // Where nothing is shown in its place, the bar would be a line each time.
    if (look.lines) this.#screen.progress(this.#progress.line());
    const news = newsOf(look, transfer);
    const before = this.#said.get(transfer.number);
    if (news === undefined || news === before) return [];
    this.#said.set(transfer.number, news);
    return [news];
  }

  /** Does what was typed, and answers in lines; `current`: whom one is talking to. Rejects as the face does. */
  async perform(intent: FileIntent, current: string | undefined): Promise<string[]> {
    switch (intent.do) {
      case "send-file":
        if (current === undefined) return [wrongLine(this.#screen.look, { do: "nobody" })];
        return this.#send(current, wholePath(intent.path));
      case "files":
        return this.#list();
      case "transfer":
        return this.#act(intent.which, intent.action);
    }
  }

  async #send(to: string, path: string): Promise<string[]> {
    const asked = await this.#face.sendFile(to, path);
    if (asked.ok) return [];
    const { line, hint } = troubleOf(asked.reason, to);
    return [refusedLine(this.#screen.look, { line: `${fileName(path)}: ${line}`, hint })];
  }

  async #act(which: string, action: TransferAction): Promise<string[]> {
    const asked: Asked<Transfer> = await this.#face.changeTransfer(which, action);
    if (asked.ok) return []; // what becomes of it is told as it happens
    return [refusedLine(this.#screen.look, troubleOf(asked.reason, which))];
  }

  async #list(): Promise<string[]> {
    const { look } = this.#screen;
    const transfers = (await this.#face.transfers()).slice(-MOST_LISTED);
    const rows = transfers.map((transfer) => {
      const { number, way, conversation, sender } = transfer;
      const whom = way === "out" ? `to ${shownName(conversation)}` : `from ${shownName(sender)}`;
      const where = way === "in" && conversation !== sender ? ` in ${shownName(conversation)}` : "";
      return `  ${String(number).padStart(3)}  ${fileText(transfer)} ${whom}${where}: ${stateText(transfer)}`;
    });
    return rows.length === 0 ? [star(look, "no files yet: /sendfile PATH sends one")] : rows;
  }
}

function stateText(transfer: Transfer): string {
  const { reason, conversation } = transfer;
  return transferText(transfer, reason === undefined ? undefined : troubleOf(reason, conversation));
}

/** What is worth a line of its own. */
function newsOf(look: Look, transfer: Transfer): string | undefined {
  const { number, way, conversation, sender, state, reason } = transfer;
  const which = `${fileText(transfer)} ${way === "out" ? `to ${shownName(conversation)}` : `from ${shownName(sender)}`}`;
  switch (state) {
    case "preparing":
    case "rejected":
      return undefined;
    case "sending":
    case "receiving":
      if (reason === undefined)
        return star(look, `${state} ${which}; /files shows how far it is, /cancel ${number} ends it`);
      return star(look, `${which} waits: ${troubleOf(reason, conversation).line}`);
    case "offered":
      return star(look, `${which}: /accept ${number} takes it, /reject ${number} does not`);
    case "sent":
    case "taken":
    case "received":
    case "cancelled":
      return star(look, `${which}: ${stateText(transfer)}`);
    case "failed": {
      const { line, hint } = troubleOf(reason ?? "malformed", conversation);
      return refusedLine(look, {
        line: `${which}: ${line}`,
        hint: hint.replace("/resume N", `/resume ${number}`),
      });
    }
  }
}
