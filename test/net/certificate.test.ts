import { expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateOf, ed25519KeyOf, generateKey } from "../../src/net/certificate.ts";

// RFC 8032 §7.1, test 1.
const seed = Uint8Array.fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

const withOpenssl = test.skipIf(Bun.which("openssl") === null);

function openssl(args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "classchat-certificate-"));
  try {
    const file = join(folder, "cert.pem");
    writeFileSync(file, certificateOf(seed).cert);
    const run = Bun.spawnSync(["openssl", ...args.map((arg) => (arg === "FILE" ? file : arg))]);
    return run.stdout.toString() + run.stderr.toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a seed's public key is the one RFC 8032 gives it", () => {
  expect(certificateOf(seed).publicKey.toHex()).toBe(publicKey);
});

test("a seed always makes the same certificate, another seed another", () => {
  expect(certificateOf(seed)).toEqual(certificateOf(seed.slice()));
  const other = certificateOf(new Uint8Array(32).fill(7));
  expect(other.cert).not.toBe(certificateOf(seed).cert);
});

test("the private key in PEM is the seed's", () => {
  const jwk = createPrivateKey(certificateOf(seed).key).export({ format: "jwk" });
  expect(Uint8Array.fromBase64(jwk.d ?? "", { alphabet: "base64url" })).toEqual(seed);
});

test("the certificate is signed by its own key and says whose key it is", () => {
  const certificate = new X509Certificate(certificateOf(seed).cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  expect(ed25519KeyOf(spki)?.toHex()).toBe(publicKey);
});

test("any 256 keys make certificates that are read back, whatever their serial numbers begin with", () => {
  for (let i = 0; i < 256; i++) {
    const { cert } = certificateOf(new Uint8Array(32).fill(i));
    const { serialNumber } = new X509Certificate(cert);
    expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  }
});

withOpenssl("openssl verifies the certificate, its signature too", () => {
  expect(openssl(["verify", "-x509_strict", "-check_ss_sig", "-CAfile", "FILE", "FILE"])).toContain(": OK");
});

withOpenssl("openssl reads version 3, Ed25519, the name, and a validity without end", () => {
  const text = openssl(["x509", "-in", "FILE", "-noout", "-text"]);
  expect(text).toContain("Version: 3 (0x2)");
  expect(text).toContain("Public Key Algorithm: ED25519");
  expect(text).toContain("Subject: CN = classchat");
  expect(text).toContain("Not Before: Jan  1 00:00:00 1970 GMT");
  expect(text).toContain("Not After : Dec 31 23:59:59 9999 GMT");
});

test("a key is made of 32 bytes of the given randomness", () => {
  expect(generateKey((n) => new Uint8Array(n).fill(9)).seed).toEqual(new Uint8Array(32).fill(9));
});

test("a seed of another length is refused, and the error does not repeat it", () => {
  expect(() => certificateOf(new Uint8Array(31))).toThrow(new RangeError("an Ed25519 seed has 32 bytes"));
});

test("a public key of another kind is none", () => {
  const x25519 = Uint8Array.fromHex(`302a300506032b656e032100${publicKey}`);
  expect(ed25519KeyOf(x25519)).toBeUndefined();
  expect(ed25519KeyOf(new Uint8Array(0))).toBeUndefined();
});
