// A file's name as somebody else gave it, made into one that can be shown and written anywhere. Pure.
// Must not know the folder: whether a name is taken is for whoever writes there.

/** The most bytes of UTF-8 in a file's name, which is what ext4, APFS, and NTFS (in characters) take. */
export const MAX_NAME_BYTES = 255;
/** What a file is called when nothing of its name can stay. */
const NAMELESS = "file";

/**
 * The last part of a path in anybody's spelling, without what hides, reorders or breaks lines on a screen, without what
 * any file system takes for something else, and of at most MAX_NAME_BYTES. `safeFileName` of it is the same again.
 */
export function safeFileName(given: string): string {
  const seen = withoutStrays(given.toWellFormed().replace(SPACE, " ").replace(UNSEEN, "")).normalize("NFC");
  const last = seen.split(/[/\\]/).findLast((part) => HOLDS_MORE.test(part)) ?? "";
  const shown = last.replace(RESERVED_CHARACTER, "_").replace(ENDS, "");
  // Cutting may lay bare at the end what was in the middle.
  const cut = withoutStrays(fit(shown, "")).replace(ENDS, "");
  if (cut === "") return NAMELESS;
  return RESERVED_NAME.test(cut) ? fit(`_${cut}`, "") : cut;
}

/** `name.ext` as `name (2).ext`, for when the first is taken. `name` is a safe one, `number` from 1. */
export function numberedFileName(name: string, number: number): string {
  return fit(name, ` (${number})`);
}

/** Anything but the names of the folder itself and of the one above it. */
const HOLDS_MORE = /[^.\s]/u;
/** A byte order mark is white space to JavaScript alone. */
const SPACE = /[\s--\uFEFF]/gv;
/** Control characters, annotations, and all that Unicode calls default ignorable (bidi controls, tags, fillers). */
const UNSEEN =
  /[\p{Cc}\p{Cn}\p{Co}[\uFFF9-\uFFFB][\p{Default_Ignorable_Code_Point}--[\uFE0F\u200C\u200D]]]/gv;
/** A selector makes a picture of an emoji; elsewhere it is nothing to see. */
const STRAY_SELECTOR = /(?<![\p{Emoji}--[*]])\uFE0F/gv;
/** Joiners join characters of an emoji or of a word that is not Latin; elsewhere they only make twins of names. */
const STRAY_JOINER =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F[[\p{L}\p{M}]--\p{sc=Latn}]])[\u200C\u200D]|[\u200C\u200D](?![\p{Extended_Pictographic}[\p{L}--\p{sc=Latn}]])/gv;
/** Windows takes these for something else (Naming Files, Paths, and Namespaces); a colon names a stream. */
const RESERVED_CHARACTER = /[<>:"|?*]/g;
/** A dot first hides a file; Windows drops dots and spaces at the end. */
const ENDS = /^[. ]+|[. ]+$/g;
/** Names of devices to Windows, whatever their ending. */
const RESERVED_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00B9\u00B2\u00B3]) *(?:\.|$)/i;
/** What stays at the end when a name is cut or numbered. */
const ENDING = /(?:\.tar)?\.[^. ]{1,16}$/i;

const utf8 = new TextEncoder();

function withoutStrays(name: string): string {
  return name.replace(STRAY_SELECTOR, "").replace(STRAY_JOINER, "");
}

/** `name` with `mark` before its ending, cut before the mark to be no longer than MAX_NAME_BYTES. */
function fit(name: string, mark: string): string {
  const at = name.search(ENDING);
  const [stem, ending] = at > 0 ? [name.slice(0, at), name.slice(at)] : [name, ""];
  const room = MAX_NAME_BYTES - utf8.encode(mark + ending).length;
  return cutTo(stem, room) + mark + ending;
}

/** As many whole characters, as people see them, as fit into `room` bytes; of one that never ends, what fits. */
function cutTo(text: string, room: number): string {
  if (utf8.encode(text).length <= room) return text;
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  return (fill(characters, room) || fill(text, room)).trimEnd();
}

function fill(pieces: Iterable<string>, room: number): string {
  let filled = "";
  let size = 0;
  for (const piece of pieces) {
    size += utf8.encode(piece).length;
    if (size > room) break;
    filled += piece;
  }
  return filled;
}
