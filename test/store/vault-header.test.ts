// The header beside a vault: what is refused, and what a making that was cut short leaves behind.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { encodeHeader } from "../../src/store/key-header.ts";
import { openKey } from "../../src/store/key-source.ts";
import { bare, FakeKeyring, ProfileFolder, random, withPassphrase } from "./vault-profile.ts";

let profile: ProfileFolder;
beforeEach(() => {
  profile = new ProfileFolder();
});
afterEach(() => profile.dispose());

describe("the header", () => {
  const argon2 = { memory: 65536, passes: 3, parallelism: 1, salt: "AAECAwQFBgcICQoLDA0ODw" };
  const damaged: [what: string, text: string][] = [
    ["empty", ""],
    ["half of it", '{"version":1,"kin'],
    ["no object", "[1]"],
    ["without a version", '{"kind":"file"}'],
    ["of an unknown kind", '{"version":1,"kind":"magic"}'],
    ["with a short salt", encodeHeader({ kind: "passphrase", argon2: { ...argon2, salt: "AAEC" } })],
    ["asking for a tebibyte", encodeHeader({ kind: "passphrase", argon2: { ...argon2, memory: 2 ** 30 } })],
    ["asking for a year", encodeHeader({ kind: "passphrase", argon2: { ...argon2, passes: 2 ** 31 - 1 } })],
    ["with half a pass", encodeHeader({ kind: "passphrase", argon2: { ...argon2, passes: 1.5 } })],
    ["huge", `${encodeHeader({ kind: "file" })}${" ".repeat(5000)}`],
  ];
  test.each(damaged)("that is damaged (%s) beside a vault is refused and left as it is", async (_, text) => {
    await profile.make(bare);
    writeFileSync(profile.file("vault.json"), text);
    expect(await profile.reopen(withPassphrase("x"))).toBe("header-corrupt");
    expect(readFileSync(profile.file("vault.json"), "utf8")).toBe(text);
  });

  test("that is missing beside a vault, or newer, is refused", async () => {
    await profile.make(bare);
    const text = readFileSync(profile.file("vault.json"), "utf8");
    writeFileSync(profile.file("vault.json"), '{"version":2,"kind":"tpm"}');
    expect(await profile.reopen(bare)).toBe("header-newer");
    rmSync(profile.file("vault.json"));
    expect(await profile.reopen(bare)).toBe("header-missing");
    expect(existsSync(profile.file("vault.json"))).toBe(false);
    writeFileSync(profile.file("vault.json"), text.replace("{", '{"later":"field",'));
    expect(await profile.reopen(bare)).toBe("file");
  });
});

describe("a making that was cut short", () => {
  test("before the header: the key file that lies there is taken", async () => {
    const first = await openKey(profile.path, bare);
    rmSync(profile.file("vault.json"));
    expect(await openKey(profile.path, bare)).toEqual(first);
  });

  test("before the vault: the same key again, also from the keyring or a passphrase", async () => {
    for (const options of [bare, { keyring: new FakeKeyring(), random }, withPassphrase("correct horse")]) {
      const first = await openKey(profile.path, options);
      expect(await openKey(profile.path, options)).toEqual(first);
      await profile.make(options);
      profile.clear();
    }
  });

  test("before the vault: may be done again with another kind, or when its key is gone", async () => {
    await openKey(profile.path, bare);
    expect(await openKey(profile.path, withPassphrase("correct horse"))).toMatchObject({
      kind: "passphrase",
    });
    expect(await openKey(profile.path, bare)).toMatchObject({ kind: "file", created: true });
    rmSync(profile.file("vault.key"));
    expect(await openKey(profile.path, bare)).toMatchObject({ kind: "file", created: true });
    writeFileSync(profile.file("vault.json"), "{");
    writeFileSync(profile.file("vault.sqlite"), "");
    await profile.make(bare);
    expect(await profile.reopen(bare)).toBe("file");
  });

  test("two at the same time end with one key", async () => {
    for (const options of [bare, { keyring: new FakeKeyring(), random }, withPassphrase("correct horse")]) {
      const [one, two] = await Promise.all([openKey(profile.path, options), openKey(profile.path, options)]);
      expect(one).toEqual(two);
      expect(await openKey(profile.path, options)).toEqual(one);
      expect(readdirSync(profile.path).filter((name) => name.endsWith(".new"))).toEqual([]);
      profile.clear();
    }
  });
});
