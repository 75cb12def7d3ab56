// A hand on somebody's line to the server: every frame either way passes through it, and may be dropped, exchanged,
// or be the last one.

import type { Dial, Link } from "../../src/ports.ts";
import { decodeClientMessage, decodeServerMessage } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import type { ClientMessage, ServerMessage } from "../../src/wire/messages.ts";

/** What becomes of a frame: `cut` ends the line before it, `last` after it; bytes go in its place. */
export type Fate = "pass" | "drop" | "cut" | "last" | readonly Uint8Array[];

export interface Rules {
  /** From the client. */
  out?(message: ClientMessage, body: Uint8Array): Fate;
  /** From the server. */
  in?(message: ServerMessage, body: Uint8Array): Fate;
}

export const tap =
  (rules: Rules) =>
  (dial: Dial): Dial =>
  async (attach) => {
    let wrapped: Link | undefined;
    const dialled = await dial((link) => {
      let alive = true;
      const through = (
        reader: FrameReader,
        chunk: Uint8Array,
        decide: (frame: Frame) => Fate,
        pass: (bytes: Uint8Array) => void,
      ) => {
        const frames: Frame[] = [];
        reader.push(chunk, frames);
        for (const frame of frames) {
          if (!alive) return;
          const fate = decide(frame);
          if (fate === "pass" || fate === "last") pass(encodeFrame(frame.header, frame.body));
          else if (typeof fate !== "string") for (const bytes of fate) pass(bytes);
          if (fate !== "cut" && fate !== "last") continue;
          alive = false;
          link.close();
        }
      };
      const outwards = new FrameReader(MAX_FRAME);
      const inwards = new FrameReader(MAX_FRAME);
      wrapped = {
        peer: link.peer,
        local: link.local,
        remote: link.remote,
        get queued() {
          return link.queued;
        },
        send: (bytes, rest = new Uint8Array(0)) =>
          through(outwards, Buffer.concat([bytes, rest]), decideOut, (frame) => link.send(frame)),
        close: () => link.close(),
      };
      const handler = attach(wrapped);
      const decideOut = (frame: Frame): Fate => {
        const decoded = decodeClientMessage(frame);
        if (!decoded.ok) throw new Error(`the client sent what is no message: ${frame.header}`);
        return rules.out?.(decoded.message, decoded.body) ?? "pass";
      };
      const decideIn = (frame: Frame): Fate => {
        const decoded = decodeServerMessage(frame);
        if (!decoded.ok) throw new Error(`the server sent what is no message: ${frame.header}`);
        return rules.in?.(decoded.message, decoded.body) ?? "pass";
      };
      return {
        data: (chunk) => through(inwards, chunk, decideIn, (frame) => handler.data(frame)),
        drained: () => handler.drained(),
        ended: (end) => handler.ended(end),
      };
    });
    return dialled.ok && wrapped !== undefined ? { ok: true, link: wrapped } : dialled;
  };

/** A line that is cut once, right after the `n`-th frame either way, counted over all its connections. */
export function cutAfter(n: number): ((dial: Dial) => Dial) & { readonly frames: number } {
  let frames = 0;
  const count = (): Fate => ((frames += 1) === n ? "last" : "pass");
  return Object.defineProperty(tap({ out: count, in: count }), "frames", { get: () => frames }) as ((
    dial: Dial,
  ) => Dial) & { readonly frames: number };
}
