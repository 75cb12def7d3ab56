// What one may react to a message with: one character as people count them, mostly an emoji.
// Must not know who reacts, nor to what.

import { checkText, printable } from "./text.ts";

/** The most bytes of UTF-8 in one reaction: a family with skin tones has 41 of them, a flag at most 28. */
export const MAX_REACTION = 32;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether it is one character that can be seen. */
export function isReaction(text: string): boolean {
  // A UTF-16 unit is at least one byte, so a huge text is told without being walked.
  if (text.length > MAX_REACTION || Buffer.byteLength(text) > MAX_REACTION) return false;
  if (checkText(text) !== "ok" || printable(text, { lines: false }) !== text) return false;
  return [...graphemes.segment(text)].length === 1;
}
