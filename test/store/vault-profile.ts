// A profile's folder to make vaults in and open them again, for the tests of where keys come from.

import { expect } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Keyring } from "../../src/store/key-keyring.ts";
import type { KeyOptions } from "../../src/store/key-source.ts";
import { openProfileVault } from "../../src/store/vault-open.ts";
import { bytes } from "./vault-contract.ts";

export const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
/** Neither a keyring nor a passphrase. */
export const bare: KeyOptions = { keyring: undefined, random };

export function withPassphrase(passphrase: string, keyring?: Keyring): KeyOptions {
  return { keyring, random, passphrase: () => passphrase };
}

export class FakeKeyring implements Keyring {
  readonly held = new Map<string, string>();
  locked = false;
  async get(name: string): Promise<string | undefined> {
    if (this.locked) throw new Error("locked");
    return this.held.get(name);
  }
  async set(name: string, value: string): Promise<void> {
    if (this.locked) throw new Error("locked");
    this.held.set(name, value);
  }
}

export class ProfileFolder {
  readonly #base = mkdtempSync(join(tmpdir(), "classchat-key-"));
  /** Not there before the first vault is made. */
  readonly path = join(this.#base, "home", "alice");

  file(name: string): string {
    return join(this.path, name);
  }

  /** Makes the profile's vault with one row in it. */
  async make(options: KeyOptions): Promise<void> {
    const opened = await openProfileVault(this.path, options);
    if (!opened.ok) throw new Error(opened.reason);
    expect(opened.created).toBe(true);
    opened.vault.transaction([{ put: "profile", key: "name", value: bytes("alice") }]);
    opened.vault.close();
  }

  /** What a later opening says: the kind of key, with the row read, or the reason. */
  async reopen(options: KeyOptions): Promise<string> {
    const opened = await openProfileVault(this.path, options);
    if (!opened.ok) return opened.reason;
    expect(opened.created).toBe(false);
    expect(opened.warning).toBeUndefined();
    const row = opened.vault.get("profile", "name");
    opened.vault.close();
    expect(row).toEqual(bytes("alice"));
    return opened.kind;
  }

  /** As if nothing had ever been made. */
  clear(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  dispose(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }
}
