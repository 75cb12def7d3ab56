// Signatures in minisign's format: those that minisign made hold, whatever is changed in them does not.

import { describe, expect, test } from "bun:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { formatChecksums, parseChecksums } from "../../src/files/checksums.ts";
import {
  checkSignature,
  formatPublicKey,
  formatSignature,
  keyNumber,
  parsePublicKey,
  prehashed,
  publicKeyFile,
} from "../../src/files/minisign.ts";

const golden = (name: string) => Bun.file(`${import.meta.dir}/golden/${name}`).text();
const utf8 = (text: string) => new TextEncoder().encode(text);

const seed = new Uint8Array(32).fill(7);
const key = { id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), key: ed25519.getPublicKey(seed) };
const sign = (bytes: Uint8Array) => ed25519.sign(bytes, seed);
const message = utf8("the list\n");
const signed = formatSignature(message, { id: key.id, comment: "classchat 1.2.3" }, sign);
/** With one of its lines made another. */
const changed = (line: number, change: (text: string) => string) =>
  signed
    .split("\n")
    .map((text, i) => (i === line ? change(text) : text))
    .join("\n");
/** With one character of base64 made another. */
const altered = (at: number) => (text: string) =>
  `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;

describe("a signature", () => {
  test("that minisign 0.11 made holds, by the key file that it made", async () => {
    const theirs = parsePublicKey(await golden("minisign.pub"));
    if (theirs === undefined) throw new Error("no key");
    const made = checkSignature(utf8(await golden("signed.txt")), await golden("signed.txt.minisig"), theirs);
    expect(made).toEqual({ ok: true, comment: "timestamp:1795464000\tfile:signed.txt\thashed" });
    expect(publicKeyFile(theirs)).toBe(await golden("minisign.pub"));
  });

  test("made here holds, and says what its comment says", () => {
    expect(checkSignature(message, signed, key)).toEqual({ ok: true, comment: "classchat 1.2.3" });
    expect(checkSignature(message, signed.replaceAll("\n", "\r\n"), key)).toMatchObject({ ok: true });
    expect(formatSignature(message, { id: key.id, comment: "classchat 1.2.3" }, sign)).toBe(signed);
  });

  test("does not hold for anything else, by another key, or with another comment", () => {
    const wrong = { ok: false, why: "wrong" } as const;
    expect(checkSignature(utf8("the List\n"), signed, key)).toEqual(wrong);
    expect(checkSignature(message, changed(1, altered(60)), key)).toEqual(wrong);
    const another = { id: key.id, key: ed25519.getPublicKey(new Uint8Array(32).fill(8)) };
    expect(checkSignature(message, signed, another)).toEqual(wrong);
    expect(checkSignature(message, signed, { id: key.id, key: new Uint8Array(32).fill(255) })).toEqual(wrong);
    const comment = { ok: false, why: "comment" } as const;
    expect(
      checkSignature(
        message,
        changed(2, (text) => `${text}4`),
        key,
      ),
    ).toEqual(comment);
    expect(checkSignature(message, changed(3, altered(20)), key)).toEqual(comment);
  });

  test("of a key with another number names it", () => {
    const id = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
    expect(checkSignature(message, signed, { ...key, id })).toEqual({
      ok: false,
      why: "other-key",
      id: key.id,
    });
    expect(keyNumber(key.id)).toBe("0807060504030201");
  });

  test("of the old kind, cut short, too long or of another shape is none", () => {
    const old = (text: string) => text.replace(/^RU/, "RW");
    expect(checkSignature(message, changed(1, old), key)).toEqual({ ok: false, why: "old-kind" });
    const none = { ok: false, why: "not-a-signature" } as const;
    for (let length = 0; length < signed.length - 1; length += 7)
      expect(checkSignature(message, signed.slice(0, length), key)).toEqual(none);
    for (const file of [
      `${signed}more\n`,
      changed(0, () => "comment"),
      changed(2, () => "comment"),
      changed(1, (text) => text.slice(4)),
      changed(1, (text) => `${text} `),
      changed(1, (text) => `XX${text.slice(2)}`),
      changed(3, () => "!"),
    ])
      expect(checkSignature(message, file, key)).toEqual(none);
  });

  test("is made over BLAKE2b-512", () => {
    // RFC 7693, appendix A.
    expect(prehashed(utf8("abc")).toHex()).toStartWith("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b7");
  });
});

describe("a public key", () => {
  test("is read as one line and as a file", () => {
    expect(parsePublicKey(formatPublicKey(key))).toEqual(key);
    expect(parsePublicKey(publicKeyFile(key))).toEqual(key);
  });

  test("is nothing else", () => {
    for (const text of [
      "",
      "RWQ",
      signed,
      `${formatPublicKey(key)}A`,
      formatPublicKey(key).replace("RW", "RU"),
    ])
      expect(parsePublicKey(text)).toBeUndefined();
  });
});

describe("a list of checksums", () => {
  const [one, two] = ["a".repeat(64), "b".repeat(64)];

  test("is the same for the same files, and read again as it is", () => {
    const list = formatChecksums(
      new Map([
        ["b.zip", two],
        ["a.tar.gz", one],
      ]),
    );
    expect(list).toBe(`${one}  a.tar.gz\n${two}  b.zip\n`);
    expect([...(parseChecksums(list) ?? [])]).toEqual([
      ["a.tar.gz", one],
      ["b.zip", two],
    ]);
    expect(parseChecksums(`${one} *a.zip\r\n`)).toEqual(new Map([["a.zip", one]]));
  });

  test("is nothing else: no folder in a name, no name twice, no other line, not nothing", () => {
    for (const text of [
      "",
      `${one}  ../a\n`,
      `${one}  a/b\n`,
      `${one}  a\n${two}  a\n`,
      `${one} a\n`,
      `${one.slice(1)}  a\n`,
      "hello\n",
      `${one}  a\nx\n`,
    ])
      expect([text, parseChecksums(text)]).toEqual([text, undefined]);
    expect(() => formatChecksums(new Map([["../a", one]]))).toThrow(RangeError);
  });
});
