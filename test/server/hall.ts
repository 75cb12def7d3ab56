// The server's core with clients that speak the bare protocol to it, well or badly, and a clock that obeys.

import { directLog } from "../../src/domain/direct-log.ts";
import { encodeId } from "../../src/domain/id.ts";
import { generateIdentity, type Identity, issueCredential } from "../../src/mls/identity.ts";
import { StoreFailure } from "../../src/ports.ts";
import { Server, type ServerSettings } from "../../src/server/server.ts";
import { BlobsMemory, type DurableBlobs } from "../../src/store/blobs-memory.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { decodeServerMessage, encodeMessage } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import type { ClientRequest, ServerAnswer, ServerMessage } from "../../src/wire/messages.ts";
import { network, type Pipe } from "../sim/network.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

type Unnumbered<M> = M extends unknown ? Omit<M, "re"> : never;
const INFO = Buffer.from("GroupInfo");
const NOTHING = new Uint8Array(0);

export type Asked = Unnumbered<ClientRequest>;
type Kind = ServerMessage["t"];

export const SECRET = new Uint8Array(16).fill(9);
const bytes = (n: number) => crypto.getRandomValues(new Uint8Array(n));
export const messageId = () => encodeId(bytes(16));
export const key = () => generateIdentity(bytes);

/** A link as the client sees it: what it sends, and all that came. */
export class Raw {
  readonly device: Identity;
  readonly got: { message: ServerMessage; body: Uint8Array }[] = [];
  ended = false;
  pipes: { client: Pipe; server: Pipe } | undefined;
  #re = 0;
  readonly #reader = new FrameReader(MAX_FRAME);
  readonly #quiet: () => Promise<void>;

  constructor(device: Identity, quiet: () => Promise<void>) {
    this.device = device;
    this.#quiet = quiet;
  }

  get id(): string {
    return encodeId(this.device.public);
  }

  data(chunk: Uint8Array): void {
    const frames: Frame[] = [];
    this.#reader.push(chunk, frames);
    for (const frame of frames) {
      const decoded = decodeServerMessage(frame);
      if (!decoded.ok) throw new Error(`the server sent what is no message: ${frame.header}`);
      this.got.push({ message: decoded.message, body: decoded.body });
    }
  }

