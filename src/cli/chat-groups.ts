// Which groups the chat knows of, and how each is written. Must not know who is in them, nor how they are shown.

import type { Message } from "../client/events.ts";
import { foldGroup } from "./typed-names.ts";

export class Groups {
  /** Folded name → the group as it is written, with the `@`. */
  readonly #names = new Map<string, string>();

  /** With the `@`, as it is written, as far as that is known. */
  named(group: string): string {
    return this.#names.get(foldGroup(group)) ?? group;
  }

  knows(group: string): boolean {
    return this.#names.has(foldGroup(group));
  }

  met(group: string): void {
    this.#names.set(foldGroup(group), group);
  }

  forget(group: string): void {
    this.#names.delete(foldGroup(group));
  }

  /** Takes note of the group a message is in, and of what it is called from now on. */
  saw({ conversation, notice }: Message): void {
    if (notice?.kind === "renamed") this.forget(notice.name);
    this.met(conversation);
  }

  /** In order, each with its `@`. */
  names(): string[] {
    return [...this.#names.values()].sort();
  }
}
