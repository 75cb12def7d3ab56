// What a client asks of the disk for people's own files: the ones they send, and the ones they receive until whole.
// Must not know any adapter, nor what a file is cut into.

/** Why a file could not be read or written; `not-a-file`: a folder, a device, a link that leads nowhere good. */
export class ShelfFailure extends Error {
  readonly reason:
    "file-not-found" | "not-a-file" | "file-unreadable" | "folder-unwritable" | "disk-full" | "disk-failed";
  constructor(reason: ShelfFailure["reason"], cause?: unknown) {
    super(`shelf: ${reason}`, { cause });
    this.name = "ShelfFailure";
    this.reason = reason;
  }
}

/** What tells that a file was changed, unless somebody takes pains that it does not. */
export interface Stamp {
  /** Bytes. */
  readonly size: number;
  /** Which file it is and when it was last changed; to be compared, nothing more. */
  readonly mark: string;
}

/** A file to be sent, open. */
export interface Original {
  stamp(): Promise<Stamp>;
  /** `length` bytes from `position` on, fewer where the file ends before that. `into`: so many that may be written over. */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What is there of a file that is being received, open. */
export interface Part {
  /** Bytes that were there when it was opened. */
  readonly size: number;
  read(position: number, length: number): Promise<Uint8Array>;
  /** All of `bytes`, or it fails. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  shorten(size: number): Promise<void>;
  /** What was written lasts. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** All of it rejects with a ShelfFailure where the disk does not do what is asked. */
export interface FileShelf {
  /** Opens an ordinary file that may be read; "not-a-file" at once for anything else. */
  original(path: string): Promise<Original>;
  /** Opens, or makes, what lies beside the place of a file to come; `id` names it. Makes the folder where there is none. */
  part(folder: string, id: string): Promise<Part>;
  removePart(folder: string, id: string): Promise<void>;
  /**
   * Gives the part its name in the folder, if nothing has that name. The same call again, after a crash, answers as the
   * first did. "no-part": it was placed before, or somebody took it away.
   */
  place(folder: string, id: string, name: string): Promise<"placed" | "taken" | "no-part">;
  /** Where a file of this name lies in the folder. */
  pathOf(folder: string, name: string): string;
  /** Bytes that the folder's disk still takes. */
  free(folder: string): Promise<number>;
}