  /** Sends and does not wait; answers the number it gave the request. */
  /** A `create` gets its GroupInfo here, which no server looks into. */
  tell(request: Asked, given?: Uint8Array): number {
    const re = (this.#re += 1);
    const body = request.t === "create" ? Buffer.concat([given ?? NOTHING, INFO]) : given;
    this.pipes?.client.send(encodeMessage({ ...request, re }, body));
    return re;
  }

  ack(log: string, seq: number): void {
    this.pipes?.client.send(encodeMessage({ t: "ack", log, seq }));
  }

  whisper(log: string, body: Uint8Array): void {
    this.pipes?.client.send(encodeMessage({ t: "whisper", log }, body));
  }

  raw(frame: Uint8Array): void {
    this.pipes?.client.send(frame);
  }

  /** The answer to a request, once all has come to rest. */
  async ask(request: Asked, body?: Uint8Array): Promise<ServerAnswer> {
    const re = this.tell(request, body);
    await this.#quiet();
    // What takes the store several looks may seem to be at rest in between.
    if (!this.got.some(({ message }) => "re" in message && message.re === re)) await this.#quiet();
    return this.answer(re);
  }

  /** The one answer to a request. */
  answer(re: number): ServerAnswer {
    const answers = this.got.flatMap(({ message }) =>
      "re" in message && message.re === re ? [message] : [],
    );
    const [only] = answers;
    if (only === undefined || answers.length > 1)
      throw new Error(`${answers.length} answers to request ${re}`);
    return only;
  }

  /** All of one kind that came, in order. */
  all<T extends Kind>(t: T): Extract<ServerMessage, { t: T }>[] {
    return this.got.flatMap(({ message }) =>
      message.t === t ? [message as Extract<ServerMessage, { t: T }>] : [],
    );
  }

  /** What the link was ended with, when it was. */
  bye(): string | undefined {
    return this.all("bye")[0]?.code;
  }

  hello(): Promise<ServerAnswer> {
    return this.ask({ t: "hello", versions: [1], agent: "raw" });
  }
}

export interface Person {
  readonly name: string;
  readonly identity: Identity;
  readonly device: Identity;
}

export function person(name: string): Person {
  return { name, identity: key(), device: key() };
}

export function credential({ name, identity, device }: Person): Uint8Array {
  return issueCredential(identity, { name, device: device.public, signatureKey: key().public });
}

export function hall(
  durable = new DurableMemory(),
  settings: Pick<ServerSettings, "retention" | "quota" | "files" | "inviteOnly"> = {},
  chunks: DurableBlobs = new Map(),
  capacity?: number,
) {
  const clock = new VirtualClock();
  let fault: StoreFailure | undefined;
  /** While the disk is slow, what it was asked for. */
  let held: (() => void)[] | undefined;
  const schedule = (run: () => void) => (held === undefined ? void setImmediate(run) : void held.push(run));
  /** What a disk cannot take it can still give, unless it is broken. */
  const isBroken = (writes: boolean) => writes || (fault?.reason !== "full" && fault?.reason !== "read-only");
  const store = new ServerMemory(durable, {
    fault: (writes) => (isBroken(writes) ? fault : undefined),
    schedule,
  });
  let blobFault: StoreFailure | undefined;
  const blobs = new BlobsMemory(chunks, {
    schedule,
    fault: () => blobFault,
    ...(capacity === undefined ? {} : { capacity }),
  });
  const logged: string[] = [];
  const server = new Server(
    {
      store,
      blobs,
      clock,
      log: (level, event, fields) => logged.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`),
    },
    { ...settings, className: "CSCE 513", secret: SECRET },
  );
  const net = network((link) => server.accept(link), key().public);

  function connect(device: Identity = key(), local = true): Raw {
    const raw = new Raw(device, () => net.quiet());
    raw.pipes = net.connect(
      device.public,
      () => ({ data: (chunk) => raw.data(chunk), drained: () => {}, ended: () => (raw.ended = true) }),
      local,
    );
    return raw;
  }

  /** Comes in, registers where that is needed, and synchronises. */
  async function enter(who: Person, options: { presence?: boolean; sync?: boolean } = {}): Promise<Raw> {
    const raw = connect(who.device);
    const welcome = await raw.hello();
    if (welcome.t !== "welcome") throw new Error(`hello: ${JSON.stringify(welcome)}`);
    if (welcome.name === undefined) await raw.ask({ t: "register", name: who.name }, credential(who));
    if (options.sync !== false) await raw.ask({ t: "sync", presence: options.presence ?? false });
    return raw;
  }

  /** Two people with a log of their own; both are here. */
  async function pair() {
    const [alice, bob] = [person("alice"), person("bob")];
    const [a, b] = [await enter(alice), await enter(bob)];
    const log = directLog(alice.identity.public, bob.identity.public);
    const made = await a.ask(create(log, "bob", [b.id]), new Uint8Array(4));
    if (made.t !== "created") throw new Error(`create: ${JSON.stringify(made)}`);
    return { alice, bob, a, b, log };
  }

  return {
    server,
    store,
    durable,
    blobs,
    chunks,
    clock,
    net,
    logged,
    connect,
    enter,
    pair,
    /** From now on the disk answers nothing, until it is told to go on. */
    holdDisk: () => {
      held ??= [];
    },
    freeDisk: () => {
      const runs = held ?? [];
      held = undefined;
      for (const run of runs) run();
    },
    /** The disk of the chunks alone. */
    breakBlobs: (reason: StoreFailure["reason"] | undefined) => {
      blobFault = reason === undefined ? undefined : new StoreFailure(reason);
    },
    breakDisk: (reason: StoreFailure["reason"] | undefined) => {
      fault = reason === undefined ? undefined : new StoreFailure(reason);
    },
  };
}

/** A request for a log, with a Welcome of four bytes for each of these devices. */
export function create(log: string, name: string, devices: readonly string[]): Asked & { t: "create" } {
  return {
    t: "create",
    log,
    with: name,
    info: INFO.length,
    welcomes: devices.map((device) => ({ device, id: messageId(), size: 4 })),
  };
}

export function append(log: string, id = messageId(), epoch = 1): Asked & { t: "append" } {
  return { t: "append", log, id, epoch };
}

export const text = (words: string) => new TextEncoder().encode(words);
