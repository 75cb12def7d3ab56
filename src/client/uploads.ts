// Files on their way to the server over one connection: begun before the message that tells of them, then chunk after
// chunk from where the server has come to, and who has them. Must not know who they are for.

import { chunkCount, sealedSize } from "../domain/chunks.ts";
import type { BlobId, LogId } from "../domain/id.ts";
import { encodeId } from "../domain/id.ts";
import { inOrder } from "../files/in-order.ts";
import { FILE_KEY_BYTES, fileKey } from "../files/sealing.ts";
import { type FileShelf, ShelfFailure } from "../ports/file-shelf.ts";
import { CHUNK_WINDOW } from "../wire/limits.ts";
import type { ServerNotice } from "../wire/messages.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal.ts";
import { ChunkWindow } from "./chunk-window.ts";
import type { Connection, Reply } from "./connection.ts";
import type { FailureReason } from "./failure-reason.ts";
import { FewAtOnce } from "./few-at-once.ts";
import { Pauses } from "./pauses.ts";
import { progressOf, type Progress } from "./progress.ts";
import { checksOf, chunksFrom, FileChanged } from "./reading-files.ts";
import type { ClientState } from "./state.ts";
import type { FileKeys, Outgoing } from "./transfer-record.ts";

/** Files sent at once, chunks of each sealed at once. */
const FILES = 3;
const SEALED = 2;
/** Bytes waiting in the link beyond which no chunk is added: those of a few messages. */
const LOW = 64 * 1024;

export type Begun =
  | { readonly is: "begun"; readonly record: Outgoing }
  | { readonly is: "later"; readonly why: RefusalCode | undefined }
  | { readonly is: "failed"; readonly reason: FailureReason };

/** What has become of the chunks: all are there; what is here is not the file; to be begun anew, at once or later. */
type Come =
  | "whole"
  | "over"
  | { readonly anew: number }
  | { readonly later: RefusalCode }
  | { readonly failed: FailureReason };

export class Uploads {
  readonly #state: ClientState;
  readonly #shelf: FileShelf;
  readonly #connection: Connection;
  readonly #window: ChunkWindow;
  readonly #files: FewAtOnce;
  readonly #progress: Progress;
  readonly #fault: (error: unknown) => void;
  readonly #pauses: Pauses;
  readonly #anewed = new Set<string>();
  #over = false;

  constructor(state: ClientState, shelf: FileShelf, connection: Connection, fault: (error: unknown) => void) {
    this.#state = state;
    this.#shelf = shelf;
    this.#connection = connection;
    this.#fault = fault;
    this.#window = new ChunkWindow(state.clock, CHUNK_WINDOW, () => connection.queued <= LOW);
    this.#files = new FewAtOnce(FILES, (key) => this.#send(key), fault);
    this.#progress = progressOf(state);
    this.#pauses = new Pauses(state.clock);
  }

