// The messages written in this chat and how far each has come, shown in its own line or as news.
// Must not know the client: it is told what was written and what became of it.

import { type OwnLine, ownLines, type Progress, progressLines } from "./chat-lines.ts";
import type { Screen } from "./chat-prompt.ts";

/** What is on its way for a shorter time is not said to wait, ms. */
const PATIENCE = 300;

export interface Own {
  readonly key: number;
  readonly line: OwnLine;
  progress?: Progress;
}

export class Sent {
  readonly #screen: Screen;
  readonly #byId = new Map<string, Own>();
  /** Written and not yet kept by the client, so without an id. */
  readonly #unkept = new Set<Own>();
  /** States that came before the id was known. */
  readonly #early = new Map<string, Progress>();
  /** Written now, and not known to be accepted or failed. */
  readonly #open = new Set<Own>();
  #waiting: Own[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keys = 0;
  #failed: Progress[] = [];
  #settled = Promise.withResolvers<void>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Messages that are not accepted yet. */
  get open(): number {
    return this.#open.size;
  }

  /** Messages that the client has not taken yet. */
  get unkept(): readonly OwnLine[] {
    return [...this.#unkept].map(({ line }) => line);
  }

  /** What did not go, of all that was written in this chat. */
  get failed(): readonly Progress[] {
    return this.#failed;
  }

  /** Shows what was just typed, under `headings`. */
  written(line: OwnLine, headings: readonly string[]): Own {
    const own = this.#add(line);
    this.#unkept.add(own);
    this.#open.add(own);
    this.#screen.own(own.key, ownLines(this.#screen.look, line), headings);
    this.#waiting.push(own);
    if (this.#timer === undefined) this.#watch();
    return own;
  }

  /** A message of an earlier time that is still on its way. */
  earlier(id: string, line: OwnLine): void {
    if (!this.#byId.has(id)) this.#byId.set(id, this.#add(line));
  }

  kept(own: Own, id: string): void {
    this.#unkept.delete(own);
    this.#byId.set(id, own);
    const early = this.#early.get(id);
    if (early !== undefined) this.became(id, early);
    if (this.#unkept.size === 0) this.#early.clear();
  }

  /** The client could not take it. */
  refused(own: Own, progress: Progress): void {
    this.#unkept.delete(own);
    this.#become(own, progress);
  }

  /** False: it is no message that was written here. */
  became(id: string, progress: Progress): boolean {
    const own = this.#byId.get(id);
    if (own === undefined) {
      if (this.#unkept.size > 0) this.#early.set(id, progress);
      return this.#unkept.size > 0;
    }
    if (progress.state === "delivered" || progress.state === "failed") this.#byId.delete(id);
    // That it waits is said only when it has waited for a while, or where there is more to say about it.
    const isNews =
      progress.state !== "waiting" || progress.trouble !== undefined || own.progress !== undefined;
    if (isNews) this.#become(own, progress);
    return true;
  }

  /** Resolves when everything that was written is accepted or failed. */
  settled(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return this.#settled.promise;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #add(line: OwnLine): Own {
    this.#keys += 1;
    return { key: this.#keys, line };
  }

  #become(own: Own, progress: Progress): void {
    const before = own.progress;
    const isSame = before?.state === progress.state && before.delivered === progress.delivered;
    // Why it waits is news; that it still does is none.
    if (isSame && (progress.trouble === undefined || before.trouble?.line === progress.trouble.line)) return;
    own.progress = progress;
    if (progress.state === "failed") this.#failed.push(progress);
    this.#show(own, progress, before);
    if (progress.state === "waiting" || !this.#open.delete(own) || this.#open.size > 0) return;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers<void>();
  }

  #show({ key, line }: Own, progress: Progress, before: Progress | undefined): void {
    const { look } = this.#screen;
    if (this.#screen.change(key, ownLines(look, { ...line, progress }))) return;
    // Of three hundred people each would be a line of its own: the last of them is told.
    if (progress.state === "accepted" && before?.state === "accepted") return;
    this.#screen.print([progressLines(look, { ...line, progress })]);
  }

  /** Says of what is written by now that it waits, if it still does after a while; then sees to what came meanwhile. */
  #watch(): void {
    const watched = this.#waiting.splice(0);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const own of watched) {
        // What the client has not stored yet must not be called kept: it is looked at again.
        if (this.#unkept.has(own)) this.#waiting.push(own);
        else if (own.progress === undefined) this.#become(own, { state: "waiting", delivered: 0, of: 1 });
      }
      if (this.#waiting.length > 0) this.#watch();
    }, PATIENCE);
  }
}
