// What the demo's search and its view of ciphertext are worth: they find what is there.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ciphertextOf } from "../../src/cli/demo-ciphertext.ts";
import { longWords, searchFolder } from "../../src/cli/demo-search.ts";
import { LOG_ID_BYTES } from "../../src/domain/direct-log.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { seal } from "../../src/mls/message.ts";
import { keyPackage, NOW, person, taken } from "../mls/people.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe("the search", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "classchat-search-"));
    mkdirSync(join(folder, "below"));
    writeFileSync(join(folder, "one"), "\u0000\u0001secret\u0000secretsecret");
    writeFileSync(
      join(folder, "below", "two"),
      Buffer.concat([Buffer.alloc(100_000), Buffer.from("secret")]),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("counts every occurrence in every file, also below", () => {
    const { files, counts } = searchFolder(folder, [bytes("secret"), bytes("absent"), bytes("\u0001s")]);
    expect(counts).toEqual([4, 0, 1]);
    expect(files).toEqual([
      { name: join("below", "two"), bytes: 100_006 },
      { name: "one", bytes: 21 },
    ]);
  });

  test("refuses to look for nothing, which it would find everywhere", () => {
    expect(() => searchFolder(folder, [new Uint8Array(0)])).toThrow(RangeError);
  });

  test("takes the long words of a text", () => {
    expect(longWords("Finally! Show me in the library, the Übersicht?")).toEqual([
      "Finally",
      "library",
      "Übersicht",
    ]);
  });
});

describe("the sealed part of an entry", () => {
  test("is all but the framing, and differs from one message to the next, for the same text too", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const id = new Uint8Array(LOG_ID_BYTES).fill(7);
    const made = await keyPackage(bob);
    const begun = taken(
      await createConversation(alice.mls, alice.device, { id, keyPackages: [made.public], now: NOW }),
    );
    if (begun.welcome === undefined) throw new Error("no welcome");
    const first = await seal(begun.conversation, bytes("the same text"), new Uint8Array(22));
    const second = await seal(first.conversation, bytes("the same text"), new Uint8Array(22));
    const [one, two] = [first, second].map(({ message }) => ciphertextOf({ kind: "message", body: message }));
    // The smallest bucket that texts are padded to, and the tag.
    expect(one).toHaveLength(256 + 16);
    expect(two).toHaveLength(256 + 16);
    expect(one?.subarray(0, 32).toHex()).not.toBe(two?.subarray(0, 32).toHex());
    expect(Buffer.from(first.message).indexOf(one ?? "")).toBe(first.message.length - 272);

    const welcome = new Uint8Array(Buffer.concat([id, begun.welcome]));
    const sealed = ciphertextOf({ kind: "welcome", body: welcome });
    expect(sealed.length).toBeGreaterThan(100);
    expect(Buffer.from(welcome).indexOf(sealed)).toBe(welcome.length - sealed.length);
  });

  test("is never made up: what is not MLS is a fault", () => {
    expect(() => ciphertextOf({ kind: "message", body: bytes("hello bob") })).toThrow("not MLS");
  });
});
