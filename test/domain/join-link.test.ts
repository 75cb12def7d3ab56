// Links and addresses: what is written is read, and what was mistyped is noticed.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatAddress,
  formatLink,
  type JoinLink,
  parseAddress,
  parseLink,
} from "../../src/domain/join-link.ts";

const pin = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
const secret = Uint8Array.from({ length: 16 }, (_, i) => 255 - 11 * i);
const link: JoinLink = { host: "192.168.1.20", port: 12345, pin, secret };
const written = formatLink(link);

const label = fc.stringMatching(/^[a-z]([a-z0-9_-]{0,8}[a-z0-9])?$/);
const host = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyLink = fc.record({
  host,
  port: fc.integer({ min: 1, max: 65535 }),
  pin: bytes(32),
  secret: bytes(16),
});

describe("a link", () => {
  test("looks as it always did", () => {
    expect(written).toBe(
      "classchat://192.168.1.20:12345/AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09r_9One08i9sqeckYZ7cGVaEDaLoQ",
    );
  });

  test("is read as it was written", () => {
    fc.assert(
      fc.property(anyLink, (some) => {
        expect(parseLink(formatLink(some))).toEqual({ ok: true, ...some, host: some.host.toLowerCase() });
      }),
    );
  });

  test("needs no quotes in a shell", () => {
    fc.assert(
      fc.property(
        anyLink.filter((some) => !some.host.includes(":")),
        (some) => expect(formatLink(some)).toMatch(/^[\w:/.-]+$/),
      ),
    );
  });

  test("may be pasted with white space around and in it, a slash behind, and its scheme and host in capitals", () => {
    const expected = { ok: true, ...link } as const;
    expect(parseLink(`  ${written}\n`)).toEqual(expected);
    expect(parseLink(`${written}/`)).toEqual(expected);
    expect(parseLink(`${written.slice(0, 50)}\n  ${written.slice(50)}`)).toEqual(expected);
    expect(parseLink(written.replace("classchat", "ClassChat"))).toEqual(expected);
    const named = formatLink({ ...link, host: "Lab-7.Local" });
    expect(parseLink(named.replace("lab-7.local", "LAB-7.local"))).toEqual({
      ok: true,
      ...link,
      host: "lab-7.local",
    });
  });

  test("with any one character changed is noticed", () => {
    for (const whole of [
      written,
      formatLink({ ...link, host: "lab.example" }),
      formatLink({ ...link, host: "fe80::1%eth0" }),
    ]) {
      for (let at = 0; at < whole.length; at++) {
        for (const other of "aA0zZ9-_./:%[]x1 #é") {
          const changed = whole.slice(0, at) + other + whole.slice(at + 1);
          const forgiven = changed.toLowerCase() === whole.toLowerCase() && at < whole.lastIndexOf("/");
          if (changed !== whole && !forgiven)
            expect([changed, parseLink(changed).ok]).toEqual([changed, false]);
        }
      }
    }
  });

  test("with a character lost, added or swapped is noticed", () => {
    for (let at = 0; at < written.length; at++) {
      const lost = written.slice(0, at) + written.slice(at + 1);
      const doubled = written.slice(0, at) + written.charAt(at) + written.slice(at);
      const swapped =
        written.slice(0, at) + written.charAt(at + 1) + written.charAt(at) + written.slice(at + 2);
      for (const wrong of [lost, doubled, swapped]) {
        // The slash that may follow a link is the one character that may come or go.
        if (wrong !== written && wrong !== `${written}/`)
          expect([wrong, parseLink(wrong).ok]).toEqual([wrong, false]);
      }
    }
  });

  const token = written.slice(written.lastIndexOf("/") + 1);
  test.each([
    ["not-a-link", ""],
    ["not-a-link", "hello"],
    ["not-a-link", "https://192.168.1.20:12345/x"],
    ["not-a-link", `${written}/more`],
    ["not-a-link", `see ${written}`],
    ["mistyped", "classchat://192.168.1.20:12345"],
    ["mistyped", "classchat://192.168.1.20:12345/"],
    ["mistyped", `classchat://192.168.1.20:12346/${token}`],
    ["mistyped", `classchat://192.168.1.21:12345/${token}`],
    ["mistyped", `classchat://192.168.1.20:12345/${token.slice(0, -1)}`],
    ["mistyped", `classchat://192.168.1.20:12345/${token}A`],
    ["mistyped", `classchat://192.168.1.20:12345/${token.slice(0, -1)}=`],
    ["bad-port", `classchat://192.168.1.20/${token}`],
    ["bad-port", `classchat://192.168.1.20:0/${token}`],
    ["bad-port", `classchat://192.168.1.20:65536/${token}`],
    ["bad-port", `classchat://192.168.1.20:012/${token}`],
    ["bad-host", `classchat://:12345/${token}`],
    ["bad-host", `classchat://192.168.1.256:12345/${token}`],
    ["bad-host", `classchat://::1:12345x/${token}`],
    ["bad-host", `classchat://a b!:12345/${token}`],
  ])("is refused as %s: %s", (why, text) => {
    expect(parseLink(text)).toEqual({ ok: false, why } as ReturnType<typeof parseLink>);
  });

  test("is read from any text without an exception", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((rest) => `classchat://a:1/${rest}`),
        ),
        (text) => {
          expect(parseLink(text).ok).toBeFalse();
        },
      ),
    );
  });

  test("is not written from what is no address or no key", () => {
    expect(() => formatLink({ ...link, host: "a b" })).toThrow(RangeError);
    expect(() => formatLink({ ...link, port: 0 })).toThrow(RangeError);
    expect(() => formatLink({ ...link, pin: secret })).toThrow(RangeError);
    expect(() => formatLink({ ...link, secret: pin })).toThrow(RangeError);
  });
});

