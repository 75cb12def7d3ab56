// Chunks on their way to those who asked for them: in the order asked, each when the link has little else to send, so
// that messages do not wait behind files. Must not know who may have what.

import type { BlobId } from "../domain/id.ts";
import type { Blobs } from "../ports/blobs.ts";
import { FETCH_WINDOW } from "../wire/limits.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import type { Session } from "./session.ts";

export interface Wanted {
  readonly re: number;
  readonly blob: BlobId;
  readonly index: number;
}

/** What one session has asked for. */
interface Line {
  wanted: Wanted[];
  pumping: boolean;
  /** It was told that there is no more of these yet. */
  readonly awaiting: Set<BlobId>;
  /** How many chunks there are of those it awaited, still to be told. */
  readonly news: Map<BlobId, number>;
}

/** Bytes waiting in a link beyond which no chunk is added: those of a few messages. */
const LOW = 64 * 1024;

export class Fetching {
  readonly #blobs: Blobs;
  readonly #fault: (error: unknown) => RefusalCode;
  readonly #lines = new Map<Session, Line>();

  constructor(blobs: Blobs, fault: (error: unknown) => RefusalCode) {
    this.#blobs = blobs;
    this.#fault = fault;
  }

  /** The answer follows in its turn. */
  ask(session: Session, wanted: Wanted): void {
    const line: Line = this.#lines.get(session) ?? {
      wanted: [],
      pumping: false,
      awaiting: new Set(),
      news: new Map(),
    };
    if (line.wanted.length >= FETCH_WINDOW) return session.refuse(wanted.re, "too-many");
    this.#lines.set(session, line);
    line.wanted.push(wanted);
    this.#advance(session, line);
  }

  /** There is more of a blob than there was. */
  arrived(blob: BlobId, chunks: number): void {
    for (const [session, line] of this.#lines) {
      if (!line.awaiting.has(blob)) continue;
      line.news.set(blob, chunks);
      if (!line.pumping) tellNews(session, line);
    }
  }

  /** There is no such blob any more. */
  forget(blob: BlobId): void {
    for (const [session, line] of this.#lines) {
      line.awaiting.delete(blob);
      line.news.delete(blob);
      const gone = line.wanted.filter((one) => one.blob === blob);
      line.wanted = line.wanted.filter((one) => one.blob !== blob);
      for (const { re } of gone) session.refuse(re, "no-such-blob");
    }
  }

  /** The link has room again. */
  drained(session: Session): void {
    const line = this.#lines.get(session);
    if (line !== undefined) this.#advance(session, line);
  }

  ended(session: Session): void {
    this.#lines.delete(session);
  }

  #advance(session: Session, line: Line): void {
    if (line.pumping) return;
    line.pumping = true;
    void this.#pump(session, line).finally(() => (line.pumping = false));
  }

  async #pump(session: Session, line: Line): Promise<void> {
    while (session.open && session.link.queued <= LOW) {
      const wanted = line.wanted.shift();
      if (wanted === undefined) return;
      try {
        await this.#answer(session, line, wanted);
      } catch (error) {
        session.refuse(wanted.re, this.#fault(error));
      }
      tellNews(session, line);
    }
  }

  async #answer(session: Session, line: Line, { re, blob, index }: Wanted): Promise<void> {
    // Before it is looked for: what comes while that goes on is news.
    const awaited = line.awaiting.has(blob);
    line.awaiting.add(blob);
    const bytes = await this.#blobs.read(blob, index);
    const chunks = await this.#blobs.count(blob);
    if (bytes !== undefined && !awaited) line.awaiting.delete(blob);
    if ((line.news.get(blob) ?? 0) <= chunks) line.news.delete(blob);
    session.send({ t: "fetched", re, chunks }, bytes);
  }
}

function tellNews(session: Session, { awaiting, news }: Line): void {
  for (const [blob, chunks] of news) {
    awaiting.delete(blob);
    session.send({ t: "arrived", blob, chunks });
  }
  news.clear();
}
