// One-to-one traffic, the same over the bare relay and over our server: a lane has a sender and a receiver.
// Must not know how many lanes there are, nor when messages are sent.

import { directLog } from "../../src/domain/direct-log.ts";
import { encodeId, type LogId } from "../../src/domain/id.ts";
import type { Dial, Link, LinkHandler } from "../../src/ports.ts";
import { encodeFrame, type Frame, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import { CIRCLE_NAME_BYTES } from "./bare-relay.ts";
import {
  type Address,
  dialAs,
  type Header,
  random,
  RawClient,
  type RawPerson,
  rawPerson,
  type Writing,
} from "./raw-client.ts";

/** How far the messages of a lane have come; each number counts from the lane's first message. */
export interface LaneEvents {
  /** The receiver has this many. */
  received(count: number): void;
  /** The sender knows that this many were taken: by the receiver (relay), durably by the server (ours). */
  accepted(count: number): void;
  /** The sender knows that the receiver has this many. */
  confirmed(count: number): void;
}

export interface Lane {
  events: LaneEvents;
  send(): void;
  close(): void;
}

/** Bytes of each message: what a short text is, sealed and padded. */
const BODY = random(256);
const NOBODY: LaneEvents = { received() {}, accepted() {}, confirmed() {} };
/** The first epoch of a conversation of two: its creator's commit has added the other (RFC 9420 §11). */
const EPOCH = 1;

/** Lane `number` over the bare relay: each message a frame; the receiver answers what it got with one frame a chunk. */
export async function relayLane(number: number, address: Address, writing: Writing): Promise<Lane> {
  const name = new Uint8Array(CIRCLE_NAME_BYTES);
  new DataView(name.buffer).setUint32(0, number);
  const message = encodeFrame("", BODY);
  let got = 0;
  const sender = await RelayEnd.connect(dialAs(random(32), address, writing), name, (frames) => {
    const last = frames.at(-1);
    if (last === undefined) return;
    const count = new DataView(last.body.buffer, last.body.byteOffset).getUint32(0);
    lane.events.accepted(count);
    lane.events.confirmed(count);
  });
  const receiver = await RelayEnd.connect(dialAs(random(32), address, writing), name, (frames) => {
    got += frames.length;
    lane.events.received(got);
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, got);
    receiver.send(encodeFrame("", count));
  });
  await Promise.all([sender.joined, receiver.joined]);
  const lane: Lane = {
    events: NOBODY,
    send: () => sender.send(message),
    close() {
      sender.close();
      receiver.close();
    },
  };
  return lane;
}

class RelayEnd implements LinkHandler {
  readonly joined: Promise<void>;
  readonly #joined: () => void;
  readonly #link: Link;
  readonly #frames: (frames: readonly Frame[]) => void;
  readonly #reader = new FrameReader(MAX_FRAME);
  #begun = false;

  constructor(link: Link, frames: (frames: readonly Frame[]) => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.joined = promise;
    this.#joined = resolve;
    this.#link = link;
    this.#frames = frames;
  }

  static async connect(
    dial: Dial,
    name: Uint8Array,
    frames: (frames: readonly Frame[]) => void,
  ): Promise<RelayEnd> {
    let end: RelayEnd | undefined;
    const dialled = await dial((link) => (end = new RelayEnd(link, frames)));
    if (!dialled.ok || end === undefined) throw new Error(`no relay: ${JSON.stringify(dialled)}`);
    end.send(name);
    return end;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  close(): void {
    this.#link.close();
  }

  data(chunk: Uint8Array): void {
    const frames: Frame[] = [];
    this.#reader.push(chunk, frames);
    if (!this.#begun && frames.shift() !== undefined) {
      this.#begun = true;
      this.#joined();
    }
    if (frames.length > 0) this.#frames(frames);
  }

  drained(): void {
    // What is sent here is bounded by what is answered.
  }

  ended(): void {
    // The other end of the pair has left, in order.
  }
}

/** Lane `number` over our server: two new people, their conversation, opaque bodies instead of MLS. */
export async function serverLane(number: number, address: Address, writing: Writing): Promise<Lane> {
  const [from, to] = [rawPerson(`sender${number}`), rawPerson(`receiver${number}`)];
  const log: LogId = directLog(from.identity.public, to.identity.public);
  /** Where the log stood when the conversation began. */
  let first = 0;
  const admitted = Promise.withResolvers<void>();
  const receiver = await enter(to, dialAs(to.seed, address, writing), (notices) => {
    let last = 0;
    for (const { t, log: of, seq = 0 } of notices) {
      if (t !== "entry") continue;
      if (of === log) last = seq;
      else admitted.resolve(receiver.acknowledge(of ?? "", seq));
    }
    if (last === 0) return;
    lane.events.received(last - first);
    receiver.acknowledge(log, last);
  });
  const sender = await enter(from, dialAs(from.seed, address, writing), (notices) => {
    for (const { t, seq = 0 } of notices) if (t === "receipt") lane.events.confirmed(seq - first);
  });
  /** Seq of the newest of the sender's entries, which is also its own cursor. */
  let cursor = 0;
  let sent = 0;
  const accepted = ({ seq = 0 }: Header) => {
    cursor = seq;
    lane.events.accepted(seq - first);
  };
  const id = Buffer.alloc(16);
  id.writeUInt32BE(number, 0);
  const lane: Lane = {
    events: NOBODY,
    send() {
      id.writeUInt32BE(++sent, 4);
      const request = { t: "append" as const, log, id: encodeId(id), epoch: EPOCH };
      sender.ask(cursor === 0 ? request : { ...request, cursor }, BODY, accepted);
    },
    close() {
      sender.close();
      receiver.close();
    },
  };
  const welcome = { device: encodeId(to.device), id: encodeId(random(16)), size: BODY.length };
  const create = { t: "create" as const, log, with: to.name, info: BODY.length, welcomes: [welcome] };
  const created = await sender.request(create, Buffer.concat([BODY, BODY]));
  cursor = first = created.seq ?? 0;
  await admitted.promise;
  return lane;
}

async function enter(
  person: RawPerson,
  dial: Dial,
  notices: (notices: readonly Header[]) => void,
): Promise<RawClient> {
  const client = await RawClient.connect(dial, { notices });
  await client.hello();
  await client.request({ t: "register", name: person.name }, person.credential);
  await client.request({ t: "sync" });
  return client;
}
