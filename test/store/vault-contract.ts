// What every ClientStore is held to; run against the sealed vault and its twin in memory.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ClientStore, StoreFailure, type VaultWrite } from "../../src/ports.ts";

/** One disk, opened again and again; `close` leaves nothing behind. */
export interface VaultHarness {
  open(): ClientStore;
  /** Makes writing to the disk fail until it is mended. */
  breakDisk(): void;
  mendDisk(): void;
  dispose(): void;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function vaultContract(name: string, make: () => VaultHarness): void {
  describe(`a vault (${name})`, () => {
    let disk: VaultHarness;
    let vault: ClientStore;
    beforeEach(() => {
      disk = make();
      vault = disk.open();
    });
    afterEach(() => {
      vault.close();
      disk.dispose();
    });

    const put = (key: string, value: string): VaultWrite => ({ put: "outbox", key, value: bytes(value) });
    const line = (history: string, position: number, value: string): VaultWrite => ({
      history,
      position,
      value: bytes(value),
    });
    const positions = (conversation: string, before: number, limit: number): number[] =>
      vault.history(conversation, before, limit).map((row) => row.position);

    test("gives back what was put, and undefined for what was not", () => {
      vault.transaction([put("m1", "hello")]);
      expect(vault.get("outbox", "m1")).toEqual(bytes("hello"));
      expect(vault.get("outbox", "m2")).toBeUndefined();
      expect(vault.get("trust", "m1")).toBeUndefined();
    });

    test("keeps values of any size, none and a mebibyte among them", () => {
      const large = new Uint8Array(1 << 20).map((_, i) => i % 251);
      vault.transaction([
        { put: "group", key: "none", value: new Uint8Array(0) },
        { put: "group", key: "large", value: large },
      ]);
      expect(vault.get("group", "none")).toEqual(new Uint8Array(0));
      expect(Bun.SHA256.hash(vault.get("group", "large") ?? "", "hex")).toBe(Bun.SHA256.hash(large, "hex"));
    });

    test("keeps the last of several writes to one key, in one transaction and in several", () => {
      vault.transaction([put("a", "1"), put("a", "2"), put("b", "1"), { remove: "outbox", key: "b" }]);
      vault.transaction([put("c", "1"), { remove: "outbox", key: "c" }, put("c", "2")]);
      expect(vault.all("outbox")).toEqual([
        { key: "a", value: bytes("2") },
        { key: "c", value: bytes("2") },
      ]);
      vault.transaction([put("a", "3")]);
      expect(vault.get("outbox", "a")).toEqual(bytes("3"));
    });

    test("removes, and removing what is not there is no error", () => {
      vault.transaction([put("a", "1")]);
      vault.transaction([
        { remove: "outbox", key: "a" },
        { remove: "outbox", key: "never" },
      ]);
      expect(vault.get("outbox", "a")).toBeUndefined();
      expect(vault.all("outbox")).toEqual([]);
    });

    test("lists a table by its real keys, in their order, and no other table", () => {
      vault.transaction([
        put("ünlü", "3"),
        put("", "1"),
        put("m", "2"),
        { put: "trust", key: "x", value: bytes("9") },
      ]);
      expect(vault.all("outbox").map((row) => row.key)).toEqual(["", "m", "ünlü"]);
      expect(vault.all("profile")).toEqual([]);
    });

    test("pages through history from the newest, before a position, up to a limit", () => {
      vault.transaction([1, 2, 3, 5, 8].map((position) => line("bob", position, `line ${position}`)));
      expect(vault.history("bob", 6, 2)).toEqual([
        { position: 5, value: bytes("line 5") },
        { position: 3, value: bytes("line 3") },
      ]);
      expect(positions("bob", 5, 10)).toEqual([3, 2, 1]);
      expect(positions("bob", 1, 10)).toEqual([]);
      expect(positions("bob", 9, 0)).toEqual([]);
      expect(positions("carol", 9, 9)).toEqual([]);
    });

    test("takes any position a number holds exactly, and an endless `before`", () => {
      const far = [0, 2 ** 31, 2 ** 32, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
      vault.transaction(far.map((position) => line("bob", position, String(position))));
      const read = vault.history("bob", Number.POSITIVE_INFINITY, 10);
      expect(read).toEqual(
        far.toReversed().map((position) => ({ position, value: bytes(String(position)) })),
      );
      expect(positions("bob", 2 ** 40 + 1, 1)).toEqual([2 ** 32]);
    });

    test("replaces a history row at its position, and keeps conversations apart", () => {
      vault.transaction([line("bob", 1, "waiting"), line("@bob", 1, "of the group")]);
      vault.transaction([line("bob", 1, "accepted")]);
      expect(vault.history("bob", 9, 9)).toEqual([{ position: 1, value: bytes("accepted") }]);
      expect(vault.history("@bob", 9, 9)).toEqual([{ position: 1, value: bytes("of the group") }]);
    });

    test("names the conversations that have history, once each, in order", () => {
      expect(vault.conversations()).toEqual([]);
      vault.transaction([line("carol", 1, "x"), line("@class", 1, "x"), line("carol", 2, "x")]);
      vault.transaction([line("@class", 2, "x"), put("dave", "no history")]);
      expect(vault.conversations()).toEqual(["@class", "carol"]);
    });

    test("shares no memory with its callers", () => {
      const value = bytes("first");
      vault.transaction([
        { put: "ratchet", key: "g", value },
        { history: "bob", position: 1, value },
      ]);
      value.fill(0);
      vault.get("ratchet", "g")?.fill(0);
      vault.all("ratchet")[0]?.value.fill(0);
      vault.history("bob", 2, 1)[0]?.value.fill(0);
      expect(vault.get("ratchet", "g")).toEqual(bytes("first"));
      expect(vault.history("bob", 2, 1)[0]?.value).toEqual(bytes("first"));
    });

    test("has everything after it was closed and opened again", () => {
      vault.transaction([put("a", "1"), line("bob", 7, "seven")]);
      vault.close();
      vault = disk.open();
      expect(vault.get("outbox", "a")).toEqual(bytes("1"));
      expect(vault.conversations()).toEqual(["bob"]);
      vault.transaction([line("bob", 8, "eight")]);
      expect(positions("bob", 9, 9)).toEqual([8, 7]);
    });

    test("closes twice without harm and throws at any use after it", () => {
      vault.close();
      vault.close();
      expect(() => vault.get("outbox", "a")).toThrow();
      expect(() => vault.all("outbox")).toThrow();
      expect(() => vault.history("bob", 1, 1)).toThrow();
      expect(() => vault.conversations()).toThrow();
      expect(() => vault.transaction([put("a", "1")])).toThrow();
    });

    test("changes nothing when the disk does not take a transaction, and goes on when it does again", () => {
      vault.transaction([put("a", "before"), line("bob", 1, "before")]);
      disk.breakDisk();
      const step = [put("a", "after"), put("b", "new"), line("bob", 1, "after"), line("@new", 1, "new")];
      expect(() => vault.transaction(step)).toThrow(StoreFailure);
      expect(vault.all("outbox")).toEqual([{ key: "a", value: bytes("before") }]);
      expect(vault.history("bob", 9, 9)).toEqual([{ position: 1, value: bytes("before") }]);
      expect(vault.conversations()).toEqual(["bob"]);
      disk.mendDisk();
      vault.transaction(step);
      expect(vault.get("outbox", "b")).toEqual(bytes("new"));
      expect(vault.conversations()).toEqual(["@new", "bob"]);
    });
  });
}
