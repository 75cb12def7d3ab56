// What a terminal sends → keys, pasted text, turns of the wheel and what it says of itself (xterm's control sequences).
// Must not know what any of them does.

export type Key =
  /** What was typed or pasted; of what was pasted, line ends are `\n`. */
  | { readonly kind: "text"; readonly text: string; readonly pasted: boolean }
  /** `ctrl-k`, `alt-enter`, `pgup`, `f1` … */
  | { readonly kind: "key"; readonly key: string }
  /** From 0. */
  | { readonly kind: "click"; readonly column: number; readonly row: number }
  | { readonly kind: "focus"; readonly on: boolean }
  /** The colour behind the text. */
  | { readonly kind: "background"; readonly light: boolean };

/** More of one paste than this is not taken: it is some file by mistake. */
const MOST_PASTED = 1024 * 1024;
const PASTE_END = "\u001b[201~";

const FINALS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift-tab",
};
const TILDES: Readonly<Record<string, string>> = {
  1: "home",
  3: "delete",
  4: "end",
  5: "pgup",
  6: "pgdn",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
};
const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "ctrl-j",
  "\t": "tab",
  "\u007f": "backspace",
  "\b": "backspace",
  "\u001b": "esc",
};
// oxlint-disable no-control-regex -- they are what is looked for
/** CSI with its parameters and final character; SS3; OSC up to its end (ECMA-48 §5.4, §5.6). */
const CSI = /^\u001b\[([<?0-9;:]*)([@-~])/;
const SS3 = /^\u001bO([A-Z])/;
const OSC = /^\u001b\]([^\u0007\u001b]*)(?:\u0007|\u001b\\)/;
const UNFINISHED = /^\u001b(?:\[[<?0-9;:]*|O|\][^\u0007\u001b]*\u001b?)$/;
// oxlint-enable no-control-regex

export class KeyReader {
  readonly #utf8 = new TextDecoder();
  #rest = "";
  /** What was pasted up to now, while the paste goes on. */
  #pasted: string | undefined;
  /** Where the left button was pressed. */
  #pressed: string | undefined;

  /** The keys of this chunk, in order. A sequence that is cut off is finished by the next chunk. */
  read(bytes: Uint8Array): Key[] {
    let text = this.#rest + this.#utf8.decode(bytes, { stream: true });
    this.#rest = "";
    const keys: Key[] = [];
    while (text !== "") {
      if (this.#pasted !== undefined) {
        text = this.#paste(text, keys);
        continue;
      }
      // The escape key itself comes alone; a longer beginning of a sequence has its end in the next chunk.
      if (text.length > 1 && UNFINISHED.test(text) && text.length < 64) {
        this.#rest = text;
        break;
      }
      text = text.slice(this.#one(text, keys));
    }
    return keys;
  }

  /** Takes one key from the front; answers its length. */
  #one(text: string, keys: Key[]): number {
    const csi = CSI.exec(text);
    if (csi !== null) {
      const [all, parameters = "", final = ""] = csi;
      if (all === "\u001b[200~") this.#pasted = "";
      else if (parameters.startsWith("<")) keys.push(...this.#mouse(parameters.slice(1), final));
      else keys.push(...sequence(parameters, final));
      return all.length;
    }
    const ss3 = SS3.exec(text);
    if (ss3 !== null) {
      const key = FINALS[ss3[1] ?? ""];
      if (key !== undefined) keys.push({ kind: "key", key });
      return ss3[0].length;
    }
    const osc = OSC.exec(text);
    if (osc !== null) {
      keys.push(...told(osc[1] ?? ""));
      return osc[0].length;
    }
    const [first = ""] = text;
    if (first === "\u001b" && text.length > 1) {
      const char = String.fromCodePoint(text.codePointAt(1) ?? 0);
      if (char !== "\u001b") keys.push({ kind: "key", key: `alt-${keyOf(char)}` });
      else keys.push({ kind: "key", key: "esc" });
      return char === "\u001b" ? 1 : 1 + char.length;
    }
    const run = /^[^\p{Cc}]+/u.exec(text)?.[0];
    if (run !== undefined) {
      keys.push({ kind: "text", text: run, pasted: false });
      return run.length;
    }
    keys.push({ kind: "key", key: keyOf(first) });
    return 1;
  }

  /**
   * SGR mouse reports (xterm, 1006): 64 and 65 are the wheel, 0 the left button. It has clicked where it is let go in the
   * place where it was pressed: whoever draws the mouse over a text wants to select it.
   */
  #mouse(parameters: string, final: string): Key[] {
    const [button, column = 1, row = 1] = parameters.split(";").map(Number);
    if (button === 64 || button === 65)
      return [{ kind: "key", key: button === 64 ? "wheel-up" : "wheel-down" }];
    if (button !== 0) return [];
    const place = `${column};${row}`;
    const isClick = final === "m" && place === this.#pressed;
    this.#pressed = final === "M" ? place : undefined;
    return isClick ? [{ kind: "click", column: column - 1, row: row - 1 }] : [];
  }

  #paste(text: string, keys: Key[]): string {
    const all = (this.#pasted ?? "") + text;
    const end = all.indexOf(PASTE_END);
    if (end < 0) {
      this.#pasted = all.length > MOST_PASTED ? all.slice(-PASTE_END.length) : all;
      return "";
    }
    this.#pasted = undefined;
    const pasted = all.slice(0, end).replace(/\r\n?/g, "\n");
    if (pasted !== "") keys.push({ kind: "text", text: pasted, pasted: true });
    return all.slice(end + PASTE_END.length);
  }
}

function keyOf(char: string): string {
  const known = CONTROLS[char];
  if (known !== undefined) return known;
  if (char < " ") return `ctrl-${String.fromCharCode(char.charCodeAt(0) + 96)}`;
  return char;
}

function sequence(parameters: string, final: string): Key[] {
  if (parameters === "" && (final === "I" || final === "O")) return [{ kind: "focus", on: final === "I" }];
  const [first = "", modifier = "1"] = parameters.split(";");
  const name = final === "~" ? TILDES[first] : FINALS[final];
  if (name === undefined) return [];
  // One, and 1 for shift, 2 for alt, 4 for ctrl (xterm, "PC-Style Function Keys").
  const bits = Number(modifier) - 1;
  const modifiers = `${bits & 4 ? "ctrl-" : ""}${bits & 2 ? "alt-" : ""}`;
  return [{ kind: "key", key: `${modifiers}${name}` }];
}

/** `11;rgb:ffff/ffff/dddd` answers what colour lies behind the text (xterm, OSC 11). */
function told(text: string): Key[] {
  const found = /^11;rgba?:([0-9a-f]+)\/([0-9a-f]+)\/([0-9a-f]+)/i.exec(text);
  if (found === null) return [];
  const [red = 0, green = 0, blue = 0] = found
    .slice(1)
    .map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
  return [{ kind: "background", light: 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 }];
}
