// Messages from frames: what is one, what is refused and how, and nothing that makes a decoder throw.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeClientMessage, decodeServerMessage, encodeMessage, splitBody } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import {
  GROUPS_PAGE,
  MAX_ADDED,
  MAX_CURSORS,
  MAX_FRAME,
  MAX_KEY_PACKAGE,
  MAX_PUBLISHED,
  MAX_STATEMENT,
  MAX_WELCOME,
  MEMBERS_PAGE,
  USERS_PAGE,
} from "../../src/wire/limits.ts";
import {
  CLIENT_MESSAGES,
  type ClientMessage,
  SERVER_MESSAGES,
  type ServerMessage,
} from "../../src/wire/messages.ts";
import { isRefusalCode, REFUSAL_CODES } from "../../src/wire/refusal.ts";
import { CLIENT, list, SERVER } from "./arbitrary-messages.ts";

const NOTHING = new Uint8Array(0);
const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(...Object.values(CLIENT));
const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(...Object.values(SERVER));

function frameOf(bytes: Uint8Array): Frame {
  const frames: Frame[] = [];
  expect(new FrameReader(MAX_FRAME).push(bytes, frames)).toBeUndefined();
  expect(frames).toHaveLength(1);
  return frames[0] ?? { header: "", body: NOTHING };
}

const many = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);
const frame = (value: unknown): Frame => ({ header: JSON.stringify(value), body: NOTHING });

describe("a message that is written is read", () => {
  const bodies = fc.uint8Array({ maxLength: 100 });

  test("by a server", () => {
    fc.assert(
      fc.property(clientMessage, bodies, (message, body) => {
        expect(decodeClientMessage(frameOf(encodeMessage(message, body)))).toEqual({
          ok: true,
          message,
          body,
        });
      }),
      { numRuns: 400 },
    );
  });

  test("by a client", () => {
    fc.assert(
      fc.property(serverMessage, bodies, (message, body) => {
        expect(decodeServerMessage(frameOf(encodeMessage(message, body)))).toEqual({
          ok: true,
          message,
          body,
        });
      }),
      { numRuns: 400 },
    );
  });

  test("when its lists are as long as they may be", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const key = "A".repeat(43);
    const name = "𠮷".repeat(32);
    const full: ServerMessage[] = [
      { t: "cursors", re: most, cursors: many(MAX_CURSORS, [key, most]) },
      { t: "cursors", re: most, cursors: many(MAX_CURSORS, [key, 2 ** 40]), expired: most, after: key },
      { t: "receipts", log: "A".repeat(32), cursors: many(MAX_CURSORS, [key, most]) },
      {
        t: "groups",
        re: most,
        groups: many(GROUPS_PAGE, {
          log: "A".repeat(32),
          name,
          size: 1024,
          open: false,
          announcement: false,
          mine: false,
        }),
        after: name,
      },
      { t: "members", re: most, members: many(MEMBERS_PAGE, { name, online: false }), after: name },
      { t: "presence", online: many(USERS_PAGE, name), offline: many(USERS_PAGE, name) },
      { t: "users", re: most, users: many(USERS_PAGE, { name, online: false }), after: name },
    ];
    for (const message of full) {
      expect(decodeServerMessage(frameOf(encodeMessage(message)))).toMatchObject({ ok: true, message });
    }
    // As many as a server tells at once (server/adding.ts).
    const asked = encodeMessage(
      {
        t: "asked",
        log: "A".repeat(32),
        joins: many(MAX_ADDED, { device: key, size: MAX_KEY_PACKAGE }),
        leaves: many(600, { device: key, size: MAX_STATEMENT }),
      },
      new Uint8Array(MAX_ADDED * MAX_KEY_PACKAGE + 600 * MAX_STATEMENT),
    );
    expect(decodeServerMessage(frameOf(asked)).ok).toBeTrue();
    const letter = { device: key, id: "A".repeat(22), size: MAX_WELCOME };
    const commit = encodeMessage({
      t: "commit",
      re: most,
      log: "A".repeat(32),
      id: "A".repeat(22),
      epoch: most,
      commit: 1,
      info: 1,
      welcomes: many(MAX_ADDED, letter),
      history: { id: "A".repeat(22), size: 1 },
    });
    expect(decodeClientMessage(frameOf(commit)).ok).toBeTrue();
    const packages = many(MAX_PUBLISHED, { id: "0".repeat(64), size: MAX_KEY_PACKAGE, last: false });
    const publish = encodeMessage(
      { t: "publish", re: most, packages },
      new Uint8Array(MAX_PUBLISHED * MAX_KEY_PACKAGE),
    );
    expect(decodeClientMessage(frameOf(publish)).ok).toBeTrue();
  });
});

