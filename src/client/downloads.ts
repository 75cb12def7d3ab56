// Files on their way here over one connection: fetched a few chunks ahead, opened and written chunk by chunk beside their
// place, named when whole, and what the server is told of it. Must not know how a chunk is sealed, nor who sent it.

import { CHUNK, chunkCount } from "../domain/chunks.ts";
import type { BlobId } from "../domain/id.ts";
import { numberedFileName } from "../files/file-name.ts";
import { sha256 } from "../files/hashing.ts";
import { openFile } from "../files/opening.ts";
import { type FileShelf, type Part, ShelfFailure } from "../ports/file-shelf.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal.ts";
import type { Connection } from "./connection.ts";
import type { FailureReason } from "./failure-reason.ts";
import { Fetching } from "./fetching.ts";
import { FewAtOnce } from "./few-at-once.ts";
import { Lasting } from "./lasting.ts";
import { Pauses } from "./pauses.ts";
import { type Progress, progressOf } from "./progress.ts";
import type { ClientState } from "./state.ts";
import type { Incoming } from "./transfer-record.ts";

/** Files received at once, chunks of each opened at once. */
const FILES = 3;
const OPENED = 2;
/** Bytes of the disk that are left free. */
const MARGIN = 64 * 1024 * 1024;
/** Names that are tried before it is given up: `name (999).ext`. */
const NAMES = 1000;

/** What has become of it: the part is the file; it cannot be had now, or at all; it is not what it was said to be. */
type Come =
  | "whole"
  | "over"
  | { readonly later: RefusalCode }
  | { readonly failed: FailureReason; readonly useless?: boolean };

export class Downloads {
  readonly #state: ClientState;
  readonly #shelf: FileShelf;
  readonly #connection: Connection;
  readonly #fetching: Fetching;
  readonly #files: FewAtOnce;
  readonly #progress: Progress;
  readonly #fault: (error: unknown) => void;
  readonly #pauses: Pauses;
  #over = false;

  constructor(state: ClientState, shelf: FileShelf, connection: Connection, fault: (error: unknown) => void) {
    this.#state = state;
    this.#shelf = shelf;
    this.#connection = connection;
    this.#fault = fault;
    this.#fetching = new Fetching(connection, state.clock);
    this.#files = new FewAtOnce(FILES, (key) => this.#receive(key), fault);
    this.#progress = progressOf(state);
    this.#pauses = new Pauses(state.clock);
  }

