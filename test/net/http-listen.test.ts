// The small HTTP server: what it hands out, what it refuses, and that nobody holds a connection by doing nothing.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpListener, type HttpOptions, listenHttp } from "../../src/net/http-listen.ts";

const POLICY = "default-src 'none'";
const size = 3_000_000;
const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255);

let folder: string;
let open: HttpListener[];
beforeEach(async () => {
  open = [];
  folder = mkdtempSync(join(tmpdir(), "classchat-http-"));
  await Bun.write(join(folder, "file"), bytes);
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  rmSync(folder, { recursive: true });
});

function listening(options: Partial<HttpOptions> = {}): string {
  const listener = listenHttp({
    host: "127.0.0.1",
    port: 0,
    policy: POLICY,
    page: async () => ({ type: "text/html; charset=utf-8", body: "the page" }),
    file: async (name) =>
      name === "file" ? { path: join(folder, "file"), type: "application/gzip", tag: "cafe" } : undefined,
    onFault: (error) => {
      throw error;
    },
    ...options,
  });
  open.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

/** What comes back for these bytes, until the connection ends. */
async function raw(url: string, sent: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const got: Uint8Array[] = [];
  await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
    socket: {
      binaryType: "uint8array",
      open: (socket) => void socket.write(sent),
      data: (_, chunk) => void got.push(chunk.slice()),
      close: () => resolve(),
      error: () => resolve(),
    },
  });
  await promise;
  return Buffer.concat(got).toString("latin1");
}

const get = (path: string, ...headers: string[]) =>
  [
    "GET",
    `${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`,
  ].join(" ");

describe("the page", () => {
  test("comes with a policy, is not kept, and is not guessed at", async () => {
    const answer = await fetch(listening());
    expect(await answer.text()).toBe("the page");
    expect(answer.headers.toJSON()).toMatchObject({
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });

  test("may be asked for by HEAD, and whatever follows a question mark", async () => {
    const url = listening();
    const head = await fetch(url, { method: "HEAD" });
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: "" });
    expect(await (await fetch(`${url}/?a=b`)).text()).toBe("the page");
  });
});

describe("a file", () => {
  test("comes whole, in part from where a download broke off, and not again when it is the same", async () => {
    const file = `${listening()}/file`;
    const whole = await fetch(file);
    expect(whole.headers.toJSON()).toMatchObject({
      etag: '"cafe"',
      "accept-ranges": "bytes",
      "content-type": "application/gzip",
    });
    expect(Buffer.compare(await whole.bytes(), bytes)).toBe(0);
    const rest = await fetch(file, { headers: { range: "bytes=2999990-" } });
    expect(rest.status).toBe(206);
    expect(rest.headers.get("content-range")).toBe(`bytes 2999990-2999999/${size}`);
    expect(await rest.bytes()).toEqual(bytes.slice(2_999_990));
    expect((await fetch(file, { headers: { "if-none-match": 'W/"x", "cafe"' } })).status).toBe(304);
    expect((await fetch(file, { headers: { range: `bytes=${size}-` } })).status).toBe(416);
  });

  test("that has changed since is begun anew, not glued together", async () => {
    const headers = { range: "bytes=5-", "if-range": '"another"' };
    const answer = await fetch(`${listening()}/file`, { headers });
    expect({ status: answer.status, length: (await answer.bytes()).length }).toEqual({
      status: 200,
      length: size,
    });
  });

  test("of any other name is none, in one line, wherever it leads", async () => {
    const url = listening();
    for (const path of [
      "/x",
      "/file/",
      "//file",
      "/../file2",
      "/%2e%2e/etc/passwd",
      "/..%2fetc/passwd",
      "/fil%65",
      "/file%00",
    ]) {
      const answer = await raw(url, get(path));
      expect([path, answer.split("\r\n")[0]]).toEqual([path, "HTTP/1.1 404 Not Found"]);
      expect(answer).toEndWith("\r\n\r\nthere is no such file here; see /\n");
    }
  });
});

describe("refused and ended at once:", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["a URL of 1 MB", get(`/${"a".repeat(1_000_000)}`), /^HTTP\/1\.1 431 /],
    ["a header of 1 MB", get("/", `X-Long: ${"a".repeat(1_000_000)}`), /^HTTP\/1\.1 431 /],
    [
      "10,000 headers",
      get("/", ...Array.from({ length: 10_000 }, (_, i) => `X-${i}: y`)),
      /^HTTP\/1\.1 431 /,
    ],
    [
      "a body of 1 MB",
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"a".repeat(1_000_000)}`,
      /^HTTP\/1\.1 413 /,
    ],
    ["what is no HTTP", "\u0016\u0003\u0001\u0000garbage\r\n\r\n", /^HTTP\/1\.1 400 /],
  ];
  for (const [what, sent, answer] of cases)
    test(what, async () => expect(await raw(listening(), sent)).toMatch(answer));

  test("anything but reading", async () => {
    const url = listening();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
      const answer = await fetch(url, { method });
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
    }
  });
});

test("more than may be answered at one time are asked to come later, and the others go on", async () => {
  const gate = Promise.withResolvers<void>();
  const page = async () => {
    await gate.promise;
    return { type: "text/plain", body: "late" };
  };
  const url = listening({ atOnce: 3, page });
  // Those that are let in wait at the gate; the one beyond them is answered at once.
  const waiting = [1, 2, 3, 4].map(() => fetch(url));
  const first = await Promise.race(waiting);
  expect([first.status, first.headers.get("retry-after")]).toEqual([503, "60"]);
  gate.resolve();
  const all = await Promise.all(waiting);
  expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503]);
});

test("a bug in the page is told to whoever runs it, and to the visitor in one line", async () => {
  const faults: unknown[] = [];
  const page = () => Promise.reject(new Error("secret detail"));
  const answer = await fetch(listening({ page, onFault: (error) => faults.push(error) }));
  expect({ status: answer.status, body: await answer.text() }).toEqual({
    status: 500,
    body: "something went wrong here; try again\n",
  });
  expect(faults).toHaveLength(1);
});

test("a taken port is the system's error", () => {
  const { port } = new URL(listening());
  expect(() => listening({ port: Number(port) })).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
});

test("a connection ends by itself when it is silent, never ends its headers, or asks no more", async () => {
  const url = listening({ idle: 1 });
  const started = "GET / HTTP/1.1\r\nHost: a\r\n";
  const answers = await Promise.all(["", started, `${started}\r\n`].map((sent) => raw(url, sent)));
  expect(answers.map((answer) => answer.split("\r\n")[0])).toEqual(["", "", "HTTP/1.1 200 OK"]);
}, 30_000);
