// A lecture: many devices in one group, and each hears what any of them writes; the same over the bare relay and over our
// server. No MLS: bodies are whatever they are. Must not know what is measured, nor when messages are written.

import { groupLog, NONCE_BYTES } from "../../src/domain/group-log.ts";
import { type DeviceId, encodeId, type LogId } from "../../src/domain/id.ts";
import type { Link, LinkHandler } from "../../src/ports.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { MAX_ADDED } from "../../src/wire/limits.ts";
import { encodeRules } from "../../src/wire/rules.ts";
import { encodeTold } from "../../src/wire/told.ts";
import { CIRCLE_NAME_BYTES } from "./bare-relay.ts";
import { FrameScanner, numberAt, u16, u32 } from "./frame-scanner.ts";
import {
  type Address,
  dialAs,
  type Header,
  random,
  RawClient,
  type RawPerson,
  rawPerson,
} from "./raw-client.ts";

/** Bytes of each message: what a short text is, sealed and padded. The first four are its number. */
const BODY_BYTES = 256;
/** How long acknowledgements are gathered, as src/client/acknowledging.ts has it; ms. */
const GATHER = 400;
/** In the frame of an entry (src/wire/frequent.ts), from its header on: `entry`, the log's end, the seq. */
const [TYPE_AT, LOG_END_AT, SEQ_AT] = [6, 52, 60];
const [E, Y, QUOTE] = [0x65, 0x79, 0x22];

export interface Lecture {
  /** How many hear what one of them writes. */
  readonly others: number;
  /** Somebody has message `n`. */
  heard(n: number): void;
  /** Message `n`, by one after the other of the first `writers`. */
  write(n: number, writers: number): void;
  close(): void;
}

/** What is written as message `n`. */
export function messageOf(n: number): Uint8Array {
  const body = Buffer.from(random(BODY_BYTES));
  body.writeUInt32BE(n);
  return body;
}

/** Over the relay, which was told how many there are. */
export async function relayLecture(size: number, address: Address): Promise<Lecture> {
  const ends: RelayEnd[] = [];
  const lecture: Lecture = {
    others: size - 1,
    heard() {},
    write: (n, writers) => ends[n % writers]?.send(encodeFrame("", messageOf(n))),
    close() {
      for (const end of ends) end.close();
    },
  };
  for (let i = 0; i < size; i++)
    ends.push(await RelayEnd.connect(address, (number) => lecture.heard(number)));
  await Promise.all(ends.map(({ joined }) => joined.promise));
  return lecture;
}

class RelayEnd implements LinkHandler {
  readonly joined = Promise.withResolvers<void>();
  readonly #link: Link;
  readonly #scanner = new FrameScanner();
  readonly #heard: (n: number) => void;

  constructor(link: Link, heard: (n: number) => void) {
    this.#link = link;
    this.#heard = heard;
  }

  static async connect(address: Address, heard: (n: number) => void): Promise<RelayEnd> {
    let end: RelayEnd | undefined;
    const dialled = await dialAs(random(32), address, "joined")((link) => (end = new RelayEnd(link, heard)));
    if (!dialled.ok || end === undefined) throw new Error(`no relay: ${JSON.stringify(dialled)}`);
    end.send(new Uint8Array(CIRCLE_NAME_BYTES));
    return end;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  close(): void {
    this.#link.close();
  }

  data(chunk: Uint8Array): void {
    this.#scanner.push(chunk, (bytes, start, end) => {
      if (end - start === 2) this.joined.resolve();
      else this.#heard(u32(bytes, start + 2));
    });
  }

  drained(): void {
    // What is sent here is bounded by what is heard.
  }

  ended(): void {
    // The others of the circle have left, in order.
  }
}

/** Somebody of the group who is driven elsewhere. */
export interface Guest {
  readonly device: DeviceId;
}

export interface ServerLecture extends Lecture {
  readonly log: LogId;
  readonly epoch: number;
  readonly members: readonly Member[];
}

/** Over our server: new people, the first of whom founds the group and adds the others, and the guests. */
export async function serverLecture(
  name: string,
  size: number,
  address: Address,
  guests: readonly Guest[] = [],
): Promise<ServerLecture> {
  const nonce = random(NONCE_BYTES);
  const log = groupLog(nonce);
  const members: Member[] = [];
  for (let i = 0; i < size; i++) members.push(await Member.connect(rawPerson(`${name}${i}`), log, address));
  const [teacher, ...students] = members;
  if (teacher === undefined) throw new Error("a lecture without anybody");
  await teacher.found(name, nonce);
  const added = [...students, ...guests].map(({ device }) => device);
  for (let at = 0; at < added.length; at += MAX_ADDED)
    await teacher.add(added.slice(at, at + MAX_ADDED), at / MAX_ADDED);
  const epoch = Math.ceil(added.length / MAX_ADDED);
  await Promise.all(students.map((member) => member.admitted(epoch)));
  const lecture: ServerLecture = {
    log,
    epoch,
    members,
    others: size - 1,
    heard() {},
    write: (n: number, writers: number) => members[n % writers]?.write(messageOf(n), epoch),
    close() {
      for (const member of members) member.close();
    },
  };
  for (const member of members) member.begin((n) => lecture.heard(n));
  return lecture;
}