  /** What was begun on earlier connections goes on. */
  start(): void {
    for (const record of this.#state.transfers.outgoing()) this.look(record.key);
  }

  stop(): void {
    this.#over = true;
    this.#window.stop();
    this.#files.stop();
    this.#pauses.end();
  }

  drained(): void {
    this.#window.look();
  }

  /** Something about it has changed. */
  look(key: string): void {
    const record = this.#state.transfers.get(key);
    if (record?.way !== "out" || this.#over) return;
    if (record.cancelling === true) this.#cancel(record).catch(this.#fault);
    else if (record.state === "sending" && record.log !== undefined) this.#files.ask(key);
    else if (record.state === "sent") this.#standing(record).catch(this.#fault);
  }

  /** Run inside the client's queue, before the message that tells of it is sealed for this log. */
  async begin(record: Outgoing, log: LogId): Promise<Begun> {
    const begun = await this.#ask(record, log);
    if (begun.is !== "failed" || begun.reason !== "no-such-blob" || record.file === undefined) return begun;
    // It was begun for a conversation that is no more: the same file goes there under another name and key.
    const { log: _, ...anew } = record;
    return this.#ask({ ...anew, file: this.#anew(record.file) }, log);
  }

  async #ask(record: Outgoing, log: LogId): Promise<Begun> {
    const { file, size } = record;
    if (file === undefined) throw new Error("uploads: not prepared");
    const request = { t: "upload" as const, blob: file.blob, log, size: sealedSize(size) };
    const reply = await this.#state.serial.apart(this.#connection.request(request));
    if (reply.ok) {
      // Elsewhere, or under another name, none of its chunks is there yet.
      const begun: Outgoing = record.log === log ? record : { ...record, log, state: "sending" };
      this.#state.commit(this.#state.transfers.put(begun).writes);
      return { is: "begun", record: begun };
    }
    if (reply.refused === "offline") return { is: "later", why: undefined };
    if (REFUSALS[reply.refused].again) return { is: "later", why: reply.refused };
    return { is: "failed", reason: reply.refused };
  }

  /** Of one of this device's files. */
  taken({ blob, got, declined, of }: Extract<ServerNotice, { t: "taken" }>): void {
    const takers = { got, declined, of };
    for (const { key } of this.#state.transfers.ofBlob(blob)) this.#stands(key, takers, got + declined >= of);
  }

  /** The server does not have it any more. */
  gone(blob: BlobId): void {
    for (const { key } of this.#state.transfers.ofBlob(blob)) this.#fail(key, "taken-back");
  }

  #anew({ sha256 }: FileKeys): FileKeys {
    const { random } = this.#state;
    return { sha256, key: random(FILE_KEY_BYTES), blob: encodeId(random(24)) };
  }

  async #send(key: string): Promise<void> {
    for (let from = -1; ;) {
      const record = this.#state.transfers.get(key);
      if (this.#over || record?.way !== "out" || record.state !== "sending") return;
      const come = await this.#attempt(record);
      if (come === "over") return;
      if (come === "whole") return await this.#whole(key);
      if ("failed" in come) return this.#fail(key, come.failed);
      if (this.#state.transfers.get(key)?.state !== "sending") return; // nobody waits for it any more
      if ("later" in come) this.#state.emit(this.#state.transfers.told(record, come.later));
      // A server that has lost chunks takes more this time; one that never does is asked now and then.
      else if (come.anew > from) {
        from = come.anew;
        continue;
      }
      await this.#pauses.one();
    }
  }

  async #attempt(record: Outgoing): Promise<Come> {
    try {
      return await this.#upload(record);
    } catch (error) {
      if (error instanceof FileChanged) return { failed: "file-changed" };
      if (error instanceof ShelfFailure) return { failed: error.reason };
      throw error;
    }
  }

  async #upload({ key, file, log, path, size, mark }: Outgoing): Promise<Come> {
    if (file === undefined || log === undefined) return "over";
    const { blob } = file;
    const reply = await this.#connection.request({ t: "upload", blob, log, size: sealedSize(size) });
    if (!reply.ok) return refused(reply);
    if (reply.answer.t !== "stored") return { failed: "malformed" };
    const count = chunkCount(size);
    const from = reply.answer.chunks;
    if (from >= count) return "whole";
    let index = from;
    this.#progress.reach(key, index, size);
    const cipher = await fileKey(file.key);
    const { transfers } = this.#state;
    const told = { size, mark, sha256: file.sha256 };
    // A process that has not read the file itself reads it before it goes on.
    const checks = transfers.checks(key) ?? (await checksOf(this.#shelf, path, told));
    transfers.keepChecks(key, checks);
    const expected = { size, mark, checks };
    const sealed = inOrder(chunksFrom(this.#shelf, path, expected, index), SEALED, (bytes, place) => {
      const at = from + place;
      return cipher.seal(at, at === count - 1, bytes);
    });
    const answers: Promise<void>[] = [];
    let come: Come | undefined;
    const isStopped = () => come !== undefined || this.#state.transfers.get(key)?.state !== "sending";
    for await (const body of sealed) {
      const answered = await this.#window.turn();
      if (answered === undefined) come = "over";
      if (answered === undefined || isStopped()) {
        answered?.();
        break;
      }
      const at = index++;
      const { promise, resolve } = Promise.withResolvers<void>();
      answers.push(promise);
      this.#connection.ask({ t: "chunk", blob, index: at }, body, (reply) => {
        answered();
        come ??= this.#stored(key, size, at, reply);
        resolve();
      });
      if (answers.length > CHUNK_WINDOW) await answers.shift();
    }
    await Promise.all(answers);
    return come ?? (index === count ? "whole" : "over");
  }

  /** Undefined: as it should be. */
  #stored(key: string, size: number, at: number, reply: Reply): Come | undefined {
    // Its beginning may not be known to the server any more; if so, it says it then.
    if (!reply.ok && reply.refused === "no-such-blob") return { later: reply.refused };
    if (!reply.ok) return refused(reply);
    if (reply.answer.t !== "stored") return { failed: "malformed" };
    if (reply.answer.chunks <= at) return { anew: reply.answer.chunks };
    this.#progress.reach(key, reply.answer.chunks, size);
    return undefined;
  }

