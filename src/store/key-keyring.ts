// The system's keyring as far as a vault needs it, with an end to its silence.
// Must not know vaults.

/** Named secrets of the person at this machine. Every call rejects where there is no keyring or it stays locked. */
export interface Keyring {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

const SERVICE = "classchat";

/**
 * The keyring of the platform: Keychain, libsecret, Credential Manager. A call that gets no answer rejects: `set`
 * soon, for there is another place for a new key; `get` late, as somebody may be typing the keyring's own password.
 */
export function systemKeyring(
  secrets: Pick<typeof Bun.secrets, "get" | "set"> = Bun.secrets,
  patience: { readonly set: number; readonly get: number } = { set: 3_000, get: 30_000 },
): Keyring {
  return {
    async get(name) {
      return (await inTime(secrets.get({ service: SERVICE, name }), patience.get)) ?? undefined;
    },
    async set(name, value) {
      await inTime(secrets.set({ service: SERVICE, name, value }), patience.set);
    },
  };
}

async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the keyring did not answer in ${ms} ms`)), ms);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
