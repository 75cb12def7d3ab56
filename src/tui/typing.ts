// Whom one is writing to, told now and then while keys are pressed.
// Must not know how it is told, nor what a command means.

import type { Face } from "../client/events.ts";
import { isCommand } from "./composing.ts";
import { currentRoom, isGroup, type Model } from "./model.ts";

/** The client is not asked more often, ms. */
const PAUSE = 1_000;

export class TypingNotices {
  readonly #face: Pick<Face, "typing">;
  readonly #attend: (work: Promise<unknown>) => void;
  #last: { readonly to: string; readonly at: number } | undefined;

  constructor(face: Pick<Face, "typing">, attend: (work: Promise<unknown>) => void) {
    this.#face = face;
    this.#attend = attend;
  }

  /** Keys have made the one of the other. */
  pressed(before: Model, after: Model): void {
    const to = writtenTo(before, after);
    if (to === undefined) return;
    const now = performance.now();
    if (this.#last?.to === to && now - this.#last.at < PAUSE) return;
    this.#last = { to, at: now };
    this.#attend(this.#face.typing(to));
  }

  /** What was written has gone: what is written next is told at once. */
  sent(): void {
    this.#last = undefined;
  }
}

/** Who is there and is being written a message; of what is a command, or for somebody else, nobody is told. */
function writtenTo(before: Model, after: Model): string | undefined {
  const [was, room] = [currentRoom(before), currentRoom(after)];
  const { name, input, composing } = room;
  if (before.current !== after.current || was.input.text === input.text) return undefined;
  if (isGroup(name) || after.people.get(after.current)?.online !== true) return undefined;
  if (composing?.kind === "edit" || input.text.trim() === "") return undefined;
  return isCommand(input.text) || input.text.startsWith("@") ? undefined : name;
}