  async #whole(key: string): Promise<void> {
    const { serial, transfers } = this.#state;
    await serial.run(() => {
      const record = transfers.get(key);
      if (record?.way !== "out" || record.state !== "sending") return;
      const { reason: _, ...sent } = record;
      const { writes, events } = transfers.put({ ...sent, state: "sent" });
      this.#state.commit(writes, events);
    });
    this.look(key);
  }

  /** Who has it by now. */
  async #standing({ key, file, size }: Outgoing): Promise<void> {
    if (file === undefined) return;
    const reply = await this.#connection.request({ t: "blob", blob: file.blob });
    if (!reply.ok) return reply.refused === "no-such-blob" ? this.#fail(key, "taken-back") : undefined;
    if (reply.answer.t !== "blob") return;
    const { got, declined, of, chunks, freed = false } = reply.answer;
    // The server has gone back in time: what it had said was there is not.
    if (!freed && chunks < chunkCount(size)) return this.#again(key);
    this.#stands(key, { got, declined, of }, freed || (of > 0 && got + declined >= of));
  }

  #stands(key: string, takers: NonNullable<Outgoing["takers"]>, isAll: boolean): void {
    this.#change(key, (record) => {
      if (record.state !== "sending" && record.state !== "sent") return undefined;
      return { ...record, takers, ...(isAll ? { state: "taken" } : undefined) };
    });
  }

  /** Once on a connection: a server that says now this and now that is not worked for without end. */
  #again(key: string): void {
    if (this.#anewed.has(key)) return;
    this.#anewed.add(key);
    this.#change(key, (record) => (record.state === "sent" ? { ...record, state: "sending" } : undefined));
  }

  #fail(key: string, reason: FailureReason): void {
    this.#change(key, (record) => {
      if (record.state !== "sending" && record.state !== "sent") return undefined;
      // What cannot come to its end is not left to be waited for.
      const cancelling = reason === "file-changed" ? { cancelling: true as const } : undefined;
      return { ...record, state: "failed", reason, ...cancelling };
    });
  }

  async #cancel({ key, file }: Outgoing): Promise<void> {
    const reply =
      file === undefined ? undefined : await this.#connection.request({ t: "cancel", blob: file.blob });
    if (reply !== undefined && !reply.ok && reply.refused === "offline") return; // the next connection sees to it
    if (reply !== undefined && !reply.ok && REFUSALS[reply.refused].again) {
      await this.#pauses.one();
      return this.look(key);
    }
    this.#change(key, (record) => {
      const { cancelling: _, ...cancelled } = record;
      return cancelled;
    });
  }

  #change(key: string, change: (record: Outgoing) => Outgoing | undefined): void {
    const { serial, transfers } = this.#state;
    serial
      .run(() => {
        const record = transfers.get(key);
        const changed = record?.way === "out" ? change(record) : undefined;
        if (changed === undefined) return;
        const { writes, events } = transfers.put(changed);
        this.#state.commit(writes, events);
        const isBack = record?.state === "sent" && changed.state === "sending";
        if (changed.cancelling === true || isBack) this.look(key);
      })
      .catch(this.#fault);
  }
}

function refused({ refused: code }: Extract<Reply, { ok: false }>): Come {
  if (code === "offline") return "over";
  return REFUSALS[code].again ? { later: code } : { failed: code };
}
