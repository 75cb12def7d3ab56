// Text and how it looks, before it is on any terminal; and the escape sequences that make it look so on one.
// Must not know what is said.

export type Style =
  | "dim"
  | "bold"
  | "code"
  | "italic"
  | "good"
  | "alarm"
  | "mention"
  | "inverse"
  | "cyan"
  | "green"
  | "yellow"
  | "magenta"
  | "blue"
  | "brightCyan";

export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
  /** Not to be broken between its words, where it fits a row. */
  readonly whole?: boolean;
}

export type Line = readonly Span[];

/** What colours a terminal is to be given. "none": attributes alone, as NO_COLOR asks (no-color.org). */
export type Colors = "dark" | "light" | "none";

/** SGR parameters (ECMA-48 §8.3.117): the sixteen colours alone, which each terminal has as its owner likes them. */
const DARK: Record<Style, string> = {
  dim: "2",
  bold: "1",
  code: "36",
  italic: "3",
  good: "32",
  alarm: "1;31",
  mention: "1;33",
  inverse: "7",
  cyan: "36",
  green: "32",
  yellow: "33",
  magenta: "35",
  blue: "94",
  brightCyan: "96",
};
/** Where yellow and the bright colours could not be read. */
const LIGHT: Record<Style, string> = { ...DARK, mention: "1;35", yellow: "31", blue: "34", brightCyan: "34" };
const NONE: Record<Style, string> = {
  ...DARK,
  code: "4",
  good: "",
  alarm: "1",
  mention: "1;4",
  cyan: "",
  green: "",
  yellow: "",
  magenta: "",
  blue: "",
  brightCyan: "",
};
/** What ends an attribute; of a colour it is 39. */
const ENDS: Readonly<Record<string, string>> = { 1: "22", 2: "22", 3: "23", 4: "24", 7: "27" };
const TABLES = { dark: DARK, light: LIGHT, none: NONE } satisfies Record<Colors, Record<Style, string>>;

/** From the first letter that is written from right to left to the last one. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}](?:.*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}])?/su;
/**
 * Around such text: a hyperlink, as far as Ink knows. It lets no character through that has no width, and draws a row
 * with a link in it as a whole. `marked` makes of it what it stands for.
 */
const [APART, TOGETHER] = ["\u001b]8;;rtl\u0007", "\u001b]8;;\u0007"];
// oxlint-disable-next-line no-control-regex
const EITHER = /\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
const LEFT_TO_RIGHT_MARK = "\u200e";

/** A line as a terminal takes it. */
export function painted(line: Line, colors: Colors): string {
  const table = TABLES[colors];
  return line
    .map(({ text, style }) => {
      const apart = text.replace(RIGHT_TO_LEFT, (found) => `${APART}${found}${TOGETHER}`);
      const sgr = style === undefined || text === "" ? "" : table[style];
      return sgr === "" ? apart : begun(sgr) + apart + ended(sgr);
    })
    .join("");
}

/** Each attribute with its own end, as Ink writes them: it then need not read what it wrote once more. */
function begun(sgr: string): string {
  return sgr
    .split(";")
    .map((one) => `\u001b[${one}m`)
    .join("");
}

function ended(sgr: string): string {
  return sgr
    .split(";")
    .map((one) => `\u001b[${ENDS[one] ?? "39"}m`)
    .reverse()
    .join("");
}

/**
 * Text from right to left between marks (UAX #9 §2.6): what a terminal that reorders a row makes of it stays between
 * them. Marks, not isolates: those are one column wide on terminals with the tables of Unicode 6.
 */
export function marked(drawn: string): string {
  return drawn.replace(EITHER, LEFT_TO_RIGHT_MARK);
}

export function plain(line: Line): string {
  return line.map(({ text }) => text).join("");
}