/** One of the group, over a link of its own. Once the lecture has begun, entries are looked at no more than is needed. */
export class Member implements LinkHandler {
  readonly person: RawPerson;
  readonly device: DeviceId;
  readonly client: RawClient;
  readonly #log: LogId;
  readonly #scanner = new FrameScanner();
  readonly #admitted = Promise.withResolvers<void>();
  #heard: ((n: number) => void) | undefined;
  /** The newest entry of the group's log. */
  #seq = 0;
  #lastCommit = Number.POSITIVE_INFINITY;
  /** Numbers of what it has written and not got back. */
  readonly #own = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #frame = (bytes: Uint8Array, start: number, end: number) => this.#take(bytes, start, end);

  /** How many messages waited for it when it came. */
  waiting = 0;

  constructor(person: RawPerson, log: LogId, link: Link) {
    this.person = person;
    this.device = encodeId(person.device);
    this.#log = log;
    this.client = new RawClient(link, { notices: (notices) => this.#notices(notices) });
  }

  /** Comes online, for the first time or, to a lecture that has begun, again. */
  static async connect(
    person: RawPerson,
    log: LogId,
    address: Address,
    heard?: (n: number) => void,
  ): Promise<Member> {
    let member: Member | undefined;
    const dial = dialAs(person.seed, address, "joined");
    const dialled = await dial((link) => {
      member = new Member(person, log, link);
      if (heard !== undefined) member.begin(heard);
      return member;
    });
    if (!dialled.ok || member === undefined) throw new Error(`not connected: ${JSON.stringify(dialled)}`);
    const { client } = member;
    const { name } = await client.hello();
    if (name === undefined) await client.request({ t: "register", name: person.name }, person.credential);
    const { waiting } = await client.request({ t: "sync" });
    member.waiting = waiting ?? 0;
    return member;
  }

  async found(name: string, nonce: Uint8Array): Promise<void> {
    const admins = [encodeId(this.person.identity.public)];
    const given = { open: true, announcement: false, closed: false, history: 0, barred: [] };
    const rules = encodeRules({ name, admins, ...given });
    const info = random(BODY_BYTES);
    const sizes = { rules: rules.length, info: info.length };
    const request = { t: "found" as const, log: this.#log, nonce: encodeId(nonce), ...sizes };
    await this.client.request(request, Buffer.concat([rules, info]));
  }

  async add(added: readonly DeviceId[], epoch: number): Promise<void> {
    const commit = encodeTold({ added, removed: [] }, random(BODY_BYTES));
    const info = random(BODY_BYTES);
    const welcomes = added.map((device) => ({ device, id: encodeId(random(16)), size: BODY_BYTES }));
    const sizes = { commit: commit.length, info: info.length, welcomes };
    const request = { t: "commit" as const, log: this.#log, id: encodeId(random(16)), epoch, ...sizes };
    await this.client.request(request, Buffer.concat([commit, info, random(BODY_BYTES * added.length)]));
  }

  /** Resolves when it has the commit that began this epoch. */
  admitted(epoch: number): Promise<void> {
    this.#lastCommit = epoch;
    if (this.#seq >= epoch) this.#admitted.resolve();
    return this.#admitted.promise;
  }

  begin(heard: (n: number) => void): void {
    this.#heard = heard;
  }

  write(body: Uint8Array, epoch: number, accepted: () => void = () => {}): void {
    const request = { t: "append" as const, log: this.#log, id: encodeId(random(16)), epoch };
    const n = u32(body, 0);
    this.#own.add(n);
    this.client.ask({ ...request, cursor: this.#seq }, body, ({ seq = 0, stands }) => {
      if (stands === true) {
        this.#seq = seq;
        this.#own.delete(n);
      } // else its own entry comes, too
      accepted();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.client.close();
  }

  data(chunk: Uint8Array): void {
    if (this.#heard === undefined) this.client.data(chunk);
    else this.#scanner.push(chunk, this.#frame);
  }

  drained(): void {
    this.client.drained();
  }

  ended(...[end]: Parameters<LinkHandler["ended"]>): void {
    this.client.ended(end);
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const header = start + 2;
    // Of all that a server sends, no other type has these letters there.
    const isEntry = bytes[header + TYPE_AT] === E && bytes[header + TYPE_AT + 4] === Y;
    // What is no entry is for the client, as a chunk of its own.
    if (!isEntry) return this.client.data(bytes.subarray(start - 4, end));
    if (bytes[header + LOG_END_AT] !== QUOTE) throw new Error("an entry of another log");
    const seq = numberAt(bytes, header + SEQ_AT);
    if (seq <= this.#seq) throw new Error("an entry came twice, or out of order");
    this.#seq = seq;
    this.#timer ??= setTimeout(() => this.#acknowledge(), GATHER);
    const n = u32(bytes, header + u16(bytes, start));
    if (!this.#own.delete(n)) this.#heard?.(n);
  }

  #acknowledge(): void {
    this.#timer = undefined;
    this.client.acknowledge(this.#log, this.#seq);
  }

  #notices(notices: readonly Header[]): void {
    for (const { t, log, seq = 0 } of notices) {
      if (t !== "entry") continue;
      this.client.acknowledge(log ?? "", seq);
      if (log === this.#log) this.#seq = seq;
    }
    if (this.#seq >= this.#lastCommit) this.#admitted.resolve();
  }
}
