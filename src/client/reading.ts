// Messages as they come in their logs: opened, told from repeats, judged by who wrote them, and given their place.
// Must not know commits, Welcomes or how entries arrive.

import { mayWrite } from "../domain/group-rules.ts";
import type { Entry } from "../domain/entry.ts";
import type { FileDescription } from "../files/description.ts";
import { safeFileName } from "../files/file-name.ts";
import type { MlsRefusal } from "../mls/outcome.ts";
import { isIn, members } from "../mls/state.ts";
import type { Connection } from "./connection.ts";
import type { Text } from "./content.ts";
import { type Held, isGroup, readUpTo, serverEpoch } from "./conversation-record.ts";
import { recipientsIn } from "./fit-to-seal.ts";
import { isAdminOf, rulesIn } from "./group-rule.ts";
import type { Message } from "./events.ts";
import { noticeMessage } from "./notices.ts";
import { acceptedAs, type OutboxItem, progress, told as toldOf } from "./outbox.ts";
import { place } from "./placing.ts";
import { tookReceipt } from "./read-receipts.ts";
import { readRemark } from "./remarking.ts";
import { rowOf } from "./row.ts";
import { shownAs } from "./showing.ts";
import { showOnce } from "./showing-once.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";
import type { Incoming } from "./transfer-record.ts";
import { begunBy } from "./transfers.ts";
import { judged } from "./vouching.ts";

/**
 * "unread", "ahead": nothing was made of it, in the latter case as it is of an epoch to come. "broken": this device cannot
 * follow any more. "later": somebody is to be asked who is not there.
 */
export type Read = "read" | "unread" | "ahead" | "broken" | "later";

export class Reading {
  readonly #state: ClientState;
  readonly #connection: Connection;
  /** When this connection began, by the server's clock: what it accepted earlier has waited. */
  readonly #since: number;

  constructor(state: ClientState, connection: Connection, since: number) {
    this.#state = state;
    this.#connection = connection;
    this.#since = since;
  }

