import { describe, expect, test } from "bun:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  generateIdentity,
  issueCredential,
  readCredential,
  sameDevice,
  samePerson,
} from "../../src/mls/identity.ts";
import { paddedLength } from "../../src/mls/padding.ts";
import { fingerprint, safetyNumber } from "../../src/mls/safety-number.ts";
import { seededRandom, utf8 } from "./people.ts";

const random = seededRandom("identity");
const identity = generateIdentity(random);
const subject = { name: "Zoë", device: random(32), signatureKey: random(32) };
const credential = issueCredential(identity, subject);

describe("a credential", () => {
  test("says what was put in, for its version, in a layout that stays", () => {
    expect(readCredential(credential)).toEqual({ ...subject, identity: identity.public });
    const bytes = Buffer.concat([
      Uint8Array.of(1, 4),
      utf8("Zoë"),
      identity.public,
      subject.device,
      subject.signatureKey,
    ]);
    expect(Buffer.from(credential.subarray(0, -64))).toEqual(bytes);
    const signed = Buffer.concat([utf8("ClassChat credential v1\0"), bytes]);
    expect(ed25519.verify(credential.slice(-64), signed, identity.public)).toBe(true);
  });

  test("is refused after any change, at any length but its own", () => {
    for (let at = 0; at < credential.length; at++) {
      expect(readCredential(credential.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBeUndefined();
      expect(readCredential(credential.subarray(0, at))).toBeUndefined();
    }
    expect(readCredential(new Uint8Array([...credential, 0]))).toBeUndefined();
  });

  test("is not made or read for what is no name", () => {
    for (const name of ["", " ", "a\u202eb", "x".repeat(33), "e\u0301", "two words"]) {
      expect(() => issueCredential(identity, { ...subject, name })).toThrow(RangeError);
    }
    const body = Buffer.concat([
      Uint8Array.of(1, 3),
      utf8("a b"),
      identity.public,
      subject.device,
      subject.signatureKey,
    ]);
    const signature = ed25519.sign(Buffer.concat([utf8("ClassChat credential v1\0"), body]), identity.secret);
    expect(readCredential(Buffer.concat([body, signature]))).toBeUndefined();
    expect(() => issueCredential(identity, { ...subject, device: random(31) })).toThrow(RangeError);
  });

  test("of a key of small order is refused, though a signature for any text can be made for it", () => {
    const weak = new Uint8Array(32).fill(0, 1);
    weak[0] = 1; // the neutral element: R = neutral, s = 0 verifies for every message without the strict check
    const body = Buffer.concat([
      Uint8Array.of(1, 3),
      utf8("eve"),
      weak,
      subject.device,
      subject.signatureKey,
    ]);
    const forged = Buffer.concat([body, weak, new Uint8Array(32)]);
    const message = Buffer.concat([utf8("ClassChat credential v1\0"), body]);
    expect(ed25519.verify(new Uint8Array(forged.subarray(-64)), message, weak, { zip215: true })).toBe(true);
    expect(readCredential(forged)).toBeUndefined();
  });

  test("shares no memory with the bytes it was read from", () => {
    const bytes = Buffer.from(credential);
    const read = readCredential(bytes);
    bytes.fill(0);
    expect(read).toEqual({ ...subject, identity: identity.public });
  });

  test("tells persons and devices apart", () => {
    const other = { ...subject, identity: identity.public, device: random(32) };
    const own = { ...subject, identity: identity.public };
    expect([samePerson(own, other), sameDevice(own, other), sameDevice(own, { ...own })]).toEqual([
      true,
      false,
      true,
    ]);
    expect(samePerson(own, { ...own, name: "zoë" })).toBe(false);
  });
});

describe("a safety number", () => {
  const [a, b] = [
    { name: "alice", identity: identity.public },
    { name: "bob", identity: random(32) },
  ];

  test("is 12 groups of 5 digits, the same from both sides, and stays", () => {
    const number = safetyNumber(a, b);
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(safetyNumber(b, a)).toBe(number);
    const fixed = (name: string, byte: number) => ({ name, identity: new Uint8Array(32).fill(byte) });
    expect(safetyNumber(fixed("alice", 1), fixed("bob", 2))).toBe(
      "10353 39403 18628 29847 05033 86127 32178 23149 49418 97982 02856 10311",
    );
  });

  test("changes with either key and either name", () => {
    const all = [
      safetyNumber(a, b),
      safetyNumber({ ...a, name: "Alice" }, b),
      safetyNumber(a, { ...b, identity: random(32) }),
    ];
    expect(new Set(all).size).toBe(3);
  });

  test("beside it a fingerprint is 32 hex digits of SHA-256 in groups of 4", () => {
    expect(fingerprint(new Uint8Array(32))).toBe("6668 7aad f862 bd77 6c8f c18b 8e9f 8e20");
  });
});

describe("padding", () => {
  test("never shrinks, costs little above the smallest buckets, and leaves few lengths", () => {
    const lengths = new Set<number>();
    for (let length = 0; length <= 100_000; length += 7) {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(Math.max(length, 256));
      expect(paddedLength(padded)).toBe(padded);
      if (length > 4096) expect(padded).toBeLessThanOrEqual(length * 1.12);
      lengths.add(padded);
    }
    expect(lengths.size).toBeLessThan(100);
  });

  test("has the buckets it says", () => {
    expect([0, 256, 257, 513, 4096, 4097, 65_536, 65_537].map(paddedLength)).toEqual([
      256, 256, 512, 1024, 4096, 4352, 65_536, 67_584,
    ]);
  });
});
