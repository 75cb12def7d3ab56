// The download page knows a visitor's system by what browsers really send, and says so where it cannot.

import { describe, expect, test } from "bun:test";
import { buildOf, systemOf } from "../../src/cli/share-platform.ts";

const of = (userAgent: string, platform = "", architecture = "") =>
  systemOf({ userAgent, platform, architecture });

describe("the system of", () => {
  const cases: readonly (readonly [string, string, string | undefined, readonly string[]])[] = [
    [
      "Chrome on Windows",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
      "Windows",
      ["windows-x64", "windows-arm64"],
    ],
    [
      "PowerShell",
      "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.1",
      "Windows",
      ["windows-x64", "windows-arm64"],
    ],
    [
      "Safari on any Mac",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
      "macOS",
      ["darwin-arm64", "darwin-x64"],
    ],
    [
      "Firefox on Linux",
      "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
      "Linux",
      ["linux-x64", "linux-x64-musl"],
    ],
    [
      "Firefox, 32 bits, on 64-bit Linux",
      "Mozilla/5.0 (X11; Linux i686 on x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
      "Linux",
      ["linux-x64", "linux-x64-musl"],
    ],
    [
      "a Raspberry Pi with 64 bits",
      "Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
      "Linux",
      ["linux-arm64", "linux-arm64-musl"],
    ],
    [
      "a Raspberry Pi with 32 bits",
      "Mozilla/5.0 (X11; Linux armv7l; rv:144.0) Gecko/20100101 Firefox/144.0",
      "Linux on this processor",
      [],
    ],
    [
      "a Chromebook",
      "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
      "Linux",
      ["linux-x64", "linux-x64-musl"],
    ],
    [
      "an Android phone",
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
      "Android",
      [],
    ],
    [
      "an iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
      "iOS",
      [],
    ],
    ["FreeBSD", "Mozilla/5.0 (X11; FreeBSD amd64; rv:144.0) Gecko/20100101 Firefox/144.0", undefined, []],
    ["curl", "curl/8.14.1", undefined, []],
    ["nobody in particular", "", undefined, []],
  ];
  for (const [what, userAgent, name, platforms] of cases) {
    test(what, () => {
      const system = of(userAgent);
      expect(system.name).toBe(name);
      expect<readonly string[]>(system.platforms).toEqual(platforms);
    });
  }

  test("client hints tells the processor where they are sent", () => {
    const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0.0.0";
    const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0";
    expect(of(mac, '"macOS"', '"x86"').platforms[0]).toBe("darwin-x64");
    expect(of(mac, '"macOS"', '"arm"').platforms[0]).toBe("darwin-arm64");
    expect(of(windows, '"Windows"', '"arm"').platforms[0]).toBe("windows-arm64");
  });
});

describe("a file's name", () => {
  const cases: readonly (readonly [string, ReturnType<typeof buildOf>])[] = [
    ["classchat-0.1.0-linux-x64.tar.gz", { platform: "linux-x64", version: "0.1.0", packed: "tar.gz" }],
    [
      "classchat-0.1.0-linux-arm64-musl.tar.gz",
      { platform: "linux-arm64-musl", version: "0.1.0", packed: "tar.gz" },
    ],
    [
      "classchat-1.2.0-rc.1-windows-arm64.zip",
      { platform: "windows-arm64", version: "1.2.0-rc.1", packed: "zip" },
    ],
    ["classchat-windows-x64.exe", { platform: "windows-x64", version: undefined, packed: "no" }],
    ["classchat-darwin-arm64", { platform: "darwin-arm64", version: undefined, packed: "no" }],
    ["classchat-0.1.0-macos-x64.tar.gz", { platform: "darwin-x64", version: "0.1.0", packed: "tar.gz" }],
    ["classchat-0.1.0-amiga-m68k.tar.gz", undefined],
    ["classchat-../../x-linux-x64", undefined],
    ["notes.txt", undefined],
  ];
  for (const [name, build] of cases) test(name, () => expect(buildOf(name)).toEqual(build));
});
