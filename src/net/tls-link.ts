// Owns one established TLS connection as a Link: sending, closing, and what becomes of a faulty handler.
// Must not know how the connection came about, whom the peer's key belongs to, or what the bytes say.

import type { Clock, Link, LinkEnd, LinkHandler } from "../ports.ts";
import { SendQueue } from "./send-queue.ts";
import type { Sink, TurnEnd } from "./send-queue.ts";

/** TLS 1.3's number on the wire; the socket API takes this and not the name. */
export const TLS_1_3 = 0x0304;

/** Silence after which the system asks whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;

/** How long a closing link may take to send what is queued and see the peer's end. */
const LINGER_MS = 5_000;

/** The part of a socket that a link needs. */
export interface Stream {
  readonly remoteAddress: string;
  write(bytes: Uint8Array, from: number, length: number): number;
  end(): void;
  terminate(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, afterMs: number): void;
}

/** What all links of one listener or dialer share. */
export interface LinkHost {
  readonly clock: Clock;
  readonly turnEnd: TurnEnd;
  /** Bytes that may wait on one link. */
  readonly cap: number;
  /** Sent last to a peer that reads too slowly; empty for none. */
  readonly slowReader: Uint8Array;
  /** A bug in a handler: its link was dropped, and this says why. */
  onFault(error: unknown): void;
  /** Called once for each link, after its handler's `ended`. */
  onEnded(link: TlsLink): void;
}

/** Until a link has a handler, and for a peer that is only told why it is refused. */
const noHandler: LinkHandler = { data() {}, drained() {}, ended() {} };

/** Whether an address is this machine's own: 127.0.0.0/8, ::1, or the former written as IPv6. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);
}

/**
 * A Link over a TLS socket whose handshake is finished. `send` keeps the bytes by reference: they must not change
 * afterwards (one frame may be queued on many links).
 */
export class TlsLink implements Link, Sink {
  readonly peer: Uint8Array;
  readonly remote: string;
  readonly #socket: Stream;
  readonly #host: LinkHost;
  readonly #queue: SendQueue;
  #handler: LinkHandler = noHandler;
  #state: "open" | "closing" | "ended" = "open";
  /** Decided before the socket closed. */
  #end: LinkEnd | undefined;
  #cancelLinger: (() => void) | undefined;

  constructor(socket: Stream, peer: Uint8Array, host: LinkHost) {
    this.#socket = socket;
    this.peer = peer;
    this.remote = socket.remoteAddress;
    this.#host = host;
    this.#queue = new SendQueue(this, host.turnEnd, host.cap);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  get local(): boolean {
    return isLoopback(this.remote);
  }

  get queued(): number {
    return this.#queue.queued;
  }

  send(bytes: Uint8Array, rest?: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#queue.push(bytes, rest) === "queued") return;
    // Its frames stay whole: what is queued goes first, then why it ends. One that does not read gets neither.
    this.#queue.push(this.#host.slowReader);
    this.#closeAs({ cause: "slow-reader", detail: `${this.#queue.queued} bytes unread` });
  }

  close(): void {
    if (this.#state === "open") this.#closeAs({ cause: "closed" });
  }

  /** Gives the link its handler; its faults end the link from here on. */
  attach(handler: LinkHandler): void {
    this.#handler = handler;
  }

  /** Ends the link at once, unsent bytes and all. */
  drop(end: LinkEnd): void {
    this.#end ??= end;
    this.#socket.terminate();
    // The socket tells of its end by itself, but not when it was closed before.
    this.closed(undefined);
  }

  /** From the socket: bytes have come. */
  received(chunk: Uint8Array): void {
    if (this.#state !== "open") return;
    try {
      this.#handler.data(chunk);
    } catch (error) {
      this.fault(error);
    }
  }

  /** A bug came to light on this link: it is reported and the link ends. */
  fault(error: unknown): void {
    this.#host.onFault(error);
    this.drop({ cause: "failed" });
  }

  /** From the socket: TLS broke, or something of this room threw. */
  broke(error: Error): void {
    if ("code" in error) this.drop({ cause: "lost", detail: codeOf(error) });
    else this.fault(error);
  }

  /** From the socket: it takes bytes again. */
  drain(): void {
    this.#queue.drain();
  }

  /** From the socket: it is closed. The first call counts. */
  closed(error: Error | undefined): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#cancelLinger?.();
    this.#queue.clear();
    const end =
      this.#end ?? (error === undefined ? { cause: "closed" } : { cause: "lost", detail: codeOf(error) });
    try {
      this.#handler.ended(end);
    } catch (fault) {
      this.#host.onFault(fault);
    }
    this.#host.onEnded(this);
  }

  write(bytes: Uint8Array, from: number, length: number): number {
    return this.#socket.write(bytes, from, length);
  }

  emptied(fromOverMark: boolean): void {
    if (this.#state === "closing") {
      this.#socket.end();
    } else if (this.#state === "open" && fromOverMark) {
      try {
        this.#handler.drained();
      } catch (error) {
        this.fault(error);
      }
    }
  }

  #closeAs(end: LinkEnd): void {
    this.#state = "closing";
    this.#end ??= end;
    // The peer may read nothing, or never close its side: neither may hold the link for ever.
    this.#cancelLinger = this.#host.clock.after(LINGER_MS, () => this.drop(end));
    this.#queue.flushLater();
  }
}

/** The system's name of an error (ECONNRESET), else its class. */
export function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
