// Whom the chat knows of: how each name is written, and who is here. Must not know how that is shown.

import type { Person } from "../client/events.ts";
import { parseName } from "../domain/name.ts";

export class People {
  readonly #me: string;
  /** Folded name → the name as its owner writes it. */
  readonly #names = new Map<string, string>();
  readonly #here = new Set<string>();

  constructor(me: string) {
    this.#me = fold(me);
  }

  isMe(name: string): boolean {
    return fold(name) === this.#me;
  }

  /** The name as its owner writes it, as far as that is known. */
  named(name: string): string {
    return this.#names.get(fold(name)) ?? name;
  }

  met(name: string): void {
    if (!this.isMe(name)) this.#names.set(fold(name), name);
  }

  /** Everybody but oneself, in order. */
  names(): string[] {
    return [...this.#names.values()].sort();
  }

  here(): string[] {
    return [...this.#here].map((one) => this.#names.get(one) ?? one).sort();
  }

  /** Whether that is news. */
  moved(name: string, online: boolean): boolean {
    if (this.isMe(name)) return false;
    this.met(name);
    if (!online) return this.#here.delete(fold(name));
    if (this.#here.has(fold(name))) return false;
    this.#here.add(fold(name));
    return true;
  }

  /** Everyone, as the server tells it: answers who has come and who has gone since. */
  update(people: readonly Person[]): { readonly name: string; readonly online: boolean }[] {
    return people
      .filter(({ name, online }) => this.moved(name, online))
      .map(({ name, online }) => ({ name, online }));
  }
}

function fold(name: string): string {
  const parsed = parseName(name);
  return parsed.ok ? parsed.fold : name;
}
