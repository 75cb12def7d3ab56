// What is said of a file inside an encrypted message: enough to fetch it, to open it and to know that it is the one.
// Must not know how the message is encrypted, nor what the name is made into on a disk.

import * as v from "valibot";
import { MAX_FILE } from "../domain/chunks.ts";
import { type BlobId, decodeId, encodeId } from "../domain/id.ts";
import { FILE_KEY_BYTES } from "./sealing.ts";

/** The most bytes of UTF-8 in a file's name as its sender has it. */
export const MAX_FILE_NAME = 1024;

export interface FileDescription {
  /** As the sender has it, which may be anything: see file-name.ts before it is shown or used. */
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
  /** SHA-256 of the file, 32 bytes. */
  readonly sha256: Uint8Array;
  /** The key of its chunks, FILE_KEY_BYTES. */
  readonly key: Uint8Array;
  /** Where the sealed chunks lie. */
  readonly blob: BlobId;
}

const fixed = (length: number) =>
  v.pipe(
    v.string(),
    v.maxLength(64),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const bytes = decodeId(dataset.value, length);
      if (bytes !== undefined) return bytes;
      addIssue({ message: `not ${length} bytes in base64url` });
      return NEVER;
    }),
  );

const description = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxBytes(MAX_FILE_NAME)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_FILE)),
  sha256: fixed(32),
  key: fixed(FILE_KEY_BYTES),
  blob: v.pipe(
    v.string(),
    v.check((id) => decodeId(id, 24) !== undefined),
  ),
});

/** A description as fields of JSON, its bytes as base64url. */
export function encodeFileDescription(file: FileDescription): Readonly<Record<string, string | number>> {
  const { name, size, sha256, key, blob } = file;
  return { name, size, sha256: encodeId(sha256), key: encodeId(key), blob };
}

/** The description in a piece of JSON, which anybody may have written; undefined when it is none. */
export function decodeFileDescription(json: unknown): FileDescription | undefined {
  const parsed = v.safeParse(description, json);
  return parsed.success ? parsed.output : undefined;
}
