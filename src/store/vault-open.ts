// Opens the vault of a profile's folder, wherever its key comes from.
// Must not know what the vault holds, nor what is said to the person.

import { type ClientStore, StoreFailure } from "../ports.ts";
import type { KeyRefusal } from "./key-kinds.ts";
import { type KeyKind, type KeyOptions, openKey, vaultPath } from "./key-source.ts";
import { openVault } from "./vault-sqlite.ts";

export type OpenedVault =
  | {
      readonly ok: true;
      readonly vault: ClientStore;
      readonly kind: KeyKind;
      readonly created: boolean;
      readonly warning?: "key-in-file";
    }
  | { readonly ok: false; readonly reason: KeyRefusal | "wrong-passphrase"; readonly cause?: unknown };

/**
 * The vault in `folder`, made (folder 0700, files 0600) where there is none. Throws StoreFailure as `openVault` does,
 * "wrong-key" only when it is not the person's passphrase that is wrong.
 */
export async function openProfileVault(folder: string, options: KeyOptions): Promise<OpenedVault> {
  const opened = await openKey(folder, options);
  if (!opened.ok) return opened;
  const { key, ...result } = opened;
  try {
    return { ...result, vault: openVault(vaultPath(folder), key, options) };
  } catch (error) {
    if (opened.kind === "passphrase" && error instanceof StoreFailure && error.reason === "wrong-key") {
      return { ok: false, reason: "wrong-passphrase" };
    }
    throw error;
  }
}
