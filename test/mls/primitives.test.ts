// Each native primitive beside its @noble twin, HPKE beside RFC 9180's own vector, and the randomness that goes in.

import { describe, expect, test } from "bun:test";
import { ed25519, x25519 as nobleX25519 } from "@noble/curves/ed25519.js";
import { expand as nobleExpand, extract as nobleExtract } from "@noble/hashes/hkdf.js";
import { hmac as nobleHmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import * as curve from "../../src/mls/curve25519.ts";
import { makeHpke } from "../../src/mls/hpke.ts";
import * as kdf from "../../src/mls/kdf.ts";
import { seededRandom } from "./people.ts";

const random = seededRandom("primitives");
const LENGTHS = [0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 127, 128, 200, 1000];

describe("native and noble agree", () => {
  test("SHA-256 and HMAC, at every length of key and data around a block", () => {
    for (const a of LENGTHS) {
      const data = random(a);
      expect(kdf.sha256(data)).toEqual(nobleSha256(data));
      for (const b of LENGTHS) {
        const key = random(b);
        expect(kdf.hmac(key, data)).toEqual(nobleHmac(nobleSha256, key, data));
      }
    }
    const [key, data] = [random(32), random(100)];
    const tag = nobleHmac(nobleSha256, key, data);
    expect(kdf.verifyHmac(key, tag, data)).toBe(true);
    expect(kdf.verifyHmac(key, tag.subarray(0, 31), data)).toBe(false);
    expect(
      kdf.verifyHmac(
        key,
        tag.map((byte, at) => (at === 31 ? byte ^ 1 : byte)),
        data,
      ),
    ).toBe(false);
  });

  test("HKDF", () => {
    for (const length of [1, 12, 32, 33, 64, 255]) {
      const [salt, ikm, info] = [random(32), random(48), random(length)];
      const prk = kdf.extract(salt, ikm);
      expect(prk).toEqual(nobleExtract(nobleSha256, ikm, salt));
      expect(kdf.expand(prk, info, length)).toEqual(nobleExpand(nobleSha256, prk, info, length));
    }
    expect(() => kdf.expand(random(32), random(1), 255 * 32 + 1)).toThrow(RangeError);
  });

  test("Ed25519: keys, signatures, and what is refused", () => {
    for (const length of LENGTHS) {
      const [secret, message] = [random(32), random(length)];
      const key = curve.ed25519Public(secret);
      expect(key).toEqual(ed25519.getPublicKey(secret));
      const signature = curve.ed25519Sign(secret, message);
      expect(signature).toEqual(ed25519.sign(message, secret));
      for (const at of [0, 31, 32, 63]) {
        const bad = signature.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
        expect(curve.ed25519Verify(key, message, bad)).toBe(false);
        expect(ed25519.verify(bad, message, key)).toBe(false);
      }
      expect(curve.ed25519Verify(key, message, signature)).toBe(true);
      expect(curve.ed25519Verify(key, message, signature.subarray(1))).toBe(false);
      expect(curve.ed25519Verify(new Uint8Array([...key, 0]), message, signature)).toBe(false);
    }
  });

  test("Ed25519: a signature with s + L is refused by both", () => {
    const [secret, message] = [random(32), random(10)];
    const signature = curve.ed25519Sign(secret, message);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = BigInt(`0x${signature.slice(32).toReversed().toHex()}`) + order;
    const malleable = new Uint8Array(signature);
    for (let at = 32; at < 64; at++, s >>= 8n) malleable[at] = Number(s & 0xffn);
    const key = curve.ed25519Public(secret);
    expect(ed25519.verify(malleable, message, key, { zip215: false })).toBe(false);
    expect(curve.ed25519Verify(key, message, malleable)).toBe(false);
  });

  test("X25519: keys, shared secrets, and points of small order", () => {
    for (let i = 0; i < 20; i++) {
      const [a, b] = [random(32), random(32)];
      const key = curve.x25519Public(b);
      expect(key).toEqual(nobleX25519.getPublicKey(b));
      expect(curve.x25519(a, key)).toEqual(nobleX25519.getSharedSecret(a, key));
      expect(curve.isUsableX25519(key)).toBe(true);
    }
    const p = 2n ** 255n - 19n;
    const small = [
      0n,
      1n,
      p - 1n,
      p,
      p + 1n,
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    ];
    for (const point of small) {
      for (const high of [0n, 2n ** 255n]) {
        const key = Uint8Array.fromHex((point + high).toString(16).padStart(64, "0")).toReversed();
        expect(curve.isUsableX25519(key)).toBe(false);
        expect(() => curve.x25519(random(32), key)).toThrow();
        expect(() => nobleX25519.getSharedSecret(random(32), key)).toThrow();
      }
    }
    expect(curve.isUsableX25519(random(31))).toBe(false);
    expect(() => curve.x25519(random(32), random(33))).toThrow(RangeError);
  });
});

describe("HPKE", () => {
  test("gives what RFC 9180 A.2.1 gives, its ephemeral key coming from the randomness passed in", async () => {
    const ikmE = Uint8Array.fromHex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");
    const derived = await makeHpke(random).deriveKeyPair(ikmE);
    const ephemeral = await makeHpke(random).exportPrivateKey(derived.privateKey);
    const hpke = makeHpke(() => ephemeral);
    const secret = await hpke.importPrivateKey(
      Uint8Array.fromHex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"),
    );
    const recipient = await hpke.importPublicKey(curve.x25519Public(await hpke.exportPrivateKey(secret)));
    const info = Uint8Array.fromHex("4f6465206f6e2061204772656369616e2055726e");
    const plain = Uint8Array.fromHex("4265617574792069732074727574682c20747275746820626561757479");
    const aad = Uint8Array.fromHex("436f756e742d30");
    const { enc, ct } = await hpke.seal(recipient, plain, info, aad);
    expect(enc.toHex()).toBe("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    expect(ct.toHex()).toBe(
      "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
    );
    expect(await hpke.open(secret, enc, ct, info, aad)).toEqual(plain);
    const exported = await hpke.exportSecret(recipient, new Uint8Array(), 32, info);
    expect(exported.secret.toHex()).toBe("4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e");
    expect(await hpke.importSecret(secret, new Uint8Array(), exported.enc, 32, info)).toEqual(
      exported.secret,
    );
  });

  test("opens nothing that was changed", async () => {
    const hpke = makeHpke(random);
    const pair = await hpke.generateKeyPair();
    const { enc, ct } = await hpke.seal(pair.publicKey, random(20), random(5), random(5));
    expect(hpke.open(pair.privateKey, enc, ct, random(5), random(5))).rejects.toThrow();
    expect(hpke.importPublicKey(random(33))).rejects.toThrow(RangeError);
  });
});

describe("an Ed25519 key", () => {
  const p = 2n ** 255n - 19n;
  const bytes = (y: bigint, sign = 0n) => {
    let rest = y | (sign << 255n);
    return Uint8Array.from({ length: 32 }, () => {
      const byte = Number(rest & 0xffn);
      rest >>= 8n;
      return byte;
    });
  };

  test("of small order, or spelt in a second way, is none", () => {
    const { Point } = ed25519;
    const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    for (let n = 1n, point = torsion; n <= 8n; n++, point = point.add(torsion))
      expect(curve.isUsableEd25519(point.toBytes())).toBe(false);
    for (const sign of [0n, 1n])
      for (let y = p; y < 2n ** 255n; y++) expect(curve.isUsableEd25519(bytes(y, sign))).toBe(false);
  });

  test("of anybody is one", () => {
    for (let i = 0; i < 50; i++) expect(curve.isUsableEd25519(curve.ed25519Public(random(32)))).toBe(true);
    expect(curve.isUsableEd25519(random(31))).toBe(false);
  });
});