describe("an address", () => {
  test.each<[string, string, number]>([
    ["lab", "lab", 9],
    ["lab:80", "lab", 80],
    [" Lab.Example:443 ", "lab.example", 443],
    ["127.0.0.1", "127.0.0.1", 9],
    ["127.0.0.1:65535", "127.0.0.1", 65535],
    ["::1", "::1", 9],
    ["[::1]", "::1", 9],
    ["[::1]:1", "::1", 1],
    ["fe80::a%eth0", "fe80::a%eth0", 9],
    ["[FE80::A%eth0]:7", "fe80::a%eth0", 7],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1", 9],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 9],
    ["1::", "1::", 9],
    ["pc_7.local", "pc_7.local", 9],
  ])("may be %s", (text, host, port) => expect(parseAddress(text, 9)).toEqual({ ok: true, host, port }));

  test.each([
    [""],
    [" "],
    [":1"],
    ["[]:1"],
    ["[lab]:1"],
    ["a b"],
    ["-a"],
    ["a-"],
    ["a..b"],
    [".a"],
    ["a."],
    ["1.2.3"],
    ["1.2.3.4.5"],
    ["256.1.1.1"],
    ["01.2.3.4"],
    ["12345"],
    ["[::1"],
    ["::1]"],
    ["1::2::3"],
    ["1:2:3"],
    [":::"],
    ["1:2:3:4:5:6:7:8:9"],
    ["1:2:3:4:5:6:7::8"],
    ["::12345"],
    ["::g"],
    ["::1.2.3.4:5"],
    ["::1%"],
    ["::1%a b"],
    ["http//lab"],
    ["lab/x"],
    ["user@lab"],
    ["müller.local"],
    [`${"a".repeat(64)}.b`],
    ["a.".repeat(127)],
  ])("may not have the host of %j", (text) =>
    expect(parseAddress(text, 9)).toEqual({ ok: false, why: "bad-host" }),
  );

  test.each([
    ["lab:"],
    ["lab:0"],
    ["lab:65536"],
    ["lab:+1"],
    ["lab:1e3"],
    ["lab:080"],
    ["lab:x"],
    ["http://lab"],
    ["lab:1:2"],
    ["[::1]:"],
    ["[::1]:99999"],
  ])("may not have the port of %s", (text) =>
    expect(parseAddress(text, 9)).toEqual({ ok: false, why: "bad-port" }),
  );

  test("is read as it was written", () => {
    fc.assert(
      fc.property(anyLink, ({ host, port }) =>
        expect(parseAddress(formatAddress({ host, port }), 9)).toEqual({
          ok: true,
          host: host.toLowerCase(),
          port,
        }),
      ),
    );
  });
});
