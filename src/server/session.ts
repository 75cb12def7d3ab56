// One connected device: its link, its frames, and how far the handshake of the protocol has come.
// Must not know what requests do: messages go to the handler it was given.

import { encodeId, type DeviceId, type LogId } from "../domain/id.ts";
import type { Link, LinkEnd, LinkHandler } from "../ports.ts";
import type { Account } from "../ports/server-store.ts";
import { decodeClientMessage, messageParts } from "../wire/codec.ts";
import { type Frame, FrameReader } from "../wire/frame.ts";
import { MAX_FRAME, MAX_FRAME_UNREGISTERED } from "../wire/limits.ts";
import type { ClientMessage, ServerAnswer, ServerNotice } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import type { Subscription } from "./subscription.ts";
import { Untaken } from "./untaken.ts";

export interface SessionEvents {
  message(session: Session, message: ClientMessage, body: Uint8Array): void;
  drained(session: Session): void;
  ended(session: Session, end: LinkEnd): void;
  now(): number;
}

export class Session implements LinkHandler {
  readonly device: DeviceId;
  readonly link: Link;
  /** Whether `hello` was answered. */
  greeted = false;
  account: Account | undefined;
  /** What this device is sent, by log; undefined until `sync`. */
  subscriptions: Map<string, Subscription> | undefined;
  /** The one of these that every other waits for. */
  inbox: Subscription | undefined;
  /** Whether it was told where it stands in its logs: what lies in them means nothing to it before. */
  placed = false;
  readonly untaken = new Untaken();
  /** Cursors that the disk did not take, by log. */
  readonly unmoved = new Map<LogId, number>();
  lastHeard: number;
  open = true;
  #reader: FrameReader;
  #events: SessionEvents;

  constructor(link: Link, events: SessionEvents) {
    this.link = link;
    this.device = encodeId(link.peer);
    this.#events = events;
    this.#reader = new FrameReader(MAX_FRAME_UNREGISTERED);
    this.lastHeard = events.now();
  }

  registeredAs(account: Account): void {
    this.account = account;
    this.#reader.limit = MAX_FRAME;
  }

  data(chunk: Uint8Array): void {
    if (!this.open) return;
    this.lastHeard = this.#events.now();
    const frames: Frame[] = [];
    const fault = this.#reader.push(chunk, frames);
    for (const frame of frames) {
      const decoded = decodeClientMessage(frame);
      if (decoded.ok) this.#events.message(this, decoded.message, decoded.body);
      else if (decoded.re !== undefined) this.refuse(decoded.re, decoded.code);
      else return this.bye(decoded.code);
      if (!this.open) return;
    }
    if (fault !== undefined) this.bye(fault);
  }

  drained(): void {
    this.#events.drained(this);
  }

  ended(end: LinkEnd): void {
    this.open = false;
    this.#events.ended(this, end);
  }

  send(message: ServerAnswer | ServerNotice, body?: Uint8Array): void {
    if (this.open) this.link.send(...messageParts(message, body));
  }

  /** As `send`, for a frame that is ready. */
  sendFrame(frame: Uint8Array): void {
    if (this.open) this.link.send(frame);
  }

  refuse(re: number, code: RefusalCode): void {
    this.send({ t: "refused", re, code });
  }

  /** Says why, then ends the link. */
  bye(code: RefusalCode): void {
    if (!this.open) return;
    this.send({ t: "bye", code });
    this.open = false;
    this.link.close();
  }
}
