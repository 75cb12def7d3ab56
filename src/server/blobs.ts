// Files on the server: who may begin one, add to it, fetch it, take it back; how much is kept, and until when.
// Must not know what is in a chunk, nor where chunks are kept.

import { chunkCount, chunkSize, CHUNK_TAG, sizeOfSealed } from "../domain/chunks.ts";
import type { BlobId, DeviceId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import type { BlobGone, Blobs } from "../ports/blobs.ts";
import type { Quota, ServerStore } from "../ports/server-store.ts";
import { CHUNK_WINDOW } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import type { Answer } from "./directory.ts";
import { Fetching } from "./fetching.ts";
import type { Session } from "./session.ts";

export interface FileLimits {
  /** Bytes of the largest file. */
  readonly size: number;
  /** What one person may have here that not everyone has yet: files, and their bytes. */
  readonly ofOne: Quota;
  /** Bytes of all files together. */
  readonly inAll: number;
}

const GIB = 1024 ** 3;
/** Unless the settings say otherwise. */
export const FILE_LIMITS: FileLimits = {
  size: 2 * GIB,
  ofOne: { entries: 500, bytes: 8 * GIB },
  inAll: 256 * GIB,
};

/** Bytes of the disk that no file may take: messages go on when there is no room for files. */
const MARGIN = GIB / 4;
/** How long a file is kept that no message tells of, how often stray chunks are looked for; ms. */
const UNTOLD = 24 * 3_600_000;
const STRAYS_EVERY = 3_600_000;
/** How long it is believed that a device may fetch a file, ms; who leaves a log is noticed at once, who is removed from
 * the class from outside of this process no later than that. */
const PERMIT = 5_000;

type Request<T extends string> = Extract<ClientMessage, { t: T }>;
export type FileRequest = Request<"upload" | "chunk" | "fetch" | "blob" | "got" | "cancel">;

/** A file that a session has begun, or gone on with. */
interface Upload {
  readonly session: Session;
  /** Bytes of the file. */
  readonly size: number;
}

interface Permit {
  readonly chunks: number;
  readonly until: number;
}

export interface DepotPorts {
  readonly store: ServerStore;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly sessionOf: (device: DeviceId) => Session | undefined;
  /** The disk's fault, or a bug: it is reported, and this is what is said of it. */
  readonly fault: (error: unknown) => RefusalCode;
}

export class Depot {
  readonly #ports: DepotPorts;
  readonly #limits: FileLimits;
  readonly #fetching: Fetching;
  readonly #uploads = new Map<BlobId, Upload>();
  /** How many chunks of a session are being written. */
  readonly #writing = new Map<Session, number>();
  readonly #permits = new Map<Session, Map<BlobId, Permit>>();
  #strays = 0;
  /** How often somebody has left a log. */
  #departures = 0;

  constructor(ports: DepotPorts, limits: FileLimits) {
    this.#ports = ports;
    this.#limits = limits;
    this.#fetching = new Fetching(ports.blobs, ports.fault);
  }

  /** Undefined: the answer comes by itself, later. */
  async answer(session: Session, m: FileRequest, body: Uint8Array): Promise<Answer | undefined> {
    switch (m.t) {
      case "upload":
        return this.#upload(session, m);
      case "chunk":
        return this.#chunk(session, m, body);
      case "fetch":
        return this.#hand(session, m);
      case "blob":
        return this.#describe(session, m);
      case "got":
        return this.#got(session, m);
      case "cancel":
        return this.#cancel(session, m);
    }
  }

  /** The link has room again. */
  drained(session: Session): void {
    this.#fetching.drained(session);
  }

  /** It is in a log less. */
  left(session: Session): void {
    this.#departures += 1;
    this.#permits.delete(session);
  }

  ended(session: Session): void {
    this.#fetching.ended(session);
    this.#writing.delete(session);
    this.#permits.delete(session);
    for (const [blob, upload] of this.#uploads) if (upload.session === session) this.#uploads.delete(blob);
  }

  /** To be called every few seconds. `before` (ms since 1970): older files are deleted; undefined while no clock is believed. */
  async tidy(before: number | undefined): Promise<void> {
    const { store, blobs, clock } = this.#ports;
    const now = clock.now();
    const { freed, gone } = await store.blobs.tidy(before ?? 0, before === undefined ? 0 : now - UNTOLD);
    for (const blob of freed) await this.#drop(blob);
    for (const one of gone) await this.#gone(one);
    if (Math.abs(now - this.#strays) < STRAYS_EVERY) return;
    // What a crash has left between the register and the disk.
    for (const blob of await store.blobs.strays(await blobs.list())) await blobs.remove(blob);
    this.#strays = now;
  }

  async #upload(session: Session, { re, blob, log, size }: Request<"upload">): Promise<Answer> {
    const { store, blobs, clock } = this.#ports;
    const plain = sizeOfSealed(size);
    if (plain === undefined) return { refused: "malformed" };
    if (plain > this.#limits.size) return { refused: "too-large-file" };
    const { used, free } = await blobs.space();
    const { ofOne, inAll } = this.#limits;
    const begun = await store.blobs.begin(
      { blob, log, sender: session.device, size, time: clock.now() },
      // Against what all that was begun will take, not what it takes now.
      { ofOne, inAll: Math.min(inAll, used + free - MARGIN) },
    );
    switch (begun) {
      case "begun":
      case "known": {
        if (session.open) this.#uploads.set(blob, { session, size: plain });
        return { answer: { t: "stored", re, chunks: await blobs.count(blob) } };
      }
      case "freed":
        return { answer: { t: "stored", re, chunks: chunkCount(plain) } };
      case "not-member":
        return { refused: "not-member" };
      case "taken":
        return { refused: "no-such-blob" };
      case "quota":
        return { refused: "file-quota" };
      case "no-room":
        return { refused: "no-space" };
    }
  }

  async #chunk(session: Session, m: Request<"chunk">, body: Uint8Array): Promise<Answer> {
    const { re, blob, index } = m;
    const upload = this.#uploads.get(blob);
    if (upload?.session !== session) return { refused: "no-such-blob" };
    const { size } = upload;
    if (index >= chunkCount(size) || body.length !== chunkSize(size, index) + CHUNK_TAG)
      return { refused: "malformed" };
    const writing = this.#writing.get(session) ?? 0;
    if (writing >= CHUNK_WINDOW) return { refused: "too-many" };
    this.#writing.set(session, writing + 1);
    try {
      const chunks = await this.#ports.blobs.append(blob, index, body);
      if (chunks > index) this.#fetching.arrived(blob, chunks);
      return { answer: { t: "stored", re, chunks } };
    } finally {
      const left = this.#writing.get(session);
      if (left !== undefined) this.#writing.set(session, left - 1);
    }
  }

  async #hand(session: Session, { re, blob, index }: Request<"fetch">): Promise<Answer | undefined> {
    const chunks = await this.#permitted(session, blob);
    if (chunks === undefined) return { refused: "no-such-blob" };
    if (index >= chunks) return { refused: "malformed" };
    if (session.open) this.#fetching.ask(session, { re, blob, index });
    return undefined;
  }

  /** How many chunks there will be of a blob that the session may fetch. */
  async #permitted(session: Session, blob: BlobId): Promise<number | undefined> {
    const { store, clock } = this.#ports;
    const permits = this.#permits.get(session) ?? new Map<BlobId, Permit>();
    const permit = permits.get(blob);
    const now = clock.now();
    // A clock that was set back makes no permit longer.
    if (permit !== undefined && now < permit.until && permit.until - now <= PERMIT) return permit.chunks;
    const departures = this.#departures;
    const record = await store.blobs.find(blob, session.device);
    const size = record === undefined || record.freed ? undefined : sizeOfSealed(record.size);
    if (size === undefined) {
      permits.delete(blob);
      return undefined;
    }
    // What was looked up before somebody left is good for this once.
    if (!session.open || departures !== this.#departures) return chunkCount(size);
    permits.set(blob, { chunks: chunkCount(size), until: now + PERMIT });
    this.#permits.set(session, permits);
    return chunkCount(size);
  }

  async #describe(session: Session, { re, blob }: Request<"blob">): Promise<Answer> {
    const record = await this.#ports.store.blobs.find(blob, session.device);
    if (record === undefined) return { refused: "no-such-blob" };
    const { log, size, got, declined, of, freed } = record;
    const chunks = freed ? 0 : await this.#ports.blobs.count(blob);
    const standing = { log, size, chunks, got, declined, of, ...(freed ? { freed } : {}) };
    return { answer: { t: "blob", re, ...standing } };
  }

  async #got(session: Session, { re, blob, declined = false }: Request<"got">): Promise<Answer> {
    const { store, sessionOf } = this.#ports;
    const settled = await store.blobs.settle(blob, session.device, declined);
    if (settled === undefined) {
      // Whoever came to the log later may fetch it, and is not waited for.
      const record = await store.blobs.find(blob, session.device);
      return record === undefined ? { refused: "no-such-blob" } : { answer: { t: "noted", re } };
    }
    const { record, changed } = settled;
    if (changed) {
      const { got, declined, of } = record;
      sessionOf(record.sender)?.send({ t: "taken", blob, got, declined, of });
      if (record.freed) await this.#drop(blob);
    }
    return { answer: { t: "noted", re } };
  }

  async #cancel(session: Session, { re, blob }: Request<"cancel">): Promise<Answer> {
    const gone = await this.#ports.store.blobs.cancel(blob, session.device);
    if (gone === undefined) return { refused: "no-such-blob" };
    await this.#gone({ blob, devices: gone.devices.filter((device) => device !== session.device) });
    return { answer: { t: "noted", re } };
  }

  async #gone({ blob, devices }: BlobGone): Promise<void> {
    for (const device of devices) this.#ports.sessionOf(device)?.send({ t: "gone", blob });
    await this.#drop(blob);
  }

  /** The register has let it go; what stays on a disk that fails is stray. */
  async #drop(blob: BlobId): Promise<void> {
    this.#uploads.delete(blob);
    for (const permits of this.#permits.values()) permits.delete(blob);
    this.#fetching.forget(blob);
    try {
      await this.#ports.blobs.remove(blob);
    } catch (error) {
      this.#ports.fault(error);
      this.#strays = 0;
    }
  }
}
