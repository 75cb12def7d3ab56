// The download page: for the visitor's system, in two forms, and with nothing in it that could be made to run.

import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { SharedBuild } from "../../src/cli/share-files.ts";
import { POLICY, sharePage } from "../../src/cli/share-page.ts";
import { sharePlain } from "../../src/cli/share-plain.ts";
import { type Platform, systemOf } from "../../src/cli/share-platform.ts";
import { commandOf } from "../../src/cli/share-words.ts";
import { formatLink } from "../../src/domain/join-link.ts";

const link = formatLink({
  host: "192.0.2.2",
  port: 12345,
  pin: new Uint8Array(32),
  secret: new Uint8Array(16),
});
const content = { className: "CSCE 513", link, url: "http://192.0.2.2:12346/" };
const hash = "ab".repeat(32);

function build(platform: Platform, packed: SharedBuild["packed"], name: string): SharedBuild {
  return {
    platform,
    packed,
    name,
    version: "0.1.0",
    path: `/${name}`,
    size: 41_300_000,
    modified: 0,
    sha256: hash,
  };
}
const linux = build("linux-x64", "tar.gz", "classchat-0.1.0-linux-x64.tar.gz");
const windows = build("windows-x64", "zip", "classchat-0.1.0-windows-x64.zip");
const macArm = build("darwin-arm64", "tar.gz", "classchat-0.1.0-darwin-arm64.tar.gz");
const macIntel = build("darwin-x64", "tar.gz", "classchat-0.1.0-darwin-x64.tar.gz");
const all = { builds: [windows, macArm, macIntel, linux], papers: [] };
const on = (userAgent: string) => systemOf({ userAgent, platform: "", architecture: "" });

describe("the page", () => {
  test("offers a visitor's build first, with size and hash, the others below, and the link twice", () => {
    const page = sharePage(content, all, on("X11; Linux x86_64"));
    const [first = "", rest = ""] = page.split("All files");
    expect(first).toContain(`href="/${linux.name}"`);
    expect(first).not.toContain(windows.name);
    for (const { name } of all.builds) expect(rest).toContain(`href="/${name}"`);
    expect(first).toContain(`41 MB, SHA-256 <code>${hash}</code>`);
    expect(first).toContain(`<pre>${link}</pre>`);
    expect(first).toContain("<svg ");
  });

  test("shows no link where each student has one of their own, and says where that goes", () => {
    const own = { ...content, link: undefined };
    for (const page of [
      sharePage(own, all, on("X11; Linux x86_64")),
      sharePlain(own, all, on("X11; Linux x86_64")),
    ]) {
      expect(page).not.toContain("classchat://");
      expect(page).toContain("Your instructor gives each of you a link of your own");
      expect(page).toContain("join YOUR-LINK");
    }
  });

  test("offers both kinds of Mac, the likelier first", () => {
    const [first = ""] = sharePage(content, all, on("Macintosh; Intel Mac OS X 10_15_7")).split("All files");
    expect(first.indexOf(macArm.name)).toBeGreaterThan(0);
    expect(first.indexOf(macIntel.name)).toBeGreaterThan(first.indexOf(macArm.name));
  });

  test("says plainly that there is nothing for a system, and what can be done", () => {
    const none = sharePage(content, { builds: [linux], papers: [] }, on("Windows NT 10.0"));
    expect(none).toContain("has no ClassChat for Windows");
    expect(none).toContain("npm run release");
    expect(sharePage(content, all, on("Android 14"))).toContain("There is no ClassChat for Android");
    expect(sharePage(content, all, on(""))).toContain("cannot be told");
  });

  test("has no script, nothing from elsewhere, and a policy that lets its own style in alone", () => {
    const page = sharePage(content, all, on("X11; Linux x86_64"));
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=|\sstyle=/i);
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? "";
    expect(POLICY).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(POLICY).toStartWith("default-src 'none'");
  });

  test("shows a class's name as text, whatever it is", () => {
    const name = `<script>alert("1")</script> & 'co'`;
    const page = sharePage({ ...content, className: name }, all, on(""));
    expect(page).not.toContain("<script");
    expect(page).toContain("&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;co&#39;");
  });
});

describe("as plain text", () => {
  test("it has the command of every system for who tells nothing of theirs", () => {
    const page = sharePlain(content, all, on("curl/8.14.1"));
    for (const one of all.builds) expect(page).toContain(`\n${commandOf(one, content)}\n`);
    expect(page).toContain(`\n${link}\n`);
    expect(page).toContain("plain http");
    expect(page).not.toMatch(/[<>]/);
  });

  test("it has one's own command alone for who does, and where the others are", () => {
    const page = sharePlain(content, all, on("Windows NT 10.0; WindowsPowerShell/5.1"));
    expect(page).toContain(commandOf(windows, content));
    expect(page).not.toContain(commandOf(linux, content));
    expect(page).toContain(`${content.url}${linux.name}  `);
  });
});

describe("the one command", () => {
  test("fetches, checks, unpacks and joins", () => {
    expect(commandOf(linux, content)).toBe(
      `curl -fO ${content.url}${linux.name} && echo "${hash}  ${linux.name}" | sha256sum -c && ` +
        `tar -xzf ${linux.name} && ./classchat join ${link}`,
    );
    expect(commandOf(macArm, content)).toContain("| shasum -a 256 -c && tar");
    expect(commandOf(build("linux-arm64", "no", "classchat-linux-arm64"), content)).toContain(
      `chmod +x classchat-linux-arm64 && ./classchat-linux-arm64 join ${link}`,
    );
    expect(commandOf(windows, content)).toEndWith(
      `Expand-Archive ${windows.name} classchat -Force; .\\classchat\\classchat.exe join ${link}`,
    );
  });

  test("quotes a link that a shell would read", () => {
    const six = formatLink({
      host: "2001:db8::2",
      port: 1,
      pin: new Uint8Array(32),
      secret: new Uint8Array(16),
    });
    expect(commandOf(linux, { ...content, link: six })).toEndWith(`join '${six}'`);
  });
});
