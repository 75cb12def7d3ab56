// Where a vault's key comes from: three kinds, what each needs, and what is said when it is not there.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreFailure } from "../../src/ports.ts";
import { type Keyring, systemKeyring } from "../../src/store/key-keyring.ts";
import { type KeyOptions, openKey } from "../../src/store/key-source.ts";
import { openProfileVault } from "../../src/store/vault-open.ts";
import { bare, FakeKeyring, ProfileFolder, random, withPassphrase } from "./vault-profile.ts";

let profile: ProfileFolder;
beforeEach(() => {
  profile = new ProfileFolder();
});
afterEach(() => profile.dispose());

const mode = (name: string) => statSync(profile.file(name)).mode & 0o777;
const posix = process.platform !== "win32";

describe("a key in a file", () => {
  test("is the last resort, comes with a warning, and opens the vault again", async () => {
    const opened = await openKey(profile.path, bare);
    expect(opened).toMatchObject({ ok: true, kind: "file", created: true, warning: "key-in-file" });
    await profile.make(bare);
    expect(await profile.reopen(bare)).toBe("file");
    expect(readdirSync(profile.path).sort()).toEqual(["vault.json", "vault.key", "vault.sqlite"]);
  });

  test.skipIf(!posix)("is its owner's alone to read, whatever the umask", async () => {
    const umask = process.umask(0);
    try {
      await profile.make(bare);
    } finally {
      process.umask(umask);
    }
    expect(mode(".")).toBe(0o700);
    for (const name of ["vault.json", "vault.key", "vault.sqlite"]) expect(mode(name)).toBe(0o600);
  });

  test.skipIf(!posix)("is refused once others may read it", async () => {
    await profile.make(bare);
    for (const open of [0o640, 0o604, 0o660]) {
      chmodSync(profile.file("vault.key"), open);
      expect(await profile.reopen(bare)).toBe("key-file-open-to-others");
    }
    chmodSync(profile.file("vault.key"), 0o400);
    expect(await profile.reopen(bare)).toBe("file");
  });

  test("is missed when it is gone, and refused when it is damaged; the vault stays as it is", async () => {
    await profile.make(bare);
    const key = readFileSync(profile.file("vault.key"), "utf8");
    for (const damaged of ["", key.slice(2), key.replace(/./, "x"), key.repeat(1000)]) {
      writeFileSync(profile.file("vault.key"), damaged);
      expect(await profile.reopen(bare)).toBe("key-file-corrupt");
    }
    rmSync(profile.file("vault.key"));
    expect(await profile.reopen(bare)).toBe("key-file-missing");
    writeFileSync(profile.file("vault.key"), key, { mode: 0o600 });
    expect(await profile.reopen(bare)).toBe("file");
  });

  test("of another vault is a wrong key", async () => {
    await profile.make(bare);
    writeFileSync(profile.file("vault.key"), random(32).toHex());
    const wrong = await openProfileVault(profile.path, bare).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(StoreFailure);
    expect(wrong).toMatchObject({ reason: "wrong-key" });
  });
});

