// The one extension a GroupContext has here: the rules of a group, as bytes that every member agrees on (RFC 9420 §13).
// Must not know what the rules say.

import type { Extension, LeafNode } from "ts-mls";
import { MAX_RULES } from "../domain/group-rules.ts";

/** Its type, of those for private use (RFC 9420 §17.3). */
export const RULES_EXTENSION = 0xf0c1;

/** The extensions of a group's context. Throws RangeError when the rules are none, or over MAX_RULES. */
export function contextExtensions(rules: Uint8Array): Extension[] {
  if (!fits(rules)) throw new RangeError("mls: length of the rules");
  return [{ extensionType: RULES_EXTENSION, extensionData: new Uint8Array(rules) }];
}

/** The rules in a context's extensions; undefined unless these are a group's. */
export function rulesIn(extensions: readonly Extension[]): Uint8Array | undefined {
  const [extension, another] = extensions;
  if (extension?.extensionType !== RULES_EXTENSION || another !== undefined) return undefined;
  return fits(extension.extensionData) ? extension.extensionData : undefined;
}

/** Whether a leaf may be in a group with rules (RFC 9420 §7.2). */
export function knowsRules({ capabilities }: LeafNode): boolean {
  return capabilities.extensions.includes(RULES_EXTENSION);
}

function fits(rules: Uint8Array): boolean {
  return rules.length > 0 && rules.length <= MAX_RULES;
}
