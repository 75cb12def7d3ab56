// What people of a simulation wanted to say, in which words, and what was to become of it afterwards.
// Must not know what came of that.

import type { Row, Said } from "./said.ts";

export class Sayings {
  /** In every text, and nowhere else. */
  readonly marker: string;
  readonly said: Said[] = [];
  readonly #isKnown: (name: string) => boolean;
  readonly #byId = new Map<string, Said>();
  readonly #byText = new Map<string, Said>();
  /** Who has put a message in these other words. */
  readonly #words = new Map<string, string>();

  /** `isKnown`: whether a name is on the server. */
  constructor(marker: string, isKnown: (name: string) => boolean) {
    this.marker = marker;
    this.#isKnown = isKnown;
  }

  /** `answers`: the id of the message that it answers. */
  asks(from: string, to: string, size: number, last: boolean, answers?: string): Said {
    return this.#asks(from, to, ".".repeat(size), last, undefined, answers);
  }

  /** The text of what tells of a file is its name. */
  asksFile(from: string, to: string, size: number): Said {
    return this.#asks(from, to, "file", false, size);
  }

  #asks(from: string, to: string, end: string, last: boolean, file?: number, answers?: string): Said {
    const n = this.said.length;
    const text = `${this.marker} ${n} ${from} to ${to} ${end}`;
    const said: Said = {
      n,
      from,
      to,
      text,
      known: this.#isKnown(to),
      last,
      file,
      log: undefined,
      id: undefined,
      answers,
      sent: undefined,
      deleted: false,
      outcome: "unknown",
    };
    this.said.push(said);
    this.#byText.set(text, said);
    return said;
  }

  /** Other words that somebody wants in the place of a message's. */
  rewords(by: string, id: string): string | undefined {
    const said = this.#byId.get(id);
    if (said === undefined) return undefined;
    const text = `${this.marker} ${said.n} by ${by}, the ${this.#words.size}th word`;
    this.#byText.set(text, said);
    this.#words.set(text, by);
    return text;
  }

  /** Its author wants a message deleted, or was told that it is. */
  deletes(id: string, deleted: true | "kept"): void {
    const said = this.#byId.get(id);
    if (said !== undefined) said.deleted = deleted;
  }

  saidOf(text: string): Said | undefined {
    return this.#byText.get(text);
  }

  /** The message of a line: where that is deleted, by its id. */
  saidIn({ text, id }: Pick<Row, "text" | "id">): Said | undefined {
    return text === "" ? this.#byId.get(id) : this.#byText.get(text);
  }

  /** Whose words these are. */
  authorOf(text: string): string | undefined {
    return this.#words.get(text) ?? this.#byText.get(text)?.from;
  }

  saidAs(id: string): Said | undefined {
    return this.#byId.get(id);
  }

  /** It lies in an outbox with these words. False where it is no message. */
  kept(id: string, text: string, isSealed: boolean): boolean {
    const said = this.#byText.get(text);
    if (said === undefined) return false;
    said.id = id;
    if (isSealed) said.sent = text;
    this.#byId.set(id, said);
    return true;
  }
}