describe("a key in the keyring", () => {
  test("is used when the keyring works; nothing on disk tells it", async () => {
    const keyring = new FakeKeyring();
    await profile.make({ keyring, random });
    expect(await profile.reopen({ keyring, random })).toBe("keyring");
    const [secret = ""] = keyring.held.values();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    for (const name of readdirSync(profile.path)) {
      const content = readFileSync(profile.file(name));
      expect(content.includes(secret)).toBe(false);
      expect(content.includes(Uint8Array.fromHex(secret))).toBe(false);
    }
  });

  test("is out of reach while the keyring is locked or not there, and missed when it was taken out", async () => {
    const keyring = new FakeKeyring();
    await profile.make({ keyring, random });
    keyring.locked = true;
    expect(await profile.reopen({ keyring, random })).toBe("keyring-locked");
    expect(await profile.reopen(bare)).toBe("keyring-locked");
    keyring.locked = false;
    expect(await profile.reopen({ keyring, random })).toBe("keyring");
    keyring.held.clear();
    expect(await profile.reopen({ keyring, random })).toBe("keyring-key-missing");
  });

  test("gives way to a file where the keyring is locked or forgets", async () => {
    const locked = new FakeKeyring();
    locked.locked = true;
    expect(await openKey(profile.path, { keyring: locked, random })).toMatchObject({
      kind: "file",
      warning: "key-in-file",
    });
    profile.clear();
    const forgetful: Keyring = { get: async () => undefined, set: async () => {} };
    expect(await openKey(profile.path, { keyring: forgetful, random })).toMatchObject({ kind: "file" });
  });

  test("a keyring that never answers is given up", async () => {
    const silent = { get: () => new Promise<never>(() => {}), set: () => new Promise<never>(() => {}) };
    const keyring = systemKeyring(silent, { set: 1, get: 1 });
    expect(await openKey(profile.path, { keyring, random })).toMatchObject({
      kind: "file",
      warning: "key-in-file",
    });
    await expect(keyring.get("x")).rejects.toThrow("did not answer");
  });

  test("the system's keyring holds what it is given under the service classchat", async () => {
    const held = new Map<string, string>();
    const keyring = systemKeyring({
      get: async ({ service, name }: { service: string; name: string }) =>
        held.get(`${service}/${name}`) ?? null,
      set: async ({ service, name, value }: { service: string; name: string; value: string }) => {
        held.set(`${service}/${name}`, value);
      },
    });
    await keyring.set("p", "v");
    expect([...held]).toEqual([["classchat/p", "v"]]);
    expect(await keyring.get("p")).toBe("v");
    expect(await keyring.get("q")).toBeUndefined();
  });

  test.skipIf(process.platform !== "linux")("a machine without a keyring gets a file", async () => {
    const script = `
      const { openKey } = await import("./src/store/key-source.ts");
      const { systemKeyring } = await import("./src/store/key-keyring.ts");
      const random = (n) => crypto.getRandomValues(new Uint8Array(n));
      const { ok, kind, warning } = await openKey(process.argv[1], { keyring: systemKeyring(), random });
      console.log(JSON.stringify({ ok, kind, warning }));`;
    const child = Bun.spawn([process.execPath, "-e", script, profile.path], {
      cwd: join(import.meta.dir, "..", ".."),
      env: { PATH: "", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" },
      stdout: "pipe",
      stderr: "inherit",
    });
    expect(JSON.parse(await child.stdout.text())).toEqual({ ok: true, kind: "file", warning: "key-in-file" });
  });
});

describe("a passphrase", () => {
  test("comes before a working keyring when asked for, and opens the vault again", async () => {
    const keyring = new FakeKeyring();
    await profile.make(withPassphrase("correct horse", keyring));
    expect(keyring.held.size).toBe(0);
    expect(existsSync(profile.file("vault.key"))).toBe(false);
    expect(await profile.reopen(withPassphrase("correct horse", keyring))).toBe("passphrase");
    expect(await profile.reopen(withPassphrase("correct house", keyring))).toBe("wrong-passphrase");
    expect(await profile.reopen({ keyring, random })).toBe("passphrase-needed");
    expect(await profile.reopen({ ...bare, passphrase: async () => undefined })).toBe("passphrase-needed");
  });

  test("is asked for once, with what it is for, and not at all for other kinds", async () => {
    const asked: string[] = [];
    const asking = (answer: string | undefined): KeyOptions => ({
      ...bare,
      passphrase: async (purpose) => {
        asked.push(purpose);
        return answer;
      },
    });
    await profile.make(asking("correct horse"));
    await profile.reopen(asking("correct horse"));
    expect(asked).toEqual(["create", "open"]);
    profile.clear();
    await profile.make(asking(undefined));
    expect(await profile.reopen(asking("unasked"))).toBe("file");
    expect(asked).toEqual(["create", "open", "create"]);
  });
});
