// Which key a profile's vault has: the one its header names, or a new one.
// Must not know what the vault holds, nor what is said to the person.

import { join } from "node:path";
import type { Random } from "../ports.ts";
import {
  type DecodedHeader,
  decodeHeader,
  encodeHeader,
  HEADER_LIMIT,
  type KeyHeader,
} from "./key-header.ts";
import type { Keyring } from "./key-keyring.ts";
import {
  findInFile,
  findInKeyring,
  type FoundKey,
  type KeyRefusal,
  keyOfPassphrase,
  makeFromPassphrase,
  makeInFile,
  makeInKeyring,
} from "./key-kinds.ts";
import { createPrivateFolder, readSmallFile, sizeOfFile, writePrivateFile } from "./private-files.ts";

export type KeyKind = KeyHeader["kind"];

export interface KeyOptions {
  /**
   * Asked once. "create": answering a passphrase asks for it to guard the new vault, undefined for another kind.
   * "open": the vault has one; undefined when there is nobody to ask.
   */
  readonly passphrase?: (purpose: "create" | "open") => Promise<string | undefined> | string | undefined;
  readonly keyring: Keyring | undefined;
  readonly random: Random;
}

export type OpenedKey =
  | {
      readonly ok: true;
      /** 32 bytes. A wrong passphrase makes a wrong key: the vault tells. */
      readonly key: Uint8Array;
      readonly kind: KeyKind;
      readonly created: boolean;
      /** Said once, at the making: whoever can read the folder can read the vault. */
      readonly warning?: "key-in-file";
    }
  | { readonly ok: false; readonly reason: KeyRefusal; readonly cause?: unknown };

/** The vault in a profile's folder. */
export function vaultPath(folder: string): string {
  return join(folder, "vault.sqlite");
}

/**
 * The key of the profile in `folder`; a folder without a vault gets a new one (from a passphrase if one is answered,
 * else in the keyring if that works, else in a file). Cut short before there is a vault, it may be run again, also
 * with another kind. Throws StoreFailure.
 */
export async function openKey(folder: string, options: KeyOptions): Promise<OpenedKey> {
  createPrivateFolder(folder);
  const found = readHeader(folder);
  if (!holdsVault(folder)) {
    if (found?.ok === false && found.reason === "header-newer") return found;
    return await create(folder, found, options);
  }
  if (found === undefined) return { ok: false, reason: "header-missing" };
  if (!found.ok) return found;
  const key = await find(folder, found.header, options);
  return key.ok ? { ...key, kind: found.header.kind, created: false } : key;
}

async function create(
  folder: string,
  found: DecodedHeader | undefined,
  options: KeyOptions,
): Promise<OpenedKey> {
  const passphrase = await options.passphrase?.("create");
  const answered = { ...options, passphrase: () => passphrase };
  if (found?.ok && (found.header.kind === "passphrase") === (passphrase !== undefined)) {
    // Another process may be about to make the vault with this very key, so it stays if it will do.
    const left = await find(folder, found.header, answered);
    if (left.ok) return asNew(found.header.kind, left.key);
  }
  const { header, key } =
    passphrase !== undefined
      ? await makeFromPassphrase(passphrase, options.random)
      : ((options.keyring && (await makeInKeyring(options.keyring, options.random))) ??
        makeInFile(folder, options.random));
  const there = found === undefined ? "keep" : "replace";
  if (writePrivateFile(headerPath(folder), encodeHeader(header), there, options.random)) {
    return asNew(header.kind, key);
  }
  // Another process was quicker, and its header counts.
  return await openKey(folder, answered);
}

function asNew(kind: KeyKind, key: Uint8Array): OpenedKey {
  return { ok: true, key, kind, created: true, ...(kind === "file" && { warning: "key-in-file" }) };
}

async function find(folder: string, header: KeyHeader, options: KeyOptions): Promise<FoundKey> {
  switch (header.kind) {
    case "keyring":
      return await findInKeyring(options.keyring, header.profile);
    case "passphrase": {
      const passphrase = await options.passphrase?.("open");
      if (passphrase === undefined) return { ok: false, reason: "passphrase-needed" };
      return { ok: true, key: await keyOfPassphrase(passphrase, header.argon2) };
    }
    case "file":
      return findInFile(folder);
    default:
      return header satisfies never;
  }
}

function readHeader(folder: string): DecodedHeader | undefined {
  const file = readSmallFile(headerPath(folder), HEADER_LIMIT);
  return file && decodeHeader(file.text);
}

function headerPath(folder: string): string {
  return join(folder, "vault.json");
}

/** An empty vault file is one whose making was cut short. */
function holdsVault(folder: string): boolean {
  return sizeOfFile(vaultPath(folder)) > 0;
}