describe("both decoders", () => {
  test("never throw, whatever a header holds", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.anything().map((value) => JSON.stringify(value) ?? "undefined"),
      // What is nearly a message: one of its fields is something else.
      fc
        .tuple(fc.oneof(clientMessage, serverMessage), fc.nat(), fc.jsonValue())
        .map(([message, at, value]) => {
          const names = Object.keys(message);
          return JSON.stringify({ ...message, [names[at % names.length] ?? "t"]: value });
        }),
    );
    fc.assert(
      fc.property(anything, (header) => {
        for (const decode of [decodeClientMessage, decodeServerMessage]) {
          const decoded = decode({ header, body: NOTHING });
          if (!decoded.ok) expect(["malformed", "unknown-type"]).toContain(decoded.code);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["nothing", ""],
    ["half an object", '{"t":"ping"'],
    ["null", "null"],
    ["a list", '[{"t":"ping"}]'],
    ["a number", "7"],
    ["a string", '"ping"'],
    ["an object without a type", '{"re":1}'],
    ["a type that is no string", '{"t":["ping"],"re":1}'],
    ["a byte order mark before it", '\uFEFF{"t":"ping","re":1}'],
    ["brackets without end", "[".repeat(65_535)],
    ["objects in objects", '{"t":'.repeat(13_000)],
  ])("refuse a header that is %s", (_, header) => {
    const refused = { ok: false, code: "malformed" } as const;
    expect(decodeClientMessage({ header, body: NOTHING })).toEqual(refused);
    expect(decodeServerMessage({ header, body: NOTHING })).toEqual(refused);
  });

  test("ignore a field they do not know, and do not hand it on", () => {
    const ping = { ok: true, message: { t: "ping", re: 1 }, body: NOTHING } as const;
    expect(decodeClientMessage(frame({ t: "ping", re: 1, colour: "green", "": {} }))).toEqual(ping);
    expect(
      decodeClientMessage({ header: '{"__proto__":{"re":2},"t":"ping","re":1}', body: NOTHING }),
    ).toEqual(ping);
  });

  test.each(["pong", "constructor", "__proto__", "toString", "PING", ""])(
    "refuse the type %p with its number",
    (t) => {
      const refused = { ok: false, code: "unknown-type", re: 12 } as const;
      expect(decodeClientMessage({ header: `{"t":${JSON.stringify(t)},"re":12}`, body: NOTHING })).toEqual(
        refused,
      );
    },
  );

  test("refuse a request that breaks its schema with its number", () => {
    const refused = { ok: false, code: "malformed", re: 5 } as const;
    expect(decodeClientMessage(frame({ t: "lookup", re: 5 }))).toEqual(refused);
    expect(decodeClientMessage(frame({ t: "lookup", re: 5, name: 7 }))).toEqual(refused);
    expect(decodeServerMessage(frame({ t: "refused", re: 5 }))).toEqual(refused);
  });

  test.each(["from-the-future", "toString", ""])(
    "read the refusal code %p of a later version as malformed",
    (code) => {
      expect(decodeServerMessage(frame({ t: "refused", re: 5, code }))).toMatchObject({
        ok: true,
        message: { re: 5, code: "malformed" },
      });
      expect(decodeServerMessage(frame({ t: "bye", code }))).toMatchObject({
        ok: true,
        message: { code: "malformed" },
      });
    },
  );

  test.each([-1, 1.5, 2 ** 53, "1", null, true])("take no number from %p", (re) => {
    expect(decodeClientMessage(frame({ t: "ping", re }))).toEqual({ ok: false, code: "malformed" });
    expect(decodeClientMessage(frame({ t: "new", re }))).toEqual({ ok: false, code: "unknown-type" });
  });
});

describe("a body of several parts", () => {
  test("is cut where the sizes say", () => {
    fc.assert(
      fc.property(list(fc.uint8Array({ maxLength: 20 }), 8), (parts) => {
        const sizes = parts.map((part) => part.length);
        expect(splitBody(Buffer.concat(parts), sizes)?.map((part) => [...part])).toEqual(
          parts.map((part) => [...part]),
        );
      }),
    );
  });

  test("is refused unless they fill it exactly", () => {
    const body = new Uint8Array(10);
    expect(splitBody(body, [4, 6])).toHaveLength(2);
    expect(splitBody(body, [4, 5])).toBeUndefined();
    expect(splitBody(body, [4, 7])).toBeUndefined();
    expect(splitBody(body, [])).toBeUndefined();
    expect(splitBody(body, [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])).toBeUndefined();
    expect(splitBody(NOTHING, [])).toEqual([]);
  });
});

test("the refusal codes are those of the list and not what every object has", () => {
  expect(REFUSAL_CODES).toContain("stale-epoch");
  expect(["toString", "constructor", "__proto__", "Malformed", ""].filter(isRefusalCode)).toEqual([]);
});

test("the generators cover every message", () => {
  expect(Object.keys(CLIENT)).toEqual(Object.keys(CLIENT_MESSAGES));
  expect(Object.keys(SERVER)).toEqual(Object.keys(SERVER_MESSAGES));
});
