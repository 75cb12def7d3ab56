// A device that speaks the protocol and nothing more: no MLS, no vault, bodies are whatever they are.
// Must not know what is measured with it.

import { type Credential, generateIdentity, type Identity, issueCredential } from "../../src/mls/identity.ts";
import { certificateOf } from "../../src/net/certificate.ts";
import { dialer } from "../../src/net/dial.ts";
import { type SendQueue, TurnEnd } from "../../src/net/send-queue.ts";
import { systemClock } from "../../src/net/system-clock.ts";
import { type LinkHost, TLS_1_3, TlsLink } from "../../src/net/tls-link.ts";
import type { Dial, Link, LinkEnd, LinkHandler } from "../../src/ports.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME, VERSIONS } from "../../src/wire/limits.ts";
import type { ClientMessage, ClientRequest } from "../../src/wire/messages.ts";

export const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

/** What the bench reads of a server's headers; it trusts the server that it has started. */
export interface Header {
  readonly t: string;
  readonly re?: number;
  readonly log?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly name?: string;
  readonly stands?: boolean;
  readonly waiting?: number;
}

type Unnumbered<M> = M extends unknown ? Omit<M, "re"> : never;

export interface RawEvents {
  /** The notices that one chunk brought, in order. */
  notices(notices: readonly Header[]): void;
}

export interface Address {
  readonly port: number;
  readonly pin: Uint8Array;
}

/**
 * How frames leave: joined, when several were sent in one turn of the event loop, as the real client does; or each in
 * a write and a TLS record of its own, as people's messages come.
 */
export type Writing = "joined" | "single";

/** How to reach a server of this machine as the device with this seed; its certificate is made here, once. */
export function dialAs(seed: Uint8Array, { port, pin }: Address, writing: Writing): Dial {
  const target = { host: "127.0.0.1", port, pin, seed, timeout: 30_000, cap: 16 * MAX_FRAME };
  const dial = dialer({ ...target, clock: systemClock, onFault: fail });
  return writing === "joined" ? dial : dialSingle(seed, port);
}

/** Flushes a queue as soon as something is put into it. */
class AtOnce extends TurnEnd {
  override add(queue: SendQueue): void {
    queue.flush();
  }
}

const single: LinkHost = {
  clock: systemClock,
  turnEnd: new AtOnce(),
  cap: 16 * MAX_FRAME,
  slowReader: new Uint8Array(0),
  onFault: fail,
  onEnded() {},
};

/** As the dialer does, without its care for whom it has reached: it is a server of the bench's own. */
function dialSingle(seed: Uint8Array, port: number): Dial {
  const { key, cert } = certificateOf(seed);
  const tls = { key, cert, rejectUnauthorized: false, minVersion: TLS_1_3 };
  return async (attach) => {
    const { promise, resolve } = Promise.withResolvers<TlsLink>();
    await Bun.connect<TlsLink | undefined>({
      hostname: "127.0.0.1",
      port,
      tls,
      socket: {
        binaryType: "uint8array",
        handshake(socket) {
          const link = new TlsLink(socket, new Uint8Array(0), single);
          socket.data = link;
          link.attach(attach(link));
          resolve(link);
        },
        data: (socket, chunk) => socket.data?.received(chunk),
        drain: (socket) => socket.data?.drain(),
        close: (socket, error) => socket.data?.closed(error),
        error: (_, error) => fail(error),
      },
    });
    return { ok: true, link: await promise };
  };
}

/** A bug here, or a server that does not do as it should: the run ends. */
function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Keys of a new person on a new device. */
export interface RawPerson {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly identity: Identity;
  readonly credential: Uint8Array;
  readonly device: Uint8Array;
}

export function rawPerson(name: string): RawPerson {
  const seed = random(32);
  const device = certificateOf(seed).publicKey;
  const identity = generateIdentity(random);
  const subject: Omit<Credential, "identity"> = {
    name,
    device,
    signatureKey: generateIdentity(random).public,
  };
  return { name, seed, identity, device, credential: issueCredential(identity, subject) };
}

export class RawClient implements LinkHandler {
  readonly #link: Link;
  readonly #events: RawEvents;
  readonly #reader = new FrameReader(MAX_FRAME);
  readonly #waiting = new Map<number, (answer: Header) => void>();
  #next = 1;
  #closing = false;

  constructor(link: Link, events: RawEvents) {
    this.#link = link;
    this.#events = events;
  }

  static async connect(dial: Dial, events: RawEvents): Promise<RawClient> {
    let client: RawClient | undefined;
    const dialled = await dial((link) => (client = new RawClient(link, events)));
    if (!dialled.ok || client === undefined) throw new Error(`not connected: ${JSON.stringify(dialled)}`);
    return client;
  }

  hello(): Promise<Header> {
    return this.request({ t: "hello", versions: [...VERSIONS], agent: "bench" });
  }

  request(request: Unnumbered<ClientRequest>, body?: Uint8Array): Promise<Header> {
    return new Promise((resolve) => this.ask(request, body, resolve));
  }

  ask(
    request: Unnumbered<ClientRequest>,
    body: Uint8Array | undefined,
    answered: (answer: Header) => void,
  ): void {
    const re = this.#next++;
    this.#waiting.set(re, answered);
    this.#link.send(encodeMessage({ ...request, re }, body));
  }

  acknowledge(log: string, seq: number): void {
    this.#link.send(encodeMessage({ t: "ack", log, seq } satisfies ClientMessage));
  }

  close(): void {
    this.#closing = true;
    this.#link.close();
  }

  data(chunk: Uint8Array): void {
    const frames: Frame[] = [];
    const fault = this.#reader.push(chunk, frames);
    if (fault !== undefined) throw new Error(`the server sent what is no frame: ${fault}`);
    const notices: Header[] = [];
    for (const frame of frames) {
      const header: Header = JSON.parse(frame.header);
      if (header.t === "refused") throw new Error(`refused: ${header.code}`);
      if (header.re === undefined) {
        notices.push(header);
        continue;
      }
      const answered = this.#waiting.get(header.re);
      this.#waiting.delete(header.re);
      answered?.(header);
    }
    if (notices.length > 0) this.#events.notices(notices);
  }

  drained(): void {
    // What is sent here is bounded by what is answered.
  }

  ended({ cause, detail }: LinkEnd): void {
    if (!this.#closing) fail(new Error(`the server ended the link: ${cause} ${detail ?? ""}`));
  }
}
