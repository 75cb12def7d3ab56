// What this device has sent and not everyone has: kept from the first key stroke until the last receipt.
// Must not know MLS, the link, or how a message is shown.

import * as v from "valibot";
import type { DeviceId, LogId, MessageId } from "../domain/id.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import type { Written } from "./content.ts";
import type { ClientEvent, Message } from "./events.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";
import { type Remark, remark } from "./remark.ts";
import { rowOf } from "./row.ts";

const item = v.object({
  v: v.literal(1),
  id: v.string(),
  /** The order in which things were written; never used twice. */
  order: v.number(),
  /** The recipient, as named by the sender, and what the conversation is known by: see conversation-record.ts. */
  to: v.string(),
  fold: v.string(),
  text: v.string(),
  /** The message tells of this file, whose name is the text. */
  file: v.exactOptional(
    v.object({ name: v.string(), size: v.number(), sha256: bytes, key: bytes, blob: v.string() }),
  ),
  /** It answers this message. */
  replyTo: v.exactOptional(v.string()),
  /** It is no message: this is said about one. The text is empty. */
  remark: v.exactOptional(remark),
  /** It is no message either: all up to this one of theirs was shown. The text is empty. */
  read: v.exactOptional(v.string()),
  sentAt: v.number(),
  /** The ciphertext, once sealed: whatever happens, these same bytes are sent (RFC 9420 §9.2). */
  sealed: v.exactOptional(
    v.object({
      log: v.string(),
      epoch: v.number(),
      message: bytes,
      /** In a group: the devices it was encrypted for. */
      to: v.exactOptional(v.array(v.string())),
    }),
  ),
  /**
   * The server has it. `of`: for how many devices; `got`: those whose cursor has passed it. In a group, whose members
   * change, `missing`: those of them who do not have it yet.
   */
  accepted: v.exactOptional(
    v.object({
      seq: v.number(),
      of: v.number(),
      got: v.array(v.string()),
      missing: v.exactOptional(v.array(v.string())),
    }),
  ),
  /** The id of its entry, where that is not its own: it was sent again. */
  entry: v.exactOptional(v.string()),
  /** How far it had come in its log before it was sent again there. */
  came: v.exactOptional(v.object({ delivered: v.number(), of: v.number() })),
  /** Its place in the conversation, once the log has told it; 0 where it has none of its own. */
  position: v.exactOptional(v.number()),
});

export type OutboxItem = v.InferOutput<typeof item>;
type State = Extract<ClientEvent, { type: "state" }>;
export type Accepted = NonNullable<OutboxItem["accepted"]>;

export class Outbox {
  readonly #store: ClientStore;
  readonly #items = new Map<MessageId, OutboxItem>();
  /** Entry → item, for those sent again. */
  readonly #resent = new Map<MessageId, MessageId>();
  #order = 0;

  constructor(store: ClientStore) {
    this.#store = store;
    this.reload();
  }

  /** Takes over what is in the store, forgetting what was not written. */
  reload(): void {
    const items = this.#store.all("outbox").map(({ value }) => decodeRecord(item, value));
    this.#items.clear();
    this.#resent.clear();
    for (const { id, entry } of items) if (entry !== undefined) this.#resent.set(entry, id);
    for (const one of items.sort((a, b) => a.order - b.order)) this.#items.set(one.id, one);
    this.#order = Math.max(0, ...items.map(({ order }) => order));
  }

