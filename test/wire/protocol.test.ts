// PROTOCOL.md says what the code does: every type, field, refusal and limit, and nothing that is not there.

import { describe, expect, test } from "bun:test";
import * as limits from "../../src/wire/limits.ts";
import { CLIENT_MESSAGES, SERVER_MESSAGES } from "../../src/wire/messages.ts";
import { REFUSALS } from "../../src/wire/refusal.ts";

const page = await Bun.file(new URL("../../src/wire/PROTOCOL.md", import.meta.url)).text();

/** The cells of the rows of the table under a heading, its two head rows left out. */
function table(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const codes = (cell = ""): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => code);

interface Schema {
  readonly type: string;
  readonly entries?: Record<string, Schema>;
  readonly item?: Schema;
  readonly wrapped?: Schema;
}

/** The fields of a message as PROTOCOL.md writes them. */
function fields(schema: Schema, prefix = ""): string[] {
  return Object.entries(schema.entries ?? {})
    .filter(([name]) => name !== "t")
    .flatMap(([name, field]) => {
      const inner = field.wrapped ?? field;
      const items = inner.item?.entries === undefined ? [] : fields(inner.item, `${prefix}${name}[].`);
      const nested = inner.entries === undefined ? items : fields(inner, `${prefix}${name}.`);
      return [`${prefix}${name}${field.type === "optional" ? "?" : ""}`, ...nested];
    });
}

describe.each([
  ["What a client sends", CLIENT_MESSAGES],
  ["What a server sends", SERVER_MESSAGES],
] as const)("%s", (heading, messages) => {
  const rows = new Map(table(heading).map(([type, listed]) => [codes(type)[0] ?? "", codes(listed)]));

  test("lists every type and no other", () => {
    expect([...rows.keys()]).toEqual(Object.keys(messages));
  });

  test.each(Object.entries<Schema>(messages))("lists the fields of %s", (type, schema) => {
    expect(rows.get(type)).toEqual(fields(schema));
  });
});

test("every request has its answer, and every answer its request", () => {
  const asked = table("What a client sends").map(([type, , , answer]) => [
    codes(type)[0],
    codes(answer)[0] ?? answer,
  ]);
  const answered = table("What a server sends").flatMap(([type, , , request]) =>
    codes(request).map((code) => [code, codes(type)[0]]),
  );
  expect(asked.filter(([, answer]) => answer !== "nothing").toSorted()).toEqual(answered.toSorted());
  const carriesRe = Object.entries(CLIENT_MESSAGES).filter(([, schema]) => "re" in schema.entries);
  expect(answered.map(([request]) => request).toSorted()).toEqual(carriesRe.map(([type]) => type).toSorted());
});

test("explains every field and no other", () => {
  const used = [...Object.values<Schema>(CLIENT_MESSAGES), ...Object.values<Schema>(SERVER_MESSAGES)]
    .flatMap((schema) => fields(schema))
    .map((field) => field.replace(/^.*\./, "").replace("?", ""));
  const explained = table("Fields").map(([field]) => codes(field)[0]);
  expect(explained.toSorted()).toEqual([...new Set(used)].toSorted());
});

test("lists every refusal, and whether to try again", () => {
  const listed = table("The end of a link").map(([code, again]) => [codes(code)[0], again]);
  expect(listed).toEqual(Object.entries(REFUSALS).map(([code, { again }]) => [code, again ? "yes" : "no"]));
});

test("gives every limit its value", () => {
  const listed = table("Limits").map(([limit, value = ""]) => [codes(limit)[0], JSON.parse(value)]);
  expect(Object.fromEntries(listed)).toEqual({ ...limits });
  expect(listed).toHaveLength(Object.keys(limits).length);
});