  /**
   * This device's own message, at its place in the log. One that this vault has yet to encrypt was sent from a later state
   * of it: see `#unread`.
   */
  own(held: Held, entry: Entry, written: OutboxItem, step: Step): Read {
    const { conversations, outbox } = this.#state;
    step.write(conversations.update(held, readUpTo(entry)));
    const item = written.sealed === undefined ? this.#asSent(held, entry, written) : written;
    const read = item === written ? "read" : "broken";
    if (item.position !== undefined) return read;
    const of = members(held.mls).length - 1;
    const accepted = item.accepted ?? acceptedAs(item, { seq: entry.seq, of });
    const placed = place(this.#state, { ...item, accepted }, step);
    const kept = { ...item, accepted, position: placed.position };
    const come = progress(kept);
    step.write([
      ...placed.writes,
      ...(come.state === "delivered" ? outbox.remove(item.id) : outbox.put(kept)),
    ]);
    // The answer was lost, and the entry itself says it.
    if (item.accepted === undefined) step.events.push(...toldOf(item, come));
    return read;
  }

  /** As its entry has it. */
  #asSent(held: Held, { log, epoch, body }: Entry, item: OutboxItem): OutboxItem {
    const to = recipientsIn(this.#state, held);
    return { ...item, sealed: { log, epoch, message: body, ...(to === undefined ? {} : { to }) } };
  }

  async message(held: Held, entry: Entry, step: Step): Promise<Read> {
    const { conversations, timeline, profile } = this.#state;
    const { content, sender, refused, writes } = await conversations.open(held, entry);
    // Of an epoch to come: somebody plays alone, and nobody follows.
    if (refused === "future-epoch" && (!isGroup(held) || entry.epoch > serverEpoch(held))) return "broken";
    if (content === undefined || content.type === "history" || sender === undefined) {
      step.write(writes);
      return this.#unread(held, entry, refused, step);
    }
    if (content.type === "unknown") {
      step.write(writes);
      step.events.push({ type: "missing", conversation: held.name });
      return "read";
    }
    const trusted = await judged(this.#state, this.#connection, sender);
    if (trusted === "later") {
      conversations.forget(held.log);
      return "later";
    }
    step.write(writes);
    const rules = rulesIn(held.mls);
    // The keys of the last epochs open also what somebody has sealed who was in the group then.
    const isOut = rules !== undefined && !isIn(held.mls, sender);
    if (isOut || (rules !== undefined && !mayWrite(rules, () => isAdminOf(held.mls, sender.identity)))) {
      this.#tell(held, entry, sender.name, step);
      return "read";
    }
    // Said again it says no more.
    if (content.type === "read") {
      tookReceipt(this.#state, held, content, { sender, trusted: trusted === "yes" }, step);
      return "read";
    }
    // A sender that did not know how far it had come sends it again after its, the server's or this one's comeback.
    const id = content.again ?? entry.id;
    if (!showOnce(this.#state, { log: entry.log, id, sender: sender.name }, step)) return "read";
    const by = {
      trusted: trusted === "yes",
      own: Buffer.compare(sender.identity, profile.identity.public) === 0,
    };
    if (content.type !== "text" && content.type !== "file") {
      readRemark(this.#state, held, content, sender, by.trusted, step);
      return "read";
    }
    const about = { id, conversation: held.name, sender: sender.name };
    const said = content.type === "text" ? written(content) : told(content.file);
    const row = { ...about, ...said, sentAt: content.sentAt, queued: entry.time <= this.#since, ...by };
    const added = timeline.add(row, held.fold, by.own ? undefined : sender.identity);
    step.write(added.writes);
    const message = shownAs(this.#state, added.message, held.fold, step);
    step.events.push({ type: "message", message });
    if (content.type === "file") this.#offer({ ...about, fold: held.fold }, content.file, by, step);
    return "read";
  }

  /** A file is taken, or offered to the user. */
  #offer(
    about: Pick<Incoming, "id" | "conversation" | "sender" | "fold">,
    { name, size, sha256, key, blob }: FileDescription,
    by: { readonly trusted: boolean; readonly own: boolean },
    step: Step,
  ): void {
    const file = { sha256, key, blob };
    const begun = begunBy(this.#state, { ...about, name: safeFileName(name), size, file }, by);
    const { writes, events } = this.#state.transfers.begin(begun);
    step.write(writes);
    step.events.push(...events);
  }

  /**
   * Nothing to show. One of our own that this vault knows nothing of was sent from a later state of it: it was put back
   * from a copy, and goes on with new keys before it uses old ones twice (RFC 9420 §9.2). A repeat is no loss;
   * anything else is told.
   */
  #unread(held: Held, entry: Entry, refused: MlsRefusal | undefined, step: Step): Read {
    if (entry.sender === this.#state.deviceId) return "broken";
    if (refused === "replayed") return "read";
    step.events.push({ type: "missing", conversation: held.name });
    return refused === "future-epoch" ? "ahead" : "unread";
  }

  #tell(held: Held, entry: Entry, by: string, step: Step): void {
    const notice = noticeMessage(held.name, entry.id, entry.time, { kind: "attack", by });
    const added = this.#state.timeline.add(notice, held.fold);
    step.write(added.writes);
    step.events.push({ type: "message", message: added.message });
  }
}

/** Nobody writes nothing: its author has deleted it, before it came again for those who did not have it. */
function written({ text, replyTo }: Text): Pick<Message, "text" | "replyTo" | "deleted"> {
  if (text === "") return { text, deleted: true };
  return { text, ...(replyTo === undefined ? {} : { replyTo: { id: replyTo } }) };
}

/** How a conversation's line tells of a file, whose name is somebody else's. */
function told(file: FileDescription): Pick<Message, "text" | "file"> {
  const name = safeFileName(file.name);
  return { text: name, file: rowOf({ ...file, name }) };
}
