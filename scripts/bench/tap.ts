// What lies between a client's core and its link: it counts the bytes, and may take the core's place, which is then a
// device that is there, takes what comes and acknowledges it. Must not know what is measured.

import type { Dial, Link, LinkEnd, LinkHandler } from "../../src/ports.ts";
import { decodeServerMessage, encodeMessage } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import type { ClientMessage } from "../../src/wire/messages.ts";

/** How long acknowledgements are gathered, as src/client/acknowledging.ts has it in groups; ms. */
const GATHER = 400;
/** A core numbers its requests from 1 and never comes so far. */
const OWN_REQUEST = 0x7000_0000;
const JOIN = '"t":"join"';

export interface TapEvents {
  /** The entry of a message has come for a device whose core is not there any more. */
  message(): void;
  /** The same for a Welcome and the tree that goes with it. */
  welcomed(): void;
}

export class Tap implements LinkHandler {
  /** Bytes of frames; what TLS adds is not counted. */
  received = 0;
  sent = 0;
  events: TapEvents = { message() {}, welcomed() {} };
  readonly #reader = new FrameReader(MAX_FRAME);
  readonly #acks = new Map<string, number>();
  #link: Link | undefined;
  #core: LinkHandler | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #alone = false;
  #asked: (() => void) | undefined;

  /** A dial over which this lies. For one connection. */
  over(dial: Dial): Dial {
    return (attach) =>
      dial((link) => {
        this.#link = link;
        this.#core = attach(this.#counted(link));
        return this;
      });
  }

  /** From now on the core hears and says nothing, and may be closed. */
  standIn(): void {
    this.#alone = true;
  }

  /** As `standIn`, once the core has asked to be let into a group; resolves then. */
  standInOnceAsked(): Promise<void> {
    return new Promise((resolve) => (this.#asked = resolve));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#link?.close();
  }

  data(chunk: Uint8Array): void {
    this.received += chunk.length;
    const frames: Frame[] = [];
    this.#reader.push(chunk, frames);
    if (this.#alone) for (const frame of frames) this.#take(frame);
    else this.#core?.data(chunk);
  }

  drained(): void {
    this.#core?.drained();
  }

  ended(end: LinkEnd): void {
    clearTimeout(this.#timer);
    if (!this.#alone) this.#core?.ended(end);
  }

  #counted(link: Link): Link {
    const send = (bytes: Uint8Array) => {
      if (this.#alone) return;
      this.sent += bytes.length;
      link.send(bytes);
      if (this.#asked === undefined || !Buffer.from(bytes).includes(JOIN)) return;
      this.standIn();
      this.#asked();
    };
    const { peer, local, remote } = link;
    const close = () => {
      if (!this.#alone) return link.close();
      queueMicrotask(() => this.#core?.ended({ cause: "closed" }));
    };
    return {
      peer,
      local,
      remote,
      send,
      close,
      get queued() {
        return link.queued;
      },
    };
  }

  #take(frame: Frame): void {
    const decoded = decodeServerMessage(frame);
    if (!decoded.ok) throw new Error(`the server sent what is no message: ${decoded.code}`);
    const { message } = decoded;
    if (message.t === "group") return this.events.welcomed();
    if (message.t !== "entry") return;
    this.#acks.set(message.log, message.seq);
    this.#timer ??= setTimeout(() => this.#acknowledge(), GATHER);
    if (message.kind === "message") this.events.message();
    if (message.kind !== "welcome") return;
    const log = Buffer.from(decoded.body.subarray(0, 24)).toString("base64url");
    this.#say({ t: "info", re: OWN_REQUEST, log, epoch: message.epoch });
  }

  #acknowledge(): void {
    this.#timer = undefined;
    for (const [log, seq] of this.#acks) this.#say({ t: "ack", log, seq });
    this.#acks.clear();
  }

  #say(message: ClientMessage): void {
    const bytes = encodeMessage(message);
    this.sent += bytes.length;
    this.#link?.send(bytes);
  }
}
