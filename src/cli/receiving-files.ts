// Files that come while `classchat receive` runs: told when they are whole, refused, or waiting for the user's word.
// Must not know how they travel.

import type { Face, Message } from "../client/events.ts";
import type { Transfer } from "../client/transfer-view.ts";
import { FileProgress } from "./file-progress.ts";
import type { Output } from "./output.ts";
import { statusLine } from "./status-line.ts";
import { reasonText } from "./wording.ts";
import { fileText, transferText } from "./wording-files.ts";

export class ReceivingFiles {
  readonly #face: Face;
  readonly #out: Output;
  /** Up to which size even what was offered is taken; bytes. */
  readonly #upTo: number | undefined;
  readonly #bar: ReturnType<typeof statusLine>;
  readonly #progress = new FileProgress(() => Date.now());
  /** By number: those that are to be told. */
  readonly #awaited = new Set<number>();
  #idle: (() => void)[] = [];

  constructor(face: Face, out: Output, upTo: number | undefined) {
    this.#face = face;
    this.#out = out;
    this.#upTo = upTo;
    this.#bar = statusLine(out);
  }

  /** Those that an earlier command had begun are told as well. */
  async begin(): Promise<void> {
    for (const { number, way, state } of await this.#face.transfers())
      if (way === "in" && state === "receiving") this.#awaited.add(number);
  }

  /** A message tells of a file. */
  async told({ id, conversation, sender, trusted }: Message): Promise<void> {
    const transfers = await this.#face.transfers();
    const found = transfers.findLast(
      (one) =>
        one.way === "in" && one.id === id && one.conversation === conversation && one.sender === sender,
    );
    if (found === undefined) return;
    this.#awaited.add(found.number);
    const isWanted = this.#upTo !== undefined && found.size <= this.#upTo && trusted;
    if (found.state !== "offered" || !isWanted) return this.saw(found);
    const accepted = await this.#face.changeTransfer(String(found.number), "accept");
    this.saw(accepted.ok ? accepted.value : found);
  }

  saw(transfer: Transfer): void {
    if (transfer.way !== "in") return;
    this.#progress.saw(transfer);
    this.#bar.show(this.#progress.line());
    if (!this.#awaited.has(transfer.number) || transfer.state === "receiving") return;
    this.#awaited.delete(transfer.number);
    this.#tell(transfer);
    if (this.#awaited.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  get isIdle(): boolean {
    return this.#awaited.size === 0;
  }

  /** Resolves when nothing more is to be told. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#bar.clear();
  }

  #tell(transfer: Transfer): void {
    const { state, reason, number } = transfer;
    const why = reason === undefined ? undefined : reasonText(reason);
    if (this.#out.json) return this.#out.object(fileObject(transfer));
    this.#bar.clear();
    if (state === "offered")
      this.#out.note(
        `* ${fileText(transfer)} waits for your word: receive it with --auto-accept, or /accept ${number} in the chat`,
      );
    else this.#out.note(`* ${fileText(transfer)}: ${transferText(transfer, why)}`);
  }
}

/** A file for programs: `file` when it is here, else what has become of it. */
export function fileObject(transfer: Transfer): object {
  const { id, conversation, sender, name, size, sha256, path, state, reason, number } = transfer;
  const about = { id, conversation, sender, name, size, ...(sha256 === undefined ? {} : { sha256 }) };
  if (state === "received") return { type: "file", ...about, path };
  const why = reason === undefined ? undefined : reasonText(reason);
  const problem = why === undefined ? {} : { reason, problem: why.line, hint: why.hint };
  return { type: "file-state", ...about, number, state, ...problem };
}
