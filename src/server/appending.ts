// An entry on its way into a log: durable first, then answered, then pushed; and each device's own in its order.
// Must not know what else a commit does to a group.

import type { Entry } from "../domain/entry.ts";
import type { Clock } from "../ports.ts";
import type { Admit, Append, Appended, Quota, ServerStore } from "../ports/server-store.ts";
import { splitBody } from "../wire/codec.ts";
import { encodeAccepted } from "../wire/frequent.ts";
import { MAX_MESSAGE } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { admitMessage } from "./admission.ts";
import type { Administration } from "./administration.ts";
import type { Cursors } from "./cursors.ts";
import type { Delivery } from "./delivery.ts";
import type { Disk } from "./disk.ts";
import type { Session } from "./session.ts";

type AppendRequest = Extract<ClientMessage, { t: "append" }>;
type CommitRequest = Extract<ClientMessage, { t: "commit" }>;
/** What is known of an entry before its log has it. */
export type Unnumbered = Omit<Entry, "seq">;

export class Appending {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #cursors: Cursors;
  readonly #administration: Administration;
  readonly #disk: Disk;
  readonly #quota: Quota;

  constructor(
    store: ServerStore,
    clock: Clock,
    parts: {
      readonly delivery: Delivery;
      readonly cursors: Cursors;
      readonly administration: Administration;
      readonly disk: Disk;
    },
    quota: Quota,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#delivery = parts.delivery;
    this.#cursors = parts.cursors;
    this.#administration = parts.administration;
    this.#disk = parts.disk;
    this.#quota = quota;
  }

  /** The answer is sent by this, at its place among the pushes of the log (see Delivery.publish). */
  message(session: Session, m: AppendRequest, body: Uint8Array): Promise<void> {
    if (body.length > MAX_MESSAGE) return Promise.resolve(session.refuse(m.re, "too-large"));
    const { re, log, id, epoch, cursor, blob } = m;
    if (cursor !== undefined) this.#cursors.along(session, log, cursor);
    const attempt = session.untaken.admit(log, id);
    if (attempt === undefined) return Promise.resolve(session.refuse(re, "storage-failed"));
    const append: Append = {
      log,
      id,
      sender: session.device,
      kind: "message",
      epoch,
      time: this.#clock.now(),
      body,
      admit: admitMessage(session),
      ...(blob === undefined ? undefined : { blob }),
    };
    const failed = (error: unknown) => {
      session.untaken.failed(log, attempt);
      throw error;
    };
    // Without async layers: this is the server's hot path, and each promise between it and the store shows.
    return this.append(append).then((result) => {
      if (result.outcome !== "forbidden") return this.answer(session, re, append, result);
      return this.#unruled(session, re, append).catch(failed);
    }, failed);
  }

  /** A commit of two people's: one for each epoch, whoever comes first (RFC 9420 §14). Answered as a message is. */
  async commit(session: Session, m: CommitRequest, body: Uint8Array): Promise<void> {
    const [commit, info] = splitBody(body, [m.commit, m.info]) ?? [];
    if (commit === undefined || info === undefined) return session.refuse(m.re, "malformed");
    const { re, log, id, epoch } = m;
    const time = this.#clock.now();
    const entry: Unnumbered = { log, id, sender: session.device, kind: "commit", epoch, time, body: commit };
    this.answer(session, re, entry, await this.append({ ...entry, info }));
  }

  /** Into the log, if there is room for it. */
  append(append: Append): Promise<Appended> {
    return this.#store.append(append, this.#quota);
  }

  /** Tells the sender what became of its entry, and everybody else of the entry, where it is new. */
  answer(session: Session, re: number, entry: Unnumbered, result: Appended): void {
    switch (result.outcome) {
      case "appended":
      case "repeated": {
        const { outcome, seq, time, members } = result;
        const isNew = outcome === "appended";
        const stands = isNew && this.#delivery.isNext(session, entry.log, seq);
        // Who repeats what it wrote and has left since is no member any more.
        session.sendFrame(encodeAccepted({ re, seq, time, of: Math.max(0, members - 1), stands }));
        if (!isNew) return;
        this.#disk.works();
        // Written out: a spread of the entry costs several times as much, and this is done for every message.
        const { log, id, sender, kind, epoch, body } = entry;
        this.#delivery.publish({ log, seq, id, sender, kind, epoch, time, body }, session);
        return;
      }
      case "no-such-log":
      case "not-member":
      case "quota":
      case "no-such-blob":
      case "stale-epoch":
      case "forbidden":
      case "group-closed":
      case "group-full":
      case "group-exists":
      case "group-alike":
        return session.refuse(re, result.outcome);
    }
  }

  /** The rules did not let it in: a group that has lost its admins lets everybody act as one. */
  async #unruled(session: Session, re: number, append: Append): Promise<void> {
    if (await this.#administration.isThere(append.log)) return session.refuse(re, "forbidden");
    this.answer(session, re, append, await this.append({ ...append, admit: ANYBODY }));
  }
}

const ANYBODY: Admit = () => true;
