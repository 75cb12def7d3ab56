// Servers that do not do what they should, for the tests of what groups can rely on nevertheless.
// Must not assert anything.

import { encodeMessage, splitBody } from "../../../src/wire/codec.ts";
import type { ServerMessage } from "../../../src/wire/messages.ts";
import type { Dial } from "../../../src/ports.ts";
import { type Fate, tap } from "../tap.ts";
import type { Room } from "./insider.ts";

export type Entry = Extract<ServerMessage, { t: "entry" }>;
type Change = (message: ServerMessage, body: Uint8Array) => Fate | undefined;

/** From now on the server holds nothing against a group's rules: it takes what members send, and routes as it is told. */
export function unruled({ store }: Room): void {
  const append = store.append.bind(store);
  store.append = (entry, quota) => append({ ...entry, admit: () => true }, quota);
}

/** A hand on the server's side of somebody's line: honest until it is told what to do. */
export class Liar {
  /** What becomes of what the server sends; undefined: nothing. */
  change: Change | undefined;
  #send: ((bytes: Uint8Array) => void) | undefined;
  /** All that went through, as it was. */
  readonly passed: { message: ServerMessage; body: Uint8Array }[] = [];

  /** The KeyPackages that the client has handed to the server. */
  readonly published: Uint8Array[] = [];

  readonly tap = (dial: Dial): Dial => {
    const tapped = tap({
      out: (message, body) => {
        if (message.t !== "publish") return "pass";
        const sizes = message.packages.map(({ size }) => size);
        this.published.push(...(splitBody(body.slice(), sizes) ?? []));
        return "pass";
      },
      in: (message, body) => {
        this.passed.push({ message, body: body.slice() });
        return this.change?.(message, body) ?? "pass";
      },
    })(dial);
    return (attach) =>
      tapped((link) => {
        const handler = attach(link);
        this.#send = (bytes) => handler.data(bytes);
        return handler;
      });
  };

  /** The server says this, of itself. */
  say(message: ServerMessage, body?: Uint8Array): void {
    this.#send?.(encodeMessage(message, body));
  }

  /** The last entry of a kind that went through, as it came. */
  last(kind: Entry["kind"]): { message: Entry; body: Uint8Array } {
    for (const { message, body } of this.passed.toReversed())
      if (message.t === "entry" && message.kind === kind) return { message, body };
    throw new Error(`liar: no ${kind} has come`);
  }
}
