// One link to the server while it lasts: requests paired with their answers, notices in order, a heartbeat.
// Must not know what requests are for.

import type { Clock, Link, LinkEnd, LinkHandler } from "../ports.ts";
import { decodeServerMessage, encodeMessage, messageParts } from "../wire/codec.ts";
import { type Frame, FrameReader } from "../wire/frame.ts";
import { MAX_FRAME, PING_AFTER } from "../wire/limits.ts";
import type { ClientMessage, ClientRequest, ServerAnswer, ServerNotice } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";

type Unnumbered<M> = M extends unknown ? Omit<M, "re"> : never;
/** A request before it is given its number. */
export type Request = Unnumbered<ClientRequest>;

export type Reply =
  | { readonly ok: true; readonly answer: Exclude<ServerAnswer, { t: "refused" }>; readonly body: Uint8Array }
  | { readonly ok: false; readonly refused: RefusalCode }
  /** The link ended first: whether it was done is not known. */
  | { readonly ok: false; readonly refused: "offline" };

export type Ended =
  { readonly by: "server"; readonly code: RefusalCode } | { readonly by: "link"; readonly end: LinkEnd };

export interface ConnectionEvents {
  /** All that one chunk brought, in order. Answers that `request` waits for are given out in the same order. */
  notices(notices: readonly { notice: Exclude<ServerNotice, { t: "bye" }>; body: Uint8Array }[]): void;
  /** The link has room again: for files, which wait for that. All else is little, and is waited for. */
  drained(): void;
  ended(ended: Ended): void;
}

/** Bytes that have not left this machine, beyond which nothing is whispered. */
const BUSY = 16 * 1024;
/** How long the server may leave a ping unanswered, ms. */
const PONG_WITHIN = 15_000;
/** The same for anything else, once it has left this machine: a server may answer pings and yet be stuck. */
const ANSWER_WITHIN = 40_000;

/** A request that was not answered yet. */
interface Waiting {
  readonly answered: (reply: Reply) => void;
  /** When it was made, ms. */
  readonly since: number;
}

export class Connection implements LinkHandler {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(MAX_FRAME);
  /** In the order they were made. */
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #bye: RefusalCode | undefined;
  #ended = false;
  readonly #over = Promise.withResolvers<void>();
  #heard: number;
  #cancelPing: () => void;
  #cancelDeadline: (() => void) | undefined;

  constructor(link: Link, clock: Clock, events: ConnectionEvents) {
    this.#link = link;
    this.#clock = clock;
    this.#events = events;
    this.#heard = clock.now();
    this.#cancelPing = clock.after(PING_AFTER, () => this.#ping());
  }

  /** Bytes that have not left this machine. */
  get queued(): number {
    return this.#link.queued;
  }

  request(request: Request, body?: Uint8Array): Promise<Reply> {
    return new Promise((resolve) => this.ask(request, body, resolve));
  }

  /** As `request`, but the answer is told at once, before anything that came after it is looked at. */
  ask(request: Request, body: Uint8Array | undefined, answered: (reply: Reply) => void): void {
    if (this.#ended) return answered({ ok: false, refused: "offline" });
    const re = this.#next++;
    this.#waiting.set(re, { answered, since: this.#clock.now() });
    this.#link.send(...messageParts({ ...request, re }, body));
    if (this.#cancelDeadline === undefined) this.#watch(ANSWER_WITHIN);
  }

  acknowledge(log: string, seq: number): void {
    if (!this.#ended) this.#link.send(encodeMessage({ t: "ack", log, seq } satisfies ClientMessage));
  }

  /** Kept by nobody, so that it goes only where little else waits to go. */
  whisper(log: string, body: Uint8Array): void {
    if (this.#ended || this.#link.queued > BUSY) return;
    this.#link.send(encodeMessage({ t: "whisper", log } satisfies ClientMessage, body));
  }

  /** Resolves when all that was said has left and the link is no more. */
  close(): Promise<void> {
    this.#link.close();
    return this.#over.promise;
  }

  data(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#heard = this.#clock.now();
    const frames: Frame[] = [];
    const fault = this.#reader.push(chunk, frames);
    const notices: { notice: Exclude<ServerNotice, { t: "bye" }>; body: Uint8Array }[] = [];
    const flush = () => {
      if (notices.length > 0) this.#events.notices(notices.splice(0));
    };
    for (const frame of frames) {
      const decoded = decodeServerMessage(frame);
      // A notice of a newer server is not for this program; anything else that cannot be read ends the link.
      if (!decoded.ok && decoded.code === "unknown-type") continue;
      if (!decoded.ok) return this.#fail("the server sent what is no message");
      const { message, body } = decoded;
      if (message.t === "bye") this.#bye = message.code;
      else if (!("re" in message)) notices.push({ notice: message, body });
      else {
        flush();
        this.#answer(message, body);
      }
    }
    flush();
    if (fault !== undefined) this.#fail(`the server sent what is no frame (${fault})`);
  }

  drained(): void {
    this.#events.drained();
  }

  ended(end: LinkEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over.resolve();
    this.#cancelPing();
    this.#cancelDeadline?.();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { answered } of waiting) answered({ ok: false, refused: "offline" });
    this.#events.ended(this.#bye === undefined ? { by: "link", end } : { by: "server", code: this.#bye });
  }

  #answer(message: ServerAnswer, body: Uint8Array): void {
    const waiting = this.#waiting.get(message.re);
    this.#waiting.delete(message.re);
    if (message.t === "refused") waiting?.answered({ ok: false, refused: message.code });
    else waiting?.answered({ ok: true, answer: message, body });
  }

  /** One timer for all requests: it looks at the oldest, and rests when there is none. */
  #watch(ms: number): void {
    this.#cancelDeadline = this.#clock.after(ms, () => {
      this.#cancelDeadline = undefined;
      const [oldest] = this.#waiting.values();
      if (oldest === undefined) return;
      const left = oldest.since + ANSWER_WITHIN - this.#clock.now();
      // A clock that was set back must not put it off for ever.
      if (left > 0) return this.#watch(Math.min(left, ANSWER_WITHIN));
      if (this.#link.queued > 0) return this.#watch(ANSWER_WITHIN);
      this.#fail("the server does not answer what it was asked");
    });
  }

  /** Keeps the link alive through whatever forgets idle connections, and notices a server that is gone. */
  #ping(): void {
    const quiet = this.#clock.now() - this.#heard;
    // Below zero: the clock was set back, and tells nothing of how long it has been quiet.
    if (quiet >= 0 && quiet < PING_AFTER) {
      this.#cancelPing = this.#clock.after(PING_AFTER - quiet, () => this.#ping());
      return;
    }
    this.#cancelPing = this.#clock.after(PONG_WITHIN, () => this.#fail("the server does not answer"));
    this.ask({ t: "ping" }, undefined, (reply) => {
      if (!reply.ok && reply.refused === "offline") return;
      this.#cancelPing();
      this.#cancelPing = this.#clock.after(PING_AFTER, () => this.#ping());
    });
  }

  #fail(detail: string): void {
    this.#link.close();
    this.ended({ cause: "lost", detail });
  }
}