  add(
    message: Pick<
      OutboxItem,
      "id" | "to" | "fold" | "text" | "file" | "replyTo" | "remark" | "read" | "sentAt"
    >,
  ): OutboxItem {
    this.#order += 1;
    return { v: 1, order: this.#order, ...message };
  }

  /** Remembers the item as it is now. */
  put(changed: OutboxItem): VaultWrite[] {
    this.#items.set(changed.id, changed);
    if (changed.entry !== undefined) this.#resent.set(changed.entry, changed.id);
    return [{ put: "outbox", key: changed.id, value: encodeRecord(changed) }];
  }

  remove(id: MessageId): VaultWrite[] {
    const entry = this.#items.get(id)?.entry;
    if (entry !== undefined) this.#resent.delete(entry);
    this.#items.delete(id);
    return [{ remove: "outbox", key: id }];
  }

  all(): OutboxItem[] {
    return [...this.#items.values()];
  }

  get(id: MessageId): OutboxItem | undefined {
    return this.#items.get(id);
  }

  /** The item whose entry this is. */
  ofEntry(entry: MessageId): OutboxItem | undefined {
    const own = this.#items.get(entry);
    if (own !== undefined) return own.entry === undefined || own.entry === entry ? own : undefined;
    return this.#resent.size === 0 ? undefined : this.#items.get(this.#resent.get(entry) ?? "");
  }

  /**
   * What was encrypted for this log and has not arrived, or of it what was accepted before `lost.before` and has not
   * reached `lost.device`: as it goes out once more, as another entry.
   */
  toSendAgain(
    log: LogId,
    entryId: () => MessageId,
    lost?: { readonly before: number; readonly device: DeviceId },
  ): OutboxItem[] {
    return this.ofLog(log).flatMap((item) => {
      const { sealed: _, accepted, ...text } = item;
      const { state, ...came } = progress(item);
      if (state === "delivered") return [];
      const isLost =
        lost === undefined ||
        (accepted !== undefined && accepted.seq < lost.before && isMissing(accepted, lost.device));
      return isLost ? [{ ...text, ...(state === "accepted" ? { came } : {}), entry: entryId() }] : [];
    });
  }

  /** Not yet encrypted, in order. */
  unsealed(): OutboxItem[] {
    return [...this.#items.values()].filter((one) => one.sealed === undefined);
  }

  /** Encrypted, and not known to be on the server, in order. */
  unaccepted(): OutboxItem[] {
    return [...this.#items.values()].filter((one) => one.sealed !== undefined && one.accepted === undefined);
  }

  /** On the server, and not known to have reached `device`. */
  undelivered(log: LogId, device: DeviceId): OutboxItem[] {
    return this.ofLog(log).filter(({ accepted }) => accepted !== undefined && isMissing(accepted, device));
  }

  /** Back to what was written: the server has said that it did not and will not take the ciphertext. */
  unseal(item: OutboxItem): VaultWrite[] {
    const { sealed: _, ...unsealed } = item;
    return this.put(unsealed);
  }

  /**
   * The server has gone back in time: what it had beyond `head` of this log it does not have any more, and gets it as
   * it was.
   */
  toSendAsItWas(log: LogId, head: number): OutboxItem[] {
    return this.ofLog(log).flatMap((item) => {
      const { accepted, ...waiting } = item;
      const isLost = accepted !== undefined && accepted.seq > head && progress(item).state !== "delivered";
      return isLost ? [waiting] : [];
    });
  }

  /** Encrypted for this log, whatever became of it since, in order. */
  ofLog(log: LogId): OutboxItem[] {
    return [...this.#items.values()].filter(({ sealed }) => sealed?.log === log);
  }

  /** The logs in which something is still to be delivered. */
  undeliveredLogs(): LogId[] {
    const logs = [...this.#items.values()].flatMap(({ sealed, accepted }) =>
      sealed === undefined || accepted === undefined ? [] : [sealed.log],
    );
    return [...new Set(logs)];
  }

  /** Messages that have no place in their conversation yet, in order: shown after all that have. */
  unplaced(): OutboxItem[] {
    return [...this.#items.values()].filter((item) => item.position === undefined && isMessage(item));
  }

  /** What is said about a message and does not stand in its row yet, in order. */
  remarksOn(fold: string, id: MessageId): Remark[] {
    return [...this.#items.values()].flatMap(({ fold: where, remark, position }) =>
      remark?.to === id && where === fold && position === undefined ? [remark] : [],
    );
  }

  /** The texts of a message that is deleted are kept no longer, though its entries may have to be sent again. */
  blank(fold: string, id: MessageId): VaultWrite[] {
    return [...this.#items.values()].flatMap((item) => {
      if (item.fold !== fold) return [];
      if (item.id === id && item.text !== "") return this.put({ ...item, text: "" });
      const { remark } = item;
      if (remark?.type !== "edit" || remark.to !== id || remark.text === "") return [];
      return this.put({ ...item, remark: { ...remark, text: "" } });
    });
  }
}

/** Whether it has a row in its conversation, and is not only about others that have. */
export function isMessage({ remark, read }: Pick<OutboxItem, "remark" | "read">): boolean {
  return remark === undefined && read === undefined;
}

/** What the server's answer means: in a group it is for those it was encrypted for. */
export function acceptedAs({ sealed }: OutboxItem, { seq, of }: { seq: number; of: number }): Accepted {
  const to = sealed?.to;
  return to === undefined ? { seq, of, got: [] } : { seq, of: to.length, got: [], missing: to };
}

/** Whether it is for `device` and has not reached it. */
export function isMissing({ got, missing }: Accepted, device: DeviceId): boolean {
  return missing === undefined ? !got.includes(device) : missing.includes(device);
}

/** It has reached these devices. */
export function reached(accepted: Accepted, devices: ReadonlySet<DeviceId>): Accepted {
  const { got, missing } = accepted;
  if (missing !== undefined)
    return { ...accepted, missing: missing.filter((device) => !devices.has(device)) };
  return { ...accepted, got: [...got, ...[...devices].filter((device) => !got.includes(device))] };
}

/** It is for `device` no more, which does not have it. */
export function without(accepted: Accepted, device: DeviceId): Accepted {
  const { missing, of } = accepted;
  if (missing === undefined) return accepted;
  return { ...accepted, of: of - 1, missing: missing.filter((one) => one !== device) };
}

/** How far an item has come. */
export function progress({ accepted }: OutboxItem): {
  state: "waiting" | "accepted" | "delivered";
  delivered: number;
  of: number;
} {
  if (accepted === undefined) return { state: "waiting", delivered: 0, of: 1 };
  const { got, missing } = accepted;
  const delivered = missing === undefined ? got.length : accepted.of - missing.length;
  return {
    // In a group, one may be alone.
    state: delivered >= accepted.of ? "delivered" : "accepted",
    delivered,
    of: accepted.of,
  };
}

/** How far a message has come, for those who see it: of all else nobody sees that. */
export function told(item: OutboxItem, come: Omit<State, "type" | "id" | "conversation">): State[] {
  const { id, to: conversation } = item;
  return isMessage(item) ? [{ type: "state", id, conversation, ...come }] : [];
}

/** What is sealed of it. */
export function contentOf(item: OutboxItem): Written {
  const { id, entry = id, sentAt, text, file, replyTo, remark, read } = item;
  const header = { id: entry, ...(entry === id ? {} : { again: id }), sentAt };
  if (remark !== undefined) return { ...header, ...remark };
  if (read !== undefined) return { type: "read", ...header, upTo: read };
  const answers = replyTo === undefined ? {} : { replyTo };
  return file === undefined
    ? { type: "text", ...header, ...answers, text }
    : { type: "file", ...header, file };
}

/** The item as a line of its conversation. */
export function asMessage(item: OutboxItem, me: string): Message {
  const { id, to, text, sentAt, file, replyTo } = item;
  return {
    id,
    conversation: to,
    sender: me,
    text,
    sentAt,
    queued: false,
    trusted: true,
    own: true,
    ...(file === undefined ? undefined : { file: rowOf(file) }),
    ...(replyTo === undefined ? undefined : { replyTo: { id: replyTo } }),
    ...progress(item),
  };
}
