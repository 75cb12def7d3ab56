// What a user does with files: sends them, takes or refuses them, ends them, goes on with them. What is begun is kept
// first; the connection there is, if there is one, sees to the rest. Must not know how chunks travel.

import { MAX_FILE } from "../domain/chunks.ts";
import { encodeId } from "../domain/id.ts";
import { safeFileName } from "../files/file-name.ts";
import { FILE_KEY_BYTES } from "../files/sealing.ts";
import { type FileShelf, ShelfFailure, type Stamp } from "../ports/file-shelf.ts";
import { removePart } from "./downloads.ts";
import type { Asked } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { FewAtOnce } from "./few-at-once.ts";
import { giveUp } from "./forsaken.ts";
import { FileChanged, readWhole, type Whole } from "./reading-files.ts";
import type { Recipient } from "./recipient.ts";
import type { ClientState } from "./state.ts";
import type { Changed } from "./transfer-book.ts";
import type { Incoming, Outgoing, TransferRecord } from "./transfer-record.ts";
import type { Downloads, Transfer, TransferAction } from "./transfer-view.ts";

/** What is done about it where there is a connection. */
export interface TransferEvents {
  /** There is a message to be sent. */
  written(): void;
  /** Something about it has changed. */
  look(key: string): void;
  fault(error: unknown): void;
}

export class Transfers {
  readonly #state: ClientState;
  readonly #shelf: FileShelf;
  readonly #events: TransferEvents;
  readonly #preparing: FewAtOnce;