  /** What was begun on earlier connections goes on. */
  start(): void {
    for (const { key } of this.#state.transfers.incoming()) this.look(key);
  }

  stop(): void {
    this.#over = true;
    this.#fetching.stop();
    this.#files.stop();
    this.#pauses.end();
  }

  /** Something about it has changed. */
  look(key: string): void {
    const record = this.#state.transfers.get(key);
    if (record?.way !== "in" || this.#over) return;
    if (record.state === "receiving") this.#files.ask(key);
    else if (record.settle !== undefined) this.#settle(record).catch(this.#fault);
  }

  /** There is more of it. */
  arrived(blob: BlobId, chunks: number): void {
    this.#fetching.arrived(blob, chunks);
  }

  /** The server does not have it any more. */
  gone(blob: BlobId): void {
    for (const record of this.#state.transfers.ofBlob(blob))
      if (record.way === "in")
        this.#fail(record.key, { failed: "taken-back", useless: true }).catch(this.#fault);
  }

  async #receive(key: string): Promise<void> {
    for (let isAnew = false; ;) {
      const record = this.#state.transfers.get(key);
      if (!this.#isWanted(record)) return;
      const come = await this.#attempt(record, isAnew);
      if (come === "over") return await this.#sweep(record);
      if (come === "whole") return await this.#place(key);
      if ("later" in come) {
        this.#state.emit(this.#state.transfers.told(record, come.later));
        await this.#pauses.one();
        continue;
      }
      // What lay here from before may have suffered, as when the power was lost: all of it comes once more.
      if (come.failed !== "wrong-hash" || come.useless === true) return await this.#fail(key, come);
      isAnew = true;
    }
  }

  #isWanted(record: ReturnType<ClientState["transfers"]["get"]>): record is Incoming & { folder: string } {
    return !this.#over && record?.way === "in" && record.state === "receiving" && record.folder !== undefined;
  }

  async #attempt(record: Incoming & { folder: string }, isAnew: boolean): Promise<Come> {
    if (record.placing !== undefined) return "whole";
    try {
      const part = await this.#shelf.part(record.folder, record.key);
      try {
        return await this.#fill(record, part, isAnew);
      } finally {
        await part.close();
      }
    } catch (error) {
      if (error instanceof ShelfFailure) return { failed: error.reason };
      throw error;
    }
  }

  async #fill(record: Incoming & { folder: string }, part: Part, isAnew: boolean): Promise<Come> {
    const { key, folder, size, name, file } = record;
    const count = chunkCount(size);
    const kept = isAnew ? 0 : part.size >= size ? count : Math.floor(part.size / CHUNK);
    // An empty file is fetched as any other: its one chunk says that it is.
    const from = size === 0 ? 0 : kept;
    const start = Math.min(size, from * CHUNK);
    if (part.size > start) await part.shorten(start);
    if ((await this.#shelf.free(folder)) < size - start + MARGIN) return { failed: "disk-full" };
    const hasher = sha256();
    for (let at = 0; at < start; at += CHUNK) hasher.update(await part.read(at, Math.min(CHUNK, start - at)));
    this.#progress.reach(key, from, size);
    const chunks = this.#fetching.chunks(file.blob, from, count);
    const opening = { file: { name, size, ...file }, from, hasher, atOnce: OPENED };
    const lasting = new Lasting(part);
    for await (const opened of openFile(opening, chunks)) {
      if (!this.#isWanted(this.#state.transfers.get(key))) return "over";
      switch (opened.state) {
        case "chunk":
          await part.write(opened.index * CHUNK, opened.bytes);
          await lasting.wrote();
          this.#progress.reach(key, opened.index + 1, size);
          break;
        case "whole":
          await lasting.end();
          return "whole";
        case "failed": {
          // If nothing lay here from before, it is the sender's word that is wrong.
          if (opened.fault === "wrong-hash") return { failed: "wrong-hash", useless: from === 0 };
          if (opened.fault === "altered-chunk") return { failed: "altered-chunk" };
          const { refused } = chunks;
          if (refused === undefined || refused === "offline") return "over";
          if (REFUSALS[refused].again) return { later: refused };
          return {
            failed: refused === "no-such-blob" ? "taken-back" : refused,
            useless: refused === "no-such-blob",
          };
        }
      }
    }
    throw new Error("downloads: a file without an end");
  }

  /** Nothing half remains of what is not wanted any more. */
  async #sweep({ key, folder }: Incoming & { folder: string }): Promise<void> {
    const now = this.#state.transfers.get(key);
    if (now?.state === "cancelled" || now?.reason === "taken-back")
      await removePart(this.#shelf, folder, key);
  }

  /** It gets a name that nothing in the folder has; which one is written down before. */
  async #place(key: string): Promise<void> {
    const { transfers } = this.#state;
    for (let number = 0; number < NAMES; number++) {
      const record = transfers.get(key);
      if (record?.way !== "in" || record.folder === undefined || record.state !== "receiving") return;
      const { folder, placing, reason: _, ...rest } = record;
      const name = placing ?? (number === 0 ? rest.name : numberedFileName(rest.name, number));
      if (placing === undefined) await this.#put({ ...record, placing: name });
      const placed = await this.#tryPlace(record.folder, key, name);
      if (placed instanceof ShelfFailure) return await this.#fail(key, { failed: placed.reason });
      // Unless an earlier process has placed it, it must be there.
      if (placed === "no-part" && placing === undefined)
        return await this.#fail(key, { failed: "disk-failed" });
      if (placed !== "taken") {
        const path = this.#shelf.pathOf(folder, name);
        await this.#put({ ...rest, folder, state: "received", path, settle: "got" });
        return this.look(key);
      }
      const { placing: __, ...again } = record;
      await this.#put(again);
    }
    await this.#fail(key, { failed: "folder-unwritable" });
  }

  async #tryPlace(
    folder: string,
    key: string,
    name: string,
  ): Promise<"placed" | "taken" | "no-part" | ShelfFailure> {
    try {
      return await this.#shelf.place(folder, key, name);
    } catch (error) {
      if (error instanceof ShelfFailure) return error;
      throw error;
    }
  }

  /** The server is told, until it says that it has heard it. */
  async #settle({ key, file, settle }: Incoming): Promise<void> {
    // Somebody else's message may tell of the same chunks: what is refused is this one.
    const isWantedElsewhere = this.#state.transfers
      .ofBlob(file.blob)
      .some(({ state }) => state === "offered" || state === "receiving" || state === "failed");
    if (settle === "declined" && isWantedElsewhere) return;
    const declined = settle === "declined" ? { declined: true } : {};
    const reply = await this.#connection.request({ t: "got", blob: file.blob, ...declined });
    if (!reply.ok && reply.refused === "offline") return; // the next connection sees to it
    if (!reply.ok && REFUSALS[reply.refused].again) {
      await this.#pauses.one();
      return this.look(key);
    }
    const record = this.#state.transfers.get(key);
    if (record?.way !== "in" || record.settle !== settle) return;
    const { settle: _, ...settled } = record;
    await this.#put(settled);
  }

  async #fail(
    key: string,
    { failed: reason, useless = false }: Extract<Come, { failed: unknown }>,
  ): Promise<void> {
    const record = this.#state.transfers.get(key);
    if (record?.way !== "in" || (record.state !== "receiving" && record.state !== "offered")) return;
    const { placing: _, ...rest } = record;
    await this.#put({ ...rest, state: "failed", reason });
    if (!useless || record.folder === undefined) return;
    await removePart(this.#shelf, record.folder, key);
  }

  /** As long as it is not something else by then, it is this. */
  #put(changed: Incoming): Promise<void> {
    const { serial, transfers } = this.#state;
    return serial.run(() => {
      const { state } = transfers.get(changed.key) ?? {};
      // The user has cancelled it meanwhile.
      if (state === "cancelled" && changed.state !== "cancelled") return;
      const { writes, events } = transfers.put(changed);
      this.#state.commit(writes, state === changed.state ? [] : events);
    });
  }
}

/** What cannot be removed is left: there is nobody to be told who could do more. */
export async function removePart(shelf: FileShelf, folder: string, key: string): Promise<void> {
  try {
    await shelf.removePart(folder, key);
  } catch (error) {
    if (!(error instanceof ShelfFailure)) throw error;
  }
}
