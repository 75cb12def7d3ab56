// The rules of text: what may be sent, and how what others wrote is made safe to show.
// Must not know the screen, nor the words a fault is told in.

/** The most bytes of UTF-8 in one text. */
export const MAX_TEXT = 64 * 1024;

/** Whether a text may be sent. Line feeds and tabs are text; other control characters and half surrogates are not. */
export function checkText(text: string): "ok" | "empty" | "too-large" | "control" {
  // A UTF-16 unit is at least one byte, so a huge text is told without being walked.
  if (text.length > MAX_TEXT || Buffer.byteLength(text) > MAX_TEXT) return "too-large";
  if (CONTROL.test(text) || !text.isWellFormed()) return "control";
  return BLANK.test(text) ? "empty" : "ok";
}

/**
 * What others wrote, with nothing in it that moves, hides or reorders what stands on a screen: no control or escape
 * characters, no bidi controls, no invisible ones. `lines`: keep line feeds and tabs; else they become ⏎ and a space.
 */
export function printable(text: string, { lines }: { readonly lines: boolean }): string {
  const shown = text
    .toWellFormed()
    .replace(LINE_ENDS, "\n")
    .replace(UNSHOWN, (c) => (c === "\n" || c === "\t" ? c : ""))
    .replace(STRAY_JOINER, "");
  return lines ? shown : shown.replaceAll("\n", "⏎").replaceAll("\t", " ");
}

const CONTROL = /[\p{Cc}--[\t\n]]/v;
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;
/** U+2028 and U+2029 break lines on some terminals and are nothing on others. */
const LINE_ENDS = /\r\n|[\u2028\u2029]/g;
/**
 * C0, C1 and DEL; interlinear annotations; all that Unicode calls default ignorable (bidi controls, tags, BOM, fillers),
 * but for the variation selectors and joiners that emoji, Persian and Indic words are written with.
 */
const UNSHOWN = /[\p{Cc}[\uFFF9-\uFFFB][\p{Default_Ignorable_Code_Point}--[\uFE00-\uFE0F\u200C\u200D]]]/gv;
/** A joiner joins two characters of an emoji or of a word that is not Latin; elsewhere it only makes twins of words. */
const STRAY_JOINER =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F[[\p{L}\p{M}]--\p{sc=Latn}]])[\u200C\u200D]|[\u200C\u200D](?![\p{Extended_Pictographic}[\p{L}--\p{sc=Latn}]])/gv;
