// A group's rules as bytes, as they stand in its MLS context and as the server is told of them.
// Pure. Must not know what they allow: see domain/group-rules.ts.

import * as v from "valibot";
import { type GroupRules, MAX_ADMINS, MAX_BARRED, MAX_HISTORY, MAX_RULES } from "../domain/group-rules.ts";
import { parseName } from "../domain/name.ts";

const identity = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

const schema = v.object({
  v: v.literal(1),
  name: v.pipe(
    v.string(),
    v.check((name) => {
      const parsed = parseName(name);
      return parsed.ok && parsed.name === name;
    }),
  ),
  open: v.boolean(),
  announcement: v.boolean(),
  closed: v.boolean(),
  history: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_HISTORY)),
  admins: v.pipe(v.array(identity), v.minLength(1), v.maxLength(MAX_ADMINS)),
  barred: v.pipe(v.array(identity), v.maxLength(MAX_BARRED)),
});

/** Rules as bytes: JSON, always the same for the same rules. */
export function encodeRules(rules: GroupRules): Uint8Array {
  const { name, open, announcement, closed, history, admins, barred } = rules;
  return new TextEncoder().encode(
    JSON.stringify({ v: 1, name, open, announcement, closed, history, admins, barred }),
  );
}

// The same bytes are looked at for every message of a group.
const decoded = new WeakMap<Uint8Array, GroupRules>();

/** The rules behind bytes, or undefined when they are none. `bytes` must not change afterwards. */
export function decodeRules(bytes: Uint8Array): GroupRules | undefined {
  const known = decoded.get(bytes);
  if (known !== undefined) return known;
  if (bytes.length > MAX_RULES) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const parsed = v.safeParse(schema, JSON.parse(text));
    if (!parsed.success) return undefined;
    const { v: _, ...rules } = parsed.output;
    decoded.set(bytes, rules);
    return rules;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, not UTF-8
    throw error;
  }
}
