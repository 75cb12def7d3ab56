// The plain file beside a vault that says where its key comes from: its shape, its limits, its version.
// Must not know files, keyrings or passphrases.

import * as v from "valibot";
import { decodeId, encodeId } from "../domain/id.ts";

export const HEADER_LIMIT = 4096;
const VERSION = 1;

const id16 = v.pipe(
  v.string(),
  v.check((id) => decodeId(id, 16) !== undefined),
);

// The bounds stand between a damaged file and the memory and time that Argon2 is told to spend.
export const argon2 = v.object({
  memory: v.pipe(v.number(), v.integer(), v.minValue(8 * 1024), v.maxValue(1024 * 1024)), // KiB
  passes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
  parallelism: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
  salt: id16,
});

const header = v.variant("kind", [
  v.object({ kind: v.literal("keyring"), profile: id16 }),
  v.object({ kind: v.literal("passphrase"), argon2 }),
  v.object({ kind: v.literal("file") }),
]);

export type KeyHeader = v.InferOutput<typeof header>;
export type Argon2Settings = v.InferOutput<typeof argon2>;

/** Argon2id at 64 MiB and 3 passes (RFC 9106 §4, the second recommended option, on one lane). `salt`: 16 bytes. */
export function newArgon2Settings(salt: Uint8Array): Argon2Settings {
  return { memory: 64 * 1024, passes: 3, parallelism: 1, salt: encodeId(salt) };
}

export function encodeHeader(content: KeyHeader): string {
  return `${JSON.stringify({ version: VERSION, ...content })}\n`;
}

export type DecodedHeader =
  | { readonly ok: true; readonly header: KeyHeader }
  | { readonly ok: false; readonly reason: "header-corrupt" | "header-newer" };

/** Reads what `encodeHeader` wrote; unknown fields are ignored. `text` is undefined when it passed HEADER_LIMIT. */
export function decodeHeader(text: string | undefined): DecodedHeader {
  const content = json(text);
  const version = v.safeParse(v.object({ version: v.pipe(v.number(), v.integer(), v.minValue(1)) }), content);
  if (!version.success) return { ok: false, reason: "header-corrupt" };
  if (version.output.version > VERSION) return { ok: false, reason: "header-newer" };
  const parsed = v.safeParse(header, content);
  return parsed.success ? { ok: true, header: parsed.output } : { ok: false, reason: "header-corrupt" };
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
