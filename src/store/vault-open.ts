// Opens the vault of a profile's folder, wherever its key comes from.
// Must not know what the vault holds, nor what is said to the person.

import { type ClientStore, StoreFailure } from "../ports.ts";
import type { KeyRefusal } from "./key-kinds.ts";
import { type KeyKind, type KeyOptions, openKey, vaultPath } from "./key-source.ts";
import { isMoved } from "./vault-moved.ts";
import { openVault } from "./vault-sqlite.ts";

/** "moved": its owner goes on with it on another machine. */
export type VaultRefusal = KeyRefusal | "wrong-passphrase" | "moved";

export type OpenedVault =
  | {
      readonly ok: true;
      readonly vault: ClientStore;
      readonly kind: KeyKind;
      readonly created: boolean;
      readonly warning?: "key-in-file";
    }
  | { readonly ok: false; readonly reason: VaultRefusal; readonly cause?: unknown };

/**
 * The vault in `folder`, made (folder 0700, files 0600) where there is none. Throws StoreFailure as `openVault` does,
 * "wrong-key" only when it is not the person's passphrase that is wrong.
 */
export async function openProfileVault(folder: string, options: KeyOptions): Promise<OpenedVault> {
  if (isMoved(folder)) return { ok: false, reason: "moved" };
  const opened = await openKey(folder, options);
  if (!opened.ok) return opened;
  const { key, ...result } = opened;
  try {
    const vault = openVault(vaultPath(folder), key, options);
    if (!isMoved(folder)) return { ...result, vault };
    // It went while this process waited for it.
    vault.close();
    return { ok: false, reason: "moved" };
  } catch (error) {
    if (opened.kind === "passphrase" && error instanceof StoreFailure && error.reason === "wrong-key") {
      return { ok: false, reason: "wrong-passphrase" };
    }
    throw error;
  }
}
