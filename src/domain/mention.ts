// Whether a text speaks to somebody: `@` and their name, as a word of its own.
// Must not know how that is shown.

import { parseName } from "./name.ts";

/** Where `@name` stands in a text, as [from, to) in UTF-16 units, in order. In any case; also at a sentence's end. */
export function mentionsOf(text: string, name: string): [number, number][] {
  if (!text.includes("@")) return [];
  const wanted = foldOf(name);
  return [...text.matchAll(MENTION)].flatMap((found): [number, number][] => {
    // A name may have dots within it, and a sentence one after it.
    const typed = [found[1] ?? "", (found[1] ?? "").replace(/[._-]+$/, "")].find(
      (one) => foldOf(one) === wanted,
    );
    return typed === undefined ? [] : [[found.index, found.index + 1 + typed.length]];
  });
}

export function mentions(text: string, name: string): boolean {
  return mentionsOf(text, name).length > 0;
}

const MENTION = /(?<![\p{L}\p{M}\p{N}._-])@([\p{L}\p{M}\p{N}._-]{1,256})/gu;

function foldOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed.ok ? parsed.fold : undefined;
}
