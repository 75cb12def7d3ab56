// The rules of names: which are taken, when two are one, when two look alike. After UTS #39 and UTS #31.
// Must not know who holds a name or where it is kept.

/** The most code points a name may have, after NFKC. */
export const MAX_NAME = 32;

export type NameFault = "empty" | "too-long" | "characters" | "mixed-scripts" | "look-alike";

export type ParsedName =
  | { readonly ok: true; readonly name: string; readonly fold: string; readonly skeleton: string }
  | { readonly ok: false; readonly why: NameFault };

/**
 * Checks what somebody typed as a name. `name` is its NFKC form, to show; `fold` is equal for names that differ in
 * case alone, stays what it is when parsed again, and is a good folder name everywhere; `skeleton` is a function of
 * the fold, equal for names that look alike in either case: for comparing only, never to show.
 */
export function parseName(input: string): ParsedName {
  if (input.trim() === "") return { ok: false, why: "empty" };
  // NFKC may make eighteen of one; what is longer than this is too long in any form.
  if (input.length > 8 * MAX_NAME) return { ok: false, why: "too-long" };
  const name = input.normalize("NFKC");
  if ([...name].length > MAX_NAME) return { ok: false, why: "too-long" };
  const fold = foldCase(name);
  for (const form of [name, fold]) {
    if (!SHAPE.test(form) || INVISIBLE.test(form) || REPEATED_MARK.test(form.normalize("NFD"))) {
      return { ok: false, why: "characters" };
    }
  }
  if (RESERVED.test(fold)) return { ok: false, why: "characters" };
  if (!SCRIPT_SETS.some((set) => set.test(fold))) return { ok: false, why: "mixed-scripts" };
  // Both as written and in small letters: what others see must not be all Latin to the eye either way.
  if (seemsLatin(name) || seemsLatin(fold)) return { ok: false, why: "look-alike" };
  return { ok: true, name, fold, skeleton: skeletonOf(fold) };
}

// The ordinary letters of UTS #31's recommended scripts. Historic and phonetic letters (ᴏ, ɑ, ʼ) and lone Hangul
// parts are twins of ordinary ones, and are left out; so are digits other than 0 to 9, which NFKC gives most forms of.
const LATIN = String.raw`[\p{sc=Latn}&&[\0-\u01BF\u01C4-\u024F\u1E00-\u1EFFɓɔɖɗəɛɟɠɣɨɩɲɵʃʉʊʋʌʒ]]`;
const GREEK = String.raw`[\p{sc=Grek}&&[\u0370-\u03FF\u1F00-\u1FFF]]`;
const CYRILLIC = String.raw`[\p{sc=Cyrl}&&[\u0400-\u052F]]`;
const ARABIC = String.raw`[\p{sc=Arab}&&[\u0620-\u06FF\u0750-\u077F\u08A0-\u08FF]]`;
const SINGLE_SCRIPTS =
  "Armn Beng Deva Ethi Geor Gujr Guru Hebr Khmr Knda Laoo Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt";
const OTHERS = String.raw`[[${inScripts(`${SINGLE_SCRIPTS} Bopo Hani Hira Kana`)}]--[\u02B0-\u02FF]]`;
const LETTER = String.raw`[\p{L}&&[${LATIN}${GREEK}${CYRILLIC}${ARABIC}${OTHERS}[\uAC00-\uD7A3]]]`;
/** A letter with the marks on it. UTS #39 §5.4: at most four; no enclosing marks, no strokes laid over a letter. */
const MARKED = String.raw`${LETTER}[\p{M}--[\p{Me}\u0334-\u0338]]{0,4}`;
const SHAPE = new RegExp(String.raw`^(?:${MARKED}|[0-9])(?:${MARKED}|[0-9._\-])*(?<!\.)$`, "v");
/** What no screen shows (Hangul fillers are letters to Unicode), and the Arabic tatweel, which only stretches. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u0640]/u;
const REPEATED_MARK = /(\p{M})\1/u;
/** Names that Windows keeps for devices, with any ending. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/** UTS #39 §5.2, "highly restrictive": one script, or Latin with the scripts of Chinese, Japanese or Korean. */
const SCRIPT_SETS = [
  "Latn Hani Hira Kana",
  "Latn Hani Bopo",
  "Latn Hani Hang",
  "Arab",
  "Cyrl",
  "Grek",
  ...SINGLE_SCRIPTS.split(" "),
].map((set) => new RegExp(String.raw`^[0-9._\-\p{scx=Zinh}${inScripts(set)}]+$`, "v"));

/** Character classes for scripts named by their ISO 15924 codes. */
function inScripts(codes: string): string {
  return codes
    .split(" ")
    .map((code) => String.raw`\p{scx=${code}}`)
    .join("");
}

/** Unicode's full case folding as far as case mappings give it (ẞ and ß are ss, ς goes with Σ), İ and ı being i. */
function foldCase(name: string): string {
  const lower = name.toLowerCase().toUpperCase().toLowerCase();
  return lower.normalize("NFKC").replaceAll("i\u0307", "i");
}

/** Letters of other scripts that pass for Latin ones just as they stand: Cyrillic, Greek, Armenian, and single ones. */
const PASSES_FOR_LATIN = new Set(`
  асеорхуүѕіјԁӏһԛԝѵг
  АВЕКМНОРСТХУҮЅІЈӀԚԜѴԌЗЬь
  αγινορυϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϺͿ
  օոսհցյզլՕՍՏԼ
  סוןاهഠଠဝငዐሀ丨`);

/** Pairs "xy": x is shown as y. From UTS #39's confusables, those among the letters above. */
function twins(pairs: string): ReadonlyMap<string, string> {
  return new Map(
    pairs
      .trim()
      .split(/\s+/)
      .map((pair) => {
        const [from = "", ...to] = pair;
        return [from, to.join("")];
      }),
  );
}

/** Folded letters and marks to what they are compared as; where the two cases read differently, as the capital. */
const COMPARED_AS = twins(`
  0o 1l il ıl ɩl ĸk ǝə ȷj ƅb ƿp ʋu ɣy ƞn ɋq ƨ2 ƽ5 ȣ8 ȝ3 ʒ3 ðđ ɖđ æae œoe mrn wvv
  аa вb сc еe кk мrn нh оo рp тt хx уy үy ѕs іl јj ԁd ӏl һh ԛq ԝvv ѵv ԍg з3 ьb əə әə ө\u0275
  αa βb εe ζz ηh ιl κk μrn νn οo ρp τt υy χx ϳj ϻrn γг πп φф λл
  օo ոn սu հh ցg յj զq լl տs סo וl ןl اl هo ഠo ଠo ဝo ငc ዐo ሀu
  丨l 一- ー- ㄧ- カ力 ニ二 ハ八 ト卜 ロ口 囗口 タ夕 エ工 チ千 ノ丿 ヘへ リり ㄅ勹 ㄚ丫 ㄒ丅 ㄏ厂 ㄇ冂 ㄈ匚 ㄑく
  \u030C\u0306 \u0311\u0302 \u0326\u0327`);

function skeletonOf(fold: string): string {
  // Decomposed, so that ё is е with two dots as ë is e with two dots.
  const compared = Array.from(fold.normalize("NFD"), (c) => COMPARED_AS.get(c) ?? c).join("");
  return compared.replace(/(?<=[lj])\u0307/g, "");
}

function seemsLatin(form: string): boolean {
  const letters = form.normalize("NFD").match(/\p{L}/gu);
  return letters !== null && letters.every((letter) => PASSES_FOR_LATIN.has(letter));
}