  constructor(state: ClientState, shelf: FileShelf, events: TransferEvents) {
    this.#state = state;
    this.#shelf = shelf;
    this.#events = events;
    this.#preparing = new FewAtOnce(
      1,
      (key) => this.#prepare(key),
      (error) => events.fault(error),
    );
  }

  /** What an earlier process had begun to read. */
  start(): void {
    for (const { key, state } of this.#state.transfers.outgoing())
      if (state === "preparing") this.#preparing.ask(key);
  }

  stop(): void {
    this.#preparing.stop();
  }

  async send({ to, fold }: Recipient, path: string): Promise<Asked<Transfer>> {
    const stamp = await this.#stampOf(path);
    if (typeof stamp === "string") return { ok: false, reason: stamp };
    return this.#state.serial.run(() => {
      const { transfers, profile } = this.#state;
      const { size, mark } = stamp;
      const name = safeFileName(path);
      const id = this.#state.messageId();
      const whom = { conversation: to, fold, sender: profile.name };
      const begun = transfers.begin({ way: "out", state: "preparing", id, ...whom, name, size, path, mark });
      this.#commit(begun);
      this.#preparing.ask(begun.key);
      return this.#answer(begun.key);
    });
  }

  list(): Promise<readonly Transfer[]> {
    const { serial, transfers } = this.#state;
    return serial.run(() => transfers.all().map((record) => transfers.view(record)));
  }

  receiveInto(downloads: Downloads): Promise<void> {
    return this.#state.serial.run(() => void (this.#state.downloads = downloads));
  }

  async change(which: string, action: TransferAction): Promise<Asked<Transfer>> {
    const found = await this.#state.serial.run(() => this.#state.transfers.find(which));
    if (found === undefined) return { ok: false, reason: "no-such-transfer" };
    const stamp = found.way === "out" && action === "resume" ? await this.#stampOf(found.path) : undefined;
    if (typeof stamp === "string") return { ok: false, reason: stamp };
    const answer = await this.#state.serial.run(() => {
      const record = this.#state.transfers.get(found.key);
      const changed = record === undefined ? undefined : this.#changed(record, action, stamp);
      if (record === undefined || changed === undefined) return { ok: false, reason: "not-now" } as const;
      this.#commit(changed);
      return this.#answer(record.key);
    });
    if (!answer.ok) return answer;
    await this.#follow(found.key);
    return answer;
  }

  #changed(record: TransferRecord, action: TransferAction, stamp: Stamp | undefined): Changed | undefined {
    if (record.way === "out") {
      if (action === "cancel") return this.#cancelled(record);
      return action === "resume" && stamp !== undefined ? this.#resumed(record, stamp) : undefined;
    }
    const { transfers, downloads } = this.#state;
    const { state, folder = downloads.folder } = record;
    const isOpen = state === "offered" || state === "rejected" || state === "cancelled" || state === "failed";
    switch (action) {
      case "accept":
      case "resume": {
        if (!isOpen || (action === "resume" && state === "offered")) return undefined;
        const { reason: _, settle: __, ...rest } = record;
        return transfers.put({ ...rest, state: "receiving", folder });
      }
      case "reject":
      case "cancel": {
        if (state !== "offered" && state !== "receiving" && state !== "failed") return undefined;
        const ended = state === "offered" ? ("rejected" as const) : ("cancelled" as const);
        const { reason: _, placing: __, ...rest } = record;
        return transfers.put({ ...rest, state: ended, settle: "declined" });
      }
    }
  }

  #cancelled(record: Outgoing): Changed | undefined {
    const { transfers, outbox } = this.#state;
    if (record.state === "taken" || record.state === "cancelled") return undefined;
    const cancelling = record.log === undefined ? {} : { cancelling: true as const };
    const put = transfers.put({ ...record, state: "cancelled", ...cancelling });
    const item = outbox.get(record.id);
    // What has not left is not told of; what has is in the conversation.
    if (item === undefined || item.sealed !== undefined) return put;
    const given = giveUp(this.#state, item, "cancelled");
    return { writes: [...put.writes, ...given.writes], events: [...put.events, ...given.events] };
  }

  #resumed(record: Outgoing, { size, mark }: Stamp): Changed | undefined {
    const { transfers } = this.#state;
    if (record.state === "sending") return { writes: [], events: [] }; // it goes on by itself
    if (record.state !== "failed" && record.state !== "cancelled") return undefined;
    const { reason, cancelling: _, ...rest } = record;
    const isSame = size === record.size && mark === record.mark;
    const isTold = record.log !== undefined && this.#isTold(record);
    if (record.state === "failed" && isSame && isTold && reason !== "taken-back")
      return transfers.put({ ...rest, state: "sending" });
    // The message that told of it is no good any more: another will.
    const { file: _1, log: _2, takers: _3, ...anew } = rest;
    return transfers.put({ ...anew, state: "preparing", id: this.#state.messageId(), size, mark });
  }

  /** Whether its message has left or still will. */
  #isTold({ id, fold }: Outgoing): boolean {
    const { outbox, timeline } = this.#state;
    if (outbox.get(id) !== undefined) return true;
    return timeline.newest(fold, 1000).some((row) => row.id === id && row.state !== "failed");
  }

  async #follow(key: string): Promise<void> {
    const record = this.#state.transfers.get(key);
    if (record?.state === "preparing") this.#preparing.ask(key);
    if (record?.way === "in" && record.state === "cancelled" && record.folder !== undefined)
      await removePart(this.#shelf, record.folder, key);
    this.#events.look(key);
  }

  async #prepare(key: string): Promise<void> {
    const record = this.#state.transfers.get(key);
    if (record?.way !== "out" || record.state !== "preparing") return;
    const whole = await this.#read(record);
    const written = await this.#state.serial.run(() => {
      const now = this.#state.transfers.get(key);
      if (now?.way !== "out" || now.state !== "preparing") return false;
      this.#commit(typeof whole === "string" ? this.#failed(now, whole) : this.#prepared(now, whole));
      return typeof whole !== "string";
    });
    if (written) this.#events.written();
  }

  #prepared(record: Outgoing, { sha256, checks }: Whole): Changed {
    const { transfers, outbox, time, random } = this.#state;
    const file = { sha256, key: random(FILE_KEY_BYTES), blob: encodeId(random(24)) };
    const { id, conversation: to, fold, name, size } = record;
    const about = { name, size, ...file };
    const item = outbox.add({ id, to, fold, text: name, sentAt: time.now(), file: about });
    const { writes, events } = transfers.put({ ...record, state: "sending", file });
    transfers.keepChecks(record.key, checks);
    const state = {
      type: "state" as const,
      id,
      conversation: to,
      state: "waiting" as const,
      delivered: 0,
      of: 1,
    };
    return { writes: [...writes, ...outbox.put(item)], events: [...events, state] };
  }

  #failed(record: Outgoing, reason: FailureReason): Changed {
    return this.#state.transfers.put({ ...record, state: "failed", reason });
  }

  async #read({ path, size, mark }: Outgoing): Promise<Whole | FailureReason> {
    try {
      return await readWhole(this.#shelf, path, { size, mark });
    } catch (error) {
      if (error instanceof FileChanged) return "file-changed";
      if (error instanceof ShelfFailure) return error.reason;
      throw error;
    }
  }

  async #stampOf(path: string): Promise<Stamp | FailureReason> {
    try {
      const original = await this.#shelf.original(path);
      const stamp = await original.stamp();
      await original.close();
      return stamp.size > MAX_FILE ? "too-large-file" : stamp;
    } catch (error) {
      if (error instanceof ShelfFailure) return error.reason;
      throw error;
    }
  }

  #commit({ writes, events }: Changed): void {
    this.#state.commit(writes, events);
  }

  #answer(key: string): Asked<Transfer> {
    const record = this.#state.transfers.get(key);
    if (record === undefined) throw new Error("transfers: just written and not there");
    return { ok: true, value: this.#state.transfers.view(record) };
  }
}

/** What a message tells of: taken at once where that was agreed, else offered. */
export function begunBy(
  { downloads }: Pick<ClientState, "downloads">,
  told: Pick<Incoming, "id" | "conversation" | "fold" | "sender" | "name" | "size" | "file">,
  { trusted, own }: { readonly trusted: boolean; readonly own: boolean },
): Omit<Incoming, "v" | "key" | "number"> {
  const offered = { way: "in" as const, ...told };
  // It lies on another device of the same person: this one is not waited for.
  if (own) return { ...offered, state: "rejected", settle: "declined" };
  const { folder, upTo } = downloads;
  return trusted && told.size <= upTo
    ? { ...offered, state: "receiving", folder }
    : { ...offered, state: "offered" };
}
