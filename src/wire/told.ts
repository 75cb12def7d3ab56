// What a group's commit tells the server, so that it can route: u16 length | JSON | the commit (RFC 9420 §12.4.1). It is
// the entry's body as it stands, so that every member can hold what the server was told against the commit itself.
// Pure. Must not know what is done about it.

import * as v from "valibot";
import type { DeviceId } from "../domain/id.ts";
import * as f from "./fields.ts";
import { MAX_ADDED, MAX_MEMBERS } from "./limits.ts";

export interface Told {
  /** Devices that are in the group from this commit on; its own, where the committer lets itself in. */
  readonly added: readonly DeviceId[];
  readonly removed: readonly DeviceId[];
  /** The group's new rules (see domain/group-rules.ts), where the commit changes them. */
  readonly rules?: Uint8Array;
}

const told = v.object({
  added: v.pipe(v.array(f.key), v.maxLength(MAX_ADDED)),
  removed: v.pipe(v.array(f.key), v.maxLength(MAX_MEMBERS)),
  rules: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[\w-]{1,22000}$/),
      v.transform((text): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"))),
    ),
  ),
});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The body of a commit's entry in a group's log. Throws RangeError when it does not fit. */
export function encodeTold({ added, removed, rules }: Told, commit: Uint8Array): Uint8Array {
  const text = rules === undefined ? {} : { rules: Buffer.from(rules).toString("base64url") };
  const head = Buffer.from(JSON.stringify({ added, removed, ...text }));
  if (head.length > 0xffff) throw new RangeError("told: too long");
  const size = Buffer.alloc(2);
  size.writeUInt16BE(head.length);
  return new Uint8Array(Buffer.concat([size, head, commit]));
}

/** What the body of a commit's entry says; undefined when it is none. `commit` shares memory with `body`. */
export function decodeTold(body: Uint8Array): { told: Told; commit: Uint8Array } | undefined {
  if (body.length < 2) return undefined;
  const end = 2 + ((body[0] ?? 0) << 8) + (body[1] ?? 0);
  if (end >= body.length) return undefined;
  try {
    const parsed = v.safeParse(told, JSON.parse(utf8.decode(body.subarray(2, end))));
    return parsed.success ? { told: parsed.output, commit: body.subarray(end) } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, not UTF-8
    throw error;
  }
}
