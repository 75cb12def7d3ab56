// The three places a vault's key can come from, each with how a key is made there and how it is found again.
// Must not know which one a profile has.

import { argon2 } from "node:crypto";
import { join } from "node:path";
import { decodeId, encodeId } from "../domain/id.ts";
import type { Random } from "../ports.ts";
import { type Argon2Settings, type KeyHeader, newArgon2Settings } from "./key-header.ts";
import type { Keyring } from "./key-keyring.ts";
import { readSmallFile, writePrivateFile } from "./private-files.ts";
import { VAULT_KEY_BYTES } from "./vault-seal.ts";

/** A new key (32 bytes) and what has to be remembered to find it again. */
export interface MadeKey {
  readonly header: KeyHeader;
  readonly key: Uint8Array;
}

export type FoundKey =
  | { readonly ok: true; readonly key: Uint8Array }
  | { readonly ok: false; readonly reason: KeyRefusal; readonly cause?: unknown };

export type KeyRefusal =
  | "header-corrupt"
  | "header-newer"
  | "header-missing" // of a vault that is there
  | "keyring-locked" // or absent, or silent
  | "keyring-key-missing" // the keyring answers, without a key of ours
  | "key-file-missing"
  | "key-file-corrupt"
  | "key-file-open-to-others"
  | "passphrase-needed";

// ---------------------------------------------------------------- passphrase

export async function makeFromPassphrase(passphrase: string, random: Random): Promise<MadeKey> {
  const settings = newArgon2Settings(random(16));
  return {
    header: { kind: "passphrase", argon2: settings },
    key: await keyOfPassphrase(passphrase, settings),
  };
}

/** Some 200 ms and 64 MiB of work; another passphrase gives another key. */
export async function keyOfPassphrase(passphrase: string, settings: Argon2Settings): Promise<Uint8Array> {
  const { salt, memory, passes, parallelism } = settings;
  const nonce = decodeId(salt, 16);
  if (nonce === undefined) throw new Error("a salt that passed the schema has 16 bytes");
  // NFC: keyboards and systems write the same character in different ways (RFC 8265 §4.2.2).
  const message = passphrase.normalize("NFC");
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  argon2(
    "argon2id",
    { message, nonce, memory, passes, parallelism, tagLength: VAULT_KEY_BYTES },
    (error, key) => (error ? reject(error) : resolve(new Uint8Array(key))),
  );
  return await promise;
}

// ---------------------------------------------------------------- keyring

/** Undefined where the keyring does not keep what it is given. */
export async function makeInKeyring(keyring: Keyring, random: Random): Promise<MadeKey | undefined> {
  const profile = encodeId(random(16));
  const key = random(VAULT_KEY_BYTES);
  try {
    await keyring.set(profile, key.toHex());
    if ((await keyring.get(profile)) !== key.toHex()) return undefined;
  } catch {
    // No keyring on this machine: the warning about the key file says it.
    return undefined;
  }
  return { header: { kind: "keyring", profile }, key };
}

export async function findInKeyring(keyring: Keyring | undefined, profile: string): Promise<FoundKey> {
  if (keyring === undefined) return { ok: false, reason: "keyring-locked" };
  let text: string | undefined;
  try {
    text = await keyring.get(profile);
  } catch (cause) {
    return { ok: false, reason: "keyring-locked", cause };
  }
  const key = keyOfHex(text);
  return key === undefined ? { ok: false, reason: "keyring-key-missing" } : { ok: true, key };
}

// ---------------------------------------------------------------- file

/** Takes the key that lies in the folder, if a good one does: another process may be about to use it. */
export function makeInFile(folder: string, random: Random): MadeKey {
  const key = random(VAULT_KEY_BYTES);
  const text = `${key.toHex()}\n`;
  if (!writePrivateFile(keyFilePath(folder), text, "keep", random)) {
    const left = findInFile(folder);
    if (left.ok) return { header: { kind: "file" }, key: left.key };
    writePrivateFile(keyFilePath(folder), text, "replace", random);
  }
  return { header: { kind: "file" }, key };
}

export function findInFile(folder: string): FoundKey {
  const file = readSmallFile(keyFilePath(folder), 2 * VAULT_KEY_BYTES + 2);
  if (file === undefined) return { ok: false, reason: "key-file-missing" };
  // Windows has no such mode; there the profile's folder is the person's own.
  if (process.platform !== "win32" && (file.mode & 0o077) !== 0) {
    return { ok: false, reason: "key-file-open-to-others" };
  }
  const key = keyOfHex(file.text?.trimEnd());
  return key === undefined ? { ok: false, reason: "key-file-corrupt" } : { ok: true, key };
}

function keyFilePath(folder: string): string {
  return join(folder, "vault.key");
}

function keyOfHex(text: string | undefined): Uint8Array | undefined {
  const hex = /^[0-9a-f]{64}$/;
  return text !== undefined && hex.test(text) ? Uint8Array.fromHex(text) : undefined;
}
